from odoo import api, models


class X12Builder(models.AbstractModel):
    _inherit = "mfg.sync.builder.x12"

    @api.model
    def _for_flow(self, records, flow):
        # a connection is for one partner, and a test makes its own: here everybody is that partner
        return records
