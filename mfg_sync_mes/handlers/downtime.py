from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import DataError, PermanentError
from odoo.addons.mfg_sync.engine.inbound import Done

from ..models.mrp_workcenter_productivity import NO_REPORT


class DowntimeReported(models.AbstractModel):
    """A work center that stands still: told when it stops, when it runs again, or once with both."""

    _name = "mfg.sync.handler.downtime.reported"
    _inherit = "mfg.sync.handler.operation"
    _description = "Handler: Downtime Reported"
    _needs = {
        "mrp.workcenter": "read",
        "mrp.workorder": "read write",
        "mrp.workcenter.productivity": "read write create",
        "mrp.workcenter.productivity.loss": "read",
    }

    @api.model
    def apply(self, message):
        data, resolver = message.data, self.env["mfg.sync.resolver"]
        work_center = self.find(message, "work_center", data["work_center"], "/data/work_center")
        message.touches(work_center)
        started = resolver.moment(data["started"], "/data/started").replace(microsecond=0)
        ended = resolver.moment(data["ended"], "/data/ended").replace(microsecond=0) if data.get("ended") else None
        if ended and ended < started:
            raise DataError(
                _(
                    "The end of the downtime (%(ended)s) is before its start (%(started)s).",
                    ended=data["ended"],
                    started=data["started"],
                ),
                "/data/ended",
            )
        line = self.env["mrp.workcenter.productivity"].search(
            [
                ("workcenter_id", "=", work_center.id),
                ("workorder_id", "=", False),
                ("date_start", "=", started),
                ("mfg_sync_report", "!=", False),
            ],
            limit=1,
        )
        if line and (not ended or line.date_end == ended):
            return Done(_("That %s stands still is known; no change needed.", work_center.name), work_center, False)
        if line:
            line.date_end = ended
        else:
            line = self._stop(message, work_center, started, ended)
        if not ended:
            if work_center.working_state != "blocked":
                raise PermanentError(_("Odoo did not block %s.", work_center.name))
            return Done(
                _("%(work_center)s stands still: %(reason)s.", work_center=work_center.name, reason=line.loss_id.name),
                work_center,
            )
        self._run_again(work_center, started, ended)
        return Done(
            _(
                "%(work_center)s stood still for %(minutes)s minutes: %(reason)s.",
                work_center=work_center.name,
                minutes=format((ended - started).total_seconds() / 60, "g"),
                reason=line.loss_id.name,
            ),
            work_center,
            announce=(f"running:{work_center.id}",),
        )

    def _stop(self, message, work_center, started, ended):
        data = message.data
        reason = self.env["mfg.sync.resolver"].word(message, "reason", data["reason"], "/data/reason")
        if not ended:
            # as Odoo's own Block button: what ran there stops, by the clock of the floor
            for line in work_center.order_ids.time_ids.filtered(lambda line: not line.date_end):
                line.date_end = max(started, line.date_start)
        return self.env["mrp.workcenter.productivity"].create(
            {
                "workcenter_id": work_center.id,
                "loss_id": self._loss(reason).id,
                "date_start": started,
                "date_end": ended,
                "company_id": work_center.company_id.id or message.company_id,
                "mfg_sync_report": NO_REPORT,
                "description": ": ".join(filter(None, (data["reason"], data.get("note")))),
            }
        )

    def _loss(self, reason):
        """The loss of that name, else the first availability loss; the reason itself is in the description."""
        losses = self.env["mrp.workcenter.productivity.loss"]
        standstill = [("loss_type", "not in", ("productive", "performance"))]
        loss = losses.search([("name", "=", reason), *standstill], limit=1) or losses.search(
            [("loss_type", "=", "availability")], order="sequence, id", limit=1
        )
        if not loss:
            raise DataError(
                _(
                    "Odoo has no loss reason of the kind Availability. Make one under Manufacturing, "
                    "Configuration, Productivity Losses."
                ),
                "/data/reason",
            )
        return loss

    def _run_again(self, work_center, started, ended):
        """What the standstill interrupted goes on with its end."""
        for workorder in work_center.order_ids.filtered(lambda workorder: workorder.state == "progress"):
            lines = workorder.time_ids
            interrupted = lines.filtered(lambda line: line.mfg_sync_report and line.date_end == started)[:1]
            if interrupted and all(line.date_end for line in lines) and workorder.working_state != "blocked":
                self.start(workorder, ended, interrupted.mfg_sync_report)
