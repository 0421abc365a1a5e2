from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    mfg_sync_site_code = fields.Char(
        string="Site code", copy=False, help="How other systems name this site; the short name where it is empty."
    )
    mfg_sync_tz = fields.Selection(
        _tz_get,
        string="Site time zone",
        default=lambda self: self.env.user.tz or "UTC",
        help="Times of the floor are shown and grouped in this zone.",
    )
    mfg_sync_day_start = fields.Float(
        string="Production day starts at",
        default=0.0,
        help="Hour of the day. With 6:00, what happens at 2:00 belongs to the day before (night shift).",
    )

    _sql_constraints = [
        (
            "mfg_sync_day_start_range",
            "CHECK(mfg_sync_day_start >= 0 AND mfg_sync_day_start < 24)",
            "The production day starts between 0:00 and 23:59.",
        ),
    ]
