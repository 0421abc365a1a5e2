from odoo import api, models

from .shown import Place

#: what the item master tells (builders/item.py), and the company, by which an item comes to be told; other fields
#: change without a message, unless a synchronization's filter speaks of them
TOLD = frozenset(
    {
        "name",
        "default_code",
        "barcode",
        "uom_id",
        "tracking",
        "active",
        "categ_id",
        "company_id",
        "weight",
        "use_expiration_date",
        "detailed_type",
        "type",
        "is_storable",
    }
)


class Capture(models.AbstractModel):
    _inherit = "mfg.sync.capture"

    @api.model
    def _places(self):
        def item(fields, *paths, **more):
            return Place("master.item", "product.product", frozenset(fields), paths, **more)

        return {
            **super()._places(),
            "product.product": [item(TOLD, "id", by_filter=True)],
            "product.template": [item(TOLD, "product_tmpl_id", by_filter=True)],
            # the names of those below begin with it
            "product.category": [item({"name", "parent_id"}, "categ_id", operator="child_of")],
            "uom.uom": [item({"name"}, "uom_id")],
        }


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "mfg.sync.shown.mixin"]


class UnitOfMeasure(models.Model):
    _name = "uom.uom"
    _inherit = ["uom.uom", "mfg.sync.shown.mixin"]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "mfg.sync.shown.mixin"]


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "mfg.sync.shown.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        products = super().create(vals_list)
        self.env["mfg.sync.capture"].mark("master.item", products)
        return products
