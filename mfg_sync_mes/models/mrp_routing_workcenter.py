from odoo import api, models

from odoo.addons.mfg_sync import compat


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

    def _mfg_sync_codes(self):
        """``{id: code}``, as :meth:`_mfg_sync_code` gives it, in one query and without reading the operations.

        While an order is confirmed a planner waits for it, and the ORM would read all operations once more: those that
        are archived count too.
        """
        compat.check_access(self.browse(), "read")
        self.flush_model(["bom_id", "sequence"])
        self.env.cr.execute(
            """SELECT id, place FROM (
                   SELECT id, row_number() OVER (PARTITION BY bom_id ORDER BY COALESCE(sequence, 0), id) AS place
                   FROM mrp_routing_workcenter
                   WHERE bom_id IN (SELECT bom_id FROM mrp_routing_workcenter WHERE id = ANY(%s))) numbered
               WHERE id = ANY(%s)""",
            [self.ids, self.ids],
        )
        return {operation_id: str(place * 10) for operation_id, place in self.env.cr.fetchall()}
