from odoo import api, models

#: what the item master tells (builders/item.py); other fields change without a message
TOLD = {
    "name",
    "default_code",
    "barcode",
    "uom_id",
    "tracking",
    "active",
    "categ_id",
    "weight",
    "use_expiration_date",
    "detailed_type",
    "type",
    "is_storable",
}


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if TOLD & set(vals):
            self.env["mfg.sync.capture"].mark("master.item", self.with_context(active_test=False).product_variant_ids)
        return result


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        products = super().create(vals_list)
        self.env["mfg.sync.capture"].mark("master.item", products)
        return products

    def write(self, vals):
        result = super().write(vals)
        if TOLD & set(vals):
            self.env["mfg.sync.capture"].mark("master.item", self)
        return result
