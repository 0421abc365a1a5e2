"""The rows of one transaction of a drain, and what becomes of each."""

import logging
import os
import time
from datetime import datetime
from functools import cached_property

import psycopg2
from psycopg2.errorcodes import UNIQUE_VIOLATION

from odoo import _, api
from odoo.exceptions import AccessError, RedirectWarning, UserError

from . import (
    after_commit,
    approval,
    claim,
    documents,
    errors,
    lanes,
    numbers,
    release,
    repetition,
    retry,
    states,
    verdicts,
)
from .given import CLOCK, INBOUND, Given
from .group import Group, Race
from .inbound import Done, Inbound
from .ledger import RACES, WORKER

_logger = logging.getLogger(__name__)


class ShadowDone(Exception):
    """Carries a shadow message's outcome out of the savepoint that takes its effects back."""

    def __init__(self, result):
        super().__init__()
        self.result = result


class Chunk:
    """The rows of one transaction: applied together (engine/group.py), or one after the other, each in its savepoint.

    :ivar clock: says when it ends (clock.py)
    :ivar limit: so many rows are locked at the most, and as many of the lowest numbers behind them (numbers.py)
    :ivar until: ``(sort_time, id)`` of the last row that may be applied (behind it are names not looked up)
    :ivar stubborn: ids of rows that met another transaction again and again
    """

    def __init__(self, env, endpoint, clock, limit, until=None, stubborn=()):
        self.env, self.cr, self.endpoint = env, env.cr, endpoint
        self.clock, self.limit, self.until, self.stubborn = clock, limit, until, stubborn
        self.touched, self.tries, self.aside, self.finished_lanes = [], [], [], set()
        #: ids of rows whose try was counted when they were finished
        self.counted = set()
        self.alone = False
        # no more of the connection and its user than is needed of them: they are read for each chunk
        endpoint.fetch(["user_id", "company_id"])
        user_id, company_id = endpoint.user_id.id, endpoint.company_id.id
        env["res.partner"].flush_model(["lang", "tz"])
        self.cr.execute(
            "SELECT p.lang, p.tz FROM res_users u JOIN res_partner p ON p.id = u.partner_id WHERE u.id = %s", [user_id]
        )
        lang, tz = self.cr.fetchone()
        # the service user in its company, never the superuser: Odoo's own rules and rights apply (promise 5)
        self.service_env = api.Environment(
            env.cr,
            user_id,
            {
                "allowed_company_ids": [company_id],
                "lang": lang or "en_US",
                "tz": tz or "UTC",
                INBOUND: Given(endpoint.id),
                CLOCK: Given(clock),
            },
        )

    def close(self):
        """What is written once a chunk: the tries, what the finished rows let go, the status of the documents."""
        verdicts.attempts(self.cr, self.tries, self.counted)
        if self.aside:
            self.touched += release.let_pass(self.cr, self.aside)
        self.touched += release.release_lanes(self.cr, self.endpoint.id, "in", self.finished_lanes)
        documents.refresh_statuses(self.cr, self.touched)

    def together(self, due):
        """Apply what these lanes hold as one group. Returns how many rows were settled.

        0: take them one by one; None: others hold all of them.
        """
        return Group(self).run(due)

    def one_by_one(self, due):
        """Apply what these lanes hold, each message in its savepoint. Returns how many rows were settled."""
        settled = 0
        for lane in due:
            settled += self._run_lane(lane, settled)
            if settled and (self.alone or self.clock.is_over()):
                break
        return settled

    def _run_lane(self, lane, before):
        """Take the rows of a lane that may run. Returns how many were settled.

        :param int before: how many were settled in this transaction already
        """
        moved = claim.rehome(self.cr, [lane])
        if moved:
            return moved
        claim.gather(self.cr, self.endpoint.id, [lane])
        found = self.lock([lane])
        changed = numbers.arrange(self.env, found, self.limit)
        self.touched += changed
        settled, rows = len(changed), found.get(lane, ())
        standing = lanes.Standing(rows)
        for row in rows:
            if not (row["state"] == "pending" and row["due"]):
                standing.add(row)
                continue
            blocker = standing.blocker_of(row)
            if blocker:
                self.touched += claim.block(self.cr, [(row, blocker)])
                standing.add_behind(row, blocker)
                settled += 1
                continue
            message = self.message(row)
            self.alone = self._acts_outside(message)
            if self.alone and before + settled:
                # what it does outside can't be taken back: nothing else may make its transaction fail
                break
            after = self.apply(message)
            settled += 1
            if after["state"] == "done":
                self.finished_lanes.add(after["lane"])
                if after["lane"] != lane:
                    # a match was made: the rows behind stand in their document's lane now, with others
                    break
            else:
                standing.add({**row, **after})
            if self.alone or self.clock.is_over():
                break
        return settled

    def lock(self, due):
        """What these lanes hold, as :func:`claim.lock_lanes` gives it."""
        return claim.lock_lanes(self.cr, self.endpoint.id, "in", due, self.limit, self.until)

    def message(self, row):
        """The row as handlers see it; its flow is None where its kind is switched off."""
        flow = self.flows.get((self.endpoint.id, row["type_id"]))
        return Inbound(row, self.kinds.get(row["type_id"]), flow, left_out=self.left_out)

    @cached_property
    def kinds(self):
        """Kinds of messages by id, once a chunk; also those that are retired: what was accepted before is applied."""
        return self.env["mfg.sync.message.type"]._served()

    @cached_property
    def flows(self):
        """Synchronizations that are on, once a chunk: ``{(connection id, kind's id): …}``."""
        return self.env["mfg.sync.flow"]._inbound()

    @cached_property
    def left_out(self):
        """Documents that a person keeps out, once a chunk: ``{(model, id): why}``."""
        return self.env["mfg.sync.exclusion"]._all()

    def may_join(self, message):
        """Whether it may be applied together with others."""
        known = message.kind and message.flow
        # of a corrected one it is asked whether it may be applied as it is (approval.check)
        corrected = message.row["corrects_id"]
        return bool(known) and not corrected and not message.tried and not self._acts_outside(message)

    def _acts_outside(self, message):
        return bool(message.kind and self.env[message.kind["handler"]]._acts_outside)

    def apply(self, message):
        """Apply one message in a savepoint and write what became of it.

        :return: its row's new ``state, hold_reason, needs_person``
        """
        started, clock = datetime.utcnow(), time.monotonic()
        row, outcome = message.row, {}
        try:
            if not message.kind or not message.flow:
                raise errors.PermanentError(_("%s is switched off on this connection.", row["type_name"]))
            result = self._came_before_live(message)
            if not result:
                approval.check(self.cr, row)
                result = repetition.check(self.cr, message) or states.check(self.cr, message) or self._handle(message)
            after = self._settle(message, result, message.tried)
        except errors.SyncError as error:
            after, outcome = self._fail(message, error), {"error_class": error.error_class, "detail": error.text}
        self.tries.append(
            verdicts.attempt_values(
                row["id"],
                started=started,
                duration_ms=(time.monotonic() - clock) * 1000,
                result=after["hold_reason"] or after["state"],
                worker=WORKER.format(os.getpid()),
                **outcome,
            )
        )
        documents.link(self.cr, row["id"], message.about)
        self.touched.append(row["id"])
        return after

    @staticmethod
    def _came_before_live(message):
        """The end of what came before its synchronization was live: people have booked it by hand, or have not."""
        if not message.row["shadow"] or message.flow["mode"] == "shadow":
            return None
        return Done(release.only_tried(message.row["error_text"]), effect=False)

    def _handle(self, message):
        """Run the handler in a savepoint; every failure comes out as a SyncError, and with nothing of it left."""
        # when it happened, for what Odoo can only date with the present (models/stock.py)
        handler = self.service_env[message.kind["handler"]].with_context(mfg_sync_occurred=Given(message.occurred))
        wanted = after_commit.noted(self.cr)
        try:
            with self.cr.savepoint():
                result = handler.apply(message)
                self.service_env.flush_all()
                if message.flow["mode"] == "shadow":
                    raise ShadowDone(result)
            return result
        except ShadowDone as shadow:
            after_commit.cut_back(self.cr, wanted)
            return shadow.result
        except errors.SyncError:
            after_commit.cut_back(self.cr, wanted)
            raise
        except psycopg2.Error as error:
            after_commit.cut_back(self.cr, wanted)
            # what must be there once somebody else may have made since our look: a fresh one finds it. What it did
            # outside it would do again
            again = RACES if self._acts_outside(message) else (*RACES, UNIQUE_VIOLATION)
            if error.pgcode in again and message.id not in self.stubborn:
                raise Race(message.id) from error
            if error.pgcode in RACES:
                # its savepoint is gone, the transaction is sound: this one waits, and the others need not
                raise errors.TransientError(_("Somebody else is working on the same records.")) from error
            _logger.warning("mfg_sync: message %s: database refused", message.row["uuid"], exc_info=True)
            raise errors.PermanentError(_("The database refused the change: %s", _first_line(error))) from error
        except AccessError as error:
            after_commit.cut_back(self.cr, wanted)
            raise errors.PermanentError(
                _(
                    "The service user %(user)s may not do this: %(error)s",
                    user=self.endpoint.user_id.name,
                    error=_first_line(error),
                )
            ) from error
        except (UserError, RedirectWarning) as error:
            after_commit.cut_back(self.cr, wanted)
            raise errors.DataError(self.service_env["mfg.sync.refusal"]._in_words(error)) from error
        except Exception as error:
            after_commit.cut_back(self.cr, wanted)
            _logger.exception("mfg_sync: message %s: handler failed", message.row["uuid"])
            raise errors.PermanentError(
                _("An error in Odoo (%s); it is in the server's log under this message's id.", type(error).__name__)
            ) from error

    def _settle(self, message, result, shadow):
        record = message.opens(result)
        first = message.about[0] if message.about and not shadow else None
        name = record.sudo().display_name if record and not shadow else None  # sudo: the name, for the ledger
        lane = verdicts.finish(
            self.cr,
            message.id,
            result=result.text,
            no_effect=not result.effect,
            untaken=not result.taken,
            shadow=shadow,
            record=first,
            name=name,
        )
        if shadow:
            message.about.clear()
        else:
            release.release(self.cr, result.announce)
        return {"state": "done", "hold_reason": None, "needs_person": False, "lane": lane}

    def _fail(self, message, error):
        # what the handler had made is gone with its savepoint
        message.about[:] = [
            (model, res_id) for model, res_id in message.about if self.env[model].browse(res_id).exists()
        ]
        # what came while it was live stays somebody's trouble
        shadow = message.row["shadow"]
        first = message.about[0] if message.about and not shadow else None
        if shadow:
            message.about.clear()
        name = self.env[first[0]].browse(first[1]).display_name if first else None
        after = {"hold_reason": None, "shadow": shadow}
        if isinstance(error, errors.Held):
            if error.reason in lanes.ASIDE:
                self.aside.append(message.id)
            verdicts.hold(
                self.cr,
                message.id,
                reason=error.reason,
                wait_key=error.wait_key,
                text=error.text,
                pointer=error.pointer,
                error_class=error.error_class,
                needs_person=error.needs_person,
                shadow=shadow,
                record=first,
                name=name,
            )
            return {**after, "state": "held", "hold_reason": error.reason, "needs_person": error.needs_person}
        if isinstance(error, errors.TransientError):
            seconds = retry.delay(message.row["attempt_count"], self.endpoint.first_retry, error.retry_after)
            state = verdicts.retry(
                self.cr, message.id, seconds=seconds, text=error.text, error_class=error.error_class, shadow=shadow
            )
            return {**after, "state": state, "needs_person": state == "dead"}
        verdicts.kill(
            self.cr,
            message.id,
            text=error.text,
            pointer=error.pointer,
            error_class=error.error_class,
            shadow=shadow,
            record=first,
            name=name,
        )
        return {**after, "state": "dead", "needs_person": True}


def _first_line(error):
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
