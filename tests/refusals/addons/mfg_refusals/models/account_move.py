from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_post(self, *args, **kwargs):
        stop = self.env["mfg.refusals.stop"]._stands("account.move.action_post")
        return stop._answer() if stop else super().action_post(*args, **kwargs)
