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


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        result = super().write(vals)
        if {"name", "parent_id"} & set(vals):
            # the names of those below begin with it
            self.env["product.product"]._mfg_sync_mark_all([("categ_id", "child_of", self.ids)])
        return result


class UnitOfMeasure(models.Model):
    _inherit = "uom.uom"

    def write(self, vals):
        result = super().write(vals)
        if "name" in vals:
            self.env["product.product"]._mfg_sync_mark_all([("uom_id", "in", self.ids)])
        return result


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

    @api.model
    def _mfg_sync_mark_all(self, domain):
        """Items that show the name of what was renamed; one query, and none if nobody watches."""
        if "master.item" in self.env["mfg.sync.flow"]._watch():
            # sudo: also those that who renames it does not see; what each connection is told is looked at later
            items = self.sudo().with_context(active_test=False).search(domain)
            self.env["mfg.sync.capture"].mark("master.item", items)
