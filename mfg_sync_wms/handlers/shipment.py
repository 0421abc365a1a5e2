from collections import Counter

from odoo import _, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync.engine.errors import Early


class ShipmentConfirmed(models.AbstractModel):
    """Goods have left: the lot that shipped wins over the one that was reserved."""

    _name = "mfg.sync.handler.shipment.confirmed"
    _inherit = "mfg.sync.handler.transfer"
    _description = "Handler: Shipment Confirmed"
    _needs = {
        "stock.picking": "read write",
        "stock.move": "read write",
        "stock.move.line": "read write create unlink",
        "stock.lot": "read",
        "stock.quant": "read",
    }

    _code = "outgoing"
    _number = "shipment"

    def _prepare(self, message, picking):
        data = message.data
        carrier = self._carrier(data.get("carrier"), picking)
        if carrier and carrier != picking.carrier_id:
            picking.carrier_id = carrier
        if data.get("tracking"):
            # before it is validated: Odoo buys a label for a delivery that has no tracking number then
            picking.carrier_tracking_ref = data["tracking"]

    def _carrier(self, name, picking):
        """The carrier Odoo knows by this name; empty for an unknown one, which changes nothing."""
        carrier = self.env["delivery.carrier"]
        if not name:
            return carrier
        return carrier.search(
            [
                ("name", "=ilike", name.replace("%", r"\%").replace("_", r"\_")),
                ("company_id", "in", [picking.company_id.id, False]),
            ],
            limit=1,
        )

    def _line_values(self, move, line, quantity, taken):
        """From where it lies: free stock first, then what is reserved for others, whose orders are reserved anew.

        Lines name location, package and owner of real stock; without them Odoo would book the shelf negative.

        :raises Early: there is less of it than has left; the receipt or the production of it is still to come
        """
        if move._should_bypass_reservation():
            return super()._line_values(move, line, quantity, taken)
        values, left = [], quantity
        for quant, part in self._take(move, line, quantity, taken):
            values.append(
                {
                    **move._prepare_move_line_vals(quantity=0, reserved_quant=quant),
                    "product_uom_id": line.product.uom_id.id,
                    "quantity": part,
                    "picked": True,
                }
            )
            left -= part
        if float_compare(left, 0.0, precision_rounding=line.product.uom_id.rounding) > 0:
            item = f"{line.product.display_name} {line.lot_name}".strip()
            raise Early(
                _(
                    "%(shipped)g %(unit)s of %(item)s have left, only %(there)g are in %(location)s. The message waits "
                    "until they are.",
                    shipped=quantity,
                    unit=line.product.uom_id.name,
                    there=quantity - left,
                    item=item,
                    location=move.location_id.display_name,
                ),
                wait_key=f"stock:{self._item_code(line.product)}",
                pointer=f"{line.pointer}/quantity",
            )
        return values

    def _take(self, move, line, quantity, taken):
        """``[(quant, quantity), …]`` of the lot under the move's location, in all at most what is there."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", line.product.id),
                ("lot_id", "=", line.lot.id),
                ("quantity", ">", 0),
                ("location_id", "child_of", move.location_id.id),
            ],
            order="in_date, id",
        )
        parts, left = Counter(), quantity
        for spare_reserved in (True, False):
            for quant in quants:
                reserved = quant.reserved_quantity if spare_reserved else 0.0
                part = min(left, quant.quantity - reserved - taken[quant])
                if part > 0:
                    parts[quant] += part
                    taken[quant] += part
                    left -= part
        return list(parts.items())
