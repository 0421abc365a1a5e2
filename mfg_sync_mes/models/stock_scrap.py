from odoo import fields, models


class StockScrap(models.Model):
    _name = "stock.scrap"
    _inherit = ["stock.scrap", "mfg.sync.given.mixin"]

    mfg_sync_told = fields.Boolean(
        string="Reported by the floor",
        readonly=True,
        copy=False,
        help="A message told of this scrap. One that a person made is looked for when the message of it is replayed.",
    )

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_told"}
