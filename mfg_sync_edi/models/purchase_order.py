from odoo import models

from odoo.addons.mfg_sync import compat


class PurchaseOrder(models.Model):
    _name = "purchase.order"
    _inherit = ["mfg.sync.x12.revision.mixin", "purchase.order"]

    def button_approve(self, force=False):
        result = super().button_approve(force=force)
        # approved again with other content it is told again, as a replacement; with the same content it is not
        self.filtered(lambda order: order.state in ("purchase", "done"))._x12_tell("edi.850")
        return result

    def _x12_content(self):
        unit = compat.uom_field(self.env["purchase.order.line"])
        return (
            self.currency_id.name,
            self.partner_id.id,
            self.dest_address_id.id,
            self.picking_type_id.id,
            str(self.date_planned),
            [
                (
                    line.product_id.id,
                    round(line.product_qty, 6),
                    line[unit].id,
                    round(line.price_subtotal, 6),
                    str(line.date_planned),
                )
                for line in self.order_line
                if not line.display_type
            ],
        )
