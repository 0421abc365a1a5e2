"""Capturing what happens in Odoo: what it adds to a write, to confirming an order, and where nobody watches.

Inside one process, in transactions that are taken back, so that nothing but the work itself is measured.
"""

import statistics

from bench.frame import Goal, row

ITEMS = 100
ORDERS = 10
WRITE_ROW = "outbound capture on a write of an item, a record"
CONFIRM_ROW = "outbound capture's part of confirming and planning a production order"
NOBODY_ROW = "queries that capturing adds to a write on a model nobody watches"
ROWS = {WRITE_ROW, CONFIRM_ROW, NOBODY_ROW}


def measure(bench):
    with bench.inside() as odoo:
        items, orders = odoo.call("make_items", count=ITEMS), odoo.call("make_orders", count=ORDERS)
        nobody = odoo.call("queries", ids=items)
        yield row(NOBODY_ROW, "queries", nobody[0] - nobody[1], goal=Goal("<=", 0))
        kinds = odoo.call("kinds_told")
        groups = odoo.call("groups_for", kinds=kinds)
        endpoint = odoo.call("make_endpoint", code="capture", kinds=kinds, groups=groups)
        writing = Writing(odoo, endpoint, items)
        found = bench.interleaved(watched=writing.watched, off=writing.off)
        yield row(WRITE_ROW, "ms", found["watched"] - found["off"], goal=Goal("<=", 2))
        confirming = Confirming(odoo, endpoint, orders)
        found = bench.interleaved(watched=confirming.watched, off=confirming.off)
        # Odoo keeps its own tracking before the commit as well: that is there in both
        share = 100 * (found["watched"] - found["off"]) / statistics.median(confirming.totals)
        yield row(CONFIRM_ROW, "%", share, goal=Goal("<=", 3))


class Writing:
    """Milliseconds of a write of one item, its share of what is done before the commit included."""

    def __init__(self, odoo, endpoint, items):
        self.odoo, self.endpoint, self.items = odoo, endpoint, items

    def _sample(self, mode):
        self.odoo.call("set_modes", endpoint=self.endpoint, mode=mode)
        self.odoo.call("write_items", ids=self.items[:5])
        return 1000 * self.odoo.call("write_items", ids=self.items)[0] / ITEMS

    def watched(self):
        return self._sample("live")

    def off(self):
        return self._sample("off")


class Confirming:
    """Seconds of what is done before the commit when confirming and planning some orders.

    :ivar totals: seconds of all of it where nobody watches, a sample each
    """

    def __init__(self, odoo, endpoint, orders):
        self.odoo, self.endpoint, self.orders, self.totals = odoo, endpoint, orders, []

    def _sample(self, mode):
        self.odoo.call("set_modes", endpoint=self.endpoint, mode=mode)
        # who changes a synchronization empties caches of Odoo's, which a plant does not do before each order
        self.odoo.call("confirm", ids=self.orders[:1])
        return self.odoo.call("confirm", ids=self.orders)

    def watched(self):
        return self._sample("live")[1]

    def off(self):
        total, before_commit = self._sample("off")
        self.totals.append(total)
        return before_commit
