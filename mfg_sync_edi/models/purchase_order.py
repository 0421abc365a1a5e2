from odoo import models

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.models.capture import stable_revision


class PurchaseOrder(models.Model):
    _inherit = "purchase.order"

    def button_approve(self, force=False):
        result = super().button_approve(force=force)
        # approved again with other content it is told again, as a replacement; with the same content it is not
        for order in self.filtered(lambda order: order.state in ("purchase", "done")):
            self.env["mfg.sync.capture"].event("edi.850", order, revision=order._x12_revision())
        return result

    def _x12_revision(self):
        unit = compat.uom_field(self.env["purchase.order.line"])
        return stable_revision(
            self.currency_id.name,
            [
                (line.product_id.id, line.product_qty, line[unit].id, line.price_unit, str(line.date_planned))
                for line in self.order_line
                if not line.display_type
            ],
        )
