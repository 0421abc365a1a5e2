from odoo import fields, models

from odoo.addons.mfg_sync import compat


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["mfg.sync.x12.revision.mixin", "sale.order"]

    x12_date = fields.Date(
        string="Customer's order date", copy=False, readonly=True, help="BEG05 of the customer's 850."
    )

    def _action_confirm(self):
        result = super()._action_confirm()
        # confirmed again with other content it is acknowledged again; with the same content it is not
        self.filtered("client_order_ref")._x12_tell("edi.855")
        return result

    def _x12_content(self):
        unit = compat.uom_field(self.env["sale.order.line"])
        return (
            self.client_order_ref,
            self.currency_id.name,
            self.partner_id.id,
            self.partner_shipping_id.id,
            str(self.commitment_date),
            [
                (line.product_id.id, round(line.product_uom_qty, 6), line[unit].id, round(line.price_reduce_taxexcl, 6))
                for line in self.order_line
                if not line.display_type
            ],
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    x12_line = fields.Char(string="Customer's line", copy=False, readonly=True, help="PO101 of the customer's 850.")
    x12_unit = fields.Char(string="Customer's unit", copy=False, readonly=True, help="PO103 of the customer's 850.")
