from odoo import api, models

from ..engine.given import CLOCK, given
from .stock_lot import HELD


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _gather(self, *args, **kwargs):
        """For moves that lead out (models/stock_move.py), lots on hold are not there.

        Only then: the same method finds the quants that receipts, scrap and adjustments book on.
        """
        quants = super()._gather(*args, **kwargs)
        if not self.env.context.get("mfg_sync_leads_out"):
            return quants
        return quants.filtered(lambda quant: quant.lot_id.mfg_sync_quality not in HELD)

    def _mfg_sync_note_write(self):
        clock = given(self.env, CLOCK)
        if clock:
            clock.wrote_on_stock()

    @api.model_create_multi
    def create(self, vals_list):
        self._mfg_sync_note_write()
        return super().create(vals_list)

    def write(self, vals):
        self._mfg_sync_note_write()
        return super().write(vals)

    def _update_available_quantity(self, *args, **kwargs):
        # it locks what it books on before it writes
        self._mfg_sync_note_write()
        # booking must find every quant: one that _gather hides would be made a second time, with a negative quantity
        return super(StockQuant, self.with_context(mfg_sync_leads_out=False))._update_available_quantity(
            *args, **kwargs
        )
