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
        return None if issue and self._by_hand(issue.move) else issue

    @staticmethod
    def _by_hand(move):
        """Whether somebody has said of a component what was used, or something else than what was told.

        Odoo reserves nothing for a component that is picked, as one is that was told: what is beside it was put there.
        """
        lines, rounding = move.move_line_ids, move.product_id.uom_id.rounding
        if not any(lines.mapped("mfg_sync_told")):
            return bool(move._mfg_sync_set_by_hand())
        return any(
            line.picked and float_compare(line.quantity_product_uom, line.mfg_sync_told, precision_rounding=rounding)
            for line in lines
        )

    def _not_covered(self, message, family, product, lot, quantity):
        left = super()._not_covered(message, family, product, lot, quantity)
        rounding = product.uom_id.rounding
        moves = self.env["stock.move"].concat(
            *(self._moves(order, product, None) for order in self.open_orders(family))
        )
        for line in moves.filtered(self._by_hand).move_line_ids.filtered(lambda line: line.lot_id == lot):
            covered = min(left, line.quantity_product_uom - line.mfg_sync_told)
            if float_compare(covered, 0, precision_rounding=rounding) > 0:
                line.mfg_sync_told += covered
                left -= covered
        return left

    @api.model
    def tell_all(self, told):
        """:raises Conflict: somebody has said of a component what was used, and more or another lot is told"""
        for move, found in told.items():
            if self._by_hand(move):
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
