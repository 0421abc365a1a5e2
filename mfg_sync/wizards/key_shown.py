from odoo import api, fields, models


class KeyShown(models.TransientModel):
    """Shows a new key once. It comes in the context of the dialog and has no column: it never reaches the database."""

    _name = "mfg.sync.key.shown"
    _description = "New Key"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True)
    use = fields.Char(readonly=True)
    key = fields.Char(compute="_compute_key", string="Key")

    @api.depends_context("mfg_sync_key")
    def _compute_key(self):
        for wizard in self:
            wizard.key = self.env.context.get("mfg_sync_key")
