from odoo import fields, models


class Line(models.Model):
    """How the line to the other side is: a row while it fails, none while it works (engine/breaker.py)."""

    _name = "mfg.sync.line"
    _description = "Failing Line of a Connection"
    _log_access = False
    _rec_name = "endpoint_id"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", required=True, readonly=True, ondelete="cascade")
    failing = fields.Json(readonly=True, help="Ids of the messages that failed one after the other.")
    probes = fields.Integer(readonly=True, help="How often the other side was tried in vain since it stopped.")
    opened = fields.Datetime(string="Not answering since", readonly=True)
    probe_at = fields.Datetime(string="Tried again at", readonly=True)
    reason = fields.Char(readonly=True)

    _sql_constraints = [("endpoint_uniq", "UNIQUE(endpoint_id)", "A connection has one line.")]
