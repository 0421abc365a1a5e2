"""People and the plant's floor while things break: orders are made, documents are told of, records are held."""

import random
import threading
import time
from contextlib import suppress

import psycopg2
import requests
from bench.shop import MIX, told
from mfg_setup.live_instance import RpcError
from psycopg2 import errorcodes

from faults.frame import Actor, Broken

BATCH = 8
RACES = ("SerializationFailure", "LockNotAvailable", "DeadlockDetected")


class Repeated(Actor):
    """Does something again and again until it is stopped.

    :ivar asked: calls over RPC; :ivar refused: those that failed though nothing was away and nobody in the way
    """

    def __init__(self, world, rng, counts):
        super().__init__()
        self.world, self.rng, self.counts = world, rng, counts
        self.asked, self.refused = 0, []

    def act(self):
        while not self.over.wait(self.rng.uniform(*self.pause)):
            self.once()

    def call(self, model, method, *args):
        """A call of a person over RPC. Returns whether it was answered."""
        self.asked += 1
        try:
            self._answered(model, method, *args)
            return True
        except RpcError as error:
            if error.name.endswith(RACES):
                self.counts.add("calls of people that Odoo gave up after races")
                return False
            # a database that is away is told as an error of psycopg2, or of its pool
            if not error.name.startswith(("psycopg2.", "odoo.sql_db.")):
                self.refused.append(f"{model}.{method}: {error.name}: {error}")
                return False
        except requests.RequestException:
            pass
        self.counts.add("calls of people that met an outage")
        return False

    def _answered(self, *call):
        """Whom Odoo denies access logs in once more, as the browser asks them to.

        Where the database goes away while Odoo looks whose session a request is of, it says that access is denied, and
        the reason only to its log (`ir.http._authenticate`). Who is denied again is refused.
        """
        try:
            self.world.live.call(*call)
        except RpcError as error:
            if error.name != "odoo.exceptions.AccessDenied":
                raise
            self.counts.add("calls of people that were denied access, and asked again")
            self.world.live.call(*call)


class Tellers(Repeated):
    """People who change documents that the other side is told of."""

    pause = (0.1, 1.0)

    def once(self):
        several = self.rng.sample(list(self.world.lane_ids.values()), self.rng.choice((1, 1, 2)))
        if self.call("mfg.faults.lane", "tell", several):
            self.counts.add("documents that people changed and others are told of", len(several))


class Holders(Repeated):
    """People who hold for a while what messages want to change: two documents in any order, or a production order.

    Also with a second one who takes the same documents the other way round: a deadlock that PostgreSQL ends.
    """

    pause = (0.3, 1.5)
    orders = ()

    def once(self):
        if self.rng.random() < 0.3:
            self._hold("SELECT id FROM mrp_production WHERE id = %s FOR UPDATE", [self.rng.choice(self.orders)])
        else:
            pair = self.rng.sample(list(self.world.lane_ids.values()), 2)
            both = [pair, pair[::-1]] if self.rng.random() < 0.3 else [pair]
            threads = [threading.Thread(target=self._change, args=[ids], daemon=True) for ids in both]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    def _change(self, ids):
        self._hold("UPDATE mfg_faults_lane SET note = clock_timestamp()::text WHERE id = %s", ids)

    def _hold(self, statement, ids):
        """One transaction that takes a record after the other, with time to think in between."""
        seconds = random.uniform(0.05, 1.5)
        try:
            connection = psycopg2.connect(**self.world.live.dsn)
        except psycopg2.OperationalError:
            return
        try:
            with connection, connection.cursor() as cursor:
                for record in ids:
                    cursor.execute(statement, [record])
                    time.sleep(seconds / len(ids))
            self.counts.add("records held by people", len(ids))
        except psycopg2.Error as error:
            if error.pgcode == errorcodes.DEADLOCK_DETECTED:
                self.counts.add("deadlocks among people and messages that PostgreSQL ended")
        finally:
            with suppress(psycopg2.Error):
                connection.close()


class Writers(Repeated):
    """People who write on the same orders and documents with Odoo's own methods."""

    pause = (0.2, 1.0)
    orders = ()

    def once(self):
        model, ids = self.rng.choice(
            (("mrp.production", self.orders), ("mfg.faults.lane", list(self.world.lane_ids.values())))
        )
        field = "origin" if model == "mrp.production" else "note"
        if self.call(model, "write", [self.rng.choice(ids)], {field: f"{self.rng.getrandbits(32)}"}):
            self.counts.add("records written by people")


class Mender(Repeated):
    """A person who looks at what failed, removes the cause and replays it."""

    pause = (5.0, 9.0)

    def once(self):
        self.mend()

    def mend(self, all_of_it=False):
        """Remove causes, and replay what needs a person and has none any more.

        :param all_of_it: whether also those causes that are kept for the end, or have not shown yet
        """
        if all_of_it:
            self.world.sql("DELETE FROM mfg_faults_trouble")
        else:
            self.world.sql(
                """DELETE FROM mfg_faults_trouble t USING mfg_sync_message m
                   WHERE m.summary = 'Effect ' || t.number || ' of ' || t.lane AND m.attempt_count > 0 AND NOT t.kept"""
            )
        rows = self.world.sql(
            """SELECT id FROM mfg_sync_message m
               WHERE endpoint_id = ANY(%s) AND (state = 'dead' OR state = 'held' AND needs_person
                                                AND hold_reason <> 'blocked')
                 AND NOT EXISTS (SELECT 1 FROM mfg_faults_trouble t
                                 WHERE m.summary = 'Effect ' || t.number || ' of ' || t.lane)""",
            [self.world.endpoints],
        )
        if rows and self.call("mfg.sync.message", "action_replay", [row["id"] for row in rows]):
            self.counts.add("messages that people replayed", len(rows))


class Floor(Actor):
    """A MES that reports the making of orders, step by step; of each step some arrive twice or under a new id.

    Steps of an order overtake each other within a batch; its closing is told when all before it is accepted.
    """

    def __init__(self, line, orders, seconds):
        super().__init__()
        self.line, self.rng, self.counts = line, line.rng, line.counts
        self.orders, self.seconds, self.sent = orders, seconds, 0

    def act(self):
        steps = [(order, fact) for fact in MIX for order in self.orders]
        started = time.monotonic()
        while self.sent < len(steps):
            some = steps[self.sent : self.sent + BATCH]
            events = told([(order, *fact) for order, fact in some])
            self.rng.shuffle(events)
            self.line.deliver(events)
            self._again(events)
            self.sent += len(some)
            pause = started + self.seconds * self.sent / len(steps) - time.monotonic()
            if pause > 0:
                time.sleep(pause)

    def _again(self, events):
        if self.rng.random() < 0.3:
            self.counts.add("messages delivered again in another order", len(events))
            if "accepted" in self.line.deliver(self.rng.sample(events, len(events))):
                raise Broken("an event of the floor is taken for new when it comes again")
        if self.rng.random() < 0.3:
            event = self.rng.choice(events)
            self.line.deliver([{**event, "id": f"{self.rng.getrandbits(96):024x}"}])
            self.counts.add("facts told again under a new id")
