import hashlib
from datetime import datetime

from odoo import api, models

from ..engine import documents, ledger, wake

#: revision of a fact that is told once per document, however often it is marked
ONCE = "1"
#: a mark as it is inserted; its last value: for how many seconds it is collected, NULL: it is told at once
MARK = f"(%s, %s, %s, %s, %s, %s, {ledger.NOW} + %s * interval '1 second', {ledger.NOW})"


class Capture(models.AbstractModel):
    """The way out, first half: what happened to documents becomes rows, in the transaction it happened in.

    Call :meth:`event` in a semantic method of a model after super, :meth:`mark` where a state changed; what a state
    shows of other records is marked by a table (models/shown.py). All only take a note; the rows are written before the
    commit (``cr.precommit``), when the transaction has computed everything. That hook also runs at every flushing
    savepoint, so rows are idempotent per (flow, document, revision); a failure becomes a dead row and never the user's
    error (promise 3). Nobody watching costs a look into a cache.
    """

    _name = "mfg.sync.capture"
    _description = "Capture of Changes"

    @api.model
    def event(self, kind, records, revision="1"):
        """A fact: it is told once per document and revision, and never dropped.

        :param str kind: name of an outbound kind of message
        :param str revision: what makes it new (a counter, a state); the same revision is told once
        """
        if records and kind in self.env["mfg.sync.flow"]._watch():
            for record in records:
                # to the microsecond (fields.Datetime.now() has none): facts of one second keep their order
                self._note("events")[(kind, record._name, record.id, str(revision))] = datetime.utcnow()

    @api.model
    def mark(self, kind, records):
        """The latest state of these documents is to be told: rendered later, from what was committed."""
        if records and kind in self.env["mfg.sync.flow"]._watch():
            for record in records:
                self._note("marks")[(kind, record._name, record.id)] = True

    def _note(self, which):
        notes = self.env.cr.precommit.data.get("mfg_sync_capture")
        if notes is None:
            notes = self.env.cr.precommit.data["mfg_sync_capture"] = {"events": {}, "marks": {}, "written": {}}
            # superuser environment: renders for the service user, whoever the acting person is
            capture = self.env(su=True)[self._name]
            self.env.cr.precommit.add(capture._run)
        return notes[which]

    def _run(self):
        notes = self.env.cr.precommit.data.pop("mfg_sync_capture", None) or {"events": {}, "marks": {}, "written": {}}
        # these are new notes, for which this runs once more
        self._mark_places(notes["written"])
        if notes["marks"]:
            self._insert_marks(notes["marks"])
        if notes["events"]:
            # before our savepoint: an error of what people did is theirs, and must not be taken for one of ours
            self.env.flush_all()
        for (kind, model), batches in self._batches(notes["events"]).items():
            for flow in self.env["mfg.sync.flow"]._watch().get(kind, []):
                for revisions in batches:
                    self._capture_events(flow, kind, model, revisions)

    @staticmethod
    def _batches(events):
        """``{(kind, model): [{record id: (revision, occurred)}, …]}``: of one document one revision a batch."""
        batches = {}
        for (kind, model, res_id, revision), occurred in events.items():
            rounds = batches.setdefault((kind, model), [])
            found = next((entries for entries in rounds if res_id not in entries), None)
            if found is None:
                rounds.append(found := {})
            found[res_id] = revision, occurred
        return batches

    def _insert_marks(self, marks):
        watch, rows = self.env["mfg.sync.flow"]._watch(), []
        for kind, model, res_id in marks:
            rows += [
                (
                    *(flow["id"], flow["endpoint_id"], flow["company_id"], model, res_id),
                    *(flow["mode"] == "shadow", flow["collects"]),
                )
                for flow in watch.get(kind, [])
            ]
        if rows:
            self.env.cr.execute(
                f"""INSERT INTO mfg_sync_mark (flow_id, endpoint_id, company_id, res_model, res_id, shadow, due, marked)
                    VALUES {", ".join([MARK] * len(rows))}""",
                [value for row in rows for value in row],
            )
            # those that are collected are looked for by the sweep
            for endpoint_id in {row[1] for row in rows if row[6] is None}:
                wake.after_commit(self.env.cr, endpoint_id, "out")

    def _capture_events(self, flow, kind, model, revisions):
        rows = self._rendered(flow, kind, model, revisions)
        inserted = ledger.insert(self.env.cr, rows)
        if inserted:
            self._link(rows, inserted)
            # the statuses are rows that many share: they follow in the waker's own transaction
            wake.after_commit(self.env.cr, flow["endpoint_id"], "out", refresh=inserted.values())

    def _link(self, rows, inserted):
        """:param dict inserted: as :func:`ledger.insert` returns it"""
        about = {inserted[row["uuid"]]: [(row["res_model"], row["res_id"])] for row in rows if row["uuid"] in inserted}
        documents.link_many(self.env.cr, about)


def stable_revision(*parts):
    """A revision that changes when one of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
