"""What an office goes on doing while nobody can be told: items are renamed, receipts put off, new ones made."""

import json
import statistics
from collections import Counter

from bench.plant import rest
from border.plant import Plant, wait_for

from outages.clock import pass_hours

KINDS = ("master.item", "wms.receipt.expected")


class Office(Plant):
    """The connection of a warehouse system: facts of receipts in order, and states of items.

    :ivar receipts: ids of transfers; each change of one is a fact with the next revision
    """

    def __init__(self, instance, series, code):
        super().__init__(instance, code, KINDS, ("base.group_user", "stock.group_stock_user"))
        self.is_17 = series.startswith("17")
        # probes are made when hours have passed, and not by themselves while the office works
        self.set(first_retry=5.0, first_probe=600.0, read_timeout=1.0, connect_timeout=1.0)
        (house,) = instance.call("stock.warehouse", "search_read", [], ["in_type_id", "lot_stock_id"], limit=1)
        self.type, self.shelf = house["in_type_id"][0], house["lot_stock_id"][0]
        self.items, self.receipts, self.day = [], [], 0
        self.promises = Counter()

    # -- people

    def open(self, items, receipts):
        new = [{"name": f"Part {number}", "default_code": f"{self.code}-{len(self.items)}-{number}"}
               | ({"detailed_type": "product"} if self.is_17 else {"type": "consu", "is_storable": True})
               for number in range(items)]  # fmt: skip
        self.items += self.instance.call("product.product", "create", new)
        places = {"location_id": self.ref("stock.stock_location_suppliers"), "location_dest_id": self.shelf}
        move = {"product_id": self.items[0], "product_uom_qty": 5, **places} | ({"name": "Part"} if self.is_17 else {})
        values = {"picking_type_id": self.type, **places, "move_ids": [(0, 0, move)]}
        made = self.instance.call("stock.picking", "create", [values] * receipts)
        self.instance.call("stock.picking", "action_confirm", made)
        self.receipts += made

    def work(self):
        """A round of changes: every receipt is put off by a day, every second item is renamed."""
        self.day += 1
        # of one transaction each, as people do it
        for receipt in self.receipts:
            moment = f"2027-{1 + self.day // 28:02d}-{1 + self.day % 28:02d} 06:00:00"
            self.instance.call("stock.picking", "write", [receipt], {"scheduled_date": moment})
        self.instance.call("product.product", "write", self.items[::2], {"name": f"Part of day {self.day}"})

    # -- time

    def line(self):
        found = self.instance.sql(
            "SELECT * FROM mfg_sync_line WHERE endpoint_id = %s AND probe_at IS NOT NULL", [self.endpoint]
        )
        return found[0] if found else None

    def hours_pass(self, hours):
        """Hours pass in which the other side can't be reached: the breaker probes, and in vain."""
        before = self.line()["probes"]
        pass_hours(self.instance, hours)
        self.sweep()
        wait_for("a probe", lambda: (line := self.line()) and line["probes"] > before, 30)
        self.promises["however long it takes, there are probes"] += 1

    def break_down(self):
        """Wait until the breaker is open."""
        wait_for("the breaker to open", self.line, 60)
        self.promises["the breaker opens"] += 1

    def recover(self):
        """The other side can be reached again: at the latest after the next interval a probe finds it so."""
        rest(self.instance)
        pass_hours(self.instance, 0.5)
        self.sweep()

    def backlog(self):
        (found,) = self.instance.sql(
            """SELECT count(*) + (SELECT count(*) FROM mfg_sync_mark WHERE endpoint_id = %(id)s) AS n
               FROM mfg_sync_message WHERE endpoint_id = %(id)s AND state IN ('pending', 'held')""",
            {"id": self.endpoint},
        )
        return found["n"]

    def caught_up(self, seconds):
        wait_for("it has caught up", lambda: not self.backlog(), seconds)
        rest(self.instance)

    def catch_up(self, line, person, size, begin):
        """Let what has waited go, so slowly that a person works meanwhile. Returns messages a second.

        :param begin: has the other side reached again
        """
        back = self.newest_attempt()
        # as long as he needs for all he does meanwhile, on whatever machine
        line.delay = min(0.6, max(0.3, 2 * size.rounds * size.each * person.first / self.backlog()))
        begin()
        self.recover()
        person.alternate(self.backlog, size.rounds, size.each)
        line.delay = 0.0
        self.caught_up(300)
        assert not self.line()
        return self.check_pace(back)

    def attempts_since(self, moment_id):
        return self.instance.sql(
            """SELECT a.* FROM mfg_sync_attempt a JOIN mfg_sync_message m ON m.id = a.message_id
               WHERE m.endpoint_id = %s AND a.id > %s ORDER BY a.id""", [self.endpoint, moment_id])  # fmt: skip

    def newest_attempt(self):
        return self.instance.sql("SELECT COALESCE(max(id), 0) AS id FROM mfg_sync_attempt")[0]["id"]

    # -- promises

    def check(self, requests, repeats_allowed=False):
        """What arrived at the other side, against the ledger and against Odoo's own documents.

        :param requests: what the receiver kept, in the order in which it came
        :param repeats_allowed: answers were lost, so a message may have come again, with the same id and bytes
        """
        arrived, seen = [], {}
        for request in requests:
            event = json.loads(request["body"])
            self.promises["signed under its own id"] += 1
            assert {name.lower(): value for name, value in request["headers"].items()}["webhook-id"] == event["id"]
            if event["id"] in seen:
                assert repeats_allowed and seen[event["id"]] == request["body"], f"{event['id']} came twice"
                self.promises["what comes again has the same id and bytes"] += 1
                continue
            seen[event["id"]] = request["body"]
            arrived.append(event)
        self._check_ledger(seen, repeats_allowed)
        self._check_facts([event for event in arrived if event["type"] == "wms.receipt.expected.v1"])
        self._check_states([event for event in arrived if event["type"] == "master.item.v1"])

    def _check_ledger(self, seen, unheard):
        rows = self.instance.sql(
            "SELECT uuid, state, needs_person FROM mfg_sync_message WHERE endpoint_id = %s AND direction = 'out'",
            [self.endpoint],
        )
        assert {row["state"] for row in rows} <= {"done", "superseded"}
        assert not [row for row in rows if row["needs_person"]]
        done = {row["uuid"] for row in rows if row["state"] == "done"}
        assert not done - set(seen), "lost"
        # a state that arrived without Odoo hearing of it may have a later one by now
        superseded = {row["uuid"] for row in rows if row["state"] == "superseded"} if unheard else set()
        assert not set(seen) - done - superseded, "it is there, and Odoo does not know it"
        self.promises["done in the ledger, and there once"] += len(done)

    def _check_facts(self, events):
        """All revisions of each receipt, none left out, in their order; counted against the receipts themselves."""
        told = {}
        for event in events:
            told.setdefault(event["data"]["transfer"]["code"], []).append(event["data"]["revision"])
        found = self.instance.sql(
            "SELECT name, mfg_sync_revision AS revision FROM stock_picking WHERE id = ANY(%s)", [self.receipts]
        )
        expected = {row["name"]: list(range(1, row["revision"] + 1)) for row in found}
        assert told == expected
        self.promises["revisions of a receipt complete and in order"] += sum(map(len, told.values()))

    def _check_states(self, events):
        """Of each item the other side knows what Odoo says now, and nothing older came after it."""
        last = {event["data"]["item"]["code"]: event["data"]["name"] for event in events}
        found = self.instance.call("product.product", "read", self.items, ["default_code", "name"])
        assert last == {row["default_code"]: row["name"] for row in found}
        self.promises["last state of an item is Odoo's"] += len(last)

    def check_pace(self, since):
        """However many waited, one went at a time: nobody is flooded. Returns messages a second."""
        tries = [each for each in self.attempts_since(since) if each["result"] == "done"]
        spans = sorted((each["started"], each["duration_ms"] / 1000) for each in tries)
        for (began, took), (next_began, _took) in zip(spans, spans[1:], strict=False):
            # both are measured by the worker's clock; a millisecond is what it rounds
            assert (next_began - began).total_seconds() >= took - 0.002, "two at a time"
            self.promises["one at a time"] += 1
        # the median, since the connection was paused between
        return 1 / statistics.median(
            (other - one).total_seconds() for (one, _), (other, _) in zip(spans, spans[1:], strict=False)
        )

    def check_calm(self, since, steps):
        """While it was away it was asked now and then, not hammered."""
        tried = len(self.attempts_since(since))
        # what opens the breaker, then one a probe; two more for what was on its way
        assert tried <= 5 + 2 * steps + 2, f"{tried} attempts in {steps} steps"
        self.promises["asked now and then while away"] += 1
        return tried
