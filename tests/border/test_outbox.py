"""A system behind a firewall fetches its messages over a real wire, acknowledges them, and is never given another's."""

import json
import uuid

import pytest
import requests

from border.plant import Plant, wait_for


@pytest.fixture(scope="module")
def fetched(instance):
    plant = Plant(instance, "pull1")
    plant.set(delivery="pull", fetch_again=60)
    yield plant
    plant.pause()


@pytest.fixture
def puller(fetched):
    fetched.instance.sql(
        """UPDATE mfg_sync_message SET state = 'cancelled'
           WHERE endpoint_id = %s AND state IN ('pending', 'held', 'dead')""",
        [fetched.endpoint],
    )
    yield fetched
    fetched.set(paused=False, delivery="pull", fetch_again=60)


def get(plant, token=None, **params):
    address = plant.address.replace("/events", "/outbox")
    headers = {"Authorization": f"Bearer {token or plant.token}"}
    return requests.get(address, params=params, headers=headers, timeout=30)


def fetch(plant, **params):
    answer = get(plant, **params)
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["events"]]


def ack(plant, *acks, **more):
    address = plant.address.replace("/events", "/outbox/ack")
    return plant.post(json.dumps({"acks": acks}).encode(), "application/json", address=address, **more)


def done(told):
    return {"uuid": told, "result": "done"}


def ready(plant, told):
    wait_for(f"{told} ready", lambda: plant.row(uuid=told)["ready"], 60)
    return told


def rename(plant, told):
    """The item of a message changes again: a second message in the same lane. Returns its uuid."""
    first = plant.row(uuid=told)
    plant.instance.call("product.product", "write", [first["res_id"]], {"name": f"Frame {uuid.uuid4().hex[:6]}"})

    def second():
        rows = plant.instance.sql(
            "SELECT uuid FROM mfg_sync_message WHERE endpoint_id = %s AND res_id = %s AND type_name = %s AND id > %s",
            [plant.endpoint, first["res_id"], first["type_name"], first["id"]],
        )
        return rows and rows[0]["uuid"]

    return wait_for("the second message", second, 60)


def test_what_is_fetched_and_acknowledged_is_done_once(puller):
    told = ready(puller, puller.tell())
    (event,) = get(puller).json()["events"]
    assert (event["id"], event["type"], event["data"]["name"]) == (told, "master.item.v1", "Frame")
    row = puller.row(uuid=told)
    # no state "handed out": still pending, and visible again later
    assert (row["state"], row["attempt_count"]) == ("pending", 1)
    assert fetch(puller) == []
    answers = [ack(puller, done(told)) for _again in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json() == {"results": [{"index": 0, "uuid": told, "status": "done"}]}
    assert puller.row(uuid=told)["state"] == "done"


def test_what_was_not_acknowledged_comes_again_with_the_same_id(puller):
    puller.set(fetch_again=1)
    told = ready(puller, puller.tell())
    assert fetch(puller) == [told]
    wait_for("it comes again", lambda: fetch(puller) == [told])
    assert puller.row(uuid=told)["attempt_count"] == 2


def test_pages_hand_out_each_message_once(puller):
    told = [ready(puller, puller.tell()) for _number in range(3)]
    first = get(puller, limit=2).json()
    assert [event["id"] for event in first["events"]] == told[:2]
    second = get(puller, limit=2, after=first["next"]).json()
    assert [event["id"] for event in second["events"]] == told[2:]
    assert second["next"] is None
    assert get(puller, after=str(uuid.uuid4())).json()["code"] == "cursor"
    assert get(puller, limit=0).json()["code"] == "limit"


def test_the_next_of_a_lane_waits_until_the_one_before_is_acknowledged(puller):
    told = ready(puller, puller.tell())
    assert fetch(puller) == [told]
    # held behind a fact that is out: a state would supersede it, so the pair is made of facts
    puller.instance.sql("UPDATE mfg_sync_message SET subject = NULL WHERE uuid = %s", [told])
    later = ready(puller, rename(puller, told))
    assert puller.row(uuid=later)["lane"] == puller.row(uuid=told)["lane"]
    assert fetch(puller) == []
    assert puller.row(uuid=later)["hold_reason"] == "blocked"
    ack(puller, done(told))
    assert fetch(puller) == [later]


def test_a_refusal_needs_a_person_and_says_why(puller):
    told = ready(puller, puller.tell())
    fetch(puller)
    refusal = {"uuid": told, "result": "refused", "reason": "Unit kg is not known"}
    assert ack(puller, {**refusal, "reason": " "}).json()["results"][0]["problem"]["code"] == "ack"
    assert [ack(puller, refusal).status_code for _again in range(2)] == [200, 200]
    row = puller.row(uuid=told)
    assert (row["state"], row["needs_person"]) == ("dead", True) and "Unit kg" in row["error_text"]
    assert ack(puller, done(told)).json()["results"][0]["problem"]["code"] == "settled"
    message = puller.instance.call("mfg.sync.message", "search", [("uuid", "=", told)])
    puller.instance.call("mfg.sync.message", "action_replay", message)
    assert fetch(puller) == [told]


def test_who_acknowledges_what_a_person_cancelled_is_told(puller):
    told = ready(puller, puller.tell())
    fetch(puller)
    message = puller.instance.call("mfg.sync.message", "search", [("uuid", "=", told)])
    puller.instance.call("mfg.sync.message", "action_cancel", message, "made twice")
    answer = ack(puller, done(told))
    assert answer.status_code == 422
    problem = answer.json()["results"][0]["problem"]
    assert problem["code"] == "cancelled" and "made twice" in problem["detail"]


def test_another_connection_neither_fetches_nor_acknowledges(puller, plant):
    told = ready(puller, puller.tell())
    other = Plant(puller.instance, f"pull-{uuid.uuid4().hex[:6]}")
    other.set(delivery="pull")
    try:
        assert get(puller, token=other.token).status_code == 401
        assert told not in fetch(other)
        assert fetch(puller) == [told]
        foreign, unknown = ack(other, done(told), done(str(uuid.uuid4()))).json()["results"]
        assert foreign["problem"] == unknown["problem"] and foreign["problem"]["status"] == 404
        assert get(other, after=told).status_code == 400
        assert puller.row(uuid=told)["state"] == "pending"
        mixed = ack(puller, done(told), done(str(uuid.uuid4())), 5)
        assert mixed.status_code == 207
        assert [result["status"] for result in mixed.json()["results"]] == ["done", "refused", "refused"]
    finally:
        other.pause()
    assert get(plant).json()["code"] == "delivery"


def test_what_is_not_handed_out_can_not_be_acknowledged(puller):
    told = ready(puller, puller.tell())
    assert ack(puller, done(told)).json()["results"][0]["problem"]["status"] == 404
    assert fetch(puller) == [told]


def test_nothing_is_served_to_strangers_while_paused_or_away_from_home(puller):
    told = ready(puller, puller.tell())
    assert get(puller, token="mfgs_no").status_code == 401  # noqa: S106 (no key)
    assert ack(puller, done(told), secret="whsec_c3RyYW5nZXIgc3RyYW5nZXIgc3RyYW5nZXIgMTIz").status_code == 401  # noqa: S106
    puller.pause()
    answer = get(puller)
    assert (answer.status_code, answer.json()["code"]) == (503, "paused") and "Retry-After" in answer.headers
    puller.set(paused=False)
    (stamp,) = puller.instance.sql("SELECT stamp FROM mfg_sync_endpoint WHERE id = %s", [puller.endpoint])
    puller.instance.sql("UPDATE mfg_sync_endpoint SET stamp = 'elsewhere' WHERE id = %s", [puller.endpoint])
    assert get(puller).json()["code"] == ack(puller, done(told)).json()["code"] == "not-at-home"
    puller.instance.sql("UPDATE mfg_sync_endpoint SET stamp = %s WHERE id = %s", [stamp["stamp"], puller.endpoint])
    assert puller.row(uuid=told)["attempt_count"] == 0
    assert fetch(puller) == [told]


def test_what_waited_to_be_fetched_is_sent_when_the_choice_changes(puller, receiver):
    told = ready(puller, puller.tell())
    receiver.start()
    puller.set(url=receiver.url, delivery="push")
    puller.reaches(told, "done")
    assert len(receiver.requests) == 1
