from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    x12_date = fields.Date(
        string="Customer's order date", copy=False, readonly=True, help="BEG05 of the customer's 850."
    )

    def _action_confirm(self):
        result = super()._action_confirm()
        told = self.filtered("client_order_ref")
        self.env["mfg.sync.capture"].event("edi.855", told)
        return result


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    x12_line = fields.Char(string="Customer's line", copy=False, readonly=True, help="PO101 of the customer's 850.")
    x12_unit = fields.Char(string="Customer's unit", copy=False, readonly=True, help="PO103 of the customer's 850.")
