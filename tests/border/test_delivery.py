"""What goes out over a real wire, to an application that refuses, falters, drips and dies."""

import json

import pytest
from cloudevents.http import from_http
from standardwebhooks import Webhook

from border.plant import wait_for


@pytest.fixture(autouse=True)
def fresh(plant):
    """Nothing of the test before is on its way any more."""
    plant.instance.sql("UPDATE mfg_sync_message SET state = 'cancelled' WHERE direction = 'out' AND state = 'pending'")
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])
    plant.set(paused=False)


def test_a_message_is_signed_and_proven_by_the_official_library(plant, receiver):
    told = plant.tell(receiver.start())
    plant.reaches(told, "done")
    (request,) = receiver.requests
    headers = {name.lower(): value for name, value in request["headers"].items()}
    Webhook(plant.their_secret).verify(request["body"], headers)
    event = from_http(headers, request["body"])
    assert (event["id"], headers["webhook-id"], event["type"]) == (told, told, "master.item.v1")
    assert event.data["name"] == "Frame"


def test_busy_then_well_arrives_once_more_with_the_same_bytes(plant, receiver):
    told = plant.tell(receiver.start({"status": 503, "headers": {"Retry-After": "1"}}, {"status": 429}))
    plant.reaches(told, "done")
    first, second, third = receiver.requests
    assert first["body"] == second["body"] == third["body"]
    assert first["headers"]["webhook-id"] == third["headers"]["webhook-id"] == told
    tries = plant.attempts(told)
    assert [attempt["http_status"] for attempt in tries] == [503, 429, 204]
    assert (tries[1]["started"] - tries[0]["started"]).total_seconds() >= 1


def test_a_dead_application_gets_it_when_it_is_back(plant, receiver):
    receiver.start().stop()
    told = plant.tell(receiver)
    plant.reaches(told, "pending", attempts=2)
    assert "refused" in plant.attempts(told)[0]["detail"]
    receiver.start()
    plant.reaches(told, "done")
    assert len(receiver.requests) == 1


def make_wait(plant, receiver, count):
    """Items that are told when the pause ends; their messages then."""
    plant.pause()
    plant.set(url=receiver.url)
    items = [plant.make_item() for _each in range(count)]
    plant.set(paused=False)
    return [plant.message_about(item)["uuid"] for item in items]


def test_what_arrives_in_a_moment_is_written_down_together(plant, receiver):
    """A commit for each message would be most of the work. Each still has its one attempt."""
    receiver.start()
    told = make_wait(plant, receiver, 30)
    rows = [plant.reaches(uuid, "done", attempts=1) for uuid in told]
    assert {row["attempt_count"] for row in rows} == {1}
    assert len(receiver.requests) == 30
    (found,) = plant.instance.sql(
        "SELECT count(DISTINCT xmin::text) AS commits FROM mfg_sync_message WHERE uuid = ANY(%s)", [told]
    )
    assert found["commits"] <= 15


def test_a_refusal_in_the_middle_changes_nothing_for_the_others(plant, receiver):
    receiver.start(*[{"status": 204}] * 3, {"status": 400})
    told = make_wait(plant, receiver, 8)
    wait_for("all are settled", lambda: all(plant.row(uuid=uuid)["state"] in ("done", "dead") for uuid in told))
    rows = [plant.row(uuid=uuid) for uuid in told]
    assert sorted(row["state"] for row in rows) == ["dead", *["done"] * 7]
    assert {row["attempt_count"] for row in rows} == {1}


def test_a_refused_message_is_dead_and_the_next_is_sent(plant, receiver):
    told = plant.tell(receiver.start({"status": 400}))
    row = plant.reaches(told, "dead")
    assert (row["needs_person"], row["attempt_count"]) == (True, 1)
    assert "400" in row["error_text"]
    plant.reaches(plant.tell(), "done")


def test_a_refused_key_stops_the_connection_with_one_task(plant, receiver):
    told = plant.tell(receiver.start(*[{"status": 401}] * 3))
    wait_for("the connection to stop", lambda: stopped(plant))
    second = plant.make_item()
    assert plant.row(uuid=told)["state"] == "pending"
    assert "401" in plant.row(uuid=told)["error_text"]
    tasks = [("res_model", "=", "mfg.sync.endpoint"), ("res_id", "=", plant.endpoint)]
    assert plant.instance.call("mail.activity", "search_count", tasks) == 1
    jobs = plant.instance.sql("SELECT count(*) AS n FROM queue_job WHERE method_name = '_job_deliver'")[0]["n"]
    # nothing spins while it is stopped
    plant.instance.sql("SELECT pg_sleep(1)")
    assert plant.instance.sql("SELECT count(*) AS n FROM queue_job WHERE method_name = '_job_deliver'")[0]["n"] == jobs
    assert len(receiver.requests) == 1
    receiver.start()
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])
    plant.reaches(told, "done")
    plant.reaches(plant.message_about(second)["uuid"], "done")


def stopped(plant):
    (row,) = plant.instance.call("mfg.sync.endpoint", "read", [plant.endpoint], ["breaker_open", "paused"])
    return row if row["breaker_open"] else None


def test_a_retired_address_pauses_the_connection(plant, receiver):
    told = plant.tell(receiver.start({"status": 410}))
    wait_for("the connection to stop", lambda: stopped(plant))
    assert stopped(plant)["paused"] is True
    assert plant.row(uuid=told)["state"] == "pending"


def test_a_redirect_is_not_followed(plant, receiver):
    told = plant.tell(receiver.start({"status": 307, "headers": {"Location": "/elsewhere"}}))
    row = plant.reaches(told, "dead")
    assert "redirect" in row["error_text"]
    assert [request["path"] for request in receiver.requests] == ["/events"]


@pytest.mark.parametrize(
    "answer, said",
    [
        ({"status": 204, "sleep": 5}, "No answer"),
        ({"raw": "HTTP/1.1 200 OK\r\nX-Slow: ", "drip": 60}, "No answer"),
        ({"raw": "garbage without any sense\r\n\r\n"}, "No connection"),
        ({"raw": ""}, "No connection"),
        ({"raw": "HTTP/1.1 999999 ?\r\n\r\n"}, "No connection"),
    ],
    ids=["silent", "dripping", "garbage", "hung up", "no status"],
)
def test_an_answer_that_is_none_is_tried_again(plant, receiver, answer, said):
    told = plant.tell(receiver.start(answer))
    plant.reaches(told, "done")
    tries = plant.attempts(told)
    assert [attempt["error_class"] for attempt in tries] == ["transient", None], json.dumps(tries, default=str)
    assert said in tries[0]["detail"]
    assert tries[0]["duration_ms"] < 4000


def test_a_huge_answer_is_not_read(plant, receiver):
    told = plant.tell(receiver.start({"status": 200, "size": 512 * 1024 * 1024}))
    row = plant.reaches(told, "done")
    (attempt,) = plant.attempts(row["uuid"])
    assert attempt["duration_ms"] < 1000


def test_a_connection_without_a_key_waits_and_says_so(plant, receiver):
    plant.instance.sql("UPDATE mfg_sync_credential SET expires = now() AT TIME ZONE 'UTC' WHERE use = 'out_secret'")
    told = plant.tell(receiver.start())
    row = plant.reaches(told, "pending", attempts=1)
    assert "key" in row["error_text"] and not receiver.requests
    plant.their_secret = plant.instance.call("mfg.sync.credential", "set_key", plant.code, "out_secret")
    plant.reaches(told, "done")
