from odoo import models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "mfg.sync.document.mixin"]


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "mfg.sync.document.mixin"]
