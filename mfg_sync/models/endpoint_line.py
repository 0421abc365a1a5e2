from odoo import api, fields, models

from ..compat import check_access
from ..engine import breaker, bucket, release


class EndpointLine(models.Model):
    """Whether the other side answers, and when it is tried again."""

    _inherit = "mfg.sync.endpoint"

    breaker_after = fields.Integer(
        string="Stop trying after",
        default=5,
        help="So many different messages in a row that could not be delivered because the other side did not answer "
        "(no connection, no answer in time, 5xx) stop the sending. From then on one message at a time is tried, at "
        "growing intervals; the first that arrives lets the others go on, in order. 0 = never stop.",
    )
    first_probe = fields.Float(
        string="Then try again after (s)",
        default=30.0,
        help="Doubles with each attempt in vain, with jitter, up to 15 minutes; longer if the other side asks for it.",
    )
    line_ids = fields.One2many("mfg.sync.line", "endpoint_id", readonly=True)
    line_down = fields.Boolean(compute="_compute_line", string="Not answering")
    line_reason = fields.Char(compute="_compute_line", string="Why it does not answer")
    line_down_since = fields.Datetime(compute="_compute_line", string="Not answering since")
    next_probe_at = fields.Datetime(compute="_compute_line", string="Next attempt")

    _sql_constraints = [
        ("breaker_range", "CHECK(breaker_after >= 0 AND first_probe > 0)", "Times and counts must be above zero."),
    ]

    @api.depends("line_ids.probe_at")
    def _compute_line(self):
        for endpoint in self:
            line = endpoint.line_ids.filtered("probe_at")[:1]
            endpoint.line_down = bool(line)
            endpoint.line_reason = line.reason
            endpoint.line_down_since = line.opened
            endpoint.next_probe_at = line.probe_at

    def write(self, vals):
        another = self.filtered(lambda endpoint: endpoint.delivery != vals.get("delivery", endpoint.delivery))
        result = super().write(vals)
        if another:
            release.another_way(self.env.cr, another.ids)
        if {"delivery", "url", "in_plant", "ca_bundle", "connect_timeout", "read_timeout"} & vals.keys():
            # what was learned is about the way before
            self._try_now()
        return result

    def action_try_now(self):
        """Somebody knows that the other side is back: do not wait for the next probe."""
        # raises unless the user may change the connection; what follows is a table of the engine
        check_access(self, "write")
        self._try_now()

    def action_close_breaker(self):
        check_access(self, "write")
        self._try_now()
        for endpoint in self.filtered("breaker_open"):
            bucket.back(self.env.cr, endpoint.id)
        return super().action_close_breaker()

    def _try_now(self):
        for endpoint in self:
            breaker.answered(self.env.cr, endpoint.id)
        self.invalidate_recordset(["line_ids", "line_down", "line_reason", "line_down_since", "next_probe_at"])
        self._wake()
