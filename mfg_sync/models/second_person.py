from dataclasses import dataclass

from odoo import _, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang

from .. import compat
from ..engine import approval

AMOUNT = "mfg_sync_second_person_amount"


@dataclass
class Verdict:
    """Whether a second person is asked.

    :ivar amount: what would be moved is worth so much, in the currency of the company; None: nobody knows
    :ivar text: how that was found, or why it is not known
    :ivar note: why nobody is asked although the company wants it, for the audit
    :ivar small: it was tried out, and is little enough for one person
    :ivar lonely: nobody else could be asked
    """

    asks: bool = False
    amount: float = None
    text: str = ""
    note: str = ""
    small: bool = False
    lonely: bool = False


class SecondPerson(models.Model):
    """What a person changes in the facts waits for a second person when much depends on it.

    Asked when the message is corrected, and again whenever a person lets a corrected one go on that nobody else has
    seen. What was approved stays approved: its content can't change.
    """

    _inherit = "mfg.sync.message"

    approval_ids = fields.One2many("mfg.sync.approval", "message_id", string="Asked of a second person", readonly=True)
    estimated_at = fields.Integer(
        readonly=True, help="After so many attempts it was tried out and found small; that holds for the next one only."
    )
    estimated_on = fields.Datetime(readonly=True)

    def _correct(self, data, reason):
        verdict = self._verdict(self.env.user, self._corrected_columns(data))
        corrected = super()._correct(data, _noted(reason, verdict.note))
        if verdict.asks:
            corrected._ask_second(self.env.user, verdict, reason)
        else:
            corrected._note_verdict(verdict)
        return corrected

    def _reopen(  # pylint: disable=missing-return  # ours: none
        self, decision, reason=None, accept_look_alike=None, accept_gap=None
    ):
        asked = self.filtered(lambda message: message.hold_reason == "approval")
        if asked:
            raise UserError(
                _("%s waits for a second person, who approves or refuses it (“To approve”).", asked[0].display_name)
            )
        unseen = self.filtered(
            lambda message: message.corrects_id and "approved" not in message.approval_ids.mapped("state")
        )
        columns = {"accept_look_alike": True} if accept_look_alike else None
        # all are tried before any is written: the transactions in which they are tried would wait for this one
        verdicts = [(message, message._verdict(message._corrected_by(), columns)) for message in unseen]
        for message, verdict in verdicts:
            if verdict.asks:
                message._ask_second(message._corrected_by(), verdict, reason, bool(accept_look_alike))
            else:
                message._note_verdict(verdict)
                noted = _noted(reason, verdict.note)
                super(SecondPerson, message)._reopen(decision, noted, accept_look_alike, accept_gap)
        if self - unseen:
            super(SecondPerson, self - unseen)._reopen(decision, reason, accept_look_alike, accept_gap)

    def _note_verdict(self, verdict):
        """It goes on without a second person. Where none is asked at all (no amount is set, or the connection is for
        test) that is no verdict to keep: it may be otherwise before the message is applied."""
        if verdict.small or verdict.lonely:
            approval.estimated(self.env.cr, self.ids, small=verdict.small)
        else:
            approval.not_estimated(self.env.cr, self.ids)

    def _decide(self, decision, change, reason=None):  # pylint: disable=missing-return  # ours: none
        super()._decide(decision, change, reason)
        if decision in ("cancel", "correct"):
            for question in self.approval_ids.filtered(lambda question: question.state == "open"):
                question._close("withdrawn")

    def _verdict(self, author, columns=None, tried=None):
        """Whether a second person has to agree before this message is applied.

        :param author: who made what it says
        :param dict columns: what of its row is otherwise than in the ledger
        :param tried: what trying it out said, when that has been done
        """
        self.ensure_one()
        limit = self.company_id.sudo()[AMOUNT]  # sudo: a setting that binds whoever decides
        if not limit:
            return Verdict()
        if self.endpoint_id.environment == "test":
            return Verdict(note=_("no second person is asked on a connection for test"))
        amount, text = _estimate(tried or self._tried(columns)[self.id])
        if amount is not None and self.company_id.currency_id.compare_amounts(amount, limit) <= 0:
            return Verdict(amount=amount, text=text, small=True)
        if not self._others_who_may(author):
            note = _("%s, and nobody else could approve", self._worth(amount))
            return Verdict(amount=amount, text=text, note=note, lonely=True)
        return Verdict(True, amount, text)

    def _try_corrected(self, content):
        """What a corrected content would do, without effect.

        :param str content: JSON
        :return: ``(dry_run.Tried, whether a colleague would be asked, in words)``
        :raises UserError: the content can't be used, or the message can't be corrected
        """
        self.ensure_one()
        self._require_operator()
        self._require_correctable()
        columns = self._corrected_columns(self._read_corrected(content))
        tried = self._tried(columns)[self.id]
        verdict = self._verdict(self.env.user, columns, tried)
        said = ""
        if verdict.asks:
            said = _("A colleague will have to approve it: %s.", self._worth(verdict.amount))
        elif verdict.note:
            said = _("Nobody else is asked: %s.", verdict.note)
        return tried, said

    def _ask_second(self, author, verdict, reason, really_new=False):
        """It waits until a second person has answered."""
        text = _(
            "%(name)s corrected it, and a colleague has to approve that: %(worth)s.",
            name=author.name,
            worth=self._worth(verdict.amount),
        )
        # first, since it locks the message: of two who press “Replay” at once the second one begins again, and is told
        self._decide("ask_second", lambda: approval.ask(self.env.cr, self.id, text), reason)
        # sudo: a question comes from deciding, and nobody has the right to make one by hand
        self.env["mfg.sync.approval"].sudo().create(
            {
                "message_id": self.id,
                "about": self.display_name,
                "endpoint_id": self.endpoint_id.id,
                "company_id": self.company_id.id,
                "really_new": really_new,
                "reason": reason or self._why_corrected(),
                "known": verdict.amount is not None,
                "amount": verdict.amount or 0.0,
                "explanation": verdict.text,
                "asked_by_id": author.id,
            }
        )

    def _authors(self):
        """Everybody who made what it says, also where it was corrected again since: none of them may approve it."""
        authors, message = self.env["res.users"], self.sudo()  # sudo: as for the decisions about it
        while message.corrects_id:
            authors |= message._corrections().user_id.with_env(self.env)
            message = message.corrects_id
        return authors

    def _corrections(self):
        """The decision by which this corrected message was made."""
        # sudo: who may decide about a message may see what was decided about it
        decisions = self.sudo().decision_ids.filtered(lambda decision: decision.decision == "correct")
        return decisions.sorted("id")[:1]

    def _corrected_by(self):
        """Whoever made what it says; also when somebody else lets it go on, he can't be the second person."""
        return self._corrections().user_id.with_env(self.env) or self.env.user

    def _why_corrected(self):
        return self._corrections().reason

    def _others_who_may(self, author):
        """Whether anybody but those who made what it says may decide about messages of this company."""
        group = self.env.ref("mfg_sync.group_operator")
        # sudo: groups and companies of others, to know whether there is anybody; nothing of it is shown
        return bool(
            self.env["res.users"]
            .sudo()
            .search_count(
                [
                    (compat.all_groups_field(), "in", group.ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("share", "=", False),
                    ("id", "not in", (author | self._authors()).ids),
                ],
                limit=1,
            )
        )

    def _worth(self, amount):
        """In words."""
        if amount is None:
            return _("what it moves could not be worked out")
        return _("it moves about %s", formatLang(self.env, amount, currency_obj=self.company_id.currency_id))

    def action_open_approval(self):
        """What a second person is asked about this message."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mfg.sync.approval",
            "res_id": self.approval_ids.sorted("id")[-1:].id,
            "view_mode": "form",
        }


class Endpoint(models.Model):
    _inherit = "mfg.sync.endpoint"

    def _require_may_import(self):
        """A file of events is like the sender's own word: it must not be the way past the second person.

        An Administrator could make a key and send as the other side anyway, and the list of imports names him.
        """
        asks = self.environment != "test" and self.company_id.sudo()[AMOUNT]  # sudo: it binds whoever imports
        if asks and not self.env.user.has_group("mfg_sync.group_administrator"):
            raise AccessError(
                _(
                    "%(company)s wants a second person for what is corrected, and a file could say anything: ask an "
                    "Administrator of Manufacturing Sync to import it into %(connection)s.",
                    company=self.company_id.name,
                    connection=self.name,
                )
            )


def _estimate(tried):
    """``(worth, how that was found)``; the worth is None where nobody knows what the message will move."""
    said = [tried.text, *tried.changes]
    if tried.counted:
        said.append(_("Worth: %s", "; ".join(dict.fromkeys(tried.counted))))
    if tried.outcome not in ("done", "no_change"):
        return None, _("It would not be applied now: %s", tried.text)
    if tried.behind:
        return None, "\n".join([_("First “%s” is to be settled, which may change what it does.", tried.behind), *said])
    if tried.parts:
        return None, "\n".join([_("It holds %s messages that are applied after it.", tried.parts), *said])
    if tried.unpriced:
        return None, "\n".join([_("Items without a cost: %s", "; ".join(tried.unpriced)), *said])
    return tried.worth, "\n".join(said)


def _noted(reason, note):
    return f"{reason or ''} ({note})".strip() if note else reason
