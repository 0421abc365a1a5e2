from odoo import fields, models

from .message import HOLD_REASONS

#: how a try ended: the state that the message had then, or why it was set aside
RESULTS = [
    ("done", "Done"),
    ("pending", "To be tried again"),
    ("dead", "Failed"),
    ("superseded", "Superseded"),
    ("cancelled", "Cancelled"),
    ("auth", "Our key was refused"),
    ("gone", "Their address is gone"),
    *HOLD_REASONS,
]


class Attempt(models.Model):
    """One try of one message; technical, append-only, never in the chatter."""

    _name = "mfg.sync.attempt"
    _description = "Attempt"
    _order = "id desc"

    message_id = fields.Many2one("mfg.sync.message", required=True, ondelete="cascade", index=True, readonly=True)
    started = fields.Datetime(readonly=True)
    duration_ms = fields.Float(string="Took (ms)", readonly=True)
    result = fields.Selection(RESULTS, readonly=True)
    error_class = fields.Char(readonly=True)
    http_status = fields.Integer(string="HTTP status", readonly=True)
    detail = fields.Char(readonly=True)
    worker = fields.Char(readonly=True, help="Machine and process that made the attempt.")
