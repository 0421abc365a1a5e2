from odoo import api, fields, models
from odoo.exceptions import UserError

from ..protocol import strict_json
from .dry_run import OUTCOMES


class MessageCorrect(models.TransientModel):
    """A person corrects what a message says; what is wrong with it, and what changes, is shown meanwhile."""

    _name = "mfg.sync.message.correct"
    _description = "Correct a Message"

    message_id = fields.Many2one("mfg.sync.message", required=True, readonly=True, ondelete="cascade")
    error_text = fields.Char(string="What is wrong with it", related="message_id.error_text", related_sudo=False)
    error_pointer = fields.Char(related="message_id.error_pointer", related_sudo=False)
    content = fields.Text(required=True)
    #: asked for when it is corrected; trying out needs none
    reason = fields.Char(string="Why")
    problem = fields.Text(compute="_compute_outcome")
    changes = fields.Html(string="What changes", compute="_compute_outcome")
    tried_content = fields.Text(readonly=True, help="What was tried out last.")
    outcome = fields.Selection(OUTCOMES, readonly=True)
    tried_text = fields.Text(string="What happens", readonly=True)
    tried_behind = fields.Char(string="Comes first", readonly=True)
    tried_changes = fields.Text(string="What would change", readonly=True)
    second_person = fields.Char(readonly=True)

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

    def action_try_out(self):
        """Show what the content as it stands now would do; all of it is taken back."""
        self.ensure_one()
        message = self.message_id
        tried, second_person = message._try_corrected(self.content)
        shown = tried.shown()
        self.write(
            {
                "tried_content": self.content,
                "outcome": shown["outcome"],
                "tried_text": shown["text"],
                "tried_behind": shown["behind"],
                "tried_changes": shown["changes"],
                "second_person": second_person,
            }
        )
        return {**message.action_ask_correct(), "res_id": self.id}

    def action_correct(self):
        self.ensure_one()
        corrected = self.message_id.action_correct(self.content, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": corrected._name,
            "res_id": corrected.id,
            "view_mode": "form",
        }
