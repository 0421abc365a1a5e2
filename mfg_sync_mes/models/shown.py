from odoo import api, models

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.models.shown import Place


class Capture(models.AbstractModel):
    _inherit = "mfg.sync.capture"

    @api.model
    def _places(self):
        """What is written on a bill, its lines or its steps marks by itself (mrp_bom.py, mrp_routing_workcenter.py)."""

        def bom(fields, *paths):
            return Place("master.bom", "mrp.bom", frozenset(fields), paths)

        unit = compat.uom_field(self.env["mrp.bom.line"])
        places = super()._places()
        for model, place in (
            (
                "product.product",
                # an item without other variants is told by a bill of its template
                bom(
                    {"default_code", "active"},
                    *("bom_line_ids.product_id", "product_id", "product_tmpl_id.product_variant_ids"),
                ),
            ),
            ("uom.uom", bom({"name"}, "product_uom_id", f"bom_line_ids.{unit}")),
            ("mrp.workcenter", bom({"name", "code"}, "operation_ids.workcenter_id")),
        ):
            places.setdefault(model, []).append(place)
        return places


class MrpWorkcenter(models.Model):
    _name = "mrp.workcenter"
    _inherit = ["mrp.workcenter", "mfg.sync.shown.mixin"]
