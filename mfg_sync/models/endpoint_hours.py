from datetime import timedelta

import pytz

from odoo import fields, models


class EndpointHours(models.Model):
    """When people work on the same stock and orders, and must not be made to wait."""

    _inherit = "mfg.sync.endpoint"

    people_calendar_id = fields.Many2one(
        "resource.calendar",
        string="People work",
        check_company=True,
        help="Outside of these hours messages are applied in steps of seconds instead of a tenth of one, which is "
        "faster when many have piled up. Empty: people may be working at any time.",
    )

    def _people_work(self):
        """Whether somebody may be working now, by the calendar."""
        self.ensure_one()
        calendar = self.people_calendar_id
        if not calendar:
            return True
        now = pytz.utc.localize(fields.Datetime.now())
        return bool(list(calendar._work_intervals_batch(now, now + timedelta(minutes=1))[False]))
