from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _mfg_sync_shipped(self):
        result = super()._mfg_sync_shipped()
        self.env["mfg.sync.capture"].event("edi.856", self)
        # invoicing is not the work of who confirms a shipment: the customer's connection does it, in its own time
        self.env["mfg.sync.capture"].mark("edi.810", self)
        return result
