from odoo import _, api, models


class Resolver(models.AbstractModel):
    _inherit = "mfg.sync.resolver"

    @api.model
    def _entities(self):
        return {**super()._entities(), "transfer": "stock.picking"}

    @api.model
    def _entity_words(self):
        return {**super()._entity_words(), "transfer": _("Transfer")}

    @api.model
    def _documents(self):
        return super()._documents() | {"transfer"}

    def _find_transfer(self, message, value):
        return self.env["stock.picking"].search(
            [("name", "=", value), ("company_id", "=", message.company_id)], limit=1
        )
