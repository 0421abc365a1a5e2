import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError

#: characters; reasons stand in lists and histories
LONGEST_REASON = 1000
#: what JSON may bring and the database can't keep: NUL, halves of characters
UNFIT = re.compile("[\0\ud800-\udfff]")

DECISIONS = [
    ("replay", "Replay"),
    ("apply_tried", "Apply for real"),
    ("cancel", "Cancel"),
    ("same", "The same fact"),
    ("really_new", "Really new"),
    ("go_on", "Go on without what is missing"),
    ("correct", "Correct"),
    ("ask_second", "Ask a second person"),
    ("approve", "Approve"),
    ("refuse", "Refuse"),
    ("second_person", "Change from which amount a second person is asked"),
    ("pause", "Pause"),
    ("resume", "Resume"),
    ("mode", "Go live, shadow, or off"),
    ("close_breaker", "Send again after a stop"),
    ("confirm_home", "Confirm the home"),
    ("environment", "For test or for production"),
    ("allowed_from", "Change from where it may be called"),
    ("new_key", "New key"),
    ("end_key", "End a key"),
    ("delete_key", "Delete a key"),
    ("kind", "Change a kind of message"),
    ("mapping", "Change what a code means"),
    ("send_again", "Send again"),
    ("exclude", "Do not synchronize"),
    ("include", "Synchronize again"),
]


class Decision(models.Model):
    """Who decided what, when and why, and how it stood before and afterwards; append-only."""

    _name = "mfg.sync.decision"
    _inherit = ["mfg.sync.frozen.mixin"]
    _description = "Decision"
    _order = "id desc"
    _rec_name = "about"

    # what was decided about may go one day (retention, an old connection); that it was decided stays
    message_id = fields.Many2one("mfg.sync.message", string="Message", ondelete="set null", index=True, readonly=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", ondelete="set null", readonly=True)
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)
    about = fields.Char(readonly=True, help="What was decided about, as it was called then.")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True, ondelete="restrict")
    decision = fields.Selection(DECISIONS, readonly=True, required=True)
    before = fields.Text(readonly=True)
    after = fields.Text(readonly=True)
    reason = fields.Char(string="Why", readonly=True)

    @api.model
    def _log(self, decision, entries, reason=None):
        """Write down one decision of the acting person about several things.

        :param list entries: dicts with ``about, company_id, before, after`` and what it is about (``message_id`` …)
        """
        # sudo: the audit is written for people who may decide but not write audits
        self.sudo().create(
            [{**entry, "user_id": self.env.uid, "decision": decision, "reason": reason} for entry in entries]
        )

    @api.model
    def _reason(self, reason, missing=None):
        """Why somebody decides, as it is kept; over RPC anything may come.

        :param str missing: what is said to whoever gives none; None: none is needed
        :return: the reason, or None
        :raises UserError: there is none, or it can't be kept
        """
        reason = reason or ""
        if not isinstance(reason, str) or UNFIT.search(reason) or len(reason) > LONGEST_REASON:
            raise UserError(_("A reason is plain text of at most %s characters.", LONGEST_REASON))
        if missing and not reason.strip():
            raise UserError(missing)
        return reason.strip() or None

    def _frozen_text(self, deleting):
        return _("Decisions are kept as they were made.")
