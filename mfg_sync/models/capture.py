import hashlib
from datetime import datetime, timedelta

from odoo import api, models

from ..engine import ledger, wake

#: revision of a fact that is told once per document, however often it is marked
ONCE = "1"


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
                key, noted = (kind, record._name, record.id, str(revision)), self._note("events")
                # what is noted again happened last
                noted.pop(key, None)
                noted[key] = datetime.utcnow()

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
        turns = self._turns(notes["events"])
        for (kind, model), batches in self._batches(notes["events"]).items():
            for flow in self.env["mfg.sync.flow"]._watch().get(kind, []):
                for revisions in batches:
                    self._capture_events(flow, kind, model, revisions, turns)

    def _turns(self, events):
        """Of several events the time by which each has its turn, in the order noted, though they are told by kind.

        By the database's clock, as of a single one (ledger.insert): it is one for all servers of Odoo. What a later
        transaction makes of a document that this one has changed comes after our commit, and so after this.

        :return: ``{(kind, model, record id, revision): ISO 8601, naive UTC}``
        """
        if len(events) < 2:
            return {}
        # pylint: disable=sql-injection  # a constant of the ledger
        self.env.cr.execute(f"SELECT {ledger.NOW}")
        (now,) = self.env.cr.fetchone()
        return {key: (now + timedelta(microseconds=place)).isoformat() for place, key in enumerate(events)}

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
                # seconds: so long it is collected; NULL: it is told at once. A synchronization that was deleted since
                # this process looked is told nothing: a foreign key of ours must not make a user's save fail
                f"""INSERT INTO mfg_sync_mark (flow_id, endpoint_id, company_id, res_model, res_id, shadow, due, marked)
                    SELECT m.flow_id, m.endpoint_id, m.company_id, m.res_model, m.res_id, m.shadow,
                           {ledger.NOW} + m.seconds * interval '1 second', {ledger.NOW}
                    FROM unnest(%s::int[], %s::int[], %s::int[], %s::text[], %s::int[], %s::boolean[], %s::float8[])
                         WITH ORDINALITY
                         AS m(flow_id, endpoint_id, company_id, res_model, res_id, shadow, seconds, place)
                    WHERE EXISTS (SELECT 1 FROM mfg_sync_flow f WHERE f.id = m.flow_id) ORDER BY m.place""",
                [list(column) for column in zip(*rows, strict=True)],
            )
            # those that are collected are looked for by the sweep
            for endpoint_id in {row[1] for row in rows if row[6] is None}:
                wake.after_commit(self.env.cr, endpoint_id, "out")

    def _capture_events(self, flow, kind, model, revisions, turns=None):
        """
        :param dict turns: see :meth:`_turns`; without, each has its turn by the moment in which it is inserted
        """
        rows = self._rendered(flow, kind, model, revisions)
        if turns:
            # for what is told of another document than the one that was noted
            first = min(turns[kind, model, res_id, revision] for res_id, (revision, _when) in revisions.items())
            for row in rows:
                key = kind, row["res_model"], row["res_id"], row["revision"]
                row["sort_time"] = turns.get(key, first)
        inserted = ledger.insert(self.env.cr, rows)
        if inserted:
            # the statuses are rows that many share: they follow in the waker's own transaction
            wake.after_commit(self.env.cr, flow["endpoint_id"], "out", refresh=inserted.values())


def stable_revision(*parts):
    """A revision that changes when one of the parts does."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
