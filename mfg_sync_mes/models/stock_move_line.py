from odoo import fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    mfg_sync_told = fields.Float(
        string="Told by MES",
        default=0.0,
        copy=False,
        readonly=True,
        help="How much of this line the manufacturing execution system has reported, in the unit of the line. What it "
        "did not report is worked out by Odoo from the bill of materials.",
    )
