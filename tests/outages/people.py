"""A person who confirms small sales orders while the engine catches up, and how long that takes him."""

import time

import requests
from bench.frame import percentile
from bench.plant import rest

#: what a person may be slowed down: two cores do two jobs and the person's own work, so what he shares with a drain may
#: take him three times as long, and his worst moment once waits for a chunk (150 ms at the most) on the same stock
TIMES, MORE_MS = 3, 150
#: from fewer times nothing is concluded
LEAST = 10


class Person:
    """Who has logged in once: Odoo takes half a second to check a password, now and then, which says nothing of us.

    :ivar taken: milliseconds of each confirmation, by whether the engine was catching up
    :ivar first: seconds of his first one
    """

    def __init__(self, plant, item, count):
        """:param plant: whose connection catches up; :param item: id of what is sold"""
        self.plant, self.call = plant, plant.instance.call
        customer = self.call("res.partner", "create", {"name": "Walk-in"})
        lines = [(0, 0, {"product_id": item, "product_uom_qty": 1})] * 2
        self.orders = self.call("sale.order", "create", [{"partner_id": customer, "order_line": lines}] * (count + 1))
        self.taken = {True: [], False: []}
        self.session = requests.Session()
        instance = plant.instance
        user = {"db": instance.database, "login": instance.login, "password": instance.password}
        self._ask("/web/session/authenticate", user)
        # what is only slow the first time is nobody's fault
        started = time.perf_counter()
        self._confirm()
        self.first = time.perf_counter() - started

    def _work(self, catching_up):
        started = time.perf_counter()
        self._confirm()
        self.taken[catching_up].append(1000 * (time.perf_counter() - started))

    def _confirm(self):
        order = {"model": "sale.order", "method": "action_confirm", "args": [[self.orders.pop()]], "kwargs": {}}
        self._ask("/web/dataset/call_kw/sale.order/action_confirm", order)

    def _ask(self, path, params):
        answer = self.session.post(f"{self.plant.instance.url}{path}", json={"params": params}, timeout=120)
        answer.raise_for_status()
        assert "error" not in answer.json(), answer.text

    def alternate(self, backlog, rounds, each):
        """By turns while the connection is paused and while it catches up, so that both have the same machine.

        :param backlog: → how many messages still wait; what it is before and after says that it was catching up
        """
        for _round in range(rounds):
            self.plant.pause()
            rest(self.plant.instance)
            for _each in range(each):
                self._work(False)
            self.plant.set(paused=False)
            for _each in range(each):
                self._work(True)
                if not backlog():
                    self.taken[True].pop()
                    return

    def verdict(self, outage):
        """Assert that he was not harmed. Returns the line to print."""
        count = len(self.taken[True])
        assert count >= LEAST, f"{outage}: it caught up too soon to say anything: {count} confirmations"
        figures = {
            catching_up: (percentile(taken, 0.5), percentile(taken, 0.99)) for catching_up, taken in self.taken.items()
        }
        # of fewer than a hundred the p99 is the worst
        (p50, p99), (slow50, slow99) = figures[False], figures[True]
        line = (
            f"{outage}: a person confirms an order, {count} times each: p50 {p50:.0f} ms, p99 {p99:.0f} ms without; "
            f"p50 {slow50:.0f} ms, p99 {slow99:.0f} ms while it catches up"
        )
        assert slow99 <= TIMES * p99 + MORE_MS, line
        assert slow50 <= TIMES * p50 + MORE_MS, line
        return line
