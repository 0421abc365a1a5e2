from odoo import _, api, fields, models
from odoo.exceptions import UserError


class FlowMode(models.TransientModel):
    """Makes synchronizations live, or only tries them again; says before what is known of each."""

    _name = "mfg.sync.flow.mode"
    _description = "Go Live"

    flow_ids = fields.Many2many("mfg.sync.flow", string="Synchronizations", readonly=True, required=True)
    mode = fields.Selection([("live", "Live"), ("shadow", "Shadow")], readonly=True, required=True)
    known = fields.Text(string="What is known", compute="_compute_known")
    reason = fields.Char(string="Why", help="Kept with the decision.")

    @api.depends("flow_ids", "mode")
    def _compute_known(self):
        for wizard in self:
            wizard.known = "\n\n".join(
                f"{flow.display_name}\n{flow._what_is_known(wizard.mode)}" for flow in wizard.flow_ids._origin
            )

    def action_decide(self):
        self.ensure_one()
        asked_about = "shadow" if self.mode == "live" else "live"
        for flow in self.flow_ids.filtered(lambda flow: flow.mode != asked_about):
            raise UserError(_("Somebody has changed %s meanwhile: look at it once more.", flow.display_name))
        # the reason is judged and kept where the change is written down (models/decision_setup.py)
        self.flow_ids.with_context(mfg_sync_reason=self.reason).write({"mode": self.mode})
        return {"type": "ir.actions.act_window_close"}
