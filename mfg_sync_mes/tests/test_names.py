import time
from types import SimpleNamespace

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mfg_sync.engine import drain, homes
from odoo.addons.mfg_sync.engine.retention import Retention

from .common import MesCase, at

ISSUED = {"item": "CELL", "lot": "C-1", "quantity": 1}


@tagged("post_install", "-at_install", "mfg_sync")
class TestNames(MesCase):
    """The floor calls an order by its own id, and a clerk's terminal by the number that is printed on the sheet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order(2, number="ORD-1")

    def issue(self, order, **data):
        return self.tell("mes.material.issued", 10, order=order, **ISSUED | data)

    def accept_issue(self, order, **data):
        """Only taken in, as many are before the next turn."""
        self.accept_at("mes.material.issued", 10, order=order, **ISSUED | {"transaction": "T1"} | data)

    def remove_past(self):
        """Five years later."""
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET done_at = done_at - interval '5 years' WHERE endpoint_id = %s",
            [self.endpoint.id],
        )
        with self.own_cursors():
            Retention(self.env.registry).run()
        self.env.invalidate_all()

    def test_a_fact_is_the_same_however_its_order_is_called(self):
        for first, again in (("ORD-1", self.order.name), (f" {self.order.name}", "ORD-1 ")):
            transaction = f"T {first}"
            self.assertDone(self.issue(first, transaction=transaction))
            repeated = self.issue(again, transaction=transaction)
            self.assertHeld(repeated, "look_alike")
            repeated.action_same()
        lines = self.order.move_raw_ids.move_line_ids.filtered(lambda line: line.lot_id == self.cells)
        self.assertEqual(sum(lines.mapped("mfg_sync_told")), 2)

    def test_a_fact_told_before_the_order_was_known_is_the_same_after(self):
        number = self.order.name
        self.order.name = "WH/MO/not-yet"
        early = self.issue(number, transaction="T1")
        self.assertHeld(early, "reference")
        self.order.name = number
        self.assertDone(self.issue("ORD-1", transaction="T1"))
        early.action_replay()
        self.drain(self.endpoint)
        self.assertHeld(early, "look_alike")

    def test_what_was_removed_is_known_under_the_other_name_too(self):
        done = self.issue(self.order.name, transaction="T1")
        self.assertDone(done)
        self.remove_past()
        self.assertFalse(done.exists())
        self.assertHeld(self.issue("ORD-1", transaction="T1"), "look_alike")

    def test_a_match_that_is_made_later_hides_nothing_of_what_was_told(self):
        """The work center was known by its code; then somebody matches that word by hand."""
        stop = {"work_center": "ASM", "started": at(5), "ended": at(9), "reason": "Equipment Failure"}
        self.assertDone(self.tell("mes.downtime.reported", 9, **stop))
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.endpoint.id,
                "system_id": self.endpoint.system_ids.id,
                "company_id": self.env.company.id,
                "entity": "work_center",
                "external_id": "ASM",
                "res_model": "mrp.workcenter",
                "res_id": self.assembly.id,
            }
        )
        again = self.tell("mes.downtime.reported", 9, **stop)
        self.assertEqual((again.no_effect, again.lane), (True, f"mrp.workcenter,{self.assembly.id}"))
        lines = self.env["mrp.workcenter.productivity"].search([("workcenter_id", "=", self.assembly.id)])
        self.assertEqual(len(lines), 1)

    def test_a_name_with_signs_of_a_key_in_it_is_one_name(self):
        self.bind_order(self.order, "OR|D\\2")
        self.assertDone(self.issue("OR|D\\2", transaction="T1"))
        self.assertDone(self.issue("ORD-1", transaction="T2"))
        self.assertHeld(self.issue("ORD-1", transaction="T1"), "look_alike")

    def test_nothing_passes_what_failed_because_it_calls_the_order_otherwise(self):
        failed = self.issue(self.order.name, unit="KGM", transaction="T1")
        self.assertEqual(failed.state, "dead", failed.error_text)
        self.assertEqual(failed.lane, f"mrp.production,{self.order.id}")
        passing = self.issue("ORD-1", transaction="T2")
        self.assertHeld(passing, "blocked")
        failed.action_cancel("It was weighed by mistake.")
        self.drain(self.endpoint)
        self.assertDone(passing)

    def test_who_decides_about_a_message_of_an_order_keeps_no_other_order_waiting(self):
        other, ahead = self.make_order(1), 0.0
        bind = type(self.env["mfg.sync.binding"])._bind

        def held(matches, external_id, **values):
            """Somebody holds a message of the order that is called so; on a slow machine, too."""
            nonlocal ahead
            if external_id == self.order.name:
                ahead += 3600
                matches.env.cr.execute("DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$")
            return bind(matches, external_id=external_id, **values)

        self.patch(type(self.env["mfg.sync.binding"]), "_bind", held)
        self.patch(homes, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead))
        self.accept_issue(self.order.name, unit="KGM")
        self.accept_issue(other.name)
        self.accept_issue("ORD-1", transaction="T2")
        with mute_logger("odoo.sql_db"):
            self.drain(self.endpoint)
        # nor does what calls the order otherwise pass the one that waits
        messages = self.env["mfg.sync.message"].search([("endpoint_id", "=", self.endpoint.id)], order="id")
        self.assertEqual(messages.mapped("state"), ["pending", "done", "pending"])
        self.patch(type(self.env["mfg.sync.binding"]), "_bind", bind)
        self.drain(self.endpoint)
        self.assertEqual(messages.mapped("state"), ["dead", "done", "held"])
        self.assertHeld(messages[2], "blocked")

    def test_nothing_passes_a_name_for_which_there_was_no_time(self):
        """To find out that nobody knows an order took all there was, and so it is the turn of the next name later."""
        ahead = 0.0
        find = type(self.env["mfg.sync.resolver"])._find_production

        def slow(resolver, message, value):
            nonlocal ahead
            ahead += 3600 if value == "NOBODY" else 0
            return find(resolver, message, value)

        self.patch(type(self.env["mfg.sync.resolver"]), "_find_production", slow)
        self.patch(homes, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + ahead))
        self.accept_issue("ORD-1", transaction="T0")
        self.assertNobodyPasses()

    def test_nothing_passes_a_name_that_was_not_looked_at_yet(self):
        """The floor was away for an hour: its messages are more than one look takes."""
        for name in ("FIRST", "FEWEST", "MOST"):
            self.patch(drain, name, 2)
        self.time_chunks(60)
        self.assertNobodyPasses()

    def assertNobodyPasses(self):
        """What an unknown name makes slow, or the look makes short, keeps the order's own messages in their order."""
        self.accept_issue("NOBODY")
        self.accept_issue("ORD-1", transaction="T1")
        self.accept_issue(self.order.name, transaction="T2", unit="KGM")
        self.accept_issue("ORD-1", transaction="T3")
        self.drain(self.endpoint)
        *_first, unknown, done, failed, passing = self.env["mfg.sync.message"].search(
            [("endpoint_id", "=", self.endpoint.id)], order="id"
        )
        self.assertHeld(unknown, "reference")
        self.assertDone(done)
        self.assertEqual(failed.state, "dead", failed.error_text)
        self.assertHeld(passing, "blocked")

    def test_a_name_that_can_not_be_looked_up_stops_only_its_own_messages(self):
        other = self.make_order(1)
        find = type(self.env["mfg.sync.resolver"])._find_production

        def broken(resolver, message, value):
            if value == self.order.name:
                raise UserError(refusal)
            return find(resolver, message, value)

        self.patch(type(self.env["mfg.sync.resolver"]), "_find_production", broken)
        refusal, states = "A rule of another addon is broken.", []
        for order in (self.order, other):
            message = self.issue(order.name, transaction=f"T {order.name}")
            states.append((message.state, message.error_text or ""))
        self.assertEqual([state for state, _text in states], ["dead", "done"])
        self.assertIn("A rule of another addon", states[0][1])

    def test_where_orders_can_not_even_be_read_now_the_messages_come_again(self):
        """An addon is being updated: its table is locked for a moment."""
        find = type(self.env["mfg.sync.resolver"])._find_production

        def locked(resolver, message, value):
            resolver.env.cr.execute("DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$")

        self.patch(type(self.env["mfg.sync.resolver"]), "_find_production", locked)
        with mute_logger("odoo.sql_db"):
            message = self.issue(self.order.name, transaction="T1")
        self.assertEqual((message.state, message.attempt_count), ("pending", 0))
        self.patch(type(self.env["mfg.sync.resolver"]), "_find_production", find)
        self.drain(self.endpoint)
        self.assertDone(message)

    def test_parts_of_a_split_order_are_one_document_whichever_is_named(self):
        first, second = self.order._split_productions({self.order: [1, 1]})
        part = self.issue(second.name, transaction="T1", unit="KGM")
        self.assertEqual((part.state, part.lane), ("dead", f"mrp.production,{first.id}"))
        self.assertHeld(self.issue("ORD-1", transaction="T2"), "blocked")

    def test_a_match_that_repetitions_are_known_by_stays(self):
        self.assertDone(self.issue(self.order.name, transaction="T1"))
        match = self.env["mfg.sync.binding"].search([("external_id", "=", self.order.name)])
        for attempt in (match.unlink, lambda: match.write({"external_id": "other"})):
            with self.assertRaisesRegex(UserError, "Messages about .* were applied"):
                attempt()
        self.remove_past()
        with self.assertRaisesRegex(UserError, "Messages about .* were applied"):
            match.unlink()
        # as long as a repetition of it is known
        match.removed_told = "2000-01-01"
        match.unlink()
        self.assertTrue(self.order.exists())

    def test_a_match_of_removed_messages_stays_whatever_they_opened(self):
        """A report is shown at the work order, a match names the order."""
        started = {"operation": "10", "report": "1"}
        self.assertDone(self.tell("mes.operation.started", 0, order=self.order.name, **started))
        match = self.env["mfg.sync.binding"].search([("external_id", "=", self.order.name)])
        self.remove_past()
        with self.assertRaisesRegex(UserError, "Messages about .* were applied"):
            match.unlink()
        self.assertHeld(self.tell("mes.operation.started", 0, order="ORD-1", **started), "look_alike")

    def test_a_match_by_which_nothing_was_told_is_deleted(self):
        # what was only told to them is no reason
        self.add_flows(self.endpoint, "mes.order.released")
        unused = self.make_order(1, number="ORD-2")
        unused.action_mfg_sync_release()
        told = self.captured().filtered(lambda row: (row.res_model, row.res_id) == (unused._name, unused.id))
        self.env.cr.execute("UPDATE mfg_sync_message SET state = 'done' WHERE id = ANY(%s)", [told.ids])
        self.assertTrue(told)
        self.env["mfg.sync.binding"].search([("external_id", "=", "ORD-2")]).unlink()
        self.assertTrue(unused.exists())
        # nor is what failed, and was only tried after that
        tried = self.issue("ORD-1", lot="C-9")
        self.assertHeld(tried, "reference")
        self.receive(self.cell, "C-9", 5)
        self.endpoint.flow_ids.mode = "shadow"
        tried.action_replay()
        self.drain(self.endpoint)
        self.assertEqual((tried.state, tried.shadow), ("done", True))
        self.env["mfg.sync.binding"].search([("external_id", "=", "ORD-1")]).unlink()
        self.assertTrue(self.order.exists())

    def test_who_has_an_id_of_his_own_is_told_that_one(self):
        """He confirmed an order by our number before he gave it his."""
        other = self.make_order(1)
        self.assertDone(self.issue(other.name, transaction="T1"))
        resolver = self.env["mfg.sync.resolver"]
        self.assertEqual(resolver.external_id(self.endpoint.id, "production", other), other.name)
        self.bind_order(other, "ORD-2")
        self.bind_order(other, "ORD-2b")
        self.assertEqual(resolver.external_id(self.endpoint.id, "production", other), "ORD-2")

    def test_the_number_of_a_part_is_no_id_of_theirs(self):
        order = self.make_order(2)
        before = order.name
        self.assertDone(self.issue(before, transaction="T1"))
        parts = order._split_productions({order: [1, 1]})
        self.assertDone(self.issue(parts[1].name, transaction="T2"))
        told = self.env["mfg.sync.resolver"].external_id(self.endpoint.id, "production", parts[0])
        self.assertEqual(told, before)
        self.bind_order(parts[0], "ORD-9")
        told = self.env["mfg.sync.resolver"].external_id(self.endpoint.id, "production", parts[0])
        self.assertEqual(told, "ORD-9")

    def test_what_came_in_shadow_matches_nothing_also_where_its_turn_comes_once_it_is_live(self):
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.material.issued")
        flow.mode = "shadow"
        self.accept_issue(self.order.name)
        flow.mode = "live"
        self.drain(self.endpoint)
        tried = self.env["mfg.sync.message"].search([("endpoint_id", "=", self.endpoint.id)], order="id desc", limit=1)
        self.assertEqual(tried.status, "tried")
        matches = self.env["mfg.sync.binding"].search([("entity", "=", "production")])
        self.assertEqual(matches.mapped("external_id"), ["ORD-1"])

    def test_what_is_only_tried_matches_nothing(self):
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.material.issued").mode = "shadow"
        tried = self.issue(self.order.name, transaction="T1")
        self.assertEqual((tried.state, tried.shadow), ("done", True))
        matches = self.env["mfg.sync.binding"].search([("entity", "=", "production")])
        self.assertEqual(matches.mapped("external_id"), ["ORD-1"])
