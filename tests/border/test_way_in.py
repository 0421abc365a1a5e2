"""What comes in over a real wire: applied by another process within a second, once, whatever happens to workers."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psutil
import psycopg2

from border.plant import Plant, wait_for

#: first key of the drains' locks, one for each way (engine/wake.py)
DRAIN_LOCK = 0x6D66_6731


def test_an_accepted_message_is_applied_by_a_worker_within_a_second(plant):
    plant.post(plant.event("warm"))
    plant.done("warm")
    taken = []
    for number in range(5):
        answer = plant.post(plant.event(f"quick{number}"))
        assert answer.status_code == 202
        row = plant.done(f"quick{number}")
        taken.append((row["done_at"] - row["received"]).total_seconds())
        (attempt,) = plant.attempts(row["uuid"])
        assert int(attempt["worker"].rpartition(":")[2]) in {
            child.pid for child in psutil.Process(plant.instance.process.pid).children(recursive=True)
        }
        time.sleep(0.1)
    assert sorted(taken)[2] < 1, taken


def test_a_steady_flow_is_not_a_job_per_message(plant):
    """The drain lingers for more; each message of a quiet shift is applied within a second all the same."""
    jobs = "SELECT count(*) AS jobs FROM queue_job WHERE method_name = '_job_apply'"
    before = plant.instance.sql(jobs)[0]["jobs"]
    for number in range(60):
        assert plant.post(plant.event(f"steady{number}")).status_code == 202
        time.sleep(0.05)
    plant.done("steady59")
    (found,) = plant.instance.sql(
        """SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY extract(epoch FROM done_at - received)) AS p95
           FROM mfg_sync_message WHERE event_id ~ '^steady[0-9]+$' AND state = 'done'"""
    )
    assert found["p95"] < 1, found
    assert plant.instance.sql(jobs)[0]["jobs"] - before <= 5


def test_a_message_that_somebody_is_deciding_about_keeps_nobody_else_waiting(plant):
    """A person's decision, or a clean-up, holds a row for a while: the drain passes it over and comes back to it."""
    plant.pause()
    for name in ("decided", "beside it"):
        assert plant.post(plant.event(name)).status_code == 202
    with closing(psycopg2.connect(**plant.instance.dsn)) as other, other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM mfg_sync_message WHERE event_id = 'decided' FOR UPDATE")
        plant.set(paused=False)
        plant.done("beside it")
        assert plant.row(event_id="decided")["state"] == "pending"
        other.rollback()
    plant.done("decided", 90)


def test_twenty_senders_of_the_same_event_make_one_row(plant):
    event = plant.event("twenty")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _number: plant.post(event), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [202]
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    plant.done("twenty")
    assert plant.post(event).json()["status"] == "duplicate"


def test_batches_of_the_same_events_in_another_order_do_not_lock_each_other_out(plant):
    events = [plant.event(f"crossed{number}") for number in range(100)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: plant.post(events if number % 2 else events[::-1]), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    accepted = [result["status"] for answer in answers for result in answer.json()["results"]].count("accepted")
    assert accepted == 100


def test_a_batch_that_waits_for_another_holds_nothing_that_the_other_comes_to(plant):
    """Whatever order they are sent in, they go in by their identity, so nobody waits for who waits for him."""
    plant.post(plant.event("like these"))
    plant.done("like these")
    likewise = """INSERT INTO mfg_sync_message SELECT (jsonb_populate_record(m, jsonb_build_object(
                      'id', nextval('mfg_sync_message_id_seq'), 'uuid', gen_random_uuid()::text, 'event_id', %s))).*
                  FROM mfg_sync_message m WHERE event_id = 'like these'"""
    waits = "SELECT count(*) AS count FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'spectoken')"
    with (
        closing(psycopg2.connect(**plant.instance.dsn)) as other,
        other.cursor() as cursor,
        ThreadPoolExecutor(1) as one,
    ):
        # less than PostgreSQL's deadlock_timeout, after which the batch would be turned away and sent in again
        cursor.execute("SET lock_timeout = '200ms'")
        cursor.execute(likewise, ["in turn 0"])
        answer = one.submit(plant.post, [plant.event(f"in turn {number}") for number in (9, 5, 0)])
        wait_for("the batch waits", lambda: plant.instance.sql(waits)[0]["count"] == 1)
        cursor.execute(likewise, ["in turn 5"])
        other.rollback()
        assert answer.result().status_code == 202
    (found,) = plant.instance.sql(
        """SELECT array_agg(event_id ORDER BY id) AS by_id, array_agg(event_id ORDER BY sort_time, id) AS in_turn
           FROM mfg_sync_message WHERE event_id LIKE 'in turn %%'"""
    )
    assert found["by_id"] == found["in_turn"] == ["in turn 9", "in turn 5", "in turn 0"]


def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(plant):
    count = 3000
    plant.pause()
    for start in range(0, count, 500):
        assert plant.post([plant.event(f"k{number}") for number in range(start, start + 500)]).status_code == 202
    plant.set(paused=False)
    os.kill(wait_for("a worker drains", lambda: drain_process(plant), 60), signal.SIGKILL)
    assert open_rows(plant), "it was all done before a worker could be killed"
    # the runner takes back jobs of dead workers; the sweep finds what is left within its minute
    wait_for("all applied", lambda: open_rows(plant) == 0, 120)
    (found,) = plant.instance.sql(
        """SELECT count(*) AS rows, count(DISTINCT event_id) AS events, min(attempt_count) AS least,
                  max(attempt_count) AS most FROM mfg_sync_message WHERE event_id ~ '^k[0-9]+$' AND state = 'done'"""
    )
    assert found == {"rows": count, "events": count, "least": 1, "most": 1}


def test_a_job_that_was_handed_to_nobody_does_not_hold_up_the_messages(plant):
    """As after an outage of the database: the runner counts the job as given away, no worker ever heard of it."""
    plant.post(plant.event("before"))
    plant.done("before")
    key = f"mfg_sync:in:{plant.endpoint}"
    ended = "SELECT bool_and(state = 'done') AS yes FROM queue_job WHERE identity_key = %s"
    lost = "UPDATE queue_job SET state = 'enqueued', date_enqueued = now() AT TIME ZONE 'UTC' - %s * interval '1 s'"
    for event_id, seconds in (("lost some time ago", 9), ("lost just now", 4)):
        # also that of the worker that was killed above: nothing need happen before the runner's own look, once a minute
        wait_for("the jobs ended", lambda: plant.instance.sql(ended, [key])[0]["yes"], 75)
        plant.instance.sql(f"{lost} WHERE id = (SELECT max(id) FROM queue_job WHERE identity_key = %s)", [seconds, key])
        plant.post(plant.event(event_id))
        plant.done(event_id)


def open_rows(plant):
    return plant.instance.sql(
        "SELECT count(*) AS n FROM mfg_sync_message WHERE event_id ~ '^k[0-9]+$' AND state <> 'done'"
    )[0]["n"]


def drain_process(plant):
    """The process that holds the drain's lock and has applied some of these already; None before there is one."""
    (found,) = plant.instance.sql(
        """SELECT (SELECT a.worker FROM mfg_sync_attempt a JOIN mfg_sync_message m ON m.id = a.message_id
                   WHERE m.event_id ~ '^k[0-9]+$' ORDER BY a.id DESC LIMIT 1) AS worker
           FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
           WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid = %(lock)s
             AND l.objid = %(endpoint)s
           UNION ALL SELECT NULL LIMIT 1""",
        {"lock": DRAIN_LOCK, "endpoint": plant.endpoint},
    )
    return int(found["worker"].rpartition(":")[2]) if found["worker"] else None


def test_a_listening_connection_learns_the_first_source_only(plant):
    answers, hub = [], Plant(plant.instance, "hub", ("sync.test",))
    hub.instance.call(
        "mfg.sync.system", "unlink", hub.instance.call("mfg.sync.system", "search", [("source", "=", hub.source)])
    )
    hub.set(listening=True)
    assert hub.post(hub.event(source="urn:stray", data={})).json()["code"] == "schema"
    barrier = threading.Barrier(5)

    def first(number):
        barrier.wait()
        answers.append(hub.post(hub.event(source=f"urn:hub{number}")))

    threads = [threading.Thread(target=first, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    systems = plant.instance.call("mfg.sync.system", "search_read", [("endpoint_id.code", "=", "hub")], ["source"])
    assert len(systems) == 1
    assert sorted(answer.json().get("code", "taken") for answer in answers) == ["source"] * 4 + ["taken"]
    hub.pause()


def test_what_comes_once_its_synchronization_is_live_is_applied_also_by_a_drain_that_began_before(plant):
    """The drain lingers in its process; the synchronization goes live in another one."""
    (flow,) = plant.instance.sql(
        """SELECT f.id FROM mfg_sync_flow f JOIN mfg_sync_message_type t ON t.id = f.type_id
           WHERE f.endpoint_id = %s AND (t.name, t.direction) = ('sync.test', 'in')""",
        [plant.endpoint],
    )
    jobs, one_drain = "SELECT count(*) AS jobs FROM queue_job WHERE method_name = '_job_apply'", 0
    # a machine that is busy needs longer for a turn than a drain lingers
    for turn in range(20):
        plant.instance.call("mfg.sync.flow", "write", [flow["id"]], {"mode": "shadow"})
        assert plant.post(plant.event(f"tried{turn}")).status_code == 202
        tried = plant.done(f"tried{turn}")
        before = plant.instance.sql(jobs)
        plant.instance.call("mfg.sync.flow", "write", [flow["id"]], {"mode": "live"})
        assert plant.post(plant.event(f"live{turn}")).status_code == 202
        live = plant.done(f"live{turn}")
        assert (tried["shadow"], live["shadow"]) == (True, False)
        one_drain += plant.instance.sql(jobs) == before
        if one_drain and turn >= 2:
            break
    assert one_drain, "drains do not linger any more: nothing was shown"
