"""Every minute: what nobody woke, what waits too long, what is held although its reason is gone."""

import logging
import random
import time

import psycopg2

from ..compat import _
from . import claim, documents, ledger, release, runs, setback, uploads, verdicts, wake
from .inbound import LEFT_OUT
from .working import may_work, rests_until

_logger = logging.getLogger(__name__)

#: rows of a step; by ARRAY, since a plan may run a subquery of IN once for each row, and then LIMIT bounds nothing
LIMIT = 500
#: of so many of the newest messages each sweep asks whether their documents show them, and of a part of the others
NEWEST, PARTS = 5000, 60
#: SQL: whether the message of an id is among them in this sweep (by its count)
IN_TURN = f"""({{id}} > (SELECT max(id) FROM mfg_sync_message) - %(newest)s
               OR {{id}} %% %(parts)s = {setback.COUNT} %% %(parts)s)"""
#: seconds of all drains together that one call of the cron may take, where no runner answers
CRON_SECONDS = 50


class Sweep:
    """Each step is a short transaction of its own, which skips rows that a drain is working on."""

    def __init__(self, env):
        self.env, self.registry = env, env.registry

    def run(self):
        """All steps, each as if it were alone: what stops one of them must not stop the net for everybody else."""
        self._look_back()
        for step in (
            self._look_again,
            self._look_for_numbers,
            self._lost_blockers,
            self._no_longer_left_out,
            self._out_of_patience,
            self._no_file_comes,
        ):
            # a status that a person's transaction holds must not keep the rows of all others from their turn
            changed = self._alone(step)
            if changed:
                self._alone(lambda cr, ids=changed: documents.refresh_statuses(cr, ids))
        self._alone(lambda cr: release.end_tried(cr, LIMIT))
        self._alone(self._untrue_statuses)
        self._alone(self._unsaid_statuses)
        self._alone(uploads.forget_old)
        self._alone(runs.let_go_collected)
        self._begin_runs()
        self._alone(lambda cr: self.env(cr=cr)["mfg.sync.task"]._ask_for_new(), repeatable_read=True)
        wanted = self._work()
        if wake.runner_answers(self.env.cr):
            # apart from the cron's transaction: on its older snapshot a job that is done by now is still there
            with ledger.flushed(self.registry) as env:
                wake.wake(env, wanted)
        else:
            self._drain(wanted)

    def _alone(self, step, **kw):
        """In a transaction of its own: that of the cron has an older snapshot."""
        try:
            # a person's transaction that holds one row for long is waited for by the next minute's sweep
            return ledger.settled(self.registry, step, attempts=3, lock_timeout="800ms", **kw)
        except psycopg2.OperationalError as error:
            _logger.warning("mfg_sync: a step of the sweep is left to the next minute's: %s", error)
        except Exception:
            _logger.exception("mfg_sync: a step of the sweep failed")
        return None

    def _look_back(self):
        try:
            setback.look(self.registry)
        except Exception:
            _logger.exception("mfg_sync: whether a backup was restored could not be looked at")

    def _begin_runs(self):
        try:
            runs.begin_due(self.env)
        except Exception:
            _logger.exception("mfg_sync: runs that are due could not be looked for")

    def _look_again(self, cr):
        """What is held by itself, at growing intervals: what it waits for may have come by another way.

        Also those that a person is asked about: an entry of the mapping that is made while the drain is holding the
        row is not seen by either.
        """
        return self._due_again(cr, ("early", "reference"))

    def _look_for_numbers(self, cr):
        """Apart from the others: one missing message may hold more rows than a step takes, hour after hour."""
        return self._due_again(cr, ("gap",))

    def _due_again(self, cr, reasons):
        cr.execute(
            f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, next_attempt_at = {ledger.NOW}
                WHERE id = ANY(ARRAY(SELECT id FROM mfg_sync_message
                             WHERE state = 'held' AND hold_reason IN %s
                             AND next_attempt_at <= {ledger.NOW}
                             ORDER BY next_attempt_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id""",
            [reasons, LIMIT],
        )
        return [row_id for (row_id,) in cr.fetchall()]

    def _lost_blockers(self, cr):
        cr.execute(
            f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, blocker_id = NULL,
                       needs_person = false, next_attempt_at = {ledger.NOW}
                WHERE id = ANY(ARRAY(SELECT m.id FROM mfg_sync_message m
                             WHERE m.state = 'held' AND m.hold_reason = 'blocked' AND NOT EXISTS (
                                   SELECT 1 FROM mfg_sync_message b
                                   WHERE b.id = m.blocker_id AND b.state IN ('pending', 'held', 'dead'))
                             LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id""",
            [LIMIT],
        )
        return [row_id for (row_id,) in cr.fetchall()]

    def _no_longer_left_out(self, cr):
        """The document is synchronized again: a drain that was holding the row then did not see it."""
        cr.execute(
            f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, needs_person = false,
                       next_attempt_at = {ledger.NOW}
                WHERE id = ANY(ARRAY(SELECT m.id FROM mfg_sync_message m
                             WHERE m.state = 'held' AND m.wait_key <> '' AND starts_with(m.wait_key, %(prefix)s)
                               AND NOT EXISTS (
                                   SELECT 1 FROM mfg_sync_exclusion e
                                   WHERE m.wait_key = %(prefix)s || e.res_model || ',' || e.res_id)
                             LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id""",
            {"prefix": LEFT_OUT, "limit": LIMIT},
        )
        return [row_id for (row_id,) in cr.fetchall()]

    def _out_of_patience(self, cr):
        """Held past patience: a person is asked; the row keeps looking for what it waits for."""
        cr.execute(
            f"""UPDATE mfg_sync_message SET needs_person = true
                WHERE id = ANY(ARRAY(SELECT id FROM mfg_sync_message
                             WHERE state = 'held' AND NOT needs_person AND patience_until < {ledger.NOW}
                             LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)) RETURNING id""",
            [LIMIT],
        )
        return [row_id for (row_id,) in cr.fetchall()]

    def _no_file_comes(self, cr):
        """What waits past patience for a file that no run writes; where one does, it judges (engine/files.py).

        What a pause keeps waits, as everything that is paused.
        """
        # pylint: disable=sql-injection  # a constant
        cr.execute(
            f"""SELECT f.id, f.name FROM mfg_sync_flow f
                JOIN mfg_sync_endpoint e ON e.id = f.endpoint_id AND e.active AND e.paused IS NOT TRUE
                WHERE f.into_file AND f.paused IS NOT TRUE AND NOT ({claim.TELLS})"""
        )
        names = dict(cr.fetchall())
        if not names:
            return []
        cr.execute(
            f"""SELECT id, flow_id FROM mfg_sync_message
                WHERE state = 'pending' AND direction = 'out' AND flow_id = ANY(%s) AND patience_until < {ledger.NOW}
                LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
            [list(names), LIMIT],
        )
        found = cr.fetchall()
        for row_id, flow_id in found:
            text = _(
                "No run puts it into a file: the synchronization “%s” is switched off or archived. Switch it on again "
                "and replay the message, or cancel it.",
                names[flow_id],
            )
            verdicts.kill(cr, row_id, text=text, pointer=None, error_class="transient")
        return [row_id for row_id, _flow_id in found]

    def _untrue_statuses(self, cr):
        """Documents that say that something waits, of which all was settled: what was to write it after a commit was
        killed before.

        Those that need somebody are few. What a pause keeps may be very much: of that a part is looked at each time, as
        in :meth:`_unsaid_statuses`.
        """
        cr.execute("SET LOCAL statement_timeout = '5s'")
        # pylint: disable=sql-injection  # a constant
        cr.execute(
            f"""SELECT s.message_id FROM mfg_sync_status s JOIN mfg_sync_message m ON m.id = s.message_id
                WHERE s.status IN ('needs_you', 'waiting') AND m.state NOT IN ('pending', 'held', 'dead')
                  AND (s.status = 'needs_you' OR {IN_TURN.format(id="s.message_id")})
                LIMIT %(limit)s""",
            {"limit": LIMIT, "newest": NEWEST, "parts": PARTS},
            log_exceptions=False,
        )
        found = [row_id for (row_id,) in cr.fetchall()]
        cr.execute("SET LOCAL statement_timeout TO DEFAULT")
        documents.refresh_statuses(cr, found)
        # all that is left of it was only tried
        cr.execute(
            """DELETE FROM mfg_sync_status s USING mfg_sync_message m
               WHERE m.id = s.message_id AND m.id = ANY(%s) AND m.shadow AND s.status IN ('needs_you', 'waiting')
                 AND m.state NOT IN ('pending', 'held', 'dead')""",
            [found],
        )

    def _unsaid_statuses(self, cr):
        """Documents that do not say that something waits or needs somebody.

        What can be sent brings its document in line by itself; what a pause keeps does not, and it may be very much: so
        messages that need somebody are looked at, those that came last, and of the others a part each time (by the
        sweep's count). OFFSET keeps the planner from joining whole tables, as it does when it heard last that hardly
        any message is open; where it is misled otherwise the next sweep asks again.
        """
        cr.execute("SET LOCAL statement_timeout = '5s'")
        cr.execute(
            f"""WITH still_open AS MATERIALIZED (
                    SELECT id, needs_person FROM mfg_sync_message
                    WHERE state IN ('pending', 'held', 'dead') AND NOT shadow
                      AND (needs_person OR {IN_TURN.format(id="id")}))
                SELECT m.id FROM still_open m
                CROSS JOIN LATERAL (SELECT * FROM mfg_sync_document WHERE message_id = m.id OFFSET 0) d
                LEFT JOIN LATERAL (SELECT status FROM mfg_sync_status
                                   WHERE (res_model, res_id) = (d.res_model, d.res_id) OFFSET 0) s ON true
                WHERE s.status IS NULL OR s.status <> 'needs_you' AND (m.needs_person OR s.status <> 'waiting')
                LIMIT %(limit)s""",
            {"limit": LIMIT, "newest": NEWEST, "parts": PARTS},
            log_exceptions=False,
        )
        found = [row_id for (row_id,) in cr.fetchall()]
        cr.execute("SET LOCAL statement_timeout TO DEFAULT")
        documents.refresh_statuses(cr, found)

    def _work(self):
        """``{(connection id, direction)}`` where something is due that may be taken."""
        with self.registry.cursor() as cr:
            # pylint: disable=sql-injection  # both are constants of the ledger
            cr.execute(
                f"""SELECT DISTINCT m.endpoint_id, m.direction
                    FROM {claim.WORKABLE} AND m.next_attempt_at <= {ledger.NOW}
                    UNION SELECT DISTINCT k.endpoint_id, 'out' FROM mfg_sync_mark k
                    JOIN mfg_sync_flow f ON f.id = k.flow_id AND {claim.TELLS}
                    WHERE k.due IS NULL
                    UNION SELECT r.endpoint_id, 'out' FROM mfg_sync_run r
                    JOIN mfg_sync_flow f ON f.id = r.flow_id AND {claim.TELLS}
                    WHERE r.state = 'begun'"""
            )
            found = [pair for pair in cr.fetchall() if not rests_until(cr, *pair)]
        endpoint = self.env["mfg.sync.endpoint"]
        return {
            (endpoint_id, direction)
            for endpoint_id, direction in found
            if may_work(endpoint.browse(endpoint_id), direction)
        }

    def _drain(self, wanted):
        from .delivery import Delivery
        from .drain import Drain

        end = time.monotonic() + CRON_SECONDS
        # in another order each time: where the time ends before the list does, nobody is always the last
        for endpoint_id, direction in random.sample(sorted(wanted), len(wanted)):
            worker = Drain if direction == "in" else Delivery
            seconds = min(5, end - time.monotonic())
            if seconds <= 0:
                wake.later(self.env, endpoint_id, direction)
                return
            try:
                worker(self.registry, endpoint_id).run(seconds=seconds)
            except Exception:
                # one connection's trouble must not keep the others from being served (promise 3)
                _logger.exception("mfg_sync: the drain of connection %s failed", endpoint_id)
