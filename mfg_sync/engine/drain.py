"""The way in, second half: from rows of the ledger to effects in Odoo.

A drain works on cursors of its own, one transaction a chunk: queue_job 19 forbids commits in a job, and on 17 a commit
frees the lock that says "alive". No in-progress state is ever committed: a killed worker leaves the row as it was.
"""

import time
from collections import Counter
from datetime import datetime, timedelta

import psycopg2

from odoo import SUPERUSER_ID, api

from . import ledger, wake
from .chunk import Chunk, Race
from .ledger import RACES
from .working import may_work, rests_until

#: a chunk ends after so long, so that people who work on the same stock do not wait for it
CHUNK_SECONDS = 0.15
#: a drain ends after so long and hands over: limit_time_real, VACUUM horizon
DRAIN_SECONDS = 20
CLAIM = 200
#: so often a chunk is repeated for one message whose records somebody holds; then that message waits, not all others
PATIENT_RACES = 3
#: so long a drain waits before it looks again at rows that are due and that somebody else holds
STUCK_SECONDS = 2


class Drain:
    def __init__(self, registry, endpoint_id):
        self.registry, self.endpoint_id = registry, endpoint_id

    def run(self, seconds=DRAIN_SECONDS):
        """Apply what is due until nothing is or the time is over. Returns the number of rows looked at."""
        return run_under_lock(self, "in", seconds)

    def work(self, deadline):
        total, races = 0, 0
        by_row = Counter()
        while time.monotonic() < deadline:
            try:
                done = self._chunk(deadline, {row_id for row_id, count in by_row.items() if count >= PATIENT_RACES})
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
            if not done:
                return total
            total += done
        return total

    def _chunk(self, deadline, stubborn=()):
        """One transaction. Returns how many rows it settled; 0: nothing is due."""
        end = min(deadline, time.monotonic() + CHUNK_SECONDS)
        with self.registry.cursor() as cr:
            # below PostgreSQL's deadlock detection (1 s): where we meet a person's transaction, the person wins
            cr.execute("SET LOCAL lock_timeout = '800ms'")
            # superuser: reads the connection and writes the ledger; effects run in the service user's env (_handler)
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id).exists()
            if not may_work(endpoint):
                return 0
            chunk = Chunk(env, endpoint, end, stubborn)
            settled = 0
            for lane in ledger.due_lanes(cr, self.endpoint_id, "in", CLAIM):
                settled += chunk.run_lane(lane)
                if time.monotonic() >= end and settled:
                    break
            chunk.close()
            return settled

    def has_due(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id).exists()
            return may_work(endpoint) and bool(ledger.due_lanes(cr, self.endpoint_id, "in", 1))


def run_under_lock(worker, direction, seconds):
    """Let one worker a connection and direction work until nothing is due or the time is over, then hand over.

    The race with wakers (engine/wake.py), who leave to a held lock what they committed: after letting the lock go the
    worker looks once more, on a new snapshot. A waker that saw the lock held committed before that look, so its row
    is seen; one that saw it free has put a job. A second job that finds the lock taken may go: whoever holds it took
    it later than that job's row was committed, or looks once more.

    :param worker: has ``registry, endpoint_id``, ``work(deadline)`` → how much was done, ``has_due()``
    :return: the sum of what was done
    """
    deadline, total, idle = time.monotonic() + seconds, 0, 0
    while True:
        with worker.registry.cursor() as lock_cr:
            if not wake.try_lock(lock_cr, worker.endpoint_id, direction):
                return total
            lock_cr.commit()
            try:
                done = worker.work(deadline)
            finally:
                wake.unlock(lock_cr, worker.endpoint_id, direction)
        total += done
        idle = 0 if done else idle + 1
        # twice nothing done although something is due: somebody holds the rows; spinning would not free them
        if time.monotonic() > deadline or idle > 1 or not worker.has_due():
            break
    with worker.registry.cursor() as cr:
        hand_over(api.Environment(cr, SUPERUSER_ID, {}), worker.endpoint_id, direction, stuck=idle > 1)
    return total


def hand_over(env, endpoint_id, direction, stuck=False):
    """One job (or call of the cron, where no runner answers) for what is still due, or for the next due time.

    What a pause or an open breaker keeps waits for the person who ends it, and wakes us then.

    :param stuck: what is due could not be taken just now
    """
    if not may_work(env["mfg.sync.endpoint"].browse(endpoint_id).exists(), direction):
        return
    due, now = ledger.next_due(env.cr, endpoint_id, direction)
    if direction == "out" and not now and ledger.has_marks(env.cr, endpoint_id):
        now = True
    if not due and not now:
        return
    if now:
        due = datetime.utcnow() + timedelta(seconds=STUCK_SECONDS) if stuck else None
    rest = rests_until(env.cr, endpoint_id, direction)
    if rest:
        due = max(due or rest, rest)
    wake.later(env, endpoint_id, direction, due)
