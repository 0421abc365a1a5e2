from odoo import models


class WorkOrder(models.Model):
    _inherit = "mrp.workorder"

    def button_start(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("mrp.workorder.button_start")
        return stop._answer() if stop else super().button_start(*args, **kwargs)

    def button_finish(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("mrp.workorder.button_finish")
        return stop._answer() if stop else super().button_finish(*args, **kwargs)
