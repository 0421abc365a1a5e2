from odoo import api, models

from odoo.addons.mfg_sync import compat

from ..x12 import clean


class Purchase(models.AbstractModel):
    """850: our order to a supplier."""

    _name = "mfg.sync.builder.x12.purchase"
    _inherit = "mfg.sync.builder.x12"
    _description = "Builder: X12 850 to a Supplier"
    _needs = {"purchase.order": "read"}

    _set = "850"

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(flow, {"item": records.order_line.product_id})
        return {order.id: self._order_data(flow, order) for order in records}

    def _order_data(self, flow, order):
        return {
            "purpose": "replace" if self._told_before(flow, order) else "original",
            "kind": "SA",
            "number": order.name,
            "release": "",
            "date": self._day(order.date_approve or order.date_order),
            "currency": order.currency_id.name,
            "requested_delivery": self._day(order.date_planned),
            "parties": {
                "buyer": self._party(order.company_id.partner_id),
                "ship_to": self._party(
                    order.dest_address_id
                    or order.picking_type_id.warehouse_id.partner_id
                    or order.company_id.partner_id
                ),
                "seller": self._party(order.partner_id, address=False),
            },
            "lines": [
                self._line(flow, line, place)
                for place, line in enumerate(
                    order.order_line.filtered(lambda line: line.product_id and not line.display_type), start=1
                )
            ],
            "total": self._number(order.amount_untaxed, 2),
        }

    def _line(self, flow, line, place):
        supplier = line.product_id.seller_ids.filtered(
            lambda info: (
                info.partner_id.commercial_partner_id == line.partner_id.commercial_partner_id
                and info.product_code
                and (not info.product_id or info.product_id == line.product_id)
            )
        )[:1]
        return {
            "line": str(place),
            "quantity": self._number(line.product_qty),
            "unit": self._unit(flow, line[compat.uom_field(line)]),
            "price": self._number(line.price_subtotal / line.product_qty if line.product_qty else line.price_unit),
            "price_basis": "PE",
            "items": self._items(
                flow, line.product_id, ours="buyer", theirs="vendor", their_number=supplier.product_code or None
            ),
            "description": clean(line.product_id.name, limit=80),
            "requested_delivery": self._day(line.date_planned),
        }
