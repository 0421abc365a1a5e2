from odoo import api, models


class LotStatus(models.Model):
    _inherit = "mfg.sync.lot.status"

    @api.model_create_multi
    def create(self, vals_list):
        statuses = super().create(vals_list)
        # what is on hold is not available
        self.env["mfg.sync.capture"].mark("stock.available", statuses.lot_id.product_id)
        return statuses
