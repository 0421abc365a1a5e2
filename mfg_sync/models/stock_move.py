from odoo import models
from odoo.exceptions import UserError

from .. import compat
from .stock_lot import HELD


class StockMove(models.Model):
    _inherit = "stock.move"

    def _mfg_sync_takes_out(self):
        """Whether the move itself hands goods to a customer or consumes them in production.

        Scrap, adjustments, moves inside (to quarantine) and returns to a supplier don't: bad lots may go there.
        """
        self.ensure_one()
        return self.location_dest_id.usage in ("customer", "production") and self.location_id.usage != "production"

    def _mfg_sync_leads_out(self):
        """As :meth:`_mfg_sync_takes_out`, or a step on the way there (pick and pack of a delivery)."""
        self.ensure_one()
        if self._mfg_sync_takes_out() or compat.final_location(self).usage in ("customer", "production"):
            return True
        return any(move._mfg_sync_leads_out() for move in self.move_dest_ids if move.state not in ("done", "cancel"))

    def _mfg_sync_without_held(self):
        return self.with_context(mfg_sync_leads_out=True) if self._mfg_sync_leads_out() else self

    def _update_reserved_quantity(self, *args, **kwargs):
        move = self._mfg_sync_without_held()
        if move.env.context.get("mfg_sync_leads_out"):
            # 17 hands the quants over, in the context of before
            args = [_in_context(value, move) for value in args]
            kwargs = {name: _in_context(value, move) for name, value in kwargs.items()}
        return super(StockMove, move)._update_reserved_quantity(*args, **kwargs)

    if not compat.IS_17:

        def _update_reserved_quantity_vals(self, *args, **kwargs):
            # 19 reserves moves that others lead to without the method above
            return super(StockMove, self._mfg_sync_without_held())._update_reserved_quantity_vals(*args, **kwargs)

    def _get_available_quantity(self, *args, **kwargs):
        return super(StockMove, self._mfg_sync_without_held())._get_available_quantity(*args, **kwargs)

    def _set_quantity_done(self, *args, **kwargs):
        return super(StockMove, self._mfg_sync_without_held())._set_quantity_done(*args, **kwargs)

    def _action_done(self, *args, **kwargs):
        """Refuse to hand out or consume lots on hold.

        :raises UserError: names the lot, the reason and who said it
        """
        for move in self.filtered(lambda move: move.state not in ("done", "cancel") and move._mfg_sync_takes_out()):
            lines = move.move_line_ids.filtered(lambda line: line.picked and line.quantity)
            for lot in lines.lot_id.filtered(lambda lot: lot.mfg_sync_quality in HELD):
                raise UserError(lot._mfg_sync_hold_text())
        return super()._action_done(*args, **kwargs)


def _in_context(value, move):
    return value.with_env(move.env) if getattr(value, "_name", None) == "stock.quant" else value
