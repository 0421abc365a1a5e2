from odoo import _, api, fields, models

from ..engine.checks import ServerChecks
from ..engine.connection_checks import ConnectionChecks
from ..engine.retention_checks import RetentionChecks

STATES = [("error", "Missing"), ("warning", "Look"), ("ok", "OK")]


class Check(models.TransientModel):
    """System check: what is right, what is missing, and which line to add where."""

    _name = "mfg.sync.check"
    _description = "System Check"
    _rec_name = "create_date"

    line_ids = fields.One2many("mfg.sync.check.line", "check_id", readonly=True)
    state = fields.Selection(STATES, compute="_compute_state")
    summary = fields.Char(compute="_compute_state")

    @api.depends("line_ids.state")
    def _compute_state(self):
        for check in self:
            states = check.line_ids.mapped("state")
            check.state = next((state for state, _label in STATES if state in states), "ok")
            check.summary = check._summary(states.count("error"), states.count("warning"))

    @api.model
    def _summary(self, errors, warnings):
        if errors:
            return _("%s things are missing.", errors) if errors > 1 else _("One thing is missing.")
        if warnings:
            return (
                _("Everything needed is there; %s things deserve a look.", warnings)
                if warnings > 1
                else _("Everything needed is there; one thing deserves a look.")
            )
        return _("Everything is as it should be.")

    @api.depends("create_date")
    def _compute_display_name(self):
        for check in self:
            check.display_name = _("System check")

    @api.model
    def action_open(self):
        """Look now and show it."""
        kinds = (ServerChecks, ConnectionChecks, RetentionChecks)
        findings = [finding for checks in kinds for finding in checks(self.env).run()]
        return self._show(findings, name=_("System check"), target="current")

    @api.model
    def _show(self, findings, **action):
        """Keep what was found, the worst first, and show it.

        :param findings: dicts as of :class:`Topic`
        :param action: further keys of the action
        """
        order = [key for key, _label in STATES]
        worst_first = sorted(findings, key=lambda finding: order.index(finding["state"]))
        check = self.create({"line_ids": [(0, 0, finding) for finding in worst_first]})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": check.id,
            "view_mode": "form",
            **action,
        }


class CheckLine(models.TransientModel):
    _name = "mfg.sync.check.line"
    _description = "Line of a System Check"
    _order = "id"

    check_id = fields.Many2one("mfg.sync.check", required=True, ondelete="cascade")
    code = fields.Char()
    title = fields.Char(string="What was looked at")
    state = fields.Selection(STATES, string="Result", required=True)
    meaning = fields.Text(string="What it means for the plant")
    remedy = fields.Text(string="What to do")
