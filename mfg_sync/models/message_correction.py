import json

from markupsafe import Markup

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..engine import accept, correction, differences, release
from ..protocol import strict_json
from ..protocol.errors import Problem
from .message import OPEN


class MessageCorrection(models.Model):
    """A person corrects what a message says: a message of its own takes its place, and both stay to be compared."""

    _inherit = "mfg.sync.message"

    corrects_id = fields.Many2one(
        "mfg.sync.message", string="Corrects", readonly=True, ondelete="set null", index="btree_not_null"
    )
    corrected_by_ids = fields.One2many("mfg.sync.message", "corrects_id", string="Corrected by")
    correctable = fields.Boolean(compute="_compute_correctable")
    corrected_content = fields.Html(
        string="What was corrected", compute="_compute_corrected_content", groups="mfg_sync.group_viewer"
    )

    @api.depends("direction", "state", "needs_person", "hold_reason", "type_id")
    def _compute_correctable(self):
        for message in self:
            message.correctable = (
                message.direction == "in"
                and message.state in OPEN
                # what nobody knows may be misspelt: nobody waits three days to say so
                and (message.needs_person or message.state == "held" and message.hold_reason == "reference")
                and message.hold_reason != "blocked"
                and bool(message.type_id)
            )

    @api.depends("corrects_id")
    def _compute_corrected_content(self):
        for message in self:
            message.corrected_content = message._differs_from(message.corrects_id)

    def _corrected_since_it_came(self):
        """A table of what differs from what came in, whoever has corrected it since."""
        # sudo: as in the comparison
        first = self.sudo().corrects_id
        while first.corrects_id:
            first = first.corrects_id
        return self._differs_from(first)

    def _differs_from(self, original):
        # sudo: the original is of the same connection and company, and whoever may see one may see the other
        before = original.sudo().payload
        if not (before and self.payload):
            return False
        return self._differences(strict_json.loads(before), strict_json.loads(self.payload))

    @api.model
    def _differences(self, before, after):
        """A table of what differs between two contents."""
        rows = Markup().join(
            Markup("<tr><td>{}</td><td><del>{}</del></td><td><b>{}</b></td></tr>").format(
                pointer, *(_spoken(value) for value in values)
            )
            for pointer, *values in differences.between(before, after)
        )
        head = Markup("<tr><th>{}</th><th>{}</th><th>{}</th></tr>").format(_("Field"), _("Before"), _("After"))
        return Markup('<table class="table table-sm"><thead>{}</thead><tbody>{}</tbody></table>').format(head, rows)

    def _content_to_edit(self):
        """The content, laid out for a person to change, without changing it by that."""
        self.ensure_one()
        plain = strict_json.loads(self.payload)
        text = json.dumps(json.loads(self.payload), indent=2, ensure_ascii=False)
        same = strict_json.canonical(strict_json.loads(text)) == strict_json.canonical(plain)
        # a number with more digits than Python's json keeps: as it came
        return text if same else self.payload

    def _corrected_kind(self):
        """``(kind, flow)`` that the corrected message is checked and applied by; also of a kind that is retired."""
        kind = self.env["mfg.sync.message.type"]._served().get(self.type_id.id)
        flow = self.env["mfg.sync.flow"]._inbound().get((self.endpoint_id.id, self.type_id.id))
        if not kind or not flow:
            raise UserError(
                _("%s is switched off on this connection; nothing of this kind can be applied.", self.type_name)
            )
        return kind, flow

    def _read_corrected(self, content):
        """The data of a corrected content.

        :raises UserError: which field is wrong, and what is expected there
        """
        kind, _flow = self._corrected_kind()
        try:
            data = strict_json.loads(content or "")
            accept.validate(kind, data)
        except Problem as problem:
            lines = [f"{found['pointer']}: {found['detail']}" for found in problem.errors or ()]
            raise UserError(
                "\n".join([_("The corrected content can't be used:"), *(lines or [problem.detail])])
            ) from None
        if strict_json.canonical(data) == strict_json.canonical(strict_json.loads(self.payload)):
            raise UserError(_("The content says the same as before. Press “Replay” to try it again as it is."))
        return data

    def action_ask_correct(self):
        """Show the content to be corrected, and ask why."""
        self.ensure_one()
        self._require_operator()
        self._require_correctable()
        return {
            "type": "ir.actions.act_window",
            "name": _("Correct what it says"),
            "res_model": "mfg.sync.message.correct",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_id": self.id},
        }

    def action_correct(self, content, reason):
        """Apply a corrected content in the place of this message, which is closed.

        :param str content: JSON
        :param str reason: kept with the decision
        :return: the message that takes its place
        """
        self.ensure_one()
        self._require_operator()
        self._require_correctable()
        reason = self.env["mfg.sync.decision"]._reason(
            reason, _("Say why the content is corrected; the reason is kept with it.")
        )
        return self._correct(self._read_corrected(content), reason)

    def _correct(self, data, reason):
        self.env.flush_all()
        row = correction.lock(self.env.cr, self.id)
        if not row:
            raise UserError(_("%s does not wait for a person any more.", self.display_name))
        new_id = correction.insert(self.env.cr, row, correction.make(self.env.cr, row, *self._corrected_kind(), data))
        if not new_id:
            raise UserError(_("%s has been corrected before.", self.display_name))
        self._decide(
            "correct",
            lambda: release.cancel(self.env.cr, self.ids, _("Replaced by a corrected message: %s", reason)),
            reason,
        )
        corrected = self.browse(new_id)
        found = differences.between(strict_json.loads(self.payload), data)
        before, after = ("\n".join(f"{entry[0]}: {_spoken(entry[side])}" for entry in found) for side in (1, 2))
        corrected._log_decision("correct", {new_id: before}, {new_id: after}, reason)
        self.env["mfg.sync.status"]._refresh_messages([new_id])
        return corrected

    def _corrected_columns(self, data):
        """What stands in the ledger otherwise once the content is corrected, to try that out."""
        return correction.columns(self.env.cr, self.id, *self._corrected_kind(), data)

    def _require_correctable(self):
        if not self.correctable:
            raise UserError(
                _(
                    "Only what came in and waits for a person, or names what Odoo does not know, can be corrected; %s "
                    "does not.",
                    self.display_name,
                )
            )


def _spoken(value):
    return "–" if value is None else strict_json.dumps(value)
