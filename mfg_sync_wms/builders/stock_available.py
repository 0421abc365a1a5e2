from odoo import api, fields, models
from odoo.tools import float_round

from odoo.addons.mfg_sync import compat


class StockAvailable(models.AbstractModel):
    """How much of an item is there and free, site by site; lots that are not released are there but not free."""

    _name = "mfg.sync.builder.stock.available"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Stock Available"
    _needs = {"product.product": "read", "stock.warehouse": "read", "stock.quant": "read", "stock.lot": "read"}

    @api.model
    def _render(self, records, flow):
        domain = [("company_id", "=", flow["company_id"])]
        if flow["site_ids"]:
            domain.append(("id", "in", flow["site_ids"]))
        sites = self.env["stock.warehouse"].search(domain)
        stock = {site: self._stock(site, records) for site in sites}
        flow = self._knowing(flow, {"item": records})
        return {
            product.id: {
                "item": self._item(flow, product),
                "sites": [self._site_data(site, product, stock[site]) for site in sites],
            }
            for product in records
        }

    @api.model
    def _compared(self, data):
        # the moment of looking is no change of stock
        return {**data, "sites": [{**site, "as_of": None} for site in data["sites"]]}

    @api.model
    def _everything(self, model, flow):
        return super()._everything(model, flow).filtered(compat.is_storable)

    def _stock(self, site, products):
        """``{(product, lot): (quantity, reserved)}`` in the site's internal locations."""
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("location_id", "child_of", site.view_location_id.id),
                ("location_id.usage", "=", "internal"),
            ],
            ["product_id", "lot_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        return {(product, lot): (quantity, reserved) for product, lot, quantity, reserved in groups}

    def _site_data(self, site, product, stock):
        on_hand, available, lots = 0.0, 0.0, []
        for (item, lot), (quantity, reserved) in stock.items():
            if item != product:
                continue
            status = lot.mfg_sync_quality or "released"
            on_hand += quantity
            if status == "released":
                available += quantity - reserved
            if lot and self._rounded(product, quantity):
                lots.append({"lot": lot.name, "quantity": self._rounded(product, quantity), "status": status})
        return {
            "site": site.mfg_sync_site_code or site.code,
            "as_of": self._time(fields.Datetime.now()),
            "unit": product.uom_id.name,
            "on_hand": self._rounded(product, on_hand),
            "available": self._rounded(product, available),
            "lots": sorted(lots, key=lambda entry: entry["lot"]),
        }

    def _rounded(self, product, quantity):
        return float_round(quantity, precision_rounding=product.uom_id.rounding)
