from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "mfg.sync.document.mixin"]


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    mfg_sync_occurred = fields.Datetime(
        string="Happened on the floor",
        readonly=True,
        copy=False,
        help="When the goods moved, as the other system told it; Odoo's own date is when Odoo heard of it.",
    )

    def _action_done(self):
        result = super()._action_done()
        occurred = self.env.context.get("mfg_sync_occurred")
        if occurred:
            # Odoo may have deleted lines of nothing
            self.exists().mfg_sync_occurred = occurred
        return result
