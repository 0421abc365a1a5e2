from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("sale.order.action_confirm")
        return stop._answer() if stop else super().action_confirm(*args, **kwargs)

    def _create_invoices(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("sale.order._create_invoices")
        return stop._answer() if stop else super()._create_invoices(*args, **kwargs)
