from odoo import models


class Scrap(models.Model):
    _inherit = "stock.scrap"

    def action_validate(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("stock.scrap.action_validate")
        return stop._answer() if stop else super().action_validate(*args, **kwargs)
