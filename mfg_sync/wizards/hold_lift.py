from odoo import fields, models


class HoldLift(models.TransientModel):
    """Asks why a legal hold is lifted; the reason is kept with it."""

    _name = "mfg.sync.hold.lift"
    _description = "Lift Legal Holds"

    hold_ids = fields.Many2many("mfg.sync.hold", string="Legal holds", readonly=True, required=True)
    reason = fields.Char(string="Why", required=True)

    def action_lift(self):
        self.ensure_one()
        self.hold_ids.action_lift(self.reason)
        return {"type": "ir.actions.act_window_close"}
