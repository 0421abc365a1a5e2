"""The engine's own share when execution events are applied, beside the same calls of the ORM made directly.

Inside one process. Directly: the handlers of the same kinds of events one after the other, flushed each and committed
as often as the engine does, without ledger, savepoints, order, repetition or status.
"""

from bench.frame import Failure, Goal, row
from bench.load import post_all
from bench.shop import Shop, shift, told

ORDERS = 10
ROW = "applying execution events by the engine, beside the same ORM calls directly"
ROWS = {ROW}


def measure(bench):
    # no runner and no cron: nobody but this process applies anything
    with bench.instance(runner=False, max_cron_threads=0) as instance, bench.inside(instance) as odoo:
        applying = Applying(Shop(instance, bench.series), odoo)
        found = bench.interleaved(engine=applying.engine, direct=applying.direct)
        applying.compare()
    yield row(ROW, "ms an event", found["engine"], found["direct"], Goal("<=", 1.1))


class Applying:
    def __init__(self, shop, odoo):
        self.shop, self.odoo = shop, odoo
        self.outcomes = []

    def _accept(self):
        orders = self.shop.orders(ORDERS)
        facts = shift(orders)
        self.shop.empty()
        post_all(self.shop.instance.url, [self.shop.request(told(facts))], 1)
        return orders, len(facts)

    def _sample(self, orders, count, seconds):
        self.outcomes.append(self.shop.outcome(orders))
        return 1000 * seconds / count

    def engine(self):
        orders, count = self._accept()
        # what a drain counts are its steps: that the name of an order was matched is one too
        _steps, seconds = self.odoo.call("drain", endpoint=self.shop.endpoint)
        done = self.shop.count("state = 'done'")
        if done != count:
            raise Failure(f"{done} of {count} events were applied")
        return self._sample(orders, count, seconds)

    def direct(self):
        orders, count = self._accept()
        ids = self.odoo.call("settle", endpoint=self.shop.endpoint)
        return self._sample(orders, count, self.odoo.call("handle", endpoint=self.shop.endpoint, ids=ids))

    def compare(self):
        if any(outcome != self.outcomes[0] for outcome in self.outcomes):
            raise Failure("the engine and the direct calls came to different ends")
