from odoo import fields, models

from ..models.credential import USES


class KeyShown(models.TransientModel):
    """Shows a new key once. It comes in the context of the dialog and has no column: it never reaches the database."""

    _name = "mfg.sync.key.shown"
    _description = "New Key"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True)
    use = fields.Selection(USES, string="For", readonly=True)
    # a preset, not a compute: of a new record's fields the web client computes none that depends on the context alone
    key = fields.Char(store=False, default=lambda self: self.env.context.get("mfg_sync_key"), readonly=True)
