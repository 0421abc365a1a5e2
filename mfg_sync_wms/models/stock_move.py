from odoo import api, models


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        result = super().write(vals)
        if {"product_uom_qty", "picking_id"} & set(vals):
            self.env["mfg.sync.transfer.capture"].changed(self)
        return result


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["mfg.sync.transfer.capture"].changed(lines)
        return lines

    def write(self, vals):
        result = super().write(vals)
        if {"lot_id", "lot_name", "quantity", "move_id", "picking_id"} & set(vals):
            self.env["mfg.sync.transfer.capture"].changed(self)
        return result

    def unlink(self):
        # noted before, while the lines still name their transfers; compared before the commit
        self.env["mfg.sync.transfer.capture"].changed(self)
        return super().unlink()
