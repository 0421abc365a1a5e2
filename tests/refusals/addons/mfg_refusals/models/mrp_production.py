from odoo import models


class Production(models.Model):
    _inherit = "mrp.production"

    def button_mark_done(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("mrp.production.button_mark_done")
        return stop._answer() if stop else super().button_mark_done(*args, **kwargs)
