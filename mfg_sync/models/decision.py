from odoo import _, api, fields, models
from odoo.exceptions import AccessError


class Decision(models.Model):
    """Who decided what about a message, when and why; append-only."""

    _name = "mfg.sync.decision"
    _description = "Decision"
    _order = "id desc"

    message_id = fields.Many2one("mfg.sync.message", required=True, ondelete="cascade", index=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True)
    decision = fields.Selection(
        [("replay", "Replay"), ("cancel", "Cancel"), ("same", "The same fact"), ("really_new", "Really new")],
        readonly=True,
        required=True,
    )
    before = fields.Char(readonly=True)
    reason = fields.Char(string="Why", readonly=True)

    @api.model
    def _log(self, messages, decision, reason=None):
        # sudo: the audit is written for people who may decide but not write audits
        self.sudo().create(
            [
                {
                    "message_id": message.id,
                    "company_id": message.company_id.id,
                    "user_id": self.env.uid,
                    "decision": decision,
                    "before": message.error_text or message.state,
                    "reason": reason,
                }
                for message in messages
            ]
        )

    def write(self, vals):  # pylint: disable=method-required-super  # refused for everybody
        raise AccessError(_("Decisions are kept as they were made."))

    def unlink(self):  # pylint: disable=method-required-super  # refused for everybody
        raise AccessError(_("Decisions are kept as they were made."))
