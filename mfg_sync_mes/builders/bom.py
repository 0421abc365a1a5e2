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
        used = records.filtered(lambda bom: bom.active and bom.type == "normal" and self._made(bom))
        left = self._known(flow, records - used)
        flow = self._knowing_bills(flow, used | left)
        return {
            **{bom.id: self._bom_data(flow, bom, self._made(bom)) for bom in used},
            # by what they know they would go on making
            **{
                bom.id: {**self._bom_data(flow, bom, product), "active": False}
                for bom in left
                if (product := self._made(bom) or self._made(bom.with_context(active_test=False)))
            },
        }

    def _knowing_bills(self, flow, boms):
        operations = boms.with_context(active_test=False).operation_ids
        made = boms.product_id | boms.product_tmpl_id.product_variant_ids
        return self._knowing(
            flow,
            {
                "item": made | boms.bom_line_ids.product_id,
                "operation": operations,
                "work_center": operations.workcenter_id,
            },
        )

    def _made(self, bom):
        """The item that a bill is of; empty for one of several variants without one of its own, which is nobody's on
        the floor: orders tell their components."""
        variants = bom.product_tmpl_id.product_variant_ids
        return bom.product_id or (variants if len(variants) == 1 else variants.browse())

    def _known(self, flow, boms):
        """Those of these bills that this synchronization has told."""
        if not boms:
            return boms
        self.env.cr.execute(
            """SELECT DISTINCT res_id FROM mfg_sync_message
               WHERE flow_id = %s AND direction = 'out' AND res_model = %s AND res_id = ANY(%s)
                 AND state <> 'cancelled' AND shadow = %s AND payload IS DISTINCT FROM 'null'""",
            [flow["id"], boms._name, boms.ids, flow["mode"] == "shadow"],
        )
        return boms.browse(res_id for (res_id,) in self.env.cr.fetchall())

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
