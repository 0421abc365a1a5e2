"""What people meet while the database goes away, and what is a refusal all the same: real answers of Odoo."""

import threading
import time
from types import SimpleNamespace

import psycopg2
import pytest

from faults.frame import Counts
from faults.people import Repeated
from faults.world import Steady

ASKS_WHO = """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
              AND query LIKE '%res_users%' AND pid <> pg_backend_pid()"""


@pytest.fixture
def person(instance):
    world = SimpleNamespace(live=Steady([instance.running]))
    return Repeated(world, None, Counts())


class Outage(threading.Thread):
    """Keeps the table of users, and ends each session that waits for it, until it is told to let go.

    Each, since not only the person's request may wait: what ends one of the server's own denies nobody anything.
    """

    def __init__(self, instance):
        super().__init__(daemon=True)
        self.instance, self.over = instance, threading.Event()
        self.lock = psycopg2.connect(**instance.dsn)
        self.lock.cursor().execute("LOCK TABLE res_users IN ACCESS EXCLUSIVE MODE")

    def run(self):
        end = time.monotonic() + 60
        while not self.over.wait(0.05) and time.monotonic() < end:
            for row in self.instance.sql(ASKS_WHO):
                self.instance.sql("SELECT pg_terminate_backend(%s)", [row["pid"]])
        self.lock.close()

    def let_go(self):
        self.over.set()
        self.join()


class EndsWithDenial(Counts):
    """Counts what people meet; the outage ends with the first denial, before anybody asks once more."""

    def __init__(self, outage):
        super().__init__()
        self.outage = outage

    def add(self, what, count=1):
        super().add(what, count)
        self.outage.let_go()


def test_who_is_denied_since_the_database_went_away_asks_again(instance, person):
    """It goes away while Odoo looks whose session the request is of: Odoo says that access is denied."""
    # whose session it is no process remembers then: the next request must look, and meets the outage at that
    assert person.call("ir.config_parameter", "set_param", "mfg_sync.caches_emptied", str(time.time()))
    outage = Outage(instance)
    person.counts = EndsWithDenial(outage)
    outage.start()
    assert person.call("res.partner", "search_count", [])
    assert person.counts == {"calls of people that were denied access, and asked again": 1}
    assert not person.refused


def test_who_is_denied_again_is_refused(person):
    person.world.live.password = "wrong"
    assert not person.call("res.partner", "search_count", [])
    assert len(person.refused) == 1


def test_an_error_is_a_refusal_at_once(person):
    assert not person.call("res.partner", "no_such_method", [])
    (refusal,) = person.refused
    assert "res.partner.no_such_method" in refusal
