from odoo import api, models

from .. import compat


class ItemBuilder(models.AbstractModel):
    """Item master: what MES and WMS must know of a product."""

    _name = "mfg.sync.builder.item"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Item"

    @api.model
    def _for_flow(self, records, flow):
        """Goods; services only where the filter speaks of their ``type``."""
        records = super()._for_flow(records, flow)
        return records if "type" in flow["domain"] else records.filtered(lambda product: product.type != "service")

    @api.model
    def _render(self, records, flow):
        return {product.id: self._item_data(flow, product) for product in records if product.default_code}

    def _item_data(self, flow, product):
        data = {
            "item": self._item(flow, product),
            "name": product.name,
            "unit": product.uom_id.name,
            "tracking": product.tracking,
            "storable": compat.is_storable(product),
            "active": product.active,
            "category": product.categ_id.complete_name or "",
            "weight_kg": product.weight,
            "expires": product.use_expiration_date,
        }
        if product.barcode:
            data["barcode"] = product.barcode
        return data
