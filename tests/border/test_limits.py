"""Limits on a live server: several workers take from one bucket; a delivery keeps the pace the other side bears."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from border.plant import Plant, wait_for

AWAY = {"status": 503}


@pytest.fixture(scope="module")
def taker(instance):
    plant = Plant(instance, "taker1")
    yield plant
    plant.pause()


@pytest.fixture
def teller(plant):
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])
    plant.instance.sql("DELETE FROM mfg_sync_bucket WHERE endpoint_id = %s", [plant.endpoint])
    plant.forget_outgoing()
    yield plant
    plant.set(out_rate=0, catch_up_rate=50, breaker_after=5, first_probe=30)
    plant.instance.call("mfg.sync.endpoint", "action_close_breaker", [plant.endpoint])
    plant.instance.sql("DELETE FROM mfg_sync_bucket WHERE endpoint_id = %s", [plant.endpoint])


def tries(plant, told):
    """When messages were tried, in order (seconds)."""
    rows = plant.instance.sql(
        """SELECT extract(epoch FROM a.started)::float8 AS started FROM mfg_sync_attempt a
           JOIN mfg_sync_message m ON m.id = a.message_id WHERE m.uuid = ANY(%s) ORDER BY a.started""",
        [told],
    )
    return [row["started"] for row in rows]


def gaps(moments):
    return [later - earlier for earlier, later in zip(moments, moments[1:], strict=False)]


def marked(plant, count):
    """So many new items, of which the connection will be told."""
    return [plant.make_item() for _each in range(count)]


def tell_together(plant, count):
    """So many new items of which the other side is told in one go."""
    plant.pause()
    items = marked(plant, count)
    plant.set(paused=False)
    return all_done(plant, items)


def all_done(plant, items):
    told = [plant.message_about(item)["uuid"] for item in items]
    for each in told:
        plant.reaches(each, "done", seconds=60)
    return told


def test_several_workers_take_from_one_bucket(taker):
    taker.set(in_rate=0.5, in_burst=20)
    events = [taker.event(f"bucket{number}") for number in range(60)]
    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(taker.post, events))
    most = 20 + 0.5 * (time.monotonic() - begun) + 1
    accepted = [answer for answer in answers if answer.status_code == 202]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(accepted) + len(refused) == 60
    assert 20 <= len(accepted) <= most
    assert all(int(answer.headers["Retry-After"]) <= 2 for answer in refused)
    (found,) = taker.instance.sql("SELECT count(*) AS n FROM mfg_sync_message WHERE event_id ~ '^bucket[0-9]+$'")
    assert found["n"] == len(accepted)


def test_the_other_side_never_gets_more_than_it_bears(teller, receiver):
    receiver.start()
    teller.set(out_rate=5, url=receiver.url)
    moments = tries(teller, tell_together(teller, 16))
    assert len(moments) == 16
    assert min(gaps(moments)) > 0.19, gaps(moments)
    assert moments[-1] - moments[0] < 12, "nor much less"


def test_a_slow_pace_holds_no_slot(teller, receiver):
    receiver.start()
    teller.set(out_rate=0.2, url=receiver.url)
    items = marked(teller, 3)
    wait_for("the first", lambda: len(receiver.requests) == 1)
    lock = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND objid = %s"
    wait_for("nobody holds a slot", lambda: not teller.instance.sql(lock, [0x6D666732, teller.endpoint]), 3)
    later = "SELECT eta FROM queue_job WHERE state = 'pending' AND identity_key = %s AND eta IS NOT NULL"
    key = f"mfg_sync:out:{teller.endpoint}:later"
    wait_for("a job with the time of the next one", lambda: teller.instance.sql(later, [key]), 3)
    moments = tries(teller, all_done(teller, items))
    assert min(gaps(moments)) >= 4.9, gaps(moments)


def test_after_an_outage_the_backlog_goes_in_order_at_a_bounded_rate(teller, receiver):
    teller.set(breaker_after=3, first_probe=1, catch_up_rate=10, url=receiver.start(*[AWAY] * 200).url)
    items = marked(teller, 4)
    wait_for("the breaker to open", lambda: teller.instance.sql(
        "SELECT 1 FROM mfg_sync_line WHERE endpoint_id = %s AND probe_at IS NOT NULL", [teller.endpoint]))  # fmt: skip
    items += marked(teller, 16)
    away = receiver.requests
    receiver.start()
    # probes come at growing intervals: this one is due now, however long it took to make the items
    teller.instance.sql(
        "UPDATE mfg_sync_line SET probe_at = now() AT TIME ZONE 'UTC' WHERE endpoint_id = %s", [teller.endpoint]
    )
    teller.sweep()
    told = all_done(teller, items)
    arrived = receiver.requests[len(away) :]
    assert len(arrived) >= 20
    moments = tries(teller, told)[-19:]
    assert min(gaps(moments)) > 0.09, gaps(moments)
    # the first is the probe; those that were not tried during the outage go in the order in which they happened
    tried = {each: teller.row(uuid=each)["attempt_count"] for each in told}
    order = [each["headers"]["webhook-id"] for each in arrived[1:]]
    fresh = [told.index(each) for each in order if tried[each] == 1]
    assert len(fresh) > 5 and fresh == sorted(fresh)
    caught_up = "SELECT 1 FROM mfg_sync_bucket WHERE endpoint_id = %s AND caught_up_at > back_at"
    wait_for("caught up", lambda: teller.instance.sql(caught_up, [teller.endpoint]))
    quick = tries(teller, tell_together(teller, 10))
    assert min(gaps(quick)) < 0.09, "what comes later is not held up"


def test_who_says_how_long_it_has_too_much_is_left_alone_so_long(teller, receiver):
    receiver.start({"status": 429, "headers": {"Retry-After": "4"}})
    teller.set(url=receiver.url)
    moments = tries(teller, tell_together(teller, 5))
    assert gaps(moments)[0] >= 4, gaps(moments)
