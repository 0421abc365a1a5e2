from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import Conflict


class MaterialLate(models.AbstractModel):
    """Issues that come after a part of their order was closed, and name another lot than the part shows.

    What Odoo worked out then was a guess at what the issue tells of now. The lot and place of the guess are corrected,
    as a person would on the order, so that the same components are not consumed a second time for the rest. Only lines
    that are wholly of the told lot, from one place: Odoo then moves the stock, frees what others reserved of it and
    values nothing anew. All else is for a person, and so is what a person said, or may have said, of the part.
    """

    _inherit = "mfg.sync.handler.material.issued"

    @api.model
    def correct(self, message, family, product, lot, operation, quantity):
        """Put what is told in the place of what was worked out.

        :param operation: the one that is told, or None
        :param float quantity: in the item's unit
        :return: ``(quantity that is left for the rest of the order, what was corrected, for people)``
        :raises Conflict: it is not known which part of what the closed orders show it is
        :raises Early: there is not so much of the lot
        """
        doubtful = self._untold(message, family, product, lot, operation)
        if not doubtful:
            return quantity, ""
        self.refuse_held(lot)
        guesses = doubtful.filtered(
            lambda line: line.mfg_sync_worked_out and not line.mfg_sync_told and not line.mfg_sync_covered
        )
        whole = self._whole(guesses, product, quantity)
        message.touches(doubtful.move_id.raw_material_production_id)
        if self._is_set_by_hand(family, product, lot, quantity, operation):
            if whole:
                raise self._either(product, lot, quantity, whole)
            return quantity, ""
        left = quantity - sum(whole.mapped("quantity_product_uom"))
        open_question = doubtful - whole
        if open_question and float_compare(left, 0, precision_rounding=product.uom_id.rounding) > 0:
            if open_question <= guesses:
                why = _("It would be a part of that only, and a report does not split what was booked.")
            else:
                why = _("Some of that was reported or set by hand, or may have been, and stays.")
            raise self._conflict(product, lot, quantity, doubtful, why)
        for line in whole:
            self._correct(message, line, lot)
        if not whole:
            return left, ""
        return left, _(
            "%(quantity)s %(unit)s of it went into %(orders)s, in the place of another lot that Odoo had worked out.",
            quantity=format(quantity - left, "g"),
            unit=product.uom_id.name,
            orders=", ".join(whole.move_id.raw_material_production_id.mapped("display_name")),
        )

    def _untold(self, message, family, product, lot, operation):
        """Lines of other lots that were done with a report after the issue happened, and not wholly told themselves.

        Of the told operation, where it has any. What was closed by hand is not among them: its lots are known.
        """
        closed = family.filtered(lambda order: self.closed_since(message, order))
        moves = closed.move_raw_ids.filtered(
            lambda move: (
                move.product_id == product and move.state == "done" and move.location_dest_id.usage == "production"
            )
        )
        rounding = product.uom_id.rounding
        lines = moves.move_line_ids.filtered(
            lambda line: (
                line.lot_id != lot
                and line.mfg_sync_occurred
                and float_compare(line._mfg_sync_untold(), 0, precision_rounding=rounding) > 0
            )
        )
        return lines.filtered(lambda line: operation and line.move_id.operation_id == operation) or lines

    @staticmethod
    def _whole(guesses, product, quantity):
        """The guesses that are told whole: one of the told quantity, else as many as it covers, oldest first."""
        rounding = product.uom_id.rounding
        exact = guesses.filtered(
            lambda line: not float_compare(line.quantity_product_uom, quantity, precision_rounding=rounding)
        )
        if exact:
            return exact[:1]
        whole, left = guesses.browse(), quantity
        for line in guesses:
            if float_compare(line.quantity_product_uom, left, precision_rounding=rounding) <= 0:
                whole |= line
                left -= line.quantity_product_uom
        return whole

    def _correct(self, message, line, lot):
        """
        :raises Conflict: the lot was taken from several places
        """
        product, quantity = line.product_id, line.quantity_product_uom
        places = self.take(product, lot, line.move_id.raw_material_production_id.location_src_id, quantity)
        if len(places) > 1:
            there = ", ".join(f"{count:g} {location.display_name}" for location, *_other, count in places)
            why = _("The lot lies at several places: %s. A report does not split what was booked.", there)
            raise self._conflict(product, lot, quantity, line, why)
        [(location, package, owner, quantity)] = places
        if owner != line.owner_id:
            why = _("The lot belongs to another owner, and Odoo values nothing anew when a lot is corrected.")
            raise self._conflict(product, lot, quantity, line, why)
        if compat.is_valued_by_lot(product):
            why = _("Each lot of it has its own value, and Odoo values nothing anew when a lot is corrected.")
            raise self._conflict(product, lot, quantity, line, why)
        line.write(
            {
                "lot_id": lot.id,
                "location_id": location.id,
                "package_id": package.id,
                "owner_id": owner.id,
                "mfg_sync_told": quantity,
                "mfg_sync_occurred": message.occurred,
                "mfg_sync_worked_out": False,
            }
        )

    @staticmethod
    def _shown(line):
        return f"{line.quantity_product_uom:g} {line.lot_id.name or ''} ({line.location_id.display_name})"

    def _either(self, product, lot, quantity, lines):
        """Neither a guess at what a part took nor what somebody has set for the rest gives way in silence."""
        todo = _(
            "It may as well be what was set by hand on the order that is open. If it went into the part that is "
            "closed, correct the lot there and replay the message; if it is what was set by hand, cancel the message."
        )
        return Conflict(f"{self._what(product, lot, quantity, lines)} {todo}", pointer="/data/quantity")

    def _conflict(self, product, lot, quantity, lines, why):
        """
        :param str why: a sentence that says what is not known
        """
        text = self._what(product, lot, quantity, lines)
        todo = _(
            "If the report is right, correct the lot on the order that used it, and replay the message; else cancel "
            "the message."
        )
        return Conflict(" ".join((text, why, todo)), pointer="/data/quantity")

    def _what(self, product, lot, quantity, lines):
        return _(
            "%(told)s %(unit)s of %(item)s %(lot)s are reported for %(orders)s, where other lots were booked when that "
            "was closed: %(shown)s.",
            told=format(quantity, "g"),
            unit=product.uom_id.name,
            item=product.display_name,
            lot=lot.name,
            orders=", ".join(lines.move_id.raw_material_production_id.mapped("display_name")),
            shown=", ".join(self._shown(line) for line in lines),
        )
