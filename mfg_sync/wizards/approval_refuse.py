from odoo import fields, models


class ApprovalRefuse(models.TransientModel):
    """Asks why a second person does not agree."""

    _name = "mfg.sync.approval.refuse"
    _inherit = "mfg.sync.reason"
    _description = "Refuse a Correction"

    approval_id = fields.Many2one("mfg.sync.approval", required=True, readonly=True, ondelete="cascade")

    def _decide(self, reason):
        self.approval_id.action_refuse(reason)
