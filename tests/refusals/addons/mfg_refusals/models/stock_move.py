from odoo import models


class Move(models.Model):
    _inherit = "stock.move"

    def _action_confirm(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("stock.move._action_confirm")
        return stop._answer() if stop else super()._action_confirm(*args, **kwargs)
