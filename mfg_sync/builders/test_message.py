from odoo import api, models


class TestBuilder(models.AbstractModel):
    """What "Send a test message" sends."""

    _name = "mfg.sync.builder.test"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Test Message"

    @api.model
    def _render(self, records, flow):
        return {endpoint.id: {"text": endpoint.name} for endpoint in records}

    @api.model
    def _for_flow(self, records, flow):
        return records.filtered(lambda endpoint: endpoint.id == flow["endpoint_id"])
