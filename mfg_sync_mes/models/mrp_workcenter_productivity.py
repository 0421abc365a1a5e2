from odoo import fields, models

#: report of facts that came without a report number
NO_REPORT = "-"


class WorkcenterProductivity(models.Model):
    _inherit = "mrp.workcenter.productivity"

    mfg_sync_report = fields.Char(
        string="MES report",
        copy=False,
        readonly=True,
        index="btree_not_null",
        help="Number of the report that this time comes from; '-' for a report without a number.",
    )
    mfg_sync_start_assumed = fields.Boolean(
        default=False,
        copy=False,
        readonly=True,
        help="The end was reported before the start: the start is corrected when its message arrives.",
    )
