from odoo import api, models
from odoo.tools.safe_eval import safe_eval

from .. import compat

#: fields that say whether a product is goods or a service
KINDS_OF_PRODUCT = ("type", "detailed_type")


class ItemBuilder(models.AbstractModel):
    """Item master: what MES and WMS must know of a product."""

    _name = "mfg.sync.builder.item"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Item"
    _needs = {"product.product": "read"}

    @api.model
    def _for_flow(self, records, flow):
        """Goods; services only where the filter speaks of the kind of product."""
        records = super()._for_flow(records, flow)
        terms = [term for term in safe_eval(flow["domain"]) if isinstance(term, list | tuple)]
        if any(term[0].rpartition(".")[2] in KINDS_OF_PRODUCT for term in terms if isinstance(term[0], str)):
            return records
        return records.filtered(lambda product: product.type != "service")

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(flow, {"item": records})
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
