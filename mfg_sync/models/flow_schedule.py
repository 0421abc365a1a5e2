from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat
from ..engine import runs
from ..protocol import times

#: what of a synchronization changes when it runs
PLANNED_BY = {
    *("pattern", "mode", "active", "site_ids", "endpoint_id"),
    *("schedule_by", "interval_number", "interval_type", "cron_expression"),
}


class FlowSchedule(models.Model):
    """How soon a synchronization tells what changed: at once, collected for a moment, or when a schedule says so.

    Only for kinds that tell the latest state: of what changes again and again the last counts, so waiting saves
    messages. Facts are told when they happened; held back, they would keep everything else of their document waiting.
    """

    _inherit = "mfg.sync.flow"

    type_pattern = fields.Selection(related="type_id.pattern")
    pattern = fields.Selection(
        [("real", "At once"), ("near", "Collected for a moment"), ("scheduled", "By a schedule")],
        string="Told",
        default="real",
        required=True,
        tracking=True,
        help="Collected for a moment: what changes several times within it is told once, as it is then.",
    )
    collect_minutes = fields.Float(
        string="Collect for (min)", default=1.0, help="Counted from the first change; at most a minute is added to it."
    )
    schedule_by = fields.Selection(
        [("interval", "Again and again"), ("cron", "At certain times")],
        string="When",
        default="interval",
        required=True,
    )
    interval_number = fields.Integer(string="Every", default=1)
    interval_type = fields.Selection([("minutes", "Minutes"), ("hours", "Hours")], default="hours", required=True)
    cron_expression = fields.Char(
        string="Times",
        default="0 6 * * *",
        help="Minute, hour, day, month and day of the week (cron), on the clocks of the site: 0 6 * * 1-5 is Monday to "
        "Friday at 6:00. What falls into the hour that summer time leaves out runs at its end; in the hour that comes "
        "twice it runs once, unless it runs every hour.",
    )
    schedule_zone = fields.Char(string="On the clocks of", compute="_compute_schedule_zone")
    run_scope = fields.Selection(
        [("changed", "What changed since the last run"), ("full", "Everything, also what did not change")],
        string="Tells",
        default="changed",
        required=True,
        tracking=True,
        help="Everything is what is in use. Archived records are told when they are archived, and in a run only if "
        "the filter says so (“Include archived”).",
    )
    target = fields.Selection(
        [("http", "Message by message"), ("file", "In one file a run")],
        string="How",
        default="http",
        required=True,
        tracking=True,
        help="A file is put into a folder of the server (mfg_sync_files in Odoo's data folder, by database and "
        "connection), and can be downloaded from the run.",
    )
    into_file = fields.Boolean(compute="_compute_into_file", store=True)
    next_run = fields.Datetime(compute="_compute_runs")
    last_run = fields.Datetime(compute="_compute_runs")

    _sql_constraints = [
        ("collect_positive", "CHECK(collect_minutes > 0)", "Collect for more than zero minutes."),
        ("interval_positive", "CHECK(interval_number > 0)", "A run is every 1 or more minutes or hours."),
    ]

    @api.depends("pattern", "target")
    def _compute_into_file(self):
        for flow in self:
            flow.into_file = flow.pattern == "scheduled" and flow.target == "file"

    @api.depends("site_ids.mfg_sync_tz", "company_id")
    def _compute_schedule_zone(self):
        for flow in self:
            flow.schedule_zone = flow._zone()

    @api.depends("pattern", "mode")
    def _compute_runs(self):
        # sudo: the times of synchronizations that the reader may see
        schedules = {
            schedule.flow_id.id: schedule
            for schedule in self.env["mfg.sync.schedule"].sudo().search([("flow_id", "in", self.ids)])
        }
        for flow in self:
            schedule = schedules.get(flow.id, self.env["mfg.sync.schedule"])
            runs_on = flow.pattern == "scheduled" and flow.mode != "off"
            flow.next_run, flow.last_run = runs_on and schedule.next_run, schedule.last_run

    @api.constrains("pattern", "type_id")
    def _check_pattern(self):
        for flow in self.filtered(lambda flow: flow.pattern != "real"):
            if flow.direction == "in" or flow.type_id.pattern != "state":
                raise ValidationError(
                    _(
                        "%s is told at once: it is a fact, and what comes after it waits for it. Only what tells the "
                        "latest state (items, bills of materials, stock) can be collected or told by a schedule.",
                        flow.type_id.title,
                    )
                )

    @api.constrains("cron_expression", "schedule_by", "pattern")
    def _check_cron(self):
        for flow in self.filtered(lambda flow: flow.pattern == "scheduled" and flow.schedule_by == "cron"):
            try:
                times.check(flow.cron_expression or "")
            except ValueError:
                raise ValidationError(
                    _(
                        "These times can't be read: %s. Write minute, hour, day, month and day of the week with spaces "
                        "between: “30 6 * * 1-5” is 6:30 from Monday to Friday, “*/15 * * * *” every quarter of an "
                        "hour. They must come again and again.",
                        flow.cron_expression or "",
                    )
                ) from None

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        flows._plan_run()
        return flows

    def write(self, vals):
        result = super().write(vals)
        if PLANNED_BY & set(vals):
            self._plan_run()
        if "pattern" in vals:
            self._no_longer_scheduled()
        if vals.get("active") is False:
            # nobody looks for what an archived one has to tell, so a run would be under way for ever
            self._end_runs(_("It was archived while it was under way."))
        return result

    def _no_longer_scheduled(self):
        """What waited for a run that will not be is told by the sweep's next round; a run that is under way ends."""
        self.flush_recordset()
        for flow in self.filtered(lambda flow: flow.pattern != "scheduled"):
            runs.let_go(self.env.cr, flow.id)
            flow._end_runs(_("It is no longer told by a schedule."))
            runs.wake_delivery(self.env.cr, flow.endpoint_id.id)

    def _end_runs(self, note):
        # sudo: runs are the engine's; who may change the synchronization ends its schedule
        self.env["mfg.sync.run"].sudo().search([("flow_id", "in", self.ids), ("state", "=", "begun")])._give_up(note)

    def _collects(self):
        """For how many seconds a change is collected before it is told; None: it is told at once."""
        self.ensure_one()
        if self.type_id.pattern != "state" or self.pattern == "real":
            return None
        return runs.UNTIL_RUN if self.pattern == "scheduled" else self.collect_minutes * 60

    def _zone(self):
        """Time zone of the site whose clocks a schedule follows; of the company where its sites differ."""
        self.ensure_one()
        # sudo: time zones of sites and of the company's address, for those who may see the synchronization
        flow = self.sudo()
        sites = flow.site_ids or self.env["stock.warehouse"].sudo().search([("company_id", "=", flow.company_id.id)])
        zones = set(sites.mapped("mfg_sync_tz")) - {False}
        if len(zones) == 1:
            return zones.pop()
        return flow.company_id.partner_id.tz or flow.endpoint_id.user_id.tz or "UTC"

    def _plan_run(self, due=None):
        """Say when the next run is, counted from now: of those that were missed none comes again.

        :param datetime due: when the run was planned that begins now; None: when somebody changed the plan
        """
        self.flush_recordset()
        now = runs.now(self.env.cr)
        for flow in self.filtered(lambda flow: flow.pattern == "scheduled"):
            # a row of its own, because marks point to the synchronization (engine/runs.py)
            self.env.cr.execute(
                """INSERT INTO mfg_sync_schedule (flow_id, next_run) VALUES (%s, %s)
                   ON CONFLICT (flow_id) DO UPDATE SET next_run = EXCLUDED.next_run""",
                [flow.id, flow._after(due, now)],
            )
        self.env["mfg.sync.schedule"].invalidate_model()
        self.invalidate_recordset(["next_run", "last_run"])

    def _after(self, due, now):
        if self.schedule_by == "cron":
            return times.by_cron(self.cron_expression, self._zone(), now)
        interval = timedelta(**{self.interval_type: self.interval_number})
        return times.by_interval(due or now + interval, interval, now)

    def action_run_now(self):
        """Begin a run now, whatever the schedule says; the next planned one stays planned."""
        self.ensure_one()
        if not self.env.user.has_group("mfg_sync.group_operator"):
            raise AccessError(_("Only an Operator of Manufacturing Sync may run a synchronization."))
        compat.check_access(self, "read")
        if not self.type_id._is_served():
            raise UserError(_("The addon that makes %s is not installed.", self.type_id.display_name))
        if not self.type_id._is_live():
            raise UserError(_("The kind of message %s is not in use: make it active first.", self.type_id.display_name))
        works = self.active and self.endpoint_id.active
        if self.pattern != "scheduled" or self.mode == "off" or not works:
            raise UserError(_("%s is not told by a schedule, or it is switched off or archived.", self.name))
        # sudo: runs are the engine's; an Operator may begin one
        under_way = self.env["mfg.sync.run"].sudo().search([("flow_id", "=", self.id), ("state", "=", "begun")])
        if under_way:
            raise UserError(_("A run is under way: %s", under_way.note or _("it ends by itself.")))
        self.sudo().env["mfg.sync.run"]._begin(self.sudo(), self.env.user)  # sudo: as above
        return self.action_open_runs()

    def action_open_runs(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.run_action")
        return {**action, "domain": [("flow_id", "=", self.id)], "context": {}}


class ScheduleZone(models.Model):
    _inherit = "stock.warehouse"

    def write(self, vals):
        result = super().write(vals)
        if "mfg_sync_tz" in vals:
            # sudo: the schedules follow the clocks of the site, whoever may set them
            flows = self.env["mfg.sync.flow"].sudo().search([("company_id", "in", self.company_id.ids)])
            flows.filtered(lambda flow: flow.schedule_by == "cron")._plan_run()
        return result
