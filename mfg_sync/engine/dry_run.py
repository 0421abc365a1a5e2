"""What a message would do: it is applied as the drain does it, looked at, and all of it is taken back.

Messages of one document are tried in their order in one transaction, so that each sees what those before it would have
done; another document has a transaction of its own, so that nobody waits for more than one. Nothing is written down:
no attempt, no state, no number of a sequence, and what waits for a commit (mails, wake-ups) goes with the transaction.
"""

import time
from dataclasses import dataclass, field

import psycopg2

from odoo import SUPERUSER_ID, api

from ..compat import _
from . import changes, correction, errors, lanes, numbers, repetition, states
from .chunk import Chunk
from .clock import Clock

#: so many messages at the most, and so many seconds: people who work on the same stock may have to wait for them
LIMIT, SECONDS = 20, 10
CONTEXT = "mfg_sync_dry_run"


class Watch:
    """In the context of what is only tried: which records it touches, and numbers for what is new, of no sequence."""

    def __init__(self):
        self.touched, self.numbers = {}, 0

    def note(self, records, created=False):
        for record in records:
            self.touched.setdefault((record._name, record.id), created)

    def take(self):
        """``{(model, id): whether it is new}`` since the last time."""
        touched, self.touched = self.touched, {}
        return touched

    def number(self):
        self.numbers += 1
        return self.numbers


def watch_of(env):
    """The watch of an environment in which something is only tried, or None; a context over RPC can't make one."""
    watch = env.context.get(CONTEXT)
    return watch if isinstance(watch, Watch) else None


@dataclass
class Tried:
    """
    :ivar outcome: done, no_change, wait, needs_you, failed or not_tried
    :ivar text: what it would do, or why it would not
    :ivar behind: name of the message that has to be settled first, or which one is missing; empty: none
    :ivar changes: what would be other than now, in lines for people
    """

    outcome: str
    text: str
    behind: str = ""
    changes: list = field(default_factory=list)
    #: what the goods that it would move and the totals that it would change are worth, and how that was found
    worth: float = 0.0
    counted: list = field(default_factory=list)
    #: what it would move without anybody knowing its cost, in words
    unpriced: list = field(default_factory=list)
    #: messages that it holds: they are applied only after it, so nobody knows yet what they do
    parts: int = 0
    #: how the records it touched would stand (engine/changes.py)
    after: dict = field(default_factory=dict)

    def shown(self):
        """As people see it."""
        return {
            "outcome": self.outcome,
            "text": _("Would: %s", self.text) if self.outcome == "done" else self.text,
            "behind": self.behind,
            "changes": "\n".join(self.changes),
        }


class DryRun:
    """
    :param str lang: language of what it says
    :param str tz: time zone of what it says
    """

    def __init__(self, registry, lang=None, tz=None):
        self.registry, self.context = registry, {"lang": lang, "tz": tz}

    def run(self, ids, corrected=None):
        """Try messages; at most :data:`LIMIT` of them, the oldest first.

        :param ids: of messages
        :param dict corrected: ``{id: columns}`` that stand in the place of those in the ledger
        :return dict: ``{id: Tried}``, in the order in which they were tried
        """
        end, tried = time.monotonic() + SECONDS, {}
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT m.* FROM mfg_sync_message m WHERE m.id = ANY(%s) ORDER BY m.sort_time, m.id LIMIT %s",
                [list(ids), LIMIT],
            )
            rows = [{**row, **(corrected or {}).get(row["id"], {})} for row in cr.dictfetchall()]
        documents = {}
        for row in rows:
            refusal = self._refusal(row)
            if refusal:
                tried[row["id"]] = Tried("not_tried", refusal)
            else:
                documents.setdefault((row["endpoint_id"], row["lane"]), []).append(row)
        for (endpoint_id, lane), of_document in documents.items():
            if time.monotonic() < end:
                tried.update(self._document(endpoint_id, lane, of_document, corrected or {}))
            else:
                tried.update({row["id"]: Tried("not_tried", _("There was no time left.")) for row in of_document})
        return {row["id"]: tried[row["id"]] for row in rows}

    @staticmethod
    def _refusal(row):
        if row["state"] not in ("pending", "held", "dead"):
            return _("It is finished already.")
        if row["direction"] == "out":
            return _("It goes out of Odoo: what would be sent is its content.")
        return None

    def _document(self, endpoint_id, lane, rows, corrected):
        tried = {}
        with self.registry.cursor() as cr:
            try:
                cr.execute("SET LOCAL lock_timeout = '800ms'")
                # superuser: reads the connection and the ledger; what is tried runs in the service user's env (_handle)
                env = api.Environment(cr, SUPERUSER_ID, self.context)
                for row in rows:
                    # whoever asks the ledger sees it where it would stand, maybe in another document's lane
                    correction.put(cr, row["id"], corrected.get(row["id"]))
                self._try_in_order(env, env["mfg.sync.endpoint"].browse(endpoint_id), lane, rows, tried)
            except psycopg2.OperationalError:
                busy = _("Somebody is working on the same records, or on the message itself. Try again.")
                tried = {row["id"]: Tried("not_tried", busy) for row in rows}
            finally:
                cr.rollback()
            changes.describe(api.Environment(cr, SUPERUSER_ID, self.context), tried.values())
            cr.rollback()
        return tried

    def _try_in_order(self, env, endpoint, lane, rows, tried):
        chunk = Chunk(env, endpoint, Clock(), len(rows), stubborn={row["id"] for row in rows})
        watch = Watch()
        chunk.service_env = chunk.service_env(
            context={**chunk.service_env.context, **{k: v for k, v in self.context.items() if v}, CONTEXT: watch}
        )
        standing = _open_rows(env.cr, endpoint.id, lane)
        missing = numbers.missing(env, standing)
        numbers.in_turn(standing, numbers.counted_of(env, standing))
        places = {row["id"]: place for place, row in enumerate(standing)}
        for row in sorted(rows, key=lambda row: places[row["id"]]):
            before = [other for other in standing if places[other["id"]] < places[row["id"]]]
            blocker = lanes.Standing(standing, before).blocker_of({**row, "scope": row["scope"] or ""})
            result = tried[row["id"]] = self._one(chunk, watch, row)
            result.behind = blocker["summary"] or blocker["event_id"] if blocker else missing.get(row["id"], "")
            if result.outcome in ("done", "no_change"):
                standing = [other for other in standing if other["id"] != row["id"]]

    @staticmethod
    def _one(chunk, watch, row):
        message = chunk.message(row)
        if not message.kind or not message.flow:
            return Tried("not_tried", _("%s is switched off on this connection.", row["type_name"]))
        if not chunk.endpoint.user_id.active:
            return Tried("not_tried", _("The connection has no service user, with whose rights it could be tried."))
        if chunk._acts_outside(message):
            return Tried("not_tried", _("It also acts outside of Odoo, which could not be taken back."))
        message.flow = {**message.flow, "mode": "live"}
        try:
            result = repetition.check(chunk.cr, message) or states.check(chunk.cr, message) or chunk._handle(message)
        except errors.SyncError as error:
            watch.take()
            asks = isinstance(error, errors.Held) and error.needs_person
            waits = isinstance(error, (errors.Held, errors.TransientError))
            return Tried("needs_you" if asks else "wait" if waits else "failed", error.text)
        touched = watch.take()
        about = {document: False for document in message.about}
        if result.record and "amount_total" in result.record._fields:
            # an invoice, say: its total counts, though nobody notes where it is written
            about.setdefault((result.record._name, result.record.id), False)
        after = changes.snapshot(chunk.env, {**about, **touched})
        # those behind it look into the ledger
        chunk._settle(message, result, False)
        chunk.env.flush_all()
        outcome = "done" if result.effect else "no_change"
        return Tried(outcome, result.text, after=after, parts=_parts(chunk.cr, message.id))


def _parts(cr, row_id):
    cr.execute("SELECT count(*) FROM mfg_sync_message WHERE parent_id = %s AND state = 'pending'", [row_id])
    return cr.fetchone()[0]


def _open_rows(cr, endpoint_id, lane):
    cr.execute(
        """SELECT id, sort_time, state, hold_reason, blocker_id, needs_person, COALESCE(scope, '') AS scope, closing,
                  shadow, summary, event_id, endpoint_id, system_id, type_id, source, counter, sequence_no
           FROM mfg_sync_message WHERE endpoint_id = %s AND direction = 'in' AND lane = %s
             AND state IN ('pending', 'held', 'dead') ORDER BY sort_time, id""",
        [endpoint_id, lane],
    )
    return cr.dictfetchall()
