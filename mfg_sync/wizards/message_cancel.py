from odoo import fields, models


class MessageCancel(models.TransientModel):
    """Asks why a message is never to be applied."""

    _name = "mfg.sync.message.cancel"
    _inherit = "mfg.sync.reason"
    _description = "Cancel Messages"

    message_ids = fields.Many2many("mfg.sync.message", string="Messages", readonly=True, required=True)

    def _decide(self, reason):
        self.message_ids.action_cancel(reason)
