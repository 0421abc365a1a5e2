from datetime import datetime

from odoo import _, api, models

from .. import compat
from ..engine import documents, ledger, release, wake
from ..engine.claim import TELLS
from .capture import ONCE


class CaptureMarks(models.AbstractModel):
    """What was only marked becomes rows in the drain of its connection."""

    _inherit = "mfg.sync.capture"

    @api.model
    def _render_marks(self, endpoint_id, limit):
        """Take marks, render what is committed now, supersede what was not sent yet. Returns the number taken."""
        self.env.cr.execute(
            f"""DELETE FROM mfg_sync_mark WHERE id = ANY(ARRAY(
                   SELECT k.id FROM mfg_sync_mark k JOIN mfg_sync_flow f ON f.id = k.flow_id
                   WHERE k.endpoint_id = %s AND k.due IS NULL AND {TELLS}
                   ORDER BY k.id LIMIT %s FOR UPDATE OF k SKIP LOCKED))
               RETURNING id, flow_id, res_model, res_id, again, shadow, marked""",
            [endpoint_id, limit],
        )
        # a DELETE returns its rows in no order; what was marked first is told first
        marks = sorted(self.env.cr.fetchall())
        latest, again, live = {}, set(), set()
        for mark_id, flow_id, model, res_id, told_anyway, shadow, marked in marks:
            # its time too: after a backup was restored its number is given once more
            latest[flow_id, model, res_id] = f"m{mark_id}.{marked:%Y%m%d%H%M%S%f}" if marked else f"m{mark_id}"
            if told_anyway:
                again.add((flow_id, model, res_id))
            if not shadow:
                live.add((flow_id, model, res_id))
        for flow, model, by_record in self._batched(latest, live):
            self._capture_states(flow["kind"], flow, model, by_record, again)
        return len(marks)

    def _batched(self, latest, live):
        """``[(synchronization, model, {record id: revision by its mark})]``: what is rendered together, in their order.

        Of a fact it counts how its synchronization was when it was noted, as of what comes in: what happened in shadow
        is only looked at, also where that is live by now, and what happened before a step back is told. A state is told
        as it is. What is told comes first: what is only looked at must not take its id.

        :param latest: ``{(flow's id, model, record id): revision by its newest mark}``
        :param live: those that were noted while the synchronization was live
        """
        flows, batches = self.env["mfg.sync.flow"]._outbound(), {}
        for (flow_id, model, res_id), revision in latest.items():
            if flow_id in flows and model in self.env:
                mode = flows[flow_id]["mode"]
                if flows[flow_id]["pattern"] == "event":
                    mode = "live" if (flow_id, model, res_id) in live else "shadow"
                batches.setdefault((flow_id, model, mode), {})[res_id] = revision
        return [
            ({**flows[flow_id], "mode": mode}, model, by_record)
            for (flow_id, model, mode), by_record in sorted(batches.items(), key=lambda item: item[0][2])
        ]

    def _capture_states(self, kind, flow, model, by_record, again):
        now = datetime.utcnow()
        by_mark = flow["pattern"] == "state"
        # marks are of transactions before: what was deleted since is told of no more
        revisions = {
            res_id: (by_record[res_id] if by_mark else ONCE, now)
            for res_id in self.env[model].browse(by_record).exists().ids
        }
        rendered = self._rendered(flow, kind, model, revisions, flush=True)
        changed = {row["uuid"] for row in self._changed(kind, flow, rendered)}
        rows = [
            row for row in rendered if row["uuid"] in changed or (flow["id"], row["res_model"], row["res_id"]) in again
        ]
        inserted = ledger.insert(self.env.cr, rows)
        self._refresh_later(flow, inserted.values())
        # what is only looked at takes the place of nothing that is to be told
        if inserted and flow["pattern"] == "state" and flow["mode"] == "live":
            self._refresh_later(flow, self._supersede(flow, rows, inserted))

    def _supersede(self, flow, rows, inserted):
        """Older states of the same documents are not told any more. Returns the ids of those that stand otherwise now.

        One that could not be rendered takes the place only of others that failed: what waits is the best there is.
        """
        failed = {row["uuid"] for row in rows if row["state"] == "dead"}
        told = [row_id for row_uuid, row_id in inserted.items() if row_uuid not in failed]
        not_told = [row_id for row_uuid, row_id in inserted.items() if row_uuid in failed]
        text = _("A later state was told instead.")
        return [
            *release.supersede(self.env.cr, flow["id"], told, text),
            *release.supersede(self.env.cr, flow["id"], not_told, _("A later state failed too."), only_dead=True),
        ]

    def _refresh_later(self, flow, ids):
        """After the commit: other connections tell the same documents, and who wrote their statuses since we began to
        render would make us render all of it again."""
        if not compat.commits(self.env.cr):
            documents.refresh_statuses(self.env.cr, list(ids))
        elif ids:
            wake.after_commit(self.env.cr, flow["endpoint_id"], refresh=ids)

    def _changed(self, kind, flow, rows):
        """Echo and flicker: what the other side said or was told last, or is about to be, is not told again.

        Of what failed nobody knows whether it arrived: whatever it is now is told after it.
        """
        subjects = [row["subject"] for row in rows if row.get("subject")]
        if not subjects:
            return rows
        self.env.cr.execute(
            """SELECT DISTINCT ON (subject) subject, CASE WHEN state <> 'dead' THEN data_hash END, received
               FROM mfg_sync_message
               WHERE flow_id = %s AND direction = 'out' AND subject = ANY(%s)
                 AND state IN ('pending', 'held', 'dead', 'done') AND shadow = %s
               ORDER BY subject, id DESC""",
            [flow["id"], subjects, flow["mode"] == "shadow"],
        )
        told = {subject: (data_hash, when) for subject, data_hash, when in self.env.cr.fetchall()}
        rendered = [(row["res_model"], row["res_id"]) for row in rows if row.get("subject")]
        said = self.env["mfg.sync.binding"]._agreed(flow["endpoint_id"], kind, rendered)
        changed, echoes = [], []
        for row in rows:
            ours, theirs = told.get(row.get("subject")), said.get((row["res_model"], row["res_id"]))
            is_theirs = theirs and (not ours or theirs[1] >= ours[1])
            last = theirs if is_theirs else ours
            if not row.get("subject") or row["state"] == "dead" or not last or last[0] != row["data_hash"]:
                changed.append(row)
            elif is_theirs:
                echoes.append(row["subject"])
        if echoes:
            # what was still to be told is older than what they have said
            text = _("They have said so themselves meanwhile.")
            self._refresh_later(flow, release.supersede_subjects(self.env.cr, flow["id"], echoes, text))
        return changed
