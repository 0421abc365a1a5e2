from odoo import fields, models


class MessageCancel(models.TransientModel):
    """Asks why a message is never to be applied; the reason is kept with it."""

    _name = "mfg.sync.message.cancel"
    _description = "Cancel Messages"

    message_ids = fields.Many2many("mfg.sync.message", string="Messages", readonly=True, required=True)
    reason = fields.Char(string="Why", required=True)

    def action_cancel(self):
        self.ensure_one()
        self.message_ids.action_cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
