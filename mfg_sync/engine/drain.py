"""The way in, second half: from rows of the ledger to effects in Odoo.

A drain works on cursors of its own, one transaction a chunk: queue_job 19 forbids commits in a job, and on 17 a commit
frees the lock that says "alive". No in-progress state is ever committed: a killed worker leaves the row as it was.
"""

import time
from collections import Counter
from datetime import datetime, timedelta

import psycopg2

from odoo import SUPERUSER_ID, api

from . import claim, clock, homes, ledger, wake
from .chunk import Chunk
from .group import OneByOne, Race
from .ledger import RACES
from .turn import DRAIN_SECONDS, Turn
from .working import may_work, rests_until

#: a chunk ends so long after it first wrote on stock, so that people who work on the same do not wait for it
STOCK_SECONDS = 0.15
#: and after so long in any case: its documents are locked as well, and hardly anybody else works on those
CHUNK_SECONDS = 0.45
#: after so long where nobody else is at work in this moment
ALONE_SECONDS = 1
#: and where nobody works at this time of the day
QUIET_CHUNK_SECONDS = 2
#: so many of the oldest due rows a chunk looks at: the first one, and any later one at the least and at the most. What
#: it locks, it reads; and where a message takes long, most of it would be read again by the next chunk
FIRST, FEWEST, MOST = 400, 50, 800
#: so many rows are taken one by one at the most before a group is tried again
CAREFUL = 400
#: so often a chunk is repeated for one message whose records somebody holds; then that message waits, not all others
PATIENT_RACES = 3
#: so long a drain waits before it looks again at rows that are due and that somebody else holds
STUCK_SECONDS = 2


#: so long a job lingers before it goes, and so often it looks
LINGER_SECONDS, LOOK_SECONDS = 2, 0.1


class Drain:
    def __init__(self, registry, endpoint_id, cr=None):
        """
        :param cr: a cursor of the caller, who has a transaction open while it works and waits for nothing
        """
        self.registry, self.endpoint_id = registry, endpoint_id
        #: backends of PostgreSQL that are not those of somebody else
        self.own = {clock.backend(cr)} if cr else set()
        #: so many rows are still taken one by one after a group that failed; how many it was the last time
        self.careful = self.was_careful = 0
        self.people_work, self.looks_at = None, FIRST

    def run(self, seconds=DRAIN_SECONDS, linger=0):
        """Apply what is due until nothing is or the time is over. Returns the number of rows looked at."""
        return run_under_lock(self, "in", seconds, linger)

    def work(self, turn):
        total, races = 0, 0
        by_row = Counter()
        while not turn.over():
            try:
                done = self._chunk(turn, {row_id for row_id, count in by_row.items() if count >= PATIENT_RACES})
            except OneByOne as failed:
                # doubled when they fail again and again: a group that fails has been worked for in vain
                self.was_careful = self.careful = min(CAREFUL, max(failed.rows, 2 * self.was_careful))
                continue
            except (Race, psycopg2.OperationalError) as error:
                if isinstance(error, Race):
                    by_row[error.row_id] += 1
                elif error.pgcode not in RACES:
                    raise
                races += 1
                if races > 20:
                    return total
                time.sleep(min(0.05 * races, 0.5))
                continue
            races = 0
            if done:
                # those that met others again and again have been seen to: what comes is taken together again
                by_row.clear()
            if done is None or not done and self.looks_at >= MOST:
                return total
            # nothing: others may hold all that it looked at, and not what is behind
            self.looks_at = min(MOST, max(FEWEST, 2 * done)) if done else MOST
            total += done
        return total

    def _chunk(self, turn, stubborn=()):
        """One transaction. Returns how many rows it settled; None: nothing is due."""
        with self.registry.cursor() as cr:
            # superuser: reads the connection and writes the ledger; effects run in the service user's env (_handler)
            env = ledger.up_to_date(cr)
            # below PostgreSQL's deadlock detection (1 s): where we meet a person's transaction, the person wins
            cr.execute("SET LOCAL lock_timeout = '800ms'")
            endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id)
            if not may_work(endpoint):
                return None
            if self.people_work is None:
                self.people_work = endpoint._people_work()
            rows = claim.due_rows(cr, self.endpoint_id, "in", self.looks_at)
            if not rows:
                return None
            chunk = Chunk(env, endpoint, self._clock(cr, turn), self.looks_at, rows[-1][1:], stubborn)
            matched, due = homes.settle(chunk, rows)
            if matched or not due:
                # they stand in other lanes now, with others: a fresh look, and until then nobody's stock is held
                return matched
            together = not self.careful and not stubborn
            settled = chunk.together(due) if together else 0
            if settled:
                self.was_careful = 0
            elif settled is not None:
                settled = chunk.one_by_one(due)
                self.careful = max(0, self.careful - settled) if settled else 0
            chunk.close()
            return settled or 0

    def _clock(self, cr, turn):
        if not self.people_work:
            return clock.Clock(min(turn.deadline, _in(QUIET_CHUNK_SECONDS)))
        end, own = min(turn.deadline, _in(ALONE_SECONDS)), self.own | turn.own
        return clock.Clock(end, _in(CHUNK_SECONDS), STOCK_SECONDS, lambda: clock.others_at_work(cr, own))

    def has_due(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id)
            return may_work(endpoint) and bool(claim.due_lanes(cr, self.endpoint_id, "in", 1))


def run_under_lock(worker, direction, seconds, linger=0):
    """Let one worker a connection and direction work until nothing is due or the time is over, then hand over.

    The race with wakers (engine/wake.py), who leave to a held lock what they committed: after letting the lock go the
    worker looks once more, on a new snapshot. A waker that saw the lock held committed before that look, so its row
    is seen; one that saw it free has put a job. A second job that finds the lock taken may go: whoever holds it took
    it later than that job's row was committed, or looks once more.

    :param worker: has ``registry, endpoint_id``, ``work(turn)`` → how much was done, ``has_due()``
    :param linger: so many seconds it waits for more before it goes, so that a steady flow is not a job per message
    :return: the sum of what was done
    """
    turn, total, idle = Turn(worker, direction, seconds), 0, 0
    while True:
        with worker.registry.cursor() as lock_cr:
            if not wake.try_lock(lock_cr, worker.endpoint_id, direction):
                return total
            lock_cr.commit()
            turn.own = {clock.backend(lock_cr)}
            try:
                done = more = worker.work(turn)
                while more and linger and _more_comes(lock_cr, worker, direction, min(turn.deadline, _in(linger))):
                    more = worker.work(turn)
                    done += more
            finally:
                wake.unlock(lock_cr, worker.endpoint_id, direction)
        total += done
        idle = 0 if done else idle + 1
        # twice nothing done although something is due: somebody holds the rows; spinning would not free them
        if turn.over() or idle > 1 or not worker.has_due():
            break
    with ledger.flushed(worker.registry) as env:
        hand_over(env, worker.endpoint_id, direction, stuck=idle > 1)
    return total


def _in(seconds):
    return time.monotonic() + seconds


def _more_comes(lock_cr, worker, direction, until):
    """Wait for something to do, as long as no other job waits for the slot. Returns whether there is."""
    while time.monotonic() < until and not wake.others_wait(lock_cr, worker.endpoint_id, direction):
        found = claim.anything_due(lock_cr, worker.endpoint_id, direction)
        # the session's lock stays; the next look has a snapshot of its own
        lock_cr.commit()
        if found:
            return True
        time.sleep(LOOK_SECONDS)
    return False


def hand_over(env, endpoint_id, direction, stuck=False):
    """One job (or call of the cron, where no runner answers) for what is still due, or for the next due time.

    What a pause or an open breaker keeps waits for the person who ends it, and wakes us then.

    :param stuck: what is due could not be taken just now
    """
    if not may_work(env["mfg.sync.endpoint"].browse(endpoint_id), direction):
        return
    due, now = claim.next_due(env.cr, endpoint_id, direction)
    if direction == "out" and not now and claim.has_marks(env.cr, endpoint_id):
        now = True
    if not due and not now:
        return
    if now:
        due = datetime.utcnow() + timedelta(seconds=STUCK_SECONDS) if stuck else None
    rest = rests_until(env.cr, endpoint_id, direction)
    if rest:
        due = max(due or rest, rest)
    wake.later(env, endpoint_id, direction, due)
