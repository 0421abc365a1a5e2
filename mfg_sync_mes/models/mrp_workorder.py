from odoo import fields, models


class MrpWorkorder(models.Model):
    _name = "mrp.workorder"
    _inherit = ["mrp.workorder", "mfg.sync.document.mixin"]

    mfg_sync_scrapped = fields.Float(
        string="Scrapped in operation",
        default=0.0,
        copy=False,
        readonly=True,
        help="Pieces that the manufacturing execution system reported as scrapped in this operation.",
    )

    def _mfg_sync_together(self):
        return self.production_id._mfg_sync_together()
