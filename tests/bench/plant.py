"""A connection on a live server, and the events of its application, signed before the clock runs."""

import itertools
import json
import time
import uuid

from border.plant import BATCH, STRUCTURED, Plant

from bench.frame import Failure, wait_until


class BenchPlant(Plant):
    """The connection of the tests of the border, for many messages."""

    counter = itertools.count(1)

    def noop(self, **data):
        """An event that changes nothing."""
        return self.event(f"b{next(self.counter)}-{uuid.uuid4().hex[:8]}", data={"text": "Hello", **data})

    @property
    def path(self):
        return f"/mfg_sync/v1/{self.code}/events"

    def request(self, what):
        """``(path, body, headers)`` of an event or a list of events, signed now: to be sent within 5 minutes."""
        body = json.dumps(what, separators=(",", ":")).encode()
        media = BATCH if isinstance(what, list) else STRUCTURED
        return self.path, body, {"Content-Type": media, **self.signed(body)}

    def count(self, where="true", *params):
        query = f"SELECT count(*) AS n FROM mfg_sync_message WHERE endpoint_id = %s AND {where}"
        return self.instance.sql(query, [self.endpoint, *params])[0]["n"]

    def empty(self):
        """Forget all messages of the connection; nothing of it may be running."""
        for table in ("mfg_sync_attempt", "mfg_sync_document"):
            self.instance.sql(
                f"DELETE FROM {table} t USING mfg_sync_message m WHERE m.id = t.message_id AND m.endpoint_id = %s",
                [self.endpoint],
            )
        self.instance.sql("DELETE FROM mfg_sync_message WHERE endpoint_id = %s", [self.endpoint])

    def wait_done(self, expected, seconds=300):
        """Wait until so many messages are done and none waits; Failure as soon as one needs somebody."""

        def settled():
            (found,) = self.instance.sql(
                """SELECT count(*) FILTER (WHERE state = 'done') AS done,
                          count(*) FILTER (WHERE state = 'dead' OR needs_person) AS bad,
                          min(error_text) FILTER (WHERE state = 'dead' OR needs_person) AS text
                   FROM mfg_sync_message WHERE endpoint_id = %s""",
                [self.endpoint],
            )
            if found["bad"]:
                raise Failure(f"{found['bad']} messages need somebody: {found['text']}")
            return found["done"] >= expected

        wait_until(f"{expected} messages are done", settled, seconds, pause=0.05)

    def span(self):
        """Seconds from the first arrival in the ledger to the last effect, by the database's clock."""
        (found,) = self.instance.sql(
            """SELECT extract(epoch FROM max(done_at) - min(received)) AS seconds
               FROM mfg_sync_message WHERE endpoint_id = %s""",
            [self.endpoint],
        )
        return float(found["seconds"])


def drained(plants, expected):
    """Let paused connections go, and wait until so many messages of each are done. Returns the seconds that took.

    Like a peer's, the clock starts when work is there to be taken: the call that lets them go is not what is measured.
    """
    plants[0].instance.call("mfg.sync.endpoint", "write", [plant.endpoint for plant in plants], {"paused": False})
    started = time.monotonic()
    for plant in plants:
        plant.wait_done(expected)
    return time.monotonic() - started


def rest(instance, seconds=60):
    """Wait until no drain is at work."""
    at_work = """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND database = (
                     SELECT oid FROM pg_database WHERE datname = current_database())"""
    wait_until("the drains rest", lambda: not instance.sql(at_work), seconds, pause=0.05)
