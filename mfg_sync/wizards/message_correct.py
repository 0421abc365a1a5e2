from odoo import api, fields, models
from odoo.exceptions import UserError

from ..protocol import strict_json


class MessageCorrect(models.TransientModel):
    """A person corrects what a message says; what is wrong with it, and what changes, is shown meanwhile."""

    _name = "mfg.sync.message.correct"
    _description = "Correct a Message"

    message_id = fields.Many2one("mfg.sync.message", required=True, readonly=True, ondelete="cascade")
    error_text = fields.Char(string="What is wrong with it", related="message_id.error_text")
    error_pointer = fields.Char(related="message_id.error_pointer")
    content = fields.Text(required=True)
    reason = fields.Char(string="Why", required=True)
    problem = fields.Text(compute="_compute_outcome")
    changes = fields.Html(string="What changes", compute="_compute_outcome")

    @api.model
    def default_get(self, names):
        values = super().default_get(names)
        message = self.env["mfg.sync.message"].browse(values.get("message_id"))
        if message and "content" in names:
            values["content"] = message._content_to_edit()
        return values

    @api.depends("content", "message_id")
    def _compute_outcome(self):
        for wizard in self:
            wizard.problem = wizard.changes = False
            message = wizard.message_id
            if not message or wizard.content == message._content_to_edit():
                # nobody has written anything yet
                continue
            try:
                data = message._read_corrected(wizard.content)
                wizard.changes = message._differences(strict_json.loads(message.payload), data)
            except UserError as error:
                wizard.problem = str(error)

    def action_correct(self):
        self.ensure_one()
        corrected = self.message_id.action_correct(self.content, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": corrected._name,
            "res_id": corrected.id,
            "view_mode": "form",
        }
