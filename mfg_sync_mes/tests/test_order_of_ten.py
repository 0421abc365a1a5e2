from datetime import datetime

from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestOrderOfTen(MesCase):
    """Ten batteries, reported in parts under one order number of the MES."""

    def test_from_start_to_last_piece(self):
        order = self.make_order(10, number="ORD-7")
        started = self.tell("mes.operation.started", 0, order="ORD-7", operation="10", report="1")
        self.assertDone(started)
        assemble = self.steps(order)[0]
        self.assertEqual((order.state, assemble.state), ("progress", "progress"))
        self.assertEqual((assemble.date_start, order.date_start), (datetime(2026, 3, 2, 6), datetime(2026, 3, 2, 6)))

        for minute, (lot, quantity) in enumerate((("C-1", 25), ("C-2", 15)), 5):
            issued = self.tell(
                "mes.material.issued",
                minute,
                order="ORD-7",
                operation="10",
                item="CELL",
                lot=lot,
                quantity=quantity,
                transaction=f"T{minute}",
            )
            self.assertDone(issued)
        self.assertDone(self.tell("mes.operation.completed", 30, order="ORD-7", operation="10", report="1", good=10))
        self.assertEqual((assemble.state, assemble.qty_produced, assemble.duration), ("done", 10, 30))
        line = assemble.time_ids
        self.assertEqual((line.date_start, line.date_end), (datetime(2026, 3, 2, 6), datetime(2026, 3, 2, 6, 30)))

        self.tell("mes.operation.started", 31, order="ORD-7", operation="20", report="1")
        self.assertDone(
            self.tell("mes.operation.completed", 50, order="ORD-7", operation="20", report="1", good=4, minutes=10)
        )
        test = self.steps(order)[1]
        self.assertEqual((test.state, test.qty_produced, test.duration), ("progress", 4, 10))

        first = self.tell("mes.production.reported", 51, order="ORD-7", quantity=4, lot="P-1", report="1")
        self.assertDone(first)
        family = compat.family(order)
        rest = family - order
        self.assertEqual(
            (order.state, order.qty_produced, rest.product_qty, rest.state in ("confirmed", "progress", "to_close")),
            ("done", 4, 6, True),
        )
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 16, ("CASE", ""): 4})
        self.assertEqual(compat.producing_lots(order).name, "P-1")
        # 16 cells, 4 cases, 30 minutes of assembly (all of it, Odoo books it on the order that had it), 10 of testing
        self.assertAlmostEqual(self.value_of(order), 16 * 2 + 4 * 5 + 30 + 20, 2)

        # testing of the rest is reported under the same number
        self.assertDone(
            self.tell("mes.operation.completed", 70, order="ORD-7", operation="20", report="2", good=6, minutes=15)
        )
        self.assertDone(self.tell("mes.production.reported", 71, order="ORD-7", quantity=6, lot="P-2", report="2"))
        self.assertEqual((rest.state, rest.qty_produced), ("done", 6))
        self.assertEqual(self.consumed(order, rest), {("CELL", "C-1"): 25, ("CELL", "C-2"): 15, ("CASE", ""): 10})
        self.assertEqual((self.on_hand(self.cell), self.on_hand(self.case), self.on_hand(self.battery)), (160, 90, 10))
        self.assertAlmostEqual(self.value_of(rest), 24 * 2 + 6 * 5 + 30, 2)
        self.assertEqual((order.mfg_sync_status, rest.mfg_sync_status, test.mfg_sync_status), ("in_sync",) * 3)
        self.assertEqual(len(compat.family(order)), 2)

    def test_totals_of_operations_and_output(self):
        self.endpoint.flow_ids.filtered("can_total").quantity_mode = "cumulative"
        order = self.make_order(10, number="ORD-7")
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 10, order="ORD-7", operation=operation, good=4, report="1", minutes=5)
            self.tell("mes.operation.completed", 20, order="ORD-7", operation=operation, good=10, report="2", minutes=5)
        self.assertEqual(self.steps(order).mapped("qty_produced"), [10, 10])
        self.assertDone(self.tell("mes.production.reported", 30, order="ORD-7", quantity=4, lot="P-1", report="1"))
        self.assertDone(self.tell("mes.production.reported", 31, order="ORD-7", quantity=10, lot="P-1", report="2"))
        self.assertDone(
            self.tell("mes.production.reported", 32, order="ORD-7", quantity=10, lot="P-1", report="3"), False
        )
        self.assertEqual(self.on_hand(self.battery), 10)

    def test_scrapped_pieces_finish_the_operation_and_are_missing_in_the_end(self):
        order = self.make_order(3, number="ORD-7")
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 10, order="ORD-7", operation=operation, good=2, scrap=1, report="1")
        self.assertEqual(self.steps(order).mapped("state"), ["done", "done"])
        self.assertEqual(self.steps(order).mapped("qty_produced"), [2, 2])
        self.assertDone(self.tell("mes.production.reported", 30, order="ORD-7", quantity=2, lot="P-1", report="1"))
        rest = compat.family(order) - order
        self.assertEqual((rest.product_qty, rest.state), (1, "confirmed"))
