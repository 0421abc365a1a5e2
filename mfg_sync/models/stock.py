from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare

from ..engine.given import given
from .stock_lot import HELD

#: what of a line changes what it took out
TAKEN_BY = {"lot_id", "quant_id", "quantity", "product_uom_id", "location_id", "location_dest_id"}


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "mfg.sync.document.mixin"]


class StockMoveLine(models.Model):
    _name = "stock.move.line"
    _inherit = ["stock.move.line", "mfg.sync.given.mixin"]

    mfg_sync_occurred = fields.Datetime(
        string="Happened on the floor",
        readonly=True,
        copy=False,
        help="When the goods moved, as the other system told it; Odoo's own date is when Odoo heard of it.",
    )

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_occurred"}

    def _action_done(self):
        result = super()._action_done()
        occurred = given(self.env, "mfg_sync_occurred")
        if occurred:
            # Odoo may have deleted lines of nothing
            # sudo: the engine says when it happened, whoever books it
            self.exists().sudo().mfg_sync_occurred = occurred
        return result

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._mfg_sync_refuse_held({})
        return lines

    def write(self, vals):
        before = self._mfg_sync_taken_out() if TAKEN_BY & vals.keys() else None
        result = super().write(vals)
        if before is not None:
            self._mfg_sync_refuse_held(before)
        return result

    def _mfg_sync_taken_out(self):
        """``{line: (lot, quantity in the item's unit)}`` of done lines that took a lot to a customer or used it up."""
        return {
            line: (line.lot_id, line.quantity_product_uom)
            for line in self
            if line.state == "done"
            and line.lot_id
            and line.location_dest_id.usage in ("customer", "production")
            and line.location_id.usage != "production"
        }

    def _mfg_sync_refuse_held(self, before):
        """What is done can be changed afterwards, but not to more of a lot on hold than had left before the hold.

        :param dict before: as :meth:`_mfg_sync_taken_out` gave it before the change
        :raises UserError: names the lot, the reason and who said it
        """
        for line, (lot, quantity) in self._mfg_sync_taken_out().items():
            if lot.mfg_sync_quality not in HELD:
                continue
            lot_before, quantity_before = before.get(line, (None, 0.0))
            allowed = quantity_before if lot_before == lot else 0.0
            if float_compare(quantity, allowed, precision_rounding=line.product_id.uom_id.rounding) > 0:
                raise UserError(lot._mfg_sync_hold_text())
