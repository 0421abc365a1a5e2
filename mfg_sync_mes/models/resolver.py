import re

from odoo import _, api, models

from odoo.addons.mfg_sync import compat

#: the end of the number of a part of a split order
NUMBERED = re.compile(r"-[0-9]{3}$")


class Resolver(models.AbstractModel):
    _inherit = "mfg.sync.resolver"

    @api.model
    def _entities(self):
        return {
            **super()._entities(),
            "production": "mrp.production",
            "operation": "mrp.routing.workcenter",
            "work_center": "mrp.workcenter",
        }

    @api.model
    def _entity_words(self):
        return {
            **super()._entity_words(),
            "production": _("Manufacturing order"),
            "operation": _("Operation"),
            "work_center": _("Work center"),
        }

    @api.model
    def _documents(self):
        return super()._documents() | {"production"}

    @api.model
    def _our_names(self, record):
        names = super()._our_names(record)
        if names and record._name == "mrp.production":
            # its parts, and what it was called before it was split
            names |= {name for part in compat.family(record) for name in (part.name, NUMBERED.sub("", part.name))}
        return names

    @api.model
    def _fits(self, entity, record, **narrow):
        if entity == "operation" and narrow.get("bom") and record.bom_id != narrow["bom"]:
            return False
        return super()._fits(entity, record, **narrow)

    def _find_production(self, message, value):
        """By our number; the first of a split order also by the number it had before (WH/MO/00012 → …-001)."""
        orders = self.env["mrp.production"].search(
            [("company_id", "=", message.company_id), ("name", "in", (value, f"{value}-001"))]
        )
        return compat.family(orders[:1])[:1] if orders else orders

    def _find_operation(self, message, value, bom=None):
        """By its code, which is unique only within a bill of materials."""
        if not bom:
            return self.env["mrp.routing.workcenter"]
        return bom._mfg_sync_operations().filtered(lambda operation: operation._mfg_sync_code() == value)

    def _find_work_center(self, message, value):
        work_center = self.env["mrp.workcenter"]
        in_company = [("company_id", "in", [message.company_id, False])]
        return work_center.search([("code", "=", value), *in_company], limit=2) or work_center.search(
            [("name", "=", value), *in_company], limit=2
        )
