from itertools import permutations

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestTotals(MesCase):
    """A MES that tells totals so far: they may come late, twice and in any order, but they only grow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.totals = cls.endpoint.flow_ids.filtered("can_total")
        cls.totals.quantity_mode = "cumulative"

    def issue(self, minute, total, number="ORD-1", **data):
        data = {"item": "CELL", "lot": "C-1", "transaction": f"T{minute}", **data}
        return self.tell("mes.material.issued", minute, order=number, quantity=total, **data)

    def complete(self, minute, total, number="ORD-1", operation="10", **data):
        data = {"report": f"{minute}", "minutes": 5, **data}
        return self.tell("mes.operation.completed", minute, order=number, operation=operation, good=total, **data)

    def report(self, minute, total, number="ORD-1"):
        data = {"lot": "P-1", "report": f"{minute}"}
        return self.tell("mes.production.reported", minute, order=number, quantity=total, **data)

    def test_totals_in_any_order_end_the_same(self):
        self.env["stock.quant"]._update_available_quantity(self.cell, self.stock, 200, lot_id=self.cells)
        totals = ((10, 2), (20, 5), (30, 8))
        for number, turn in enumerate(permutations(totals)):
            with self.subTest(turn=turn):
                name = f"ORD-{number}"
                order = self.make_order(10, number=name)
                for tell, scale in ((self.issue, 4), (self.complete, 1)):
                    for minute, total in turn:
                        message = tell(minute, scale * total, name)
                        self.assertEqual(message.state, "done", message.error_text)
                told = order.move_raw_ids.move_line_ids.mapped("mfg_sync_told")
                self.assertEqual((sum(told), self.steps(order)[0].qty_produced), (32, 8))
                before = self.on_hand(self.battery)
                for minute, total in turn:
                    message = self.report(minute, total, name)
                    self.assertEqual(message.state, "done", message.error_text)
                self.assertEqual(self.on_hand(self.battery) - before, 8)

    def test_a_total_below_the_last_one_is_a_question_for_a_person(self):
        order = self.make_order(10, number="ORD-1")
        for tell in (self.issue, self.complete, self.report):
            self.assertDone(tell(10, 4))
            lower = tell(20, 3)
            self.assertHeld(lower, "conflict", "Totals only grow")
            self.assertIn("is 3 here and 4 in message", lower.error_text)
            self.assertEqual(lower.status, "needs_you")
            lower.action_cancel("A typing error.")
        self.assertEqual(order.qty_produced, 4)

    def test_the_same_total_again_changes_nothing(self):
        self.make_order(10, number="ORD-1")
        for tell in (self.issue, self.report):
            self.assertDone(tell(10, 4))
            self.assertDone(tell(20, 4), effect=False)

    def test_an_older_total_that_comes_late_changes_nothing_unless_it_is_higher(self):
        self.make_order(10, number="ORD-1")
        self.assertDone(self.issue(20, 8))
        self.assertDone(self.issue(10, 4), effect=False)
        self.assertDone(self.issue(11, 4, lot="C-2"), effect=True)
        self.assertHeld(self.issue(12, 9), "conflict", "which happened later")

    def test_a_kind_that_tells_no_totals_refuses_them(self):
        scrap = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.scrap.reported")
        with self.assertRaisesRegex(ValidationError, "tells no totals"):
            scrap.quantity_mode = "cumulative"
