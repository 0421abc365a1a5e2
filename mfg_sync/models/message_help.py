from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import misc

from .message import OPEN
from .value_map import KINDS


class MessageHelp(models.Model):
    """What a person reads on a message and does about it: the engine's states in the words of the plant."""

    _inherit = "mfg.sync.message"

    what_to_do = fields.Text(string="What to do", compute="_compute_what_to_do")
    happened = fields.Datetime(
        string="When", compute="_compute_happened", help="When it happened, else when it arrived."
    )
    mapping_kind = fields.Selection(KINDS, compute="_compute_missing")
    mapping_code = fields.Char(string="Unknown code", compute="_compute_missing")
    match_entity = fields.Char(string="Unknown kind of record", compute="_compute_missing")
    match_external_id = fields.Char(string="Unknown id", compute="_compute_missing")
    decision_ids = fields.One2many("mfg.sync.decision", "message_id", string="Decisions", readonly=True)
    document_ids = fields.One2many("mfg.sync.document", "message_id", string="Documents", readonly=True)

    @api.depends("occurred", "received")
    def _compute_happened(self):
        for message in self:
            message.happened = message.occurred or message.received

    @api.depends("wait_key", "state", "needs_person", "hold_reason", "system_id")
    def _compute_missing(self):
        """What a held message waits for, taken apart: ``map:<kind>:<code>`` or ``<entity>:<their id>``."""
        kinds, entities = dict(KINDS), self.env["mfg.sync.resolver"]._entities()
        for message in self:
            message.mapping_kind = message.mapping_code = message.match_entity = message.match_external_id = False
            # a row that a person is asked about is looked at again now and then, and is pending for that moment
            waits = message.state == "held" or (message.state == "pending" and message.needs_person)
            if not waits or not message.wait_key:
                continue
            word, _colon, rest = message.wait_key.partition(":")
            kind, _colon, code = rest.partition(":")
            if word == "map" and kind in kinds:
                message.mapping_kind, message.mapping_code = kind, code
            elif word in entities and message.hold_reason in ("reference", False) and message.system_id:
                message.match_entity, message.match_external_id = word, rest

    @api.depends(
        *("state", "hold_reason", "needs_person", "error_class", "wait_key", "direction", "blocker_id"),
        *("patience_until", "system_id", "type_id", "ready", "attempt_count", "next_attempt_at", "status"),
    )
    def _compute_what_to_do(self):
        for message in self:
            if message.status == "tried":
                message.what_to_do = message._advice_on_tried()
            else:
                message.what_to_do = message._advice() if message.state in OPEN else False

    def _advice(self):
        if self.mapping_code:
            return _("Press “Add to mapping” and say what %s means in Odoo.", self.mapping_code)
        if self.hold_reason == "look_alike":
            return _(
                "Ask the people who sent it. Press “It is the same” if it repeats an earlier message, or “It is really "
                "new” if it happened once more."
            )
        if self.hold_reason == "approval":
            return _(
                "Press “Approve or refuse…”, unless you corrected it yourself: then ask a colleague. It may also be "
                "corrected once more, or cancelled with a reason."
            )
        if self.hold_reason == "blocked":
            return _(
                "Nothing here: it goes on when “%s” is settled.", self.blocker_id.display_name or _("the one before")
            )
        if self.hold_reason == "gap":
            return _(
                "Ask the people who sent it to send what is missing; then it goes on by itself. If that will not come, "
                "press “Go on without it”."
            )
        if self.hold_reason == "reference":
            return self._advice_on_unknown()
        if self.hold_reason == "early":
            return _("Nothing yet: it goes on when what it builds on has arrived.")
        if self.state == "pending" and self.ready and self.endpoint_id.delivery == "pull":
            return self._advice_on_fetching()
        if self.state == "pending":
            return (
                _("Nothing: it is tried again by itself.")
                if self.attempt_count
                else _("Nothing: it is about to be worked on.")
            )
        if self.direction == "out":
            return _(
                "See with the other side why it was refused, mend it, then press “Replay”; or cancel it with a reason."
            )
        return _(
            "Mend in Odoo what the reason names, then press “Replay”. If it must not be applied, cancel it with a "
            "reason."
        )

    def _advice_on_tried(self):
        if self.state in OPEN and self._is_live():
            return _(
                "It came before its synchronization was live, and is not applied by itself. If nobody has booked it by "
                "hand since, press “Replay”."
            )
        if self.state in OPEN:
            return _("It was only tried, and nobody is asked. %s", self._advice())
        if self.direction == "out":
            return _("Nothing: it was only made to be looked at, and was not sent. Its synchronization is being tried.")
        if not self._is_live():
            return _("Nothing: it was only tried, and nothing was changed. Its synchronization is not live.")
        if self.content_removed_at:
            return _("Nothing: it was only tried, and its content was removed since.")
        return _(
            "It was only tried, before its synchronization was live. If nobody has booked it by hand since, press "
            "“Apply for real”."
        )

    def _advice_on_fetching(self):
        # a try of ours to send it, before the other side was to fetch it, has an error
        if not self.attempt_ids.filtered(lambda attempt: attempt.result == "pending" and not attempt.error_class):
            return _("Nothing: the other side fetches it.")
        if self.next_attempt_at > fields.Datetime.now():
            return _(
                "Nothing: the other side has fetched it. If it does not acknowledge it, it can fetch it again from %s.",
                misc.format_datetime(self.env, self.next_attempt_at),
            )
        return _(
            "Nothing: the other side can fetch it. It has been handed out before and was not acknowledged; if that "
            "goes on, ask there whether it could be worked on."
        )

    def _advice_on_unknown(self):
        asked = self.needs_person or not self.patience_until or self.status == "tried"
        sentences = [
            _("It goes on when Odoo knows what it names: make that.")
            if asked
            else _(
                "Nothing yet: it goes on when Odoo knows what it names, and on %s somebody is asked.",
                misc.format_datetime(self.env, self.patience_until),
            )
        ]
        if self.match_entity:
            sentences.append(_("If Odoo knows it under another name, press “Match to a record”."))
        if self.correctable:
            sentences.append(_("If it is misspelt, press “Correct…”."))
        return " ".join(sentences)

    def action_add_mapping(self):
        """A prefilled entry of the mapping; saving it lets this message, and all like it, go on."""
        self.ensure_one()
        if not self.mapping_code:
            raise UserError(_("This message does not wait for an entry of the mapping."))
        return {
            "type": "ir.actions.act_window",
            "name": _("What does %s mean?", self.mapping_code),
            "res_model": "mfg.sync.value.map",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": self.mapping_kind,
                "default_code": self.mapping_code,
                "default_endpoint_id": self.endpoint_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def action_add_match(self):
        """A prefilled match of their id with a record of ours; saving it lets the message go on."""
        self.ensure_one()
        if not self.match_entity:
            raise UserError(_("This message does not wait for a match."))
        return {
            "type": "ir.actions.act_window",
            "name": _("What is %s in Odoo?", self.match_external_id),
            "res_model": "mfg.sync.binding",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_endpoint_id": self.endpoint_id.id,
                "default_system_id": self.system_id.id,
                "default_company_id": self.company_id.id,
                "default_entity": self.match_entity,
                "default_res_model": self.env["mfg.sync.resolver"]._entities()[self.match_entity],
                "default_external_id": self.match_external_id,
            },
        }

    def action_ask_cancel(self):
        """Cancel, after a reason was given."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Cancel messages"),
            "res_model": "mfg.sync.message.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": [(6, 0, self.ids)]},
        }
