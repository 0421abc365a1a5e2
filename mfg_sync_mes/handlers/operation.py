from datetime import timedelta

from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync.engine import totals
from odoo.addons.mfg_sync.engine.errors import Early
from odoo.addons.mfg_sync.engine.inbound import Done

from ..models.mrp_workcenter_productivity import NO_REPORT
from ..models.mrp_workorder import Floor


class OperationHandler(models.AbstractModel):
    """What both reports of an operation need: its time line, which runs by the clock of the floor, not by ours."""

    _name = "mfg.sync.handler.operation"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Operation"
    _needs = {
        "mrp.production": "read",
        "mrp.workorder": "read write",
        "mrp.workcenter.productivity": "read write create",
    }

    @api.model
    def report(self, message):
        return message.data.get("report") or NO_REPORT

    @api.model
    def start(self, workorder, when, report):
        """Start the work order and let its time run from ``when``. Returns the open time line.

        :raises Early: its work center is down
        """
        if workorder.working_state == "blocked":
            raise Early(
                _(
                    "%s is down by what was reported; the start waits until it is reported up again.",
                    workorder.workcenter_id.display_name,
                ),
                wait_key=f"running:{workorder.workcenter_id.id}",
            )
        # force_date: starting moves the order's start; without it Odoo takes the whole plan of the order away
        floor = Floor(workorder.id, when, report)
        answer = workorder.with_context(force_date=True, mfg_sync_floor=floor).button_start()
        line = workorder.time_ids.filtered(lambda line: not line.date_end)
        if workorder.state != "progress" or len(line) != 1:
            raise self.refused(workorder, "button_start", answer, _("Odoo did not start %s.", workorder.display_name))
        self.move_dates(workorder)
        return line

    @api.model
    def move_dates(self, workorder, finished=None):
        """Bring the dates of a work order (and by them its order's) in line with its time lines."""
        workorder._mfg_sync_set_dates(finished)


class OperationStarted(models.AbstractModel):
    _name = "mfg.sync.handler.operation.started"
    _inherit = "mfg.sync.handler.operation"
    _description = "Handler: Operation Started"

    @api.model
    def apply(self, message):
        family = self.family(message)
        operation, workorders = self.workorders(message, family)
        report, announce = self.report(message), (self.started_key(message),)
        ended = workorders.time_ids.filtered(lambda line: line.mfg_sync_report == report and line.date_end)[:1]
        if ended:
            return self._after_its_end(message, ended)
        workorder = self.open_workorder(workorders)
        if not workorder:
            return Done(
                _("%s was finished already; no change needed.", operation.name), workorders[-1:], False, announce
            )
        message.touches(workorder)
        if workorder.time_ids.filtered(lambda line: not line.date_end):
            return Done(
                _("%s is running already; no change needed.", workorder.display_name), workorder, False, announce
            )
        self._change_work_center(message, workorder)
        self.start(workorder, message.occurred.replace(microsecond=0), report)
        return Done(_("%s started.", workorder.display_name), workorder, announce=announce)

    def _after_its_end(self, message, line):
        """The start of what was reported as completed before: it only mends the time line, while costs are open."""
        workorder = line.workorder_id
        message.touches(workorder)
        if not line.mfg_sync_start_assumed or workorder.production_id.state in ("done", "cancel"):
            return Done(_("%s was finished already; no change needed.", workorder.display_name), workorder, False)
        started = message.occurred.replace(microsecond=0)
        ended = started + (line.date_end - line.date_start) if line.date_end > line.date_start else line.date_end
        line.write({"date_start": min(started, ended), "date_end": ended, "mfg_sync_start_assumed": False})
        finished = workorder.date_finished if workorder.state == "done" else None
        self.move_dates(workorder, finished)
        return Done(_("%s was completed already; its start was noted.", workorder.display_name), workorder)

    def _change_work_center(self, message, workorder):
        if not message.data.get("work_center"):
            return
        work_center = self.find(message, "work_center", message.data["work_center"], "/data/work_center")
        if work_center != workorder.workcenter_id and workorder.state != "progress":
            workorder.workcenter_id = work_center


class OperationCompleted(models.AbstractModel):
    _name = "mfg.sync.handler.operation.completed"
    _inherit = "mfg.sync.handler.operation"
    _description = "Handler: Operation Completed"

    @api.model
    def apply(self, message):
        family = self.family(message)
        operation, workorders = self.workorders(message, family)
        announce = (self.started_key(message),)
        workorder = self.open_workorder(workorders)
        if not workorder:
            return Done(
                _("%s was finished already; no change needed.", operation.name), workorders[-1:], False, announce
            )
        message.touches(workorder)
        good, scrapped = self._pieces(message, workorder, "good"), self._pieces(message, workorder, "scrap")
        if message.flow["quantity_mode"] == "cumulative":
            if totals.is_overtaken(self.env.cr, message, workorders, ("good", "scrap")):
                return self.overtaken(workorder, announce)
            good = max(good - sum(workorders.mapped("qty_produced")), 0.0)
            scrapped = max(scrapped - sum(workorders.mapped("mfg_sync_scrapped")), 0.0)
        produced = workorder.qty_produced + good
        all_scrapped = workorder.mfg_sync_scrapped + scrapped
        wanted = workorder.qty_production - workorder.qty_reported_from_previous_wo
        # without a report number it is reported once, and that is the end of it, whatever the number of pieces
        last = (
            self.report(message) == NO_REPORT
            or float_compare(produced + all_scrapped, wanted, precision_rounding=workorder.product_uom_id.rounding) >= 0
        )
        self._end_time(message, workorder, last)
        if scrapped:
            workorder.mfg_sync_scrapped = all_scrapped
        if good:
            workorder.qty_produced = produced
        if not last:
            return Done(
                _(
                    "%(pieces)s pieces of %(operation)s done.",
                    pieces=format(good, "g"),
                    operation=workorder.display_name,
                ),
                workorder,
                announce=announce,
            )
        finished = message.occurred.replace(microsecond=0)
        floor = Floor(workorder.id, finished, self.report(message))
        answer = workorder.with_context(mfg_sync_floor=floor).button_finish()
        if workorder.state != "done":
            raise self.refused(workorder, "button_finish", answer, _("Odoo did not finish %s.", workorder.display_name))
        self.move_dates(workorder, finished)
        return Done(
            _(
                "%(operation)s completed: %(pieces)s pieces.",
                operation=workorder.display_name,
                pieces=format(produced, "g"),
            ),
            workorder,
            announce=announce,
        )

    def _pieces(self, message, workorder, name):
        number = float(self.env["mfg.sync.resolver"].number(message.data.get(name) or 0, f"/data/{name}"))
        return workorder.product_id.uom_id._compute_quantity(number, workorder.product_uom_id, round=False)

    def _end_time(self, message, workorder, last):
        """Close the running time line at its reported end; without one, make it: its start may arrive later."""
        ended, report = message.occurred.replace(microsecond=0), self.report(message)
        minutes = message.data.get("minutes")
        spent = timedelta(minutes=float(minutes)) if minutes is not None else None
        running = workorder.time_ids.filtered(lambda line: not line.date_end)
        if running:
            for line in running:
                line.date_end = max(ended, line.date_start) if spent is None else line.date_start + spent
            running[:1].mfg_sync_report = report
            return
        started = ended - (spent or timedelta())
        values = {"date_start": started, "date_end": ended, "mfg_sync_report": report, "mfg_sync_start_assumed": True}
        if workorder.state == "progress" or last:
            self.env["mrp.workcenter.productivity"].create(
                {**workorder._prepare_timeline_vals(float(minutes or 0), started, ended), **values}
            )
        else:
            self.start(workorder, started, report).write(values)
