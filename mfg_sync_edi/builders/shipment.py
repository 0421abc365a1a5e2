from odoo import api, models

from odoo.addons.mfg_sync import compat

from ..x12 import clean


class Shipment(models.AbstractModel):
    """856: what has left for the customer, by order and item with lots or serials (tree S-O-I)."""

    _name = "mfg.sync.builder.x12.shipment"
    _inherit = "mfg.sync.builder.x12"
    _description = "Builder: X12 856 to a Customer"
    _needs = {"stock.picking": "read", "stock.move": "read", "sale.order": "read"}

    _set = "856"

    @api.model
    def _partner_of(self, record):
        # goods may go to an address that is not the customer's own
        return record.sale_id.partner_id or record.partner_id

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(flow, {"item": records.move_ids.product_id})
        return {picking.id: self._shipment(flow, picking) for picking in records if self._orders(flow, picking)}

    def _shipment(self, flow, picking):
        shipped = self._day_and_time(picking.date_done)
        carrier = clean(picking.carrier_id.name or "", limit=35)
        warehouse = picking.picking_type_id.warehouse_id
        return {
            "purpose": "original",
            "shipment": picking.name,
            "date": shipped[:10],
            "time": shipped[11:],
            "structure": "0004",
            "tracking": [clean(picking.carrier_tracking_ref, limit=30)] if picking.carrier_tracking_ref else [],
            "carrier": {"routing": carrier} if carrier else {},
            "shipped_at": shipped,
            "parties": {
                "ship_from": self._party(warehouse.partner_id or picking.company_id.partner_id),
                "ship_to": self._party(picking.partner_id or picking.sale_id.partner_shipping_id),
            },
            "orders": self._orders(flow, picking),
        }

    def _orders(self, flow, picking):
        moves = picking.move_ids.filtered(lambda move: move.state == "done" and move.quantity > 0)
        orders = {}
        for move in moves:
            order = move.sale_line_id.order_id or picking.sale_id
            orders.setdefault(order, self.env["stock.move"])
            orders[order] |= move
        return [self._order_data(flow, picking, order, moves) for order, moves in orders.items()]

    def _order_data(self, flow, picking, order, moves):
        number = order.client_order_ref or order.name or picking.origin or picking.name
        day = order.x12_date.isoformat() if order.x12_date else self._day(order.date_order)
        return {
            "number": number,
            **({"date": day} if day else {}),
            "lines": [self._line(flow, move, place) for place, move in enumerate(moves, start=1)],
        }

    def _line(self, flow, move, place):
        sold, product = move.sale_line_id, move.product_id
        uom = sold[compat.uom_field(sold)] if sold else move.product_uom
        unit = sold.x12_unit or self._unit(flow, uom)
        lots = {}
        for line in move.move_line_ids.filtered("lot_id"):
            lots[line.lot_id] = lots.get(line.lot_id, 0.0) + self._in(uom, product, line.quantity_product_uom)
        serial = product.tracking == "serial"
        return {
            "line": sold.x12_line or str(place),
            "items": self._items(flow, product, ours="vendor", theirs="buyer"),
            "quantity": self._number(self._in(uom, product, sum(move.move_line_ids.mapped("quantity_product_uom")))),
            "unit": unit,
            "description": clean(product.name, limit=80),
            "lots": [] if serial else [self._lot(lot, quantity) for lot, quantity in lots.items()],
            "serials": [clean(lot.name, limit=30) for lot in lots] if serial else [],
            "packages": [],
            **({"ordered_quantity": self._number(sold.product_uom_qty)} if sold else {}),
        }

    def _lot(self, lot, quantity):
        found = {"lot": clean(lot.name, limit=30), "quantity": self._number(quantity)}
        if lot.expiration_date:
            found["expires"] = self._day(lot.expiration_date)
        return found

    def _in(self, uom, product, quantity):
        return product.uom_id._compute_quantity(quantity, uom, round=False)
