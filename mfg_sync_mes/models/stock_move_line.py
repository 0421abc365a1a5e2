from odoo import fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    mfg_sync_told = fields.Float(
        string="Told by MES",
        default=0.0,
        copy=False,
        readonly=True,
        help="How much of this line the manufacturing execution system has reported, in the unit of the item. What it "
        "did not report is worked out by Odoo from the bill of materials.",
    )

    # not added to what was told: a line that was told is nobody's word any more
    mfg_sync_covered = fields.Float(
        string="Covered by hand",
        default=0.0,
        copy=False,
        readonly=True,
        help="How much of what somebody has set on this line by hand the manufacturing execution system has reported "
        "since, in the unit of the item. It is not booked a second time.",
    )

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_told", "mfg_sync_covered"}

    def _mfg_sync_taken(self):
        if self.move_id.raw_material_production_id and self.state != "done":
            # picked says nothing here: Odoo sets it as soon as an operation starts
            return self.mfg_sync_told + self.mfg_sync_covered
        return super()._mfg_sync_taken()
