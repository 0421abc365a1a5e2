from markupsafe import Markup

from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync.engine.errors import DataError, Early, PermanentError
from odoo.addons.mfg_sync.engine.inbound import Done

OPEN = ("waiting", "confirmed", "partially_available", "assigned")


class ShipNotice(models.AbstractModel):
    """A supplier's 856: the open receipts of our purchase orders learn which lots come, and when."""

    _name = "mfg.sync.handler.x12.ship.notice"
    _inherit = "mfg.sync.handler.x12"
    _description = "Handler: X12 856 of a Supplier"
    _needs = {
        "purchase.order": "read",
        "stock.picking": "read write",
        "stock.move.line": "read write create unlink",
        "stock.lot": "read",
    }

    @api.model
    def apply(self, message):
        data, again = self._document(message)
        if again:
            return again
        if data["purpose"] != "original":
            raise DataError(
                _(
                    "The supplier sends a %(purpose)s of ship notice %(number)s. It needs a person: correct the "
                    "receipt by hand, then cancel this message.",
                    purpose=data["purpose"],
                    number=data["shipment"],
                ),
                "/data/purpose",
            )
        partner = self._partner(message).commercial_partner_id
        receipts, notes, refused = self.env["stock.picking"], [], []
        for index, order in enumerate(data["orders"]):
            pointer = f"/data/orders/{index}"
            purchase = self.find(message, "purchase", order["number"], f"{pointer}/number", partner=partner)
            try:
                self.refuse_uncovered(message, purchase, f"{pointer}/number")
            except DataError as error:
                # the orders for our sites come with the same truck, and no other message announces them
                refused.append((purchase, error))
                continue
            message.touches(purchase)
            for place, line in enumerate(order["lines"]):
                receipts |= self._expect(message, purchase, line, f"{pointer}/lines/{place}", notes)
        if refused and not receipts:
            message.touches(*(purchase for purchase, _error in refused))
            raise refused[0][1]
        over = [
            _(
                "%s was passed over: the synchronization does not cover its site or operation type. If the goods are "
                "for you, enter the lots on its receipt.",
                purchase.display_name,
            )
            for purchase, _error in refused
        ]
        for receipt in receipts:
            message.touches(receipt)
            self._announce(data, receipt, [*notes, *over])
        names = ", ".join(receipts.mapped("name"))
        text = _("Shipment %(number)s is expected as %(receipts)s.", number=data["shipment"], receipts=names)
        return Done(" ".join((text, *over)), receipts[:1])

    def _expect(self, message, purchase, line, pointer, notes):
        """Put the announced lots on the open receipt of one line. Returns the receipts it is expected with."""
        resolver = self.env["mfg.sync.resolver"]
        partner = purchase.partner_id.commercial_partner_id
        product = resolver.x12_item(message, line["items"], partner, f"{pointer}/items", seller=False)
        uom = resolver.unit(message, line.get("unit"), product, f"{pointer}/unit")
        moves = self._open_moves(purchase, product, pointer)
        pieces = [
            (name, uom._compute_quantity(quantity, product.uom_id, round=False))
            for name, quantity in self._pieces(resolver, line, product, pointer)
        ]
        announced = sum(quantity for _name, quantity in pieces)
        open_quantity = sum(moves.mapped("product_qty"))
        if float_compare(announced, open_quantity, precision_rounding=product.uom_id.rounding) > 0:
            notes.append(
                _(
                    "%(announced)g of %(item)s are announced, %(open)g are open on %(order)s.",
                    announced=announced,
                    item=product.display_name,
                    open=open_quantity,
                    order=purchase.name,
                )
            )
        if product.tracking == "none":
            return moves.picking_id
        return self._write_lots(moves, pieces)

    def _open_moves(self, purchase, product, pointer):
        moves = purchase.order_line.move_ids.filtered(
            lambda move: (
                move.product_id == product
                and move.state in OPEN
                and move.picking_id
                and move.picking_id.picking_type_id.code == "incoming"
            )
        ).sorted("id")
        if moves:
            return moves
        if purchase.state not in ("purchase", "done"):
            raise Early(
                _("%s is not confirmed yet; the ship notice waits until it is.", purchase.name),
                wait_key=f"purchase:{purchase.name}",
                pointer=pointer,
            )
        raise DataError(
            _(
                "%(order)s has no open receipt for %(item)s: it was not ordered, or has been received already. Ask the "
                "supplier.",
                order=purchase.name,
                item=product.display_name,
            ),
            pointer,
        )

    def _pieces(self, resolver, line, product, pointer):
        """``[(lot or serial name or None, quantity in the line's unit), …]``"""
        total = float(resolver.number(line["quantity"], f"{pointer}/quantity"))
        if product.tracking == "serial":
            serials = line.get("serials") or [lot["lot"] for lot in line.get("lots", [])]
            if serials and len(serials) != total:
                raise DataError(
                    _(
                        "%(quantity)g of %(item)s are announced with %(count)s serial numbers; one for each is "
                        "expected.",
                        quantity=total,
                        item=product.display_name,
                        count=len(serials),
                    ),
                    pointer,
                )
            return [(serial, 1.0) for serial in serials] or [(None, total)]
        lots = [
            (lot["lot"], float(resolver.number(lot["quantity"], f"{pointer}/lots"))) for lot in line.get("lots", [])
        ]
        return lots or [(None, total)]

    def _write_lots(self, moves, pieces):
        """Expected lots as unpicked lines; the lines that Odoo reserved without a lot make room for them."""
        pieces = [(name, quantity) for name, quantity in pieces if name]
        if not pieces:
            return moves.picking_id
        moves.move_line_ids.filtered(lambda line: not line.lot_id and not line.lot_name and not line.picked).unlink()
        used = self.env["stock.move"]
        for index, move in enumerate(moves):
            room = move.product_qty - sum(move.move_line_ids.mapped("quantity_product_uom"))
            last = index == len(moves) - 1
            while pieces and (last or room > 1e-6):
                name, quantity = pieces.pop(0)
                part = quantity if last else min(quantity, room)
                self._write_lot(move, name, part)
                used |= move
                room -= part
                if quantity - part > 1e-6:
                    pieces.insert(0, (name, quantity - part))
        return used.picking_id

    def _write_lot(self, move, name, quantity):
        product = move.product_id
        same = move.move_line_ids.filtered(lambda line: name in (line.lot_id.name, line.lot_name) and not line.picked)[
            :1
        ]
        if same and product.tracking == "lot":
            same.quantity += product.uom_id._compute_quantity(quantity, same.product_uom_id, round=False)
            return
        # a lot that is known already is named by its record, so that its dates and status are seen
        known = self.env["stock.lot"].search(
            [("name", "=", name), ("product_id", "=", product.id), ("company_id", "in", [move.company_id.id, False])],
            limit=1,
        )
        line = self.env["stock.move.line"].create(
            {
                **move._prepare_move_line_vals(quantity=0),
                "product_uom_id": product.uom_id.id,
                "quantity": quantity,
                "lot_name": False if known else name,
                "lot_id": known.id,
                "picked": False,
            }
        )
        if name not in (line.lot_id.name, line.lot_name) or line.quantity != quantity:
            raise PermanentError(
                _("Odoo did not keep lot %(lot)s on %(transfer)s.", lot=name, transfer=move.picking_id.name)
            )

    def _announce(self, data, receipt, notes):
        """What the receipt itself learns: when it comes, and how it is tracked."""
        tracking = (data.get("tracking") or [data["shipment"]])[0]
        receipt.carrier_tracking_ref = tracking
        if data.get("estimated_delivery"):
            receipt.scheduled_date = self._moment(data["estimated_delivery"], "/data/estimated_delivery")
        texts = [
            _(
                "The supplier announces shipment %(number)s, tracking %(tracking)s.",
                number=data["shipment"],
                tracking=", ".join(data.get("tracking", [])) or "–",
            ),
            *notes,
        ]
        receipt.message_post(body=Markup("<br/>").join(texts))
