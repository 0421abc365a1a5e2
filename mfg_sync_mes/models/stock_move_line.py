from odoo import fields, models

from odoo.addons.mfg_sync.engine.given import INBOUND, given

#: what of a done line somebody says who changes it
SAID = {"lot_id", "quant_id", "quantity", "product_uom_id", "location_id", "package_id", "owner_id"}


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
    mfg_sync_worked_out = fields.Boolean(
        string="Worked out",
        copy=False,
        readonly=True,
        help="Odoo worked this line out when a report closed the order: nobody has told or chosen its lot. A late "
        "issue of another lot may correct it, until somebody changes it.",
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
        return super()._mfg_sync_given() | {"mfg_sync_told", "mfg_sync_worked_out", "mfg_sync_covered"}

    def write(self, vals):
        guesses = self.browse()
        if SAID & vals.keys() and given(self.env, INBOUND) is None:
            guesses = self.filtered(lambda line: line.mfg_sync_worked_out and line.state == "done")
        result = super().write(vals)
        if guesses:
            # sudo: nobody may write it by hand, and it moves no stock; that it is now somebody's word must be noted
            guesses.sudo().mfg_sync_worked_out = False
        return result

    def _mfg_sync_untold(self):
        """How much of the line is neither told nor has covered what was told, in the item's unit."""
        return self.quantity_product_uom - self.mfg_sync_told - self.mfg_sync_covered

    def _mfg_sync_told_with_covered(self):
        """What was told of the line, with what it has covered: never more than it has, somebody may have lowered it."""
        return min(self.mfg_sync_told + self.mfg_sync_covered, self.quantity_product_uom)

    def _mfg_sync_taken(self):
        if self.move_id.raw_material_production_id and self.state != "done":
            # picked says nothing here: Odoo sets it as soon as an operation starts
            return self.mfg_sync_told + self.mfg_sync_covered
        return super()._mfg_sync_taken()
