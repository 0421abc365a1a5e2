from odoo import api, models

from odoo.addons.mfg_sync import compat

from ..x12 import clean


class Acknowledgement(models.AbstractModel):
    """855: we take the customer's order, line by line."""

    _name = "mfg.sync.builder.x12.acknowledgement"
    _inherit = "mfg.sync.builder.x12"
    _description = "Builder: X12 855"
    _needs = {"sale.order": "read"}

    _set = "855"

    @api.model
    def _for_flow(self, records, flow):
        return super()._for_flow(records.filtered("client_order_ref"), flow)

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(flow, {"item": records.order_line.product_id})
        return {order.id: self._order_data(flow, order) for order in records}

    def _order_data(self, flow, order):
        return {
            "purpose": "replace" if self._told_before(flow, order) else "original",
            "kind": "accepted",
            "number": order.client_order_ref,
            "date": order.x12_date.isoformat() if order.x12_date else self._day(order.date_order),
            "seller_order": order.name,
            "acknowledged": self._day(order.date_order),
            "currency": order.currency_id.name,
            "parties": {
                "buyer": self._party(order.partner_id, address=False),
                "seller": self._party(order.company_id.partner_id, address=False),
                "ship_to": self._party(order.partner_shipping_id),
            },
            "lines": [
                self._line(flow, line, place)
                for place, line in enumerate(
                    order.order_line.filtered(lambda line: line.product_id and not line.display_type), start=1
                )
            ],
        }

    def _line(self, flow, line, place):
        unit = line.x12_unit or self._unit(flow, line[compat.uom_field(line)])
        quantity = self._number(line.product_uom_qty)
        return {
            "line": line.x12_line or str(place),
            "quantity": quantity,
            "unit": unit,
            "price": self._number(line.price_reduce_taxexcl),
            "price_basis": "PE",
            "items": self._items(flow, line.product_id, ours="vendor", theirs="buyer"),
            "description": clean(line.product_id.name, limit=80),
            "status": "accepted",
            "acknowledged_quantity": quantity,
            "acknowledged_unit": unit,
            "acknowledged_date": self._day(line.order_id.commitment_date or line.order_id.expected_date),
            "acknowledged_date_kind": "scheduled_delivery",
        }
