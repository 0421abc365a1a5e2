from odoo import api, models


class ToldBuilder(models.AbstractModel):
    _name = "mfg.sync.builder.faults.told"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Told by the Fault Tests"

    @api.model
    def _render(self, records, flow):
        return {lane.id: {"lane": lane.name, "number": lane.told} for lane in records}

    @api.model
    def _for_flow(self, records, flow):
        return records.filtered(lambda lane: lane.endpoint_id.id == flow["endpoint_id"])
