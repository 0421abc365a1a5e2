from odoo import api, models

from odoo.addons.mfg_sync import compat


class BomBuilder(models.AbstractModel):
    """Bill of materials and routing: what is made of what, in which steps."""

    _name = "mfg.sync.builder.bom"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Bill of Materials"
    _needs = {"mrp.bom": "read", "mrp.routing.workcenter": "read", "mrp.workcenter": "read"}

    @api.model
    def _render(self, records, flow):
        rendered = {}
        for bom in records.filtered(lambda bom: bom.active and bom.type == "normal"):
            product = bom.product_id or bom.product_tmpl_id.product_variant_id
            # a bill of several variants without one of its own is nobody's on the floor: orders tell their components
            if product and (bom.product_id or len(bom.product_tmpl_id.product_variant_ids) == 1):
                rendered[bom.id] = self._bom_data(flow, bom, product)
        return rendered

    def _bom_data(self, flow, bom, product):
        return {
            "bom": {"code": bom._mfg_sync_code()},
            "item": self._item(flow, product),
            "quantity": bom.product_qty,
            "unit": bom.product_uom_id.name,
            "components": [self._component(flow, line) for line in bom.bom_line_ids],
            "operations": [self._step(flow, operation) for operation in bom._mfg_sync_operations() if operation.active],
        }

    def _component(self, flow, line):
        component = {
            "item": self._item(flow, line.product_id),
            "quantity": line.product_qty,
            "unit": line[compat.uom_field(line)].name,
        }
        if line.operation_id:
            component["operation"] = self._operation(flow, line.operation_id)
        return component

    def _step(self, flow, operation):
        return {
            "operation": self._operation(flow, operation),
            "name": operation.name,
            "sequence": operation.sequence,
            "work_center": self._work_center(flow, operation.workcenter_id),
            "minutes": operation.time_cycle,
        }

    # -- words that orders use too (builders/order.py)

    @api.model
    def _operation(self, flow, operation):
        return self._reference(flow, "operation", operation, operation._mfg_sync_code())

    @api.model
    def _work_center(self, flow, work_center):
        return self._reference(flow, "work_center", work_center, work_center.code or work_center.name)
