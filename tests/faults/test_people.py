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


def end_who_waits_for(lock, instance):
    """End the session that waits for the table of users, then let go of it."""
    end = time.monotonic() + 30
    while not (waiting := instance.sql(ASKS_WHO)) and time.monotonic() < end:
        time.sleep(0.05)
    for row in waiting:
        instance.sql("SELECT pg_terminate_backend(%s)", [row["pid"]])
    lock.rollback()


def test_who_is_denied_since_the_database_went_away_asks_again(instance, person):
    """It goes away while Odoo looks whose session the request is of: Odoo says that access is denied."""
    assert person.call("res.partner", "search_count", [])
    with psycopg2.connect(**instance.dsn) as lock:
        lock.cursor().execute("LOCK TABLE res_users IN ACCESS EXCLUSIVE MODE")
        outage = threading.Thread(target=end_who_waits_for, args=[lock, instance])
        outage.start()
        assert person.call("res.partner", "search_count", [])
        outage.join()
    assert person.counts["calls of people that were denied access, and asked again"] == 1
    assert not person.refused


def test_who_is_denied_again_is_refused(person):
    person.world.live.password = "wrong"
    assert not person.call("res.partner", "search_count", [])
    assert len(person.refused) == 1


def test_an_error_is_a_refusal_at_once(person):
    assert not person.call("res.partner", "no_such_method", [])
    (refusal,) = person.refused
    assert "res.partner.no_such_method" in refusal
