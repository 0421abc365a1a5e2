from odoo import api, models

from odoo.addons.mfg_sync import compat


class StockQuant(models.Model):
    _inherit = "stock.quant"

    # Odoo itself changes quants in _update_available_quantity and _update_reserved_quantity only, which end here

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        quants._mfg_sync_mark()
        return quants

    def write(self, vals):
        result = super().write(vals)
        if {"quantity", "reserved_quantity"} & set(vals):
            self._mfg_sync_mark()
        return result

    def _mfg_sync_mark(self):
        if "stock.available" in self.env["mfg.sync.flow"]._watch():
            inside = self.filtered(lambda quant: quant.location_id.usage == "internal")
            self.env["mfg.sync.capture"].mark("stock.available", inside.product_id.filtered(compat.is_storable))
