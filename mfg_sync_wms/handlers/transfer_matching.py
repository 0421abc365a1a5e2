from odoo import _, models
from odoo.tools import float_is_zero

from odoo.addons.mfg_sync.engine.errors import Conflict, DataError


class TransferMatching(models.AbstractModel):
    """Which transfer of Odoo a confirmation is about: the open one of a family, or one a person has booked already."""

    _name = "mfg.sync.handler.transfer.matching"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Which Transfer"

    #: operation type code of the transfers
    _code = None

    def _touch(self, message, picking):
        """The transfer, and the order it belongs to, show the status of the message."""
        # sudo: ids only; a warehouse's service user need not read sales and purchases
        own = picking.sudo()
        message.touches(picking, own.sale_id, own.purchase_id)

    def _refuse_foreign(self, message, picking):
        """:raises DataError: the other kind of transfer, or one of a site this connection is not for"""
        if picking.picking_type_id.code != self._code:
            raise DataError(
                _(
                    "%(transfer)s is a transfer of the type %(type)s; it can't be confirmed by this kind of message.",
                    transfer=picking.name,
                    type=picking.picking_type_id.display_name,
                ),
                "/data/transfer",
            )
        self.refuse_uncovered(message, picking, "/data/transfer")

    def _booked_by_hand(self, family, said):
        """The transfer of the family that a person validated with just these quantities; empty if there is none."""
        for picking in self._by_hand(family):
            if self._agrees(picking, said):
                return picking
        return family.browse()

    def _by_hand(self, family):
        return family.filtered(lambda picking: picking.state == "done" and not picking.mfg_sync_confirmation)

    def _agrees(self, picking, said):
        booked = self._booked(picking)
        wanted = {(line.product, line.lot_name): line.quantity for line in said}
        return set(booked) == set(wanted) and all(
            same(product, quantity, wanted[product, lot]) for (product, lot), quantity in booked.items()
        )

    def _booked(self, picking):
        booked = {}
        for line in picking.move_ids.filtered(lambda move: move.state == "done").move_line_ids:
            key = (line.product_id, line.lot_id.name or "" if line.product_id.tracking != "none" else "")
            booked[key] = booked.get(key, 0.0) + line.quantity_product_uom
        return {key: quantity for key, quantity in booked.items() if quantity}

    def _open(self, family, said, number):
        """The open transfer of the family, oldest first.

        :raises Conflict: there is none, or a person booked part of it by hand and what is left is less than they say
        """
        by_hand = self._by_hand(family)
        picking = family.filtered(lambda picking: picking.state not in ("done", "cancel"))[:1]
        if picking and not (by_hand and self._exceeds(picking, said)):
            return picking
        booked = (by_hand or family)[-1:]
        if booked.state == "cancel":
            raise Conflict(
                _(
                    "%(transfer)s was cancelled in Odoo, but the warehouse confirms it as %(number)s. Ask it, "
                    "then cancel this message, or make the transfer anew and replay.",
                    transfer=booked.name,
                    number=number,
                ),
                pointer="/data/transfer",
            )
        if by_hand:
            raise Conflict(
                _(
                    "%(transfer)s was validated by hand with other quantities (%(booked)s) than those confirmed as "
                    "%(number)s. Correct one of the two, then replay or cancel this message.",
                    transfer=booked.name,
                    number=number,
                    booked=self._in_words(booked),
                ),
                pointer="/data/lines",
            )
        raise Conflict(
            _(
                "%(transfer)s is done already, confirmed as %(before)s; nothing is open for %(number)s. Book what "
                "came or left beyond it by hand, then cancel this message.",
                transfer=booked.name,
                before=booked.mfg_sync_confirmation,
                number=number,
            ),
            pointer="/data/transfer",
        )

    def _exceeds(self, picking, said):
        open_quantity, wanted = {}, {}
        for move in picking.move_ids.filtered(lambda move: move.state not in ("done", "cancel")):
            open_quantity[move.product_id] = open_quantity.get(move.product_id, 0.0) + move.product_qty
        for line in said:
            wanted[line.product] = wanted.get(line.product, 0.0) + line.quantity
        return any(
            quantity > open_quantity.get(product, 0.0) and not same(product, quantity, open_quantity.get(product, 0.0))
            for product, quantity in wanted.items()
        )

    def _in_words(self, picking):
        words = []
        for (product, lot), quantity in self._booked(picking).items():
            text = f"{quantity:g} {product.uom_id.name} {product.default_code or product.name}"
            words.append(f"{text} ({lot})" if lot else text)
        return ", ".join(words) or _("nothing")


def same(product, quantity, other):
    return float_is_zero(quantity - other, precision_rounding=product.uom_id.rounding)
