"""Quiet time, 20 messages a second: from accepting to effect, and from a change in Odoo to the receiver.

Messages that come one by one are the hardest for an engine that works in batches: each must wake it. Inbound from the
arrival in the ledger to the effect's commit as the database's clock has it; outbound from before the call that changes
an item (so its own time counts against us) to the arrival at the receiver.
"""

import statistics
import time

from bench.frame import Failure, Goal, percentile, row, wait_until
from bench.load import Sender, run_threads
from bench.outside import receiver
from bench.plant import BenchPlant, rest

A_SECOND = 20
SECONDS = 15
CALLERS = 4
IN_ROW = "quiet time: accept → effect, p95 at 20 messages/s"
OUT_ROW = "quiet time: change in Odoo → the receiver has it, p95 at 20 messages/s"
ROWS = {IN_ROW, OUT_ROW}


def measure(bench):
    instance = bench.shared
    plant = BenchPlant(instance, "quiet", ["sync.test"])
    samples = [inbound(plant) for _run in range(bench.runs)]
    bench.say(f"      in: p95 {', '.join(f'{value:.3f}' for value in samples)}")
    yield row(IN_ROW, "s", statistics.median(samples), goal=Goal("<=", 1))
    plant.pause()
    teller = BenchPlant(instance, "quietout", ["master.item"])
    with receiver() as there:
        teller.set(url=there.url)
        samples = [outbound(teller, there) for _run in range(bench.runs)]
    bench.say(f"      out: p95 {', '.join(f'{value:.3f}' for value in samples)}")
    yield row(OUT_ROW, "s", statistics.median(samples), goal=Goal("<=", 1))
    teller.pause()


def paced(count, work):
    """Call ``work(number)`` for each number, 20 a second, by several callers; a late call is made at once."""
    begin = time.monotonic() + 0.1

    def caller(first):
        for number in range(first, count, CALLERS):
            time.sleep(max(0, begin + number / A_SECOND - time.monotonic()))
            work(number)

    run_threads([lambda first=first: caller(first) for first in range(CALLERS)])


def inbound(plant):
    rest(plant.instance)
    plant.empty()
    count = A_SECOND * SECONDS
    requests = [plant.request(plant.noop()) for _each in range(count)]
    senders = [Sender(plant.instance.url) for _each in range(CALLERS)]
    paced(count, lambda number: senders[number % CALLERS].post(*requests[number]))
    plant.wait_done(count)
    took = plant.instance.sql(
        "SELECT extract(epoch FROM done_at - received)::float8 AS s FROM mfg_sync_message WHERE endpoint_id = %s",
        [plant.endpoint],
    )
    return percentile([entry["s"] for entry in took], 0.95)


def outbound(plant, there):
    call = plant.instance.call
    count = A_SECOND * SECONDS
    items = call("product.product", "create", [{"name": f"Part {n}", "default_code": f"Q{n}"} for n in range(count)])
    told = "SELECT count(*) AS n FROM mfg_sync_message WHERE endpoint_id = %s AND state = 'done'"
    before = plant.instance.sql(told, [plant.endpoint])[0]["n"]
    wait_until("the new items are told", lambda: _quiet(plant), 120)
    there.arrivals()
    begun = {}

    def change(number):
        begun[items[number]] = time.time()
        call("product.product", "write", [items[number]], {"name": f"Part {number} {time.time()}"})

    paced(count, change)
    wait_until("the changes are told", lambda: _quiet(plant), 120)
    after = plant.instance.sql(told, [plant.endpoint])[0]["n"]
    if after - before < count:
        raise Failure(f"{after - before} of {count} changes were told")
    arrived = {uuid: moment for moment, uuid in there.arrivals()}
    rows = plant.instance.sql(
        "SELECT uuid, res_id FROM mfg_sync_message WHERE endpoint_id = %s AND uuid = ANY(%s)",
        [plant.endpoint, list(arrived)],
    )
    latest = {entry["res_id"]: arrived[entry["uuid"]] for entry in sorted(rows, key=lambda e: arrived[e["uuid"]])}
    missing = set(begun) - set(latest)
    if missing:
        raise Failure(f"{len(missing)} of {count} changes did not arrive")
    return percentile([latest[item] - moment for item, moment in begun.items()], 0.95)


def _quiet(plant):
    (found,) = plant.instance.sql(
        """SELECT (SELECT count(*) FROM mfg_sync_mark WHERE endpoint_id = %s)
                  + (SELECT count(*) FROM mfg_sync_message WHERE endpoint_id = %s AND state = 'pending') AS open""",
        [plant.endpoint, plant.endpoint],
    )
    return not found["open"]
