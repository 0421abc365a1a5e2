"""A shift change's mix of execution events, a run of issues, and closings, beside a script that calls the ORM.

One connection, whose messages one worker applies, beside one script that works its events off one after the other: one
login, one call for each method of the ORM, all ids looked up before the clock runs. The script's dates are those of its
calls; ours book what the floor's clock said. What orders, stock and scrap came to is compared after each sample.
"""

import time

from bench.frame import Failure, Goal, row
from bench.load import Script, post_all
from bench.plant import rest
from bench.shop import PARTS, Shop, done_by, shift, told

MIX_ORDERS, ISSUE_ORDERS, CLOSING_ORDERS = 6, 3, 40
#: so many issues of each part of an order
ISSUES = 8
BATCH = 100
MIX_ROW = "a shift change's mix of execution events, beside an XML-RPC script"
ISSUES_ROW = "a run of material issues, beside an XML-RPC script"
CLOSING_ROW = "closing 40 orders, beside an XML-RPC script"
ROWS = {MIX_ROW, ISSUES_ROW, CLOSING_ROW}


def measure(bench):
    floor = Floor(bench)
    for name, method, goal in (
        (MIX_ROW, floor.mix, 1.5),
        (ISSUES_ROW, floor.issues, 5),
        (CLOSING_ROW, floor.closings, 1.5),
    ):
        found = bench.interleaved(ours=lambda method=method: method(True), script=lambda method=method: method(False))
        floor.compare(name)
        yield row(name, "events/s", found["ours"], found["script"], Goal(">=", goal))
    floor.shop.pause()


class Floor:
    """Each method makes orders, has so many events come in by messages or by the script, and returns events/s."""

    def __init__(self, bench):
        self.instance = bench.shared
        self.shop = Shop(self.instance, bench.series)
        self.script = Script(self.instance)
        self.nobody_works = self.instance.call("resource.calendar", "create", {"name": "Night", "attendance_ids": []})
        self.outcomes = {True: [], False: []}

    def mix(self, ours):
        orders = self.shop.orders(MIX_ORDERS)
        return self._rate(ours, orders, shift(orders))

    def issues(self, ours):
        orders = self.shop.orders(ISSUE_ORDERS)
        facts = [(order, "issued", part, ISSUES) for part in PARTS for order in orders] * ISSUES
        return self._rate(ours, orders, facts)

    def closings(self, ours):
        # off-hours: nobody waits for stock that a closing holds
        self.shop.set(people_calendar_id=self.nobody_works)
        orders = self.shop.orders(CLOSING_ORDERS, "KIT")
        facts = [(order, "closed") if ours else (order, "closed", "KIT") for order in orders]
        return self._rate(ours, orders, facts)

    def _rate(self, ours, orders, facts):
        rest(self.instance)
        seconds = self._by_messages(facts) if ours else self._by_script(facts)
        self.outcomes[ours].append(self.shop.outcome(orders))
        return len(facts) / seconds

    def _by_script(self, facts):
        started = time.monotonic()
        done_by(self.script, facts)
        return time.monotonic() - started

    def _by_messages(self, facts):
        self.shop.empty()
        events = told(facts)
        batches = [events[start : start + BATCH] for start in range(0, len(events), BATCH)]
        requests = [self.shop.request(batch) for batch in batches]
        post_all(self.instance.url, requests, 1)
        self.shop.wait_done(len(facts))
        return self.shop.span()

    def compare(self, name):
        """Both sides came to the same, in every sample; Failure shows the first difference."""
        found = [outcome for outcomes in self.outcomes.values() for outcome in outcomes]
        self.outcomes = {True: [], False: []}
        for outcome in found[1:]:
            for ours, theirs in zip(found[0], outcome, strict=True):
                if ours != theirs:
                    raise Failure(f"{name}: effects differ:\n  {ours}\n  {theirs}")
