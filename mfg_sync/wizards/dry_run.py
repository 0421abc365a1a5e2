from odoo import fields, models

OUTCOMES = [
    ("done", "Would be done"),
    ("no_change", "No change needed"),
    ("wait", "Would wait"),
    ("needs_you", "Would need you"),
    ("failed", "Would fail"),
    ("not_tried", "Not tried"),
]


class DryRun(models.TransientModel):
    """What messages would do, message by message; all of it has been taken back."""

    _name = "mfg.sync.dry.run"
    _description = "Dry Run"

    line_ids = fields.One2many("mfg.sync.dry.run.line", "dry_run_id", readonly=True)
    left_out = fields.Integer(readonly=True, help="So many were selected beyond what is tried at once.")


class DryRunLine(models.TransientModel):
    _name = "mfg.sync.dry.run.line"
    _description = "Dry Run of a Message"

    dry_run_id = fields.Many2one("mfg.sync.dry.run", required=True, ondelete="cascade")
    message_id = fields.Many2one("mfg.sync.message", string="Message", readonly=True, ondelete="cascade")
    outcome = fields.Selection(OUTCOMES, readonly=True)
    text = fields.Text(string="What it would do, or why not", readonly=True)
    behind = fields.Char(string="First to be settled", readonly=True)
    changes = fields.Text(string="What would change", readonly=True)
