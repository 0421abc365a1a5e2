from odoo import fields, models

from ..engine.given import given


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
