from odoo import api, models


class MrpRoutingWorkcenter(models.Model):
    _inherit = "mrp.routing.workcenter"

    @api.model_create_multi
    def create(self, vals_list):
        operations = super().create(vals_list)
        self.env["mfg.sync.capture"].mark("master.bom", operations.bom_id)
        return operations

    def write(self, vals):
        boms = self.bom_id
        result = super().write(vals)
        self.env["mfg.sync.capture"].mark("master.bom", boms | self.bom_id)
        return result

    def unlink(self):
        boms = self.bom_id
        result = super().unlink()
        self.env["mfg.sync.capture"].mark("master.bom", boms.exists())
        return result

    def _mfg_sync_code(self):
        """10, 20 … by its place in the bill of materials, as routings are numbered on the floor."""
        self.ensure_one()
        return str((self.bom_id._mfg_sync_operations().ids.index(self.id) + 1) * 10)
