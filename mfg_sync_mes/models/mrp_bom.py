from odoo import api, models


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    @api.model_create_multi
    def create(self, vals_list):
        boms = super().create(vals_list)
        self.env["mfg.sync.capture"].mark("master.bom", boms)
        return boms

    def write(self, vals):
        result = super().write(vals)
        self.env["mfg.sync.capture"].mark("master.bom", self)
        return result

    def _mfg_sync_code(self):
        """The word for it that both sides share."""
        self.ensure_one()
        return self.code or f"BOM-{self.id}"

    def _mfg_sync_operations(self):
        """Its operations in the order of their codes; archived ones keep their place."""
        operations = self.with_context(active_test=False).operation_ids
        return operations.sorted(lambda operation: (operation.sequence, operation.id))


class MrpBomLine(models.Model):
    _inherit = "mrp.bom.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["mfg.sync.capture"].mark("master.bom", lines.bom_id)
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["mfg.sync.capture"].mark("master.bom", self.bom_id)
        return result

    def unlink(self):
        boms = self.bom_id
        result = super().unlink()
        self.env["mfg.sync.capture"].mark("master.bom", boms.exists())
        return result
