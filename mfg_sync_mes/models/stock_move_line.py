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

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_told"}

    def _mfg_sync_taken(self):
        if self.move_id.raw_material_production_id and self.state != "done":
            # picked says nothing here: Odoo sets it as soon as an operation starts
            return self.product_uom_id._compute_quantity(self.mfg_sync_told, self.product_id.uom_id, round=False)
        return super()._mfg_sync_taken()
