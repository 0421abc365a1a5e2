from odoo import fields, models


class TestResult(models.TransientModel):
    """Says what happened to a test message, step by step."""

    _name = "mfg.sync.test.result"
    _description = "Result of a Test Message"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True, ondelete="cascade")
    delivered = fields.Boolean(readonly=True)
    summary = fields.Char(readonly=True)
    line_ids = fields.One2many("mfg.sync.test.result.line", "result_id", readonly=True)


class TestResultLine(models.TransientModel):
    _name = "mfg.sync.test.result.line"
    _description = "Step of a Test Message"
    _order = "id"

    result_id = fields.Many2one("mfg.sync.test.result", required=True, ondelete="cascade")
    step = fields.Char(readonly=True)
    state = fields.Selection(
        [("ok", "Yes"), ("failed", "No"), ("not_tried", "Not tried")], string="Went well", readonly=True
    )
    detail = fields.Text(readonly=True)
