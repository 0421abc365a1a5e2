from odoo import fields, models


class StockScrap(models.Model):
    _inherit = "stock.scrap"

    mfg_sync_told = fields.Boolean(
        string="Reported by the floor",
        readonly=True,
        copy=False,
        help="A message told of this scrap. One that a person made is looked for when the message of it is replayed.",
    )
