from odoo import models
from odoo.tools import float_compare, float_round

from odoo.addons.mfg_sync import compat


class StockMove(models.Model):
    _inherit = "stock.move"

    def _mfg_sync_due(self, pieces):
        """What Odoo works out of a component for so many pieces, in the order's unit."""
        return float_round(pieces * self.unit_factor, precision_rounding=self.product_uom.rounding)

    def _mfg_sync_is_for(self, pieces):
        due, rounding = self._mfg_sync_due(pieces), self.product_uom.rounding
        return not float_compare(self.quantity, due, precision_rounding=rounding)

    def _mfg_sync_is_worked_out(self):
        """Whether it is what Odoo works out for the whole order, or for what is said to be made of it now."""
        order = self.raw_material_production_id
        # 0 as long as nobody has said how many are made
        return any(self._mfg_sync_is_for(pieces) for pieces in (order.product_qty, order.qty_producing) if pieces)

    def _mfg_sync_set_by_hand(self):
        """Open components of which somebody said in Odoo what was used, or something else than what was told.

        Odoo knows it by ``manual_consumption`` and ``picked`` together (mrp_production.py, ``_set_qty_producing``). A
        tick without a quantity says nothing of an item that is kept by lots. Odoo reserves nothing for a component that
        is picked, as one is that was told: what is beside it was put there.
        """
        return self.filtered(
            lambda move: (
                move.state not in ("done", "cancel")
                and (
                    move._mfg_sync_is_beside_told() if move._mfg_sync_is_told() else move._mfg_sync_is_ticked_by_hand()
                )
            )
        )

    def _mfg_sync_tell_covered(self):
        """What somebody's word has covered is told as if it had been booked, where it is not his word any more.

        As in a component that was told: all else on it gives way, and it is in the item's unit.

        :return: the lines that were told by it, which are to be put where they lie
        """
        told_now = self.env["stock.move.line"]
        for move in self:
            covered = move.move_line_ids.filtered("mfg_sync_covered")
            if not covered:
                continue
            for line in covered:
                told = line._mfg_sync_told_with_covered()
                values = {"mfg_sync_told": told, "mfg_sync_covered": 0.0}
                if line.product_uom_id != move.product_id.uom_id or line.quantity != told:
                    values |= {"quantity": told, "product_uom_id": move.product_id.uom_id.id}
                line.write(values)
            move.move_line_ids.filtered(lambda line: not line.mfg_sync_told).unlink()
            # unticked, Odoo would leave it out of what is consumed
            move.write({"manual_consumption": True, "picked": True})
            told_now |= covered
        return told_now

    def _mfg_sync_is_told(self):
        return any(self.move_line_ids.mapped("mfg_sync_told"))

    def _mfg_sync_is_beside_told(self):
        rounding = self.product_id.uom_id.rounding
        return any(
            line.picked and float_compare(line.quantity_product_uom, line.mfg_sync_told, precision_rounding=rounding)
            for line in self.move_line_ids
        )

    def _mfg_sync_is_ticked_by_hand(self):
        return (
            self.manual_consumption
            and self.picked
            and (self.quantity or self.has_tracking == "none")
            and not self._mfg_sync_may_be_odoos()
        )

    def _mfg_sync_may_be_odoos(self):
        """Odoo 19 ticks what it works out for an operation when that is finished (mrp_workorder.py, ``button_finish``),
        for as many pieces as were known then. What may come from there is not taken for somebody's word. What has
        covered an issue was one before.
        """
        if compat.IS_17 or not self._is_manual_consumption() or any(self.move_line_ids.mapped("mfg_sync_covered")):
            return False
        if self._mfg_sync_is_worked_out():
            return True
        if self.workorder_id.state != "done" or not self.unit_factor:
            return False
        pieces = float_round(self.quantity / self.unit_factor, precision_digits=0)
        return 0 < pieces <= self.raw_material_production_id.product_qty and self._mfg_sync_is_for(pieces)
