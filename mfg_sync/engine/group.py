"""Messages of several lanes applied together: written down in a few statements, and all of them or none.

This is the fast way for the usual case that nothing is wrong. The chunk's transaction is its savepoint: whatever goes
wrong, it is rolled back as a whole and the drain goes the careful way (:meth:`chunk.Chunk.one_by_one`), which finds
out what was wrong with which message. So nothing here decides about a failure.
"""

import os
import time
from datetime import datetime

import psycopg2

from .. import compat
from . import claim, documents, lanes, numbers, release, states, twins, verdicts
from .ledger import RACES, WORKER


class Race(Exception):
    """The chunk met another transaction: it is repeated from a fresh look, no attempt is spent.

    :ivar row_id: the message that met it
    """

    def __init__(self, row_id):
        super().__init__(row_id)
        self.row_id = row_id


class NotTogether(Exception):
    """Raised by a handler that merges: what it has taken must be applied one by one. No fault of any of them."""


class OneByOne(Exception):
    """A group did not work out; nothing of it stays.

    :ivar int rows: so many are to be taken one by one before the next group
    """

    def __init__(self, rows):
        super().__init__(rows)
        self.rows = rows


class Group:
    """
    :ivar taken: messages in the order in which handlers took them
    :ivar done: a ``(message, result, started, milliseconds)`` for each that was applied
    """

    def __init__(self, chunk):
        self.chunk, self.cr = chunk, chunk.cr
        #: lanes whose other rows are left to the next chunk: a match was made for them, or parts were put into them
        self.left = set()
        self.taken, self.done, self.announced = [], [], []
        self.written = 0

    def run(self, due):
        """Apply what may run in these lanes, as far as the chunk's time allows.

        :param list due: lanes, the one with the oldest due row first
        :return int: how many rows were settled; 0: the oldest must be taken by itself; None: others hold all of them
        :raises OneByOne: something was wrong with one of them
        :raises Race: another transaction was in the way
        """
        begun = time.monotonic()
        moved = claim.rehome(self.cr, due)
        if moved:
            return moved
        claim.gather(self.cr, self.chunk.endpoint.id, due)
        runnable, waiting = [], []
        found = self.chunk.lock(due)
        if not found:
            return None
        changed = numbers.arrange(self.chunk.env, found, self.chunk.limit)
        self.chunk.touched += changed
        for rows in found.values():
            may_run, must_wait = lanes.plan(rows)
            runnable.append(may_run)
            waiting.append(must_wait)
        queues = self._that_go_together(runnable)
        # else a slow look would leave time for one message, again and again
        self.chunk.clock.spent_looking(time.monotonic() - begun)
        try:
            self._apply(queues)
        finally:
            # they know the group, and it knows them: only Python's search for such circles would find that nobody needs
            # them any more, thousands of messages later
            for message in self.taken:
                message.group = None
        return len(changed) + self._block(runnable, waiting) + len(self.done)

    def _block(self, runnable, waiting):
        """Hold what stands behind others, in lanes of which all that may run is done: else one of these may stand yet.

        :param list waiting: pairs ``(row, blocker)`` per lane
        """
        done, pairs = {message.id for message, *_rest in self.done}, []
        for may_run, must_wait in zip(runnable, waiting, strict=True):
            if all(row["id"] in done for row in may_run):
                pairs += must_wait
        blocked = claim.block(self.cr, pairs)
        self.chunk.touched += blocked
        return len(blocked)

    def _that_go_together(self, runnable):
        """Of each lane the messages up to the first that must be taken by itself; none if the oldest of all must.

        :param list runnable: a list of rows per lane
        """
        every = [row for rows in runnable for row in rows]
        alone = twins.with_twins(self.cr, every)
        alone |= states.outdated(self.cr, every) | states.elsewhere(every)
        messages = []
        for position, rows in enumerate(rows for rows in runnable if rows):
            for row in rows:
                message = self.chunk.message(row)
                if row["id"] in alone or not self.chunk.may_join(message):
                    if not position and row is rows[0]:
                        return []
                    break
                messages.append(message)
        return messages

    def _apply(self, messages):
        try:
            start = 0
            while start < len(messages) and not self._over():
                end = start + 1
                while end < len(messages) and messages[end].kind["handler"] == messages[start].kind["handler"]:
                    end += 1
                self._apply_with(messages[start].kind["handler"], messages[start:end])
                start = end
            self._write_down()
        except psycopg2.Error as error:
            if error.pgcode in RACES:
                raise Race(self.taken[-1].id) from error
            raise OneByOne(len(self.taken)) from error
        except Exception as error:
            # also what is no fault of the message: taken by itself it gets its attempt, its text and its log entry
            raise OneByOne(len(self.taken)) from error

    def _apply_with(self, handler, messages):
        first = len(self.taken)
        started, clock = datetime.utcnow(), time.monotonic()
        results = self.chunk.service_env[handler].apply_many(self._in_turn(messages))
        for position, result in enumerate(results, first):
            self._flush()
            now = time.monotonic()
            self.done.append((self.taken[position], result, started, (now - clock) * 1000))
            self.announced += result.announce
            started, clock = datetime.utcnow(), now
        if len(self.done) != len(self.taken):
            raise ValueError(f"{handler}: {len(self.done)} results for {len(self.taken)} messages")

    def _flush(self):
        """As one by one: constraints speak, and what is told of the documents is rendered message by message."""
        if compat.is_flushed(self.chunk.service_env):
            return
        # by the service user first: Odoo notes and computes in the name of whoever flushes, and in his company
        self.chunk.service_env.flush_all()
        self.cr.flush()

    def _in_turn(self, messages):
        for message in messages:
            if message.row["lane"] in self.left:
                continue
            if self._over():
                return
            message.group = self
            self.taken.append(message)
            yield message

    def _over(self):
        # at least one: else nothing would ever be done
        return bool(self.taken) and self.chunk.clock.is_over()

    def write_down(self):
        """Make the rows of what was applied so far say so, for a message that looks at them."""
        entries = self._entries()
        if entries:
            self.chunk.finished_lanes.update(verdicts.finish_many(self.cr, entries).values())

    def _entries(self):
        """Of what was applied since the last time, for the ledger."""
        pending, self.written = self.done[self.written :], len(self.done)
        entries = []
        for message, result, started, _duration in pending:
            record = message.opens(result)
            first = message.about[0] if message.about else (None, None)
            entries.append(
                {
                    "id": message.id,
                    "started": started.isoformat(),
                    "result": result.text,
                    "no_effect": not result.effect,
                    "untaken": not result.taken,
                    "res_model": first[0],
                    "res_id": first[1],
                    "name": record.sudo().display_name if record else None,  # sudo: the name, for the ledger
                }
            )
        return entries

    def _write_down(self):
        # the last ones, mostly all of them, together with their try
        entries = self._entries()
        if entries:
            lanes_now = verdicts.finish_tried(self.cr, entries)
            self.chunk.counted.update(lanes_now)
            self.chunk.finished_lanes.update(lanes_now.values())
        release.release(self.cr, self.announced)
        documents.link_many(self.cr, {message.id: message.about for message, *_rest in self.done})
        worker = WORKER.format(os.getpid())
        for message, _result, started, duration in self.done:
            self.chunk.touched.append(message.id)
            self.chunk.tries.append(
                verdicts.attempt_values(message.id, started=started, duration_ms=duration, result="done", worker=worker)
            )
