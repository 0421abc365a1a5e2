from odoo import api, models

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.models.shown import Place


class Capture(models.AbstractModel):
    _inherit = "mfg.sync.capture"

    @api.model
    def _places(self):
        """Of stock itself quants mark (stock_quant.py), of a lot's status its history does (lot_status.py)."""

        def stock(fields, *paths, **more):
            domain = tuple(compat.storable_domain())
            return Place("stock.available", "product.product", frozenset(fields), paths, domain=domain, **more)

        places = super()._places()
        for model, place in (
            ("product.product", stock({"default_code"}, "id", by_filter=True)),
            ("product.template", stock({"uom_id"}, "product_tmpl_id", by_filter=True)),
            ("uom.uom", stock({"name", "rounding"}, "uom_id")),
            ("stock.lot", stock({"name"}, "stock_quant_ids.lot_id")),
            ("stock.location", stock({"usage", "location_id"}, "stock_quant_ids.location_id", operator="child_of")),
            # each item names all sites, also where it has no stock
            ("stock.warehouse", stock({"code", "mfg_sync_site_code", "active"})),
        ):
            places.setdefault(model, []).append(place)
        return places


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "mfg.sync.shown.mixin"]


class StockLocation(models.Model):
    _name = "stock.location"
    _inherit = ["stock.location", "mfg.sync.shown.mixin"]


class StockWarehouse(models.Model):
    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "mfg.sync.shown.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        sites = super().create(vals_list)
        # each item names all sites
        self.env["mfg.sync.capture"].written(sites, ["code"])
        return sites
