"""Odoo itself is stopped for eight hours, in fast time, in the middle of what a MES tells; its senders keep trying."""

import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from bench.plant import rest
from bench.shop import MIX, Shop, told
from border.plant import wait_for

from outages.clock import pass_hours
from outages.people import Person
from outages.senders import Sender, tell_all

SENDERS = 4


@pytest.fixture
def shop(outage_instance, series):
    shop = Shop(outage_instance, series, "shopaway")
    yield shop
    shop.pause()


def start_again(instance):
    # the log of before says that a runner is ready, and that one is gone
    instance.log.rename(instance.log.with_suffix(".before.log"))
    instance.running.start(http_port=urlsplit(instance.url).port)


def test_eight_hours_without_odoo(outage_instance, shop, size, tell):
    calm, *orders = shop.orders(1 + size.orders)
    assert shop.post(told([(calm, *fact) for fact in MIX])).status_code == 202
    shop.wait_done(len(MIX))
    # of stock of his own: whoever reserves what is booked meanwhile meets Odoo's own repetition of transactions, as he
    # does when a colleague books it
    spare = outage_instance.call("product.product", "create", shop._item("SPARE", by_lot=False))
    person = Person(shop, spare, 2 * size.rounds * size.each)
    promises = Counter()
    senders = [
        Sender(shop, told([(order, *fact) for order in orders[number::SENDERS] for fact in MIX]))
        for number in range(SENDERS)
    ]
    events = sum(len(sender.events) for sender in senders) + len(MIX)
    for sender in senders:
        sender.start()
    wait_for("the shift has begun", lambda: sum(sender.taken for sender in senders) > events // 10, 60)
    outage_instance.running.stop()
    before = shop.count()
    assert before < events, "it was stopped too late"
    wait_for("every sender has met nobody", lambda: all(sender.answers["nobody"] > 3 for sender in senders), 30)
    pass_hours(outage_instance, 8)
    assert shop.count() == before
    # somebody lets it only take what comes at first: what the person meets is the whole backlog then
    outage_instance.sql("UPDATE mfg_sync_endpoint SET paused = true WHERE id = %s", [shop.endpoint])
    start_again(outage_instance)
    tell_all(senders, 120)
    assert shop.count() == events
    promises["accepted, and in the ledger once"] += events
    waiting = shop.count("state = 'pending'")
    person.alternate(lambda: shop.count("state = 'pending'"), size.rounds, size.each)
    tell(person.verdict("Odoo away"))
    rest_of_it, started = shop.count("state = 'pending'"), time.monotonic()
    shop.wait_done(events)
    rate = rest_of_it / (time.monotonic() - started)
    rest(outage_instance)
    promises["applied"] += shop.count("state = 'done' AND NOT needs_person")
    assert promises["applied"] == events
    promises["in the order in which it happened"] += in_order(outage_instance, shop)
    # no table of ours is asked: each came to what the order came to that was made before anything happened
    assert set(shop.outcome(orders)) == set(shop.outcome([calm]))
    promises["orders with exactly what was told of them"] += len(orders)
    answers = sum((sender.answers for sender in senders), Counter())
    tell(f"Odoo away: {events} events by {SENDERS} senders, answers {dict(answers)}, {waiting} waited, {rate:.0f}/s")
    tell(f"Odoo away: checked {dict(promises)}")


def in_order(instance, shop):
    """How many events were applied after what happened before them in their order; raises where one was not."""
    rows = instance.sql(
        """SELECT m.lane, m.occurred, min(a.id) AS applied
           FROM mfg_sync_message m JOIN mfg_sync_attempt a ON a.message_id = m.id AND a.result = 'done'
           WHERE m.endpoint_id = %s GROUP BY m.id ORDER BY m.lane, m.occurred""",
        [shop.endpoint],
    )
    for one, other in zip(rows, rows[1:], strict=False):
        assert one["lane"] != other["lane"] or one["applied"] < other["applied"], (one, other)
    return len(rows)
