from odoo import fields, models


class LotStatus(models.Model):
    """Quality status of a lot and who said it; one row a change, the newest counts (mirrored on the lot)."""

    _name = "mfg.sync.lot.status"
    _description = "Lot Status"
    _order = "id desc"

    lot_id = fields.Many2one("stock.lot", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    status = fields.Selection(
        [("released", "Released"), ("hold", "On hold"), ("rejected", "Rejected")], required=True)
    reason = fields.Char()
    message_id = fields.Many2one("mfg.sync.message", string="Said by", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)
