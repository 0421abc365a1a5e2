from odoo import models


class Picking(models.Model):
    _inherit = "stock.picking"

    def action_confirm(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("stock.picking.action_confirm")
        return stop._answer() if stop else super().action_confirm(*args, **kwargs)

    def button_validate(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("stock.picking.button_validate")
        return stop._answer() if stop else super().button_validate(*args, **kwargs)
