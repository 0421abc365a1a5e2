from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..engine import approval

STATES = [
    ("open", "To approve"),
    ("approved", "Approved"),
    ("refused", "Refused"),
    ("withdrawn", "Withdrawn"),
]


class Approval(models.Model):
    """A second person is asked about a corrected message; nobody approves his own, and it is kept as it was asked."""

    _name = "mfg.sync.approval"
    _inherit = ["mfg.sync.frozen.mixin"]
    _description = "To Be Approved"
    _order = "id desc"
    _rec_name = "about"

    message_id = fields.Many2one("mfg.sync.message", string="Message", readonly=True, ondelete="set null", index=True)
    about = fields.Char(readonly=True, help="What it says, as it was called then.")
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", ondelete="set null", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    really_new = fields.Boolean(readonly=True, help="It was also said that it is no repetition.")
    changes = fields.Html(
        string="What was corrected",
        compute="_compute_changes",
        groups="mfg_sync.group_viewer",
        help="Since it came in, by all who corrected it.",
    )
    reason = fields.Char(string="Why", readonly=True)
    known = fields.Boolean(readonly=True, help="What it moves could be worked out.")
    amount = fields.Monetary(string="Worth about", readonly=True)
    explanation = fields.Text(string="What it would do", readonly=True)
    asked_by_id = fields.Many2one("res.users", string="Corrected by", readonly=True, ondelete="restrict")
    state = fields.Selection(STATES, default="open", required=True, readonly=True)
    second_id = fields.Many2one("res.users", string="Answered by", readonly=True, ondelete="restrict")
    second_at = fields.Datetime(string="Answered", readonly=True)
    refusal = fields.Char(string="Why refused", readonly=True)
    mine = fields.Boolean(compute="_compute_mine")

    def init(self):
        # one question at a time about a message
        self.env.cr.execute(
            """CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_approval_open ON mfg_sync_approval (message_id)
               WHERE state = 'open'"""
        )

    @api.depends("asked_by_id")
    @api.depends_context("uid")
    def _compute_mine(self):
        for question in self:
            question.mine = self.env.user in question._authors()

    @api.depends("message_id")
    def _compute_changes(self):
        for question in self:
            question.changes = question.message_id._corrected_since_it_came()

    def _authors(self):
        return self.asked_by_id | self.message_id._authors()

    def _frozen_text(self, deleting):
        return _("What a second person is asked is kept as it was asked.")

    def action_approve(self):  # pylint: disable=missing-return  # it is no override
        """A second person agrees: the corrected message is applied."""
        message = self._require_second()
        self._close("approved")
        new = self.really_new or None
        message._decide("approve", lambda: approval.agree(self.env.cr, message.id, new), self.reason)

    def action_ask_refuse(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Refuse"),
            "res_model": "mfg.sync.approval.refuse",
            "view_mode": "form",
            "target": "new",
            "context": {"default_approval_id": self.id},
        }

    def action_refuse(self, reason=None):
        """A second person disagrees: the message is not applied, and waits for another decision."""
        reason = self.env["mfg.sync.decision"]._reason(reason, _("Say why it is refused; the reason is kept with it."))
        message = self._require_second()
        self._close("refused", reason)
        text = _("%(name)s did not approve it: %(reason)s", name=self.env.user.name, reason=reason)
        message._decide("refuse", lambda: approval.refuse(self.env.cr, message.id, text, self.really_new), reason)

    def _require_second(self):
        """:return: the message, when this person may answer, and nobody has answered yet"""
        self.ensure_one()
        compat.check_access(self, "read")
        message = self.message_id
        message._require_operator()
        if self.env.user in self._authors():
            raise AccessError(_("You corrected it yourself: a colleague has to look at it."))
        # of two who answer at once the second one is told so
        self.flush_recordset()
        self.env.cr.execute("SELECT state FROM mfg_sync_approval WHERE id = %s FOR UPDATE", [self.id])
        if self.env.cr.fetchone()[0] != "open" or message.hold_reason != "approval":
            raise UserError(_("%s has been answered already.", self.about))
        return message

    def _close(self, state, refusal=None):
        answered = {"state": state, "refusal": refusal, "second_id": self.env.uid, "second_at": fields.Datetime.now()}
        # sudo: nobody has the right to write it; who answers has been checked
        self.sudo()._amend(answered)
