"""One slow endpoint beside nine healthy ones, four job slots: what the nine deliver while it is slow.

The slow one answers after 5 seconds. Beside it: the same ten connections with ten healthy receivers.
"""

import uuid
from contextlib import ExitStack

from bench.frame import Goal, row, wait_until
from bench.outside import receiver
from bench.plant import BenchPlant, rest

NINE, MESSAGES = 9, 60
SLOW = 5.0
ROW = "nine healthy endpoints beside one that answers in 5 s, beside the nine and a tenth healthy one"
ROWS = {ROW}


def measure(bench):
    with ExitStack() as stack:
        instance = stack.enter_context(bench.instance())
        healthy, slow = (stack.enter_context(receiver(delay)) for delay in (0.0, SLOW))
        nine = [BenchPlant(instance, f"out{number}", ["master.item"]) for number in range(NINE)]
        tenth = BenchPlant(instance, "tenth", ["master.item"])
        tenth.set(read_timeout=10)
        for plant in nine:
            plant.set(url=healthy.url)
        ten = Ten(instance, nine, tenth, healthy)
        found = bench.interleaved(
            beside=lambda: ten.throughput(slow.url), healthy=lambda: ten.throughput(healthy.url), warm_up=False
        )
    yield row(ROW, "messages/s", found["beside"], found["healthy"], Goal(">=", 0.95))


class Ten:
    def __init__(self, instance, nine, tenth, healthy):
        self.instance, self.nine, self.tenth, self.healthy = instance, nine, tenth, healthy

    def throughput(self, url):
        """Messages a second of the nine, each of which has so many, from the moment all may go."""
        everybody = [self.tenth, *self.nine]
        for plant in everybody:
            plant.pause()
        self.instance.sql("DELETE FROM mfg_sync_mark")
        self.instance.sql(
            "UPDATE mfg_sync_message SET state = 'cancelled' WHERE direction = 'out' AND state = 'pending'"
        )
        self.tenth.set(url=url)
        rest(self.instance)
        # an item without a reference of its own is told to nobody
        items = [{"name": f"Part {number}", "default_code": f"S{uuid.uuid4().hex}"} for number in range(MESSAGES)]
        self.instance.call("product.product", "create", items)
        done = self._done()
        self.healthy.arrivals()
        (moment,) = self.instance.sql("SELECT extract(epoch FROM clock_timestamp())::float8 AS now")
        ids = [plant.endpoint for plant in everybody]
        self.instance.call("mfg.sync.endpoint", "write", ids, {"paused": False})
        wait_until("the nine are delivered", lambda: self._done() - done >= NINE * MESSAGES, 240, pause=0.1)
        (last,) = self.instance.sql(
            "SELECT extract(epoch FROM max(done_at))::float8 AS last FROM mfg_sync_message WHERE endpoint_id = ANY(%s)",
            [[plant.endpoint for plant in self.nine]],
        )
        return NINE * MESSAGES / (last["last"] - moment["now"])

    def _done(self):
        query = "SELECT count(*) AS n FROM mfg_sync_message WHERE endpoint_id = ANY(%s) AND state = 'done'"
        return self.instance.sql(query, [[plant.endpoint for plant in self.nine]])[0]["n"]
