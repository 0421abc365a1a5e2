"""Prefer: wait=N: a sender that waits for the outcome, and never keeps another from being accepted."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import pytest
import requests

from border.plant import Plant, wait_for

PLACE, DRAIN = 0x6D666733, 0x6D666731


@pytest.fixture(scope="module")
def patient(instance):
    plant = Plant(instance, "patient1", kinds=("sync.test", "sync.acknowledged", "master.item"))
    yield plant
    plant.pause()


@pytest.fixture
def waits(patient):
    patient.set(paused=False, wait_seconds=10, wait_requests=2)
    return patient


def post(plant, what, seconds=5, **more):
    begun = time.monotonic()
    answer = plant.post(what, headers={"Prefer": f"respond-async, wait={seconds}"}, **more)
    return answer, time.monotonic() - begun


@contextmanager
def busy(plant):
    """Somebody holds the lock of the connection's drain: what is accepted stays as it is."""
    connection = psycopg2.connect(**plant.instance.dsn)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            wait_for("the drain rests", lambda: _locked(cursor, plant))
            yield
    finally:
        connection.close()
        plant.sweep()


def _locked(cursor, plant):
    cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [DRAIN, plant.endpoint])
    return cursor.fetchone()[0]


def test_who_waits_is_told_the_outcome(waits):
    waits.post(waits.event())
    taken = []
    for number in range(5):
        answer, seconds = post(waits, waits.event(f"waited{number}"))
        assert answer.status_code == 200, answer.text
        assert answer.headers["Preference-Applied"] == "wait=5"
        told = answer.json()
        assert (told["state"], told["status"]) == ("done", "accepted")
        taken.append(seconds)
    assert sorted(taken)[2] < 1.5, taken
    asked = requests.get(
        f"{waits.address}/{told['uuid']}", headers={"Authorization": f"Bearer {waits.token}"}, timeout=9
    )
    assert asked.json().items() <= told.items(), "the same as who asks later is told"


def test_of_a_batch_each_has_its_outcome_and_what_was_refused_its_problem(waits):
    events = [waits.event("twice"), waits.event("twice"), waits.event("odd", data={"text": 7}), waits.event()]
    answer, _seconds = post(waits, events)
    assert answer.status_code == 207, answer.text
    first, again, odd, last = answer.json()["results"]
    assert [first["state"], again["state"], last["state"]] == ["done"] * 3
    assert (again["status"], again["uuid"]) == ("duplicate", first["uuid"])
    assert odd["problem"]["code"] == "schema" and "state" not in odd
    answer, _seconds = post(waits, events[:2])
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (200, "wait=5")


def test_what_is_not_settled_in_time_is_accepted_as_usual_and_nothing_is_open_meanwhile(waits):
    waits.set(wait_seconds=2)
    with busy(waits), ThreadPoolExecutor(1) as pool:
        sent = pool.submit(post, waits, waits.event("late"), 25)
        backend = wait_for("it waits", lambda: place_holders(waits))[0]["pid"]
        seen = []
        while not sent.done():
            seen += waits.instance.sql("SELECT state, xact_start FROM pg_stat_activity WHERE pid = %s", [backend])
            time.sleep(0.05)
        answer, seconds = sent.result()
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert "Preference-Applied" not in answer.headers
    assert 1.9 < seconds < 4
    idle = [each for each in seen if each["state"] == "idle" and not each["xact_start"]]
    assert len(seen) > 10 and len(idle) > 0.8 * len(seen), "no transaction is open while it waits"
    wait_for("the place is free", lambda: not place_holders(waits))
    waits.done("late", 60)


def place_holders(plant):
    query = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND granted"
    return plant.instance.sql(query, [PLACE])


def test_more_than_a_quarter_of_the_workers_never_waits(waits):
    waits.set(wait_seconds=3)
    with busy(waits), ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(post, waits, waits.event(f"crowd{number}"), 3) for number in range(4)]
        wait_for("one waits", lambda: place_holders(waits))
        assert len(place_holders(waits)) == 1, "six workers"
        begun = time.monotonic()
        assert waits.post(waits.event("meanwhile")).status_code == 202
        assert time.monotonic() - begun < 2
        answers = [each.result() for each in sent]
    assert {answer.status_code for answer, _seconds in answers} == {202}
    assert sum(seconds > 2.5 for _answer, seconds in answers) == 1, answers


def test_nobody_waits_for_what_a_pause_keeps_or_where_it_is_not_wanted(waits):
    for values in ({"paused": True}, {"paused": False, "wait_seconds": 0}):
        waits.set(**values)
        answer, seconds = post(waits, waits.event())
        assert answer.status_code == 202 and seconds < 2
    waits.set(wait_seconds=10)
    systems = waits.instance.call("mfg.sync.system", "search", [("endpoint_id", "=", waits.endpoint)])
    waits.instance.call("mfg.sync.system", "write", systems, {"paused": True})
    answer, seconds = post(waits, waits.event("kept by its system"))
    assert answer.status_code == 202 and seconds < 2
    waits.instance.call("mfg.sync.system", "write", systems, {"paused": False})
    row = waits.done("kept by its system")
    assert row["state"] == "done"


def test_a_message_that_needs_a_person_is_told_at_once(waits):
    waits.pause()
    item = waits.make_item()
    waits.set(paused=False)
    told = waits.message_about(item)["uuid"]
    data = {"message": told, "result": "refused", "reason": "Unit kg is not known here"}
    answer, seconds = post(waits, waits.event(type="sync.acknowledged.v1", data=data))
    outcome = answer.json()
    assert (answer.status_code, outcome["state"], outcome["needs_person"]) == (200, "dead", True)
    assert "Unit kg" in outcome["detail"] and seconds < 4
    # what may still come by itself is no outcome
    waits.set(wait_seconds=1)
    early = waits.event(type="sync.acknowledged.v1", data={"message": "not told yet", "result": "accepted"})
    answer, _seconds = post(waits, early)
    assert answer.status_code == 202
    wait_for("it is held", lambda: waits.row(event_id=early["id"])["state"] == "held")
