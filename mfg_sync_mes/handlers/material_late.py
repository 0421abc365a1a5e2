from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync import compat


class MaterialLate(models.AbstractModel):
    """Issues that come after a part of their order was closed, and name another lot than Odoo had worked out for it.

    What Odoo worked out then was a guess at what the issue tells of now. The lot and place of the guess are corrected,
    as a person would on the order, so that the same components are not consumed a second time for the rest.
    """

    _inherit = "mfg.sync.handler.material.issued"

    @api.model
    def correct(self, message, family, product, lot, quantity):
        """Put what is told in the place of what was worked out.

        :param float quantity: in the item's unit
        :return: ``(quantity that is left for the rest of the order, what was corrected, for people)``
        :raises Early: there is not so much of the lot
        """
        left, orders = quantity, family.browse()
        for line in self._guesses(message, family, product, lot):
            told = min(left, line.quantity_product_uom - line.mfg_sync_told)
            if float_compare(told, 0, precision_rounding=product.uom_id.rounding) <= 0:
                continue
            order = line.move_id.raw_material_production_id
            places = self.take(product, lot, order.location_src_id, told)
            self._correct(message, line, [(lot, *place) for place in places])
            message.touches(order)
            orders |= order
            left -= told
        if not orders:
            return left, ""
        return left, _(
            "%(quantity)s %(unit)s of it went into %(orders)s, in the place of another lot that Odoo had worked out.",
            quantity=format(quantity - left, "g"),
            unit=product.uom_id.name,
            orders=", ".join(orders.mapped("display_name")),
        )

    def _guesses(self, message, family, product, lot):
        """Lines of other lots that were done with a report and not by hand, after the issue happened."""
        closed = family.filtered(lambda order: self.closed_since(message, order))
        moves = closed.move_raw_ids.filtered(
            lambda move: (
                move.product_id == product and move.state == "done" and move.location_dest_id.usage == "production"
            )
        )
        return moves.move_line_ids.filtered(lambda line: line.lot_id != lot and line.mfg_sync_occurred)

    @staticmethod
    def _correct(message, line, found):
        """
        :param list found: as for :meth:`tell`; no more than what nobody told of the line
        """
        item, own = line.product_id.uom_id, line.product_uom_id
        values = [
            {
                "lot_id": lot.id,
                "location_id": location.id,
                "package_id": package.id,
                "owner_id": owner.id,
                "mfg_sync_told": quantity,
                "mfg_sync_occurred": message.occurred,
            }
            for lot, location, package, owner, quantity in found
        ]
        told = sum(value["mfg_sync_told"] for value in values)
        if float_compare(told, line.quantity_product_uom, precision_rounding=item.rounding) < 0:
            first, more = None, values
        else:
            # of a whole line Odoo moves the stock and no value
            first, *more = values
        if more and compat.IS_17:
            # sudo: to value what is split, 17 looks for journal entries as whoever corrects it; order and lot were
            # found with the service user's own rights, and item, quantity and order stay as they are
            line = line.sudo()
        if more:
            # less first: Odoo values what is added by what is left
            moved = sum(value["mfg_sync_told"] for value in more)
            line.quantity -= item._compute_quantity(moved, own, round=False)
        if first:
            line.write(first)
        for value in more:
            line.create(
                {
                    **line.move_id._prepare_move_line_vals(quantity=0),
                    **value,
                    "product_uom_id": item.id,
                    "quantity": value["mfg_sync_told"],
                    "picked": True,
                }
            )
