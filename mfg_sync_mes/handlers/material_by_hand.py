from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync.engine.errors import Conflict


class MaterialByHand(models.AbstractModel):
    """Issues of a component of which somebody has said in Odoo what was used: they are compared, not booked.

    As with an order that was closed by hand (decision 18): what he has booked of that lot covers them, what is over is
    for a person. Reservations, and what Odoo has worked out, give way to an issue; somebody's word does not.
    """

    _inherit = "mfg.sync.handler.material.issued"

    def _plain(self, message, known):
        issue = super()._plain(message, known)
        if issue and (issue.move._mfg_sync_set_by_hand() or any(issue.move.move_line_ids.mapped("mfg_sync_covered"))):
            return None
        return issue

    def _not_set_by_hand(self, family, product, lot, quantity, operation):
        """What is left of an issue after what somebody has set of that lot on the open orders."""
        left, rounding = quantity, product.uom_id.rounding
        for line in self._lines_by_hand(family, product, lot, operation):
            covered = min(left, line._mfg_sync_untold())
            if float_compare(covered, 0, precision_rounding=rounding) > 0:
                line.mfg_sync_covered += covered
                left -= covered
        return left

    def _is_set_by_hand(self, family, product, lot, quantity, operation):
        """Whether what somebody has set on the open orders is enough for an issue."""
        lines = self._lines_by_hand(family, product, lot, operation)
        there = sum(max(line._mfg_sync_untold(), 0.0) for line in lines)
        return bool(lines) and float_compare(there, quantity, precision_rounding=product.uom_id.rounding) >= 0

    def _lines_by_hand(self, family, product, lot, operation):
        moves = self.env["stock.move"].concat(
            *(self._moves(order, product, operation) for order in self.open_orders(family))
        )
        return moves._mfg_sync_set_by_hand().move_line_ids.filtered(lambda line: line.lot_id == lot)

    @api.model
    def tell_all(self, told):
        """:raises Conflict: somebody has said of a component what was used, and more or another lot is told"""
        for move, found in told.items():
            if move._mfg_sync_set_by_hand():
                raise Conflict(
                    _(
                        "%(told)s %(unit)s of %(item)s %(lots)s are reported for %(order)s beside what was set there "
                        "by hand: %(stated)s. If the report is right, set the component so on the order and replay the "
                        "message; else cancel the message.",
                        told=format(sum(quantity for *_place, quantity in found), "g"),
                        unit=move.product_id.uom_id.name,
                        item=move.product_id.display_name,
                        lots=", ".join(dict.fromkeys(lot.name for lot, *_place in found if lot)),
                        order=move.raw_material_production_id.display_name,
                        stated=self._stated(move),
                    ),
                    pointer="/data/quantity",
                )
        return super().tell_all(told)

    @staticmethod
    def _stated(move):
        lines = move.move_line_ids.filtered("picked")
        return ", ".join(f"{line.quantity_product_uom:g} {line.lot_id.name or ''}".strip() for line in lines) or "0"
