from collections import Counter
from dataclasses import dataclass

from odoo import _, api, models
from odoo.tools import float_is_zero, float_round

from odoo.addons.mfg_sync.engine.errors import DataError, PermanentError
from odoo.addons.mfg_sync.engine.given import Given
from odoo.addons.mfg_sync.engine.inbound import Done

from .transfer_matching import same


@dataclass
class Line:
    """What the warehouse says of one item and lot, several of its lines taken together.

    :ivar lot: stock.lot, empty for an untracked item or a lot that comes into being with the receipt
    :ivar quantity: in the product's unit
    :ivar expires: naive UTC datetime or None
    """

    product: object
    lot: object
    lot_name: str
    quantity: float
    pointer: str
    expires: object = None


class TransferHandler(models.AbstractModel):
    """A warehouse confirms a transfer: what it says is booked as it says it, the rest becomes a backorder.

    Their id of a transfer stands for the whole family (the transfer and its backorders): a second receipt of it books
    the open backorder. A transfer that a person validated by hand is recognized when the quantities are the same.
    """

    _name = "mfg.sync.handler.transfer"
    _inherit = "mfg.sync.handler.transfer.matching"
    _description = "Handler: Confirmed Transfer"

    #: key of the warehouse's own number of the confirmation
    _number = None

    @api.model
    def apply(self, message):
        known = self.find(message, "transfer", message.data["transfer"], "/data/transfer")
        self._touch(message, known)
        self._refuse_foreign(message, known)
        said = self._said(message, known)
        family = known._mfg_sync_family()
        number = message.data[self._number]
        same = self._booked_by_hand(family, said)
        if same:
            same.mfg_sync_confirmation = number
            return Done(
                _("%s was validated by hand with the same quantities; no change needed.", same.name),
                same,
                effect=False,
                announce=self._announced(message, same, said),
            )
        picking = self._open(family, said, number)
        self._touch(message, picking)
        # nothing that is written here is news for the warehouse; a label is bought for what has not left yet
        picking = picking.with_context(
            skip_backorder=True, skip_sms=True, mfg_sync_confirming=Given(tuple(picking.ids))
        )
        if picking.state == "draft":
            self._confirm(picking)
        self._prepare(message, picking)
        self._write_lines(picking, said)
        picking.mfg_sync_confirmation = number
        self._validate(picking, said)
        return Done(self._told(picking), picking, announce=self._announced(message, picking, said))

    # -- what they say

    def _said(self, message, picking):
        """List of :class:`Line`, one for each item and lot."""
        said = {}
        for index, data in enumerate(message.data["lines"]):
            pointer = f"/data/lines/{index}"
            product = self.find(message, "item", data["item"], f"{pointer}/item")
            quantity = self.quantity(message, data["quantity"], data.get("unit"), product, f"{pointer}/quantity")
            lot, lot_name = self._lot(message, data.get("lot"), product, f"{pointer}/lot")
            if product.tracking == "serial" and not same(product, quantity, 1):
                raise DataError(
                    _(
                        "%(item)s has serial numbers: %(serial)s stands for one piece, not for %(quantity)s.",
                        item=product.display_name,
                        serial=lot_name,
                        quantity=data["quantity"],
                    ),
                    f"{pointer}/quantity",
                )
            line = said.setdefault(
                (product, lot_name), Line(product, lot, lot_name, 0.0, pointer, self._expires(data, pointer, picking))
            )
            line.quantity += quantity
        return list(said.values())

    def _lot(self, message, name, product, pointer):
        """``(lot, lot name)``; both empty for an item that Odoo does not track by lot, whatever they say."""
        if product.tracking == "none":
            return self.env["stock.lot"], ""
        if not name:
            raise DataError(
                _(
                    "%(item)s is tracked by %(tracking)s; the line names none.",
                    item=product.display_name,
                    tracking=_("serial number") if product.tracking == "serial" else _("lot"),
                ),
                pointer,
            )
        return self._known_lot(message, name, product, pointer)

    def _known_lot(self, message, name, product, pointer):
        lot = self.find(message, "lot", name, pointer, product=product)
        return lot, lot.name

    def _expires(self, data, pointer, picking):
        return None

    # -- booking it

    def _prepare(self, message, picking):
        """What is written on the transfer before it is validated."""

    def _confirm(self, picking):
        answer = picking.action_confirm()
        if picking.state == "draft":
            raise self.refused(picking, "action_confirm", answer, _("Odoo did not confirm %s.", picking.name))

    def _write_lines(self, picking, said):
        """Replace what was reserved or expected by what they say, and nothing else is picked."""
        products = [line.product for line in said]
        moves = picking.move_ids.filtered(
            lambda move: move.product_id in products and move.state not in ("done", "cancel")
        )
        parts = self._spread(picking, moves, said)
        moves.move_line_ids.unlink()
        taken = Counter()
        values = [vals for move, line, quantity in parts for vals in self._line_values(move, line, quantity, taken)]
        self.env["stock.move.line"].with_context(mfg_sync_confirming=Given(tuple(picking.ids))).create(values)
        (picking.move_ids - moves).picked = False
        moves.filtered("move_line_ids").picked = True

    def _spread(self, picking, moves, said):
        """``[(move, line, quantity), …]``: in the order of the moves; the last of an item takes what is too much.

        :raises DataError: an item is not on the transfer
        """
        parts, room = [], {move: move.product_qty for move in moves}
        for line in said:
            own = moves.filtered(lambda move, line=line: move.product_id == line.product).sorted("id")
            if not own:
                raise DataError(
                    _(
                        "%(item)s is not on %(transfer)s. Its items are: %(items)s.",
                        item=line.product.display_name,
                        transfer=picking.name,
                        items=", ".join(picking.move_ids.product_id.mapped("display_name")),
                    ),
                    f"{line.pointer}/item",
                )
            left = line.quantity
            for move in own:
                part = left if move == own[-1] else min(left, room[move])
                part = float_round(part, precision_rounding=line.product.uom_id.rounding)
                if not float_is_zero(part, precision_rounding=line.product.uom_id.rounding):
                    parts.append((move, line, part))
                    room[move] -= part
                    left -= part
        return parts

    def _line_values(self, move, line, quantity, taken):
        """Values of move lines for a part of what they say.

        :param float quantity: in the product's unit
        :param Counter taken: what earlier parts of the same message have taken, by quant
        """
        return [
            {
                **move._prepare_move_line_vals(quantity=0),
                "product_uom_id": line.product.uom_id.id,
                "quantity": quantity,
                "lot_id": line.lot.id,
                "picked": True,
            }
        ]

    def _validate(self, picking, said):
        answer = picking.button_validate()
        if picking.state != "done":
            # judged by the state, not by the answer: reports to print come with the work done
            raise self.refused(picking, "button_validate", answer, _("Odoo did not validate %s.", picking.name))
        if not self._agrees(picking, said):
            raise PermanentError(
                _(
                    "%(transfer)s came out with other quantities than the warehouse confirmed: %(booked)s.",
                    transfer=picking.name,
                    booked=self._in_words(picking),
                )
            )

    # -- in words

    def _told(self, picking):
        backorder = picking.backorder_ids.filtered(lambda rest: rest.state not in ("done", "cancel"))
        if backorder:
            return _(
                "%(transfer)s done: %(booked)s. The rest is expected with %(backorder)s.",
                transfer=picking.name,
                booked=self._in_words(picking),
                backorder=backorder[0].name,
            )
        return _("%(transfer)s done: %(booked)s.", transfer=picking.name, booked=self._in_words(picking))

    def _announced(self, message, picking, said):
        """Wait keys of what is there now."""
        return ()

    def _item_code(self, product):
        return product.default_code or f"product-{product.id}"
