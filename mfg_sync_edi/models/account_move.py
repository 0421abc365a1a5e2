from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        self.env["mfg.sync.capture"].mark("edi.810", posted.filtered(lambda move: move.move_type == "out_invoice"))
        return posted
