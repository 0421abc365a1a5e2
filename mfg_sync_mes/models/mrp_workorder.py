from collections import namedtuple

from odoo import fields, models

#: by context, for Odoo's buttons: when the floor started or finished a work order (its id), and in which report
Floor = namedtuple("Floor", "workorder when report")


class MrpWorkorder(models.Model):
    _name = "mrp.workorder"
    _inherit = ["mrp.workorder", "mfg.sync.document.mixin"]

    #: inverse of ``blocked_by_workorder_ids`` without a domain, for the ORM (mrp_production.py, all_move_raw_ids)
    mfg_sync_needed_by_ids = fields.Many2many(
        "mrp.workorder",
        relation="mrp_workorder_dependencies_rel",
        column1="blocked_by_id",
        column2="workorder_id",
        string="Work orders that wait for it",
        copy=False,
    )
    mfg_sync_scrapped = fields.Float(
        string="Scrapped in operation",
        default=0.0,
        copy=False,
        readonly=True,
        help="Pieces that the manufacturing execution system reported as scrapped in this operation.",
    )

    def _mfg_sync_together(self):
        return self.production_id._mfg_sync_together()

    # -- the floor's clock

    def _prepare_timeline_vals(self, duration, date_start, date_end=False):
        values = super()._prepare_timeline_vals(duration, date_start, date_end)
        floor = self.env.context.get("mfg_sync_floor")
        if floor and floor.workorder == self.id and not date_end:
            values |= {"date_start": floor.when, "mfg_sync_report": floor.report}
        return values

    def write(self, vals):
        floor = self.env.context.get("mfg_sync_floor")
        if floor and [floor.workorder] == self.ids:
            if vals.get("state") == "progress" and vals.get("date_start"):
                return self._mfg_sync_begin(vals)
            if vals.get("state") == "done" and vals.get("date_finished"):
                started, ended = self._mfg_sync_span(floor.when)
                return self._mfg_sync_write_dated({**vals, "date_start": started, "date_finished": ended})
        return super().write(vals)

    def _mfg_sync_begin(self, vals):
        """The write of Odoo's button that starts it, with the floor's dates: they need no second write.

        Its planned end stays as Odoo works it out from now.
        """
        ended = fields.Datetime.to_datetime(vals.get("date_finished") or self.date_finished)
        if vals.get("date_finished") and not self.env.context.get("bypass_duration_calculation"):
            ended = self._calculate_date_finished(vals["date_start"])
        started = min(self.time_ids.mapped("date_start"), default=vals["date_start"])
        return self._mfg_sync_write_dated(
            {**vals, "date_start": started, "date_finished": max(ended or started, started)}
        )

    def _mfg_sync_span(self, finished=None):
        """``(start, end)`` by its time lines; its end is never before its start."""
        started = min(self.time_ids.mapped("date_start"), default=finished)
        ended = finished or max(self.date_finished or started, started)
        return min(started, ended), ended

    def _mfg_sync_write_dated(self, vals):
        """Write values with both dates, then those of its order at once.

        Odoo writes the order's before: one that is not planned yet would move its end with its start.
        """
        dates = {name: vals[name] for name in ("date_start", "date_finished")}
        later = {"mfg_sync_floor": None, "mfg_sync_dates_later": (self.production_id.id, dates)}
        dated = self.with_context(**later, bypass_duration_calculation=True)
        result = dated.write(vals)
        dates = self._mfg_sync_dates_of_order()
        if dates:
            self.production_id.with_context(mfg_sync_floor=None, force_date=True).write(dates)
        return result

    def _mfg_sync_set_dates(self, finished=None):
        """Bring its dates, and by them its order's, in line with its time lines. Nothing is written if they are."""
        self.ensure_one()
        started, ended = self._mfg_sync_span(finished)
        if (self.date_start, self.date_finished) != (started, ended) or self._mfg_sync_dates_of_order():
            self.with_context(bypass_duration_calculation=True, force_date=True).write(
                {"date_start": started, "date_finished": ended}
            )

    def _mfg_sync_dates_of_order(self):
        """What Odoo makes of its dates for its order, as far as the order has others: the first and the last count."""
        order = self.production_id
        dates = {}
        if self == order.workorder_ids[:1] and order.date_start != self.date_start:
            dates["date_start"] = self.date_start
        if self == order.workorder_ids[-1:] and order.date_finished != self.date_finished:
            dates["date_finished"] = self.date_finished
        return dates
