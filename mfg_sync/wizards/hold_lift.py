from odoo import fields, models


class HoldLift(models.TransientModel):
    """Asks why a legal hold is lifted."""

    _name = "mfg.sync.hold.lift"
    _inherit = "mfg.sync.reason"
    _description = "Lift Legal Holds"

    hold_ids = fields.Many2many("mfg.sync.hold", string="Legal holds", readonly=True, required=True)

    def _decide(self, reason):
        self.hold_ids.action_lift(reason)
