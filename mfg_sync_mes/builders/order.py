from odoo import api, models


class OrderBuilder(models.AbstractModel):
    """A production order as the floor needs it: what, how much, when, in which steps, of which lots."""

    _name = "mfg.sync.builder.order"
    _inherit = "mfg.sync.builder.bom"
    _description = "Builder: Production Order"
    _needs = {"mrp.production": "read", "mrp.workorder": "read", "mrp.bom": "read", "stock.move": "read"}

    @api.model
    def _render(self, records, flow):
        workorders, moves = records.workorder_ids, records.move_raw_ids
        flow = self._knowing(
            flow,
            {
                "production": records,
                "item": records.product_id | moves.product_id,
                "operation": workorders.operation_id,
                "work_center": workorders.workcenter_id,
            },
        )
        codes = workorders.operation_id._mfg_sync_codes()
        return {order.id: self._order_data(flow, order, codes) for order in records}

    def _order_data(self, flow, order, codes):
        data = {
            "order": self._reference(flow, "production", order, order.name),
            "revision": order.mfg_sync_revision,
            "item": self._item(flow, order.product_id),
            "quantity": order.product_qty,
            "unit": order.product_uom_id.name,
            "planned_start": self._time(order.date_start),
            "planned_end": self._time(order.date_finished),
            "operations": [self._work_order(flow, workorder, codes) for workorder in self._steps(order)],
            "components": [self._demand(flow, move) for move in order.move_raw_ids if move.state != "cancel"],
        }
        if order.date_deadline:
            data["due"] = self._time(order.date_deadline)
        if order.bom_id:
            data["bom"] = {"code": order.bom_id._mfg_sync_code()}
        return data

    def _steps(self, order):
        # those added by hand have no operation that a report could name; 17 sorts work orders by their dates
        steps = order.workorder_ids.filtered("operation_id")
        return steps.sorted(lambda step: (step.operation_id.sequence, step.operation_id.id))

    def _work_order(self, flow, workorder, codes):
        operation = workorder.operation_id
        return {
            "operation": self._reference(flow, "operation", operation, codes[operation.id]),
            "name": workorder.name,
            "work_center": self._work_center(flow, workorder.workcenter_id),
            "minutes": workorder.duration_expected,
        }

    def _demand(self, flow, move):
        lots = {}
        for line in move.move_line_ids.filtered("lot_id"):
            lots[line.lot_id.name] = lots.get(line.lot_id.name, 0.0) + line.quantity_product_uom
        return {
            "item": self._item(flow, move.product_id),
            "quantity": move.product_qty,
            "unit": move.product_id.uom_id.name,
            "lots": [{"lot": name, "quantity": quantity} for name, quantity in lots.items()],
        }
