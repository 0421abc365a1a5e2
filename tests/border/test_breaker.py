"""An application that is away: it is not hammered, one message at a time asks whether it is back, then all goes on."""

import pytest

from border.plant import wait_for

AWAY = {"status": 503}


@pytest.fixture(autouse=True)
def fresh(plant):
    """Nothing of the test before is on its way any more; the breaker opens early and stays open."""
    plant.instance.sql("UPDATE mfg_sync_message SET state = 'cancelled' WHERE state IN ('pending', 'held')")
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])
    plant.set(paused=False, breaker_after=3, first_probe=600.0)
    yield
    plant.set(breaker_after=5, first_probe=30.0)
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])


def line(plant):
    found = plant.instance.sql(
        """SELECT *, extract(epoch FROM probe_at - (now() AT TIME ZONE 'UTC'))::float8 AS seconds FROM mfg_sync_line
           WHERE endpoint_id = %s AND probe_at IS NOT NULL""", [plant.endpoint])  # fmt: skip
    return found[0] if found else None


def jobs(plant, *states):
    return plant.instance.sql(
        "SELECT * FROM queue_job WHERE method_name = '_job_deliver' AND state IN %s ORDER BY id", [states])  # fmt: skip


def waits_for_probe(plant):
    """Whether the only job there is has the time of the next probe."""
    found = jobs(plant, "pending", "enqueued", "started")
    return [job["eta"] for job in found] == [line(plant)["probe_at"]]


def probe_is_due(plant):
    """As when its time has come: what has failed waits no longer than until then."""
    plant.instance.sql("UPDATE mfg_sync_line SET probe_at = now() AT TIME ZONE 'UTC'")
    plant.instance.sql(
        """UPDATE mfg_sync_message SET next_attempt_at = now() AT TIME ZONE 'UTC'
           WHERE state = 'pending' AND endpoint_id = %s""", [plant.endpoint])  # fmt: skip
    plant.sweep()


def break_line(plant, receiver, count=3, answer=AWAY):
    told = [plant.tell(receiver.start(*[answer] * 50))]
    told += [plant.tell() for _each in range(count - 1)]
    wait_for("the breaker to open", lambda: line(plant))
    return told


def test_while_the_other_side_is_away_nothing_is_tried_and_no_job_is_put_in_vain(plant, receiver):
    break_line(plant, receiver)
    # a retry that was put before the breaker opened still comes once, finds it open and leaves the job for the probe
    wait_for("the job for the probe", lambda: waits_for_probe(plant))
    asked, done = len(receiver.requests), len(jobs(plant, "done"))
    for _each in range(4):
        plant.make_item()
    plant.sweep()
    plant.instance.sql("SELECT pg_sleep(2)")
    assert len(receiver.requests) == asked
    assert len(jobs(plant, "done")) == done
    assert waits_for_probe(plant)
    (shown,) = plant.instance.call(
        "mfg.sync.endpoint", "read", [plant.endpoint], ["health", "line_down", "line_reason", "next_probe_at"]
    )
    assert (shown["health"], shown["line_down"]) == ("away", True)
    assert "503" in shown["line_reason"]
    assert shown["next_probe_at"] == line(plant)["probe_at"].strftime("%Y-%m-%d %H:%M:%S")


def test_a_probe_in_vain_is_one_request_and_the_next_is_later(plant, receiver):
    told = break_line(plant, receiver)
    asked, tried = len(receiver.requests), [plant.row(uuid=each)["attempt_count"] for each in told]
    for probes in (2, 3):
        probe_is_due(plant)
        wait_for("the probe", lambda probes=probes: line(plant)["probes"] == probes)
        asked += 1
        assert len(receiver.requests) == asked
        assert line(plant)["seconds"] > 85  # 600 s doubled is beyond the cap of 900 s, of which a tenth is the least
    # the least tried go first: no message is worn out by probes, and one that always fails can't keep the line closed
    assert tried[0] == max(tried)
    now = [plant.row(uuid=each)["attempt_count"] for each in told]
    assert sum(now) == sum(tried) + 2
    assert max(now) <= max(tried[0], min(tried) + 2)


def test_when_it_is_back_one_probe_lets_all_go_on_by_itself(plant, receiver):
    plant.set(first_probe=4.0)
    told = break_line(plant, receiver)
    later = [plant.make_item() for _each in range(5)]
    receiver.start()
    # each probe that was made meanwhile, in vain, has put off the next one
    resting = line(plant)
    wait_for("a probe by itself", lambda: not line(plant), (resting["seconds"] if resting else 0) + 20)
    told += [plant.message_about(item)["uuid"] for item in later]
    for each in told:
        plant.reaches(each, "done")
    assert not line(plant)


def test_what_the_other_side_asks_for_is_respected_by_the_probe(plant, receiver):
    plant.set(first_probe=1.0)
    break_line(plant, receiver, answer={"status": 503, "headers": {"Retry-After": "1800"}})
    assert 1700 < line(plant)["seconds"] < 1810


def test_one_message_that_always_fails_stops_nobody(plant, receiver):
    told = plant.tell(receiver.start(*[AWAY] * 6))
    plant.reaches(told, "pending", attempts=5)
    assert not line(plant)
    receiver.start()
    plant.reaches(plant.tell(), "done")


def test_too_many_requests_is_about_the_pace_not_the_line(plant, receiver):
    told = [plant.tell(receiver.start(*[{"status": 429}] * 50))] + [plant.tell() for _each in range(3)]
    for each in told:
        plant.reaches(each, "pending", attempts=1)
    assert not line(plant)


def test_a_new_address_is_tried_at_once(plant, receiver):
    told = break_line(plant, receiver)
    receiver.start()
    plant.set(url=receiver.url + "/new")
    for each in told:
        plant.reaches(each, "done")
    assert receiver.requests[-1]["path"] == "/events/new"


def test_a_refused_key_still_waits_for_a_person(plant, receiver):
    told = plant.tell(receiver.start({"status": 401}))
    wait_for(
        "the stop",
        lambda: plant.instance.call("mfg.sync.endpoint", "read", [plant.endpoint], ["breaker_open"])[0]["breaker_open"],
    )
    assert not line(plant)
    receiver.start()
    plant.sweep()
    assert (plant.row(uuid=told)["state"], len(receiver.requests)) == ("pending", 1)


def test_a_paused_connection_gets_no_jobs(plant):
    plant.post(plant.event())
    wait_for("quiet", lambda: not plant.instance.sql(
        "SELECT 1 FROM queue_job WHERE state IN ('pending', 'enqueued', 'started') AND eta IS NULL"))  # fmt: skip
    plant.pause()
    (before,) = plant.instance.sql("SELECT max(id) AS id FROM queue_job")
    assert plant.post(plant.event("while-paused")).status_code == 202
    plant.make_item()
    assert plant.instance.sql("SELECT max(id) AS id FROM queue_job")[0] == before
    plant.set(paused=False)
    plant.done("while-paused")
