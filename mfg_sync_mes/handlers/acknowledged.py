from odoo import api, models

from odoo.addons.mfg_sync import compat


class Acknowledged(models.AbstractModel):
    _inherit = "mfg.sync.handler.acknowledged"

    @api.model
    def _part_of(self, entity, record):
        if entity == "operation" and record._name == "mrp.bom":
            return {"bom": record}
        if entity == "operation" and record._name == "mrp.production":
            return {"bom": record.bom_id}
        return super()._part_of(entity, record)

    @api.model
    def bind(self, message, entity, external_id, record):
        # one number of theirs stands for the order with all that it is split into; its lane is that of the first
        if entity == "production":
            record = compat.family(record)[:1]
        return super().bind(message, entity, external_id, record)
