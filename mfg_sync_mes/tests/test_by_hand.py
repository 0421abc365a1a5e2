from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.mfg_sync import compat

from .common import SERVICE_GROUPS, MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestByHand(MesCase):
    """People book in Odoo too: the same by hand comes to the same, and nothing is booked twice."""

    def mark_done(self, order, lot_name, cells):
        """As a person does it on the order's form."""
        lot = self.env["stock.lot"].create(
            {"name": lot_name, "product_id": order.product_id.id, "company_id": self.env.company.id}
        )
        compat.set_producing_lots(order, lot)
        order.qty_producing = order.product_qty
        order._set_qty_producing()
        move = order.move_raw_ids.filtered(lambda move: move.product_id == self.cell)
        move.move_line_ids.unlink()
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": cells.id, "quantity": move.product_uom_qty})
        ]
        order.move_raw_ids.picked = True
        order.with_context(skip_consumption=True, skip_redirection=True).button_mark_done()
        self.assertEqual(order.state, "done")

    def work(self, workorder, minutes):
        # in no time: a second that passed between the two would be worked off again when the minutes are corrected, and
        # Odoo rounds each of its entries
        with freeze_time():
            workorder.with_user(self.worker).button_start()
            workorder.with_user(self.worker).button_finish()
            workorder.duration = minutes

    def finances(self, order):
        moves = (order.move_raw_ids | order.move_finished_ids).filtered(lambda move: move.state == "done")
        return sorted(
            (move.product_id.default_code, move.quantity, round(compat.move_value(move), 2)) for move in moves
        )

    def test_nobody_says_by_hand_what_the_floor_told(self):
        order = self.make_order(2)
        walt = new_test_user(self.env, "walt", groups=SERVICE_GROUPS)
        line = order.move_raw_ids.move_line_ids[:1].with_user(walt)
        self.assertTrue(line)
        scrap = self.env["stock.scrap"].with_user(walt)
        vals = {"product_id": self.cell.id, "lot_id": self.cells.id, "scrap_qty": 1, "mfg_sync_told": True}
        for forge in (
            lambda: line.write({"mfg_sync_told": 4}),
            lambda: line.write({"mfg_sync_worked_out": True}),
            lambda: scrap.create(vals),
            lambda: order.with_user(walt).write({"mfg_sync_revision": 7}),
        ):
            with self.assertRaisesRegex(AccessError, "only messages"):
                forge()

    def test_a_twin_by_hand_costs_the_same(self):
        self.worker = new_test_user(self.env, "walt", groups=SERVICE_GROUPS)
        twin = self.make_order(2)
        for workorder, minutes in zip(self.steps(twin), (20, 4), strict=True):
            self.work(workorder, minutes)
        self.mark_done(twin, "H-1", self.cells)

        order = self.make_order(2, number="ORD-1")
        self.tell("mes.operation.started", 0, order="ORD-1", operation="10")
        self.tell("mes.material.issued", 5, order="ORD-1", item="CELL", lot="C-1", quantity=8, transaction="T1")
        self.tell("mes.operation.completed", 20, order="ORD-1", operation="10", good=2)
        self.tell("mes.operation.completed", 30, order="ORD-1", operation="20", good=2, minutes=4)
        self.assertDone(self.tell("mes.production.reported", 31, order="ORD-1", quantity=2, lot="P-1", report="1"))
        self.assertEqual(self.steps(order).mapped("duration"), self.steps(twin).mapped("duration"))
        self.assertEqual(self.finances(order), self.finances(twin))
        self.assertAlmostEqual(self.value_of(order), 8 * 2 + 2 * 5 + 20 + 8, 2)
        self.assertEqual(self.consumed(order), self.consumed(twin))

    def test_who_finished_it_by_hand_is_not_booked_again(self):
        order = self.make_order(2, number="ORD-1")
        self.mark_done(order, "P-1", self.more_cells)
        cells, batteries = self.on_hand(self.cell), self.on_hand(self.battery)
        facts = [
            ("mes.operation.started", {"operation": "10"}),
            ("mes.material.issued", {"item": "CELL", "lot": "C-2", "quantity": 8, "transaction": "T1"}),
            ("mes.operation.completed", {"operation": "10", "good": 2}),
            ("mes.production.reported", {"quantity": 2, "lot": "P-1", "report": "1"}),
        ]
        for minute, (kind, data) in enumerate(facts):
            message = self.tell(kind, minute, order="ORD-1", **data)
            self.assertDone(message, effect=False)
            self.assertIn("no change needed", message.result_text)
        self.assertEqual((self.on_hand(self.cell), self.on_hand(self.battery)), (cells, batteries))
        self.assertEqual(order.mfg_sync_status, "in_sync")

    def test_what_was_booked_otherwise_by_hand_is_for_a_person(self):
        order = self.make_order(2, number="ORD-1")
        self.mark_done(order, "P-1", self.more_cells)
        other_lot = self.tell(
            "mes.material.issued", 1, order="ORD-1", item="CELL", lot="C-1", quantity=8, transaction="T1"
        )
        self.assertHeld(other_lot, "conflict", "closed in Odoo")
        more = self.tell("mes.production.reported", 2, order="ORD-1", quantity=3, lot="P-1", report="1")
        self.assertHeld(more, "conflict", "closed in Odoo")
        self.assertEqual((more.status, order.mfg_sync_status), ("needs_you", "needs_you"))
        self.assertEqual(self.on_hand(self.cell, self.cells), 100)

    def test_a_cancelled_order_is_for_a_person(self):
        order = self.make_order(2, number="ORD-1")
        order.action_cancel()
        started = self.tell("mes.operation.started", 0, order="ORD-1", operation="10")
        self.assertHeld(started, "conflict", "cancelled")

    def test_what_nobody_told_is_taken_where_it_lies_and_never_below_zero(self):
        order = self.make_order(2, number="ORD-1")
        order.do_unreserve()
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        quants = self.env["stock.quant"]
        quants._update_available_quantity(self.case, self.stock, -99)
        quants._update_available_quantity(self.case, shelf, 1)
        self.tell("mes.material.issued", 5, order="ORD-1", item="CELL", lot="C-1", quantity=8, transaction="T1")
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 10, order="ORD-1", operation=operation, good=2)
        self.assertDone(self.tell("mes.production.reported", 11, order="ORD-1", quantity=2, lot="P-1", report="1"))
        left = quants.search([("product_id", "=", self.case.id), ("location_id.usage", "=", "internal")])
        self.assertEqual(set(left.mapped("quantity")) - {0.0}, set())
        self.make_order(1, number="ORD-2")
        self.tell("mes.material.issued", 5, order="ORD-2", item="CELL", lot="C-1", quantity=4, transaction="T1")
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 10, order="ORD-2", operation=operation, good=1)
        short = self.tell("mes.production.reported", 11, order="ORD-2", quantity=1, lot="P-2", report="1")
        self.assertHeld(short, "early", "1.0 Units of [CASE]")

    def test_started_by_hand_and_completed_by_the_floor(self):
        order = self.make_order(2, number="ORD-1")
        self.steps(order)[0].button_start()
        self.assertDone(self.tell("mes.operation.started", 0, order="ORD-1", operation="10"), effect=False)
        self.assertDone(self.tell("mes.operation.completed", 20, order="ORD-1", operation="10", good=2, minutes=12))
        self.assertEqual((self.steps(order)[0].state, self.steps(order)[0].duration), ("done", 12))
        self.assertDone(self.tell("mes.operation.started", 1, order="ORD-1", operation="10", report="7"), effect=False)

    def test_the_floor_reports_no_operations(self):
        """A connection that does not tell operations leaves them to Odoo."""
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name.startswith("mes.operation")).mode = "off"
        order = self.make_order(2, number="ORD-1")
        self.assertDone(self.tell("mes.production.reported", 31, order="ORD-1", quantity=2, lot="P-1", report="1"))
        self.assertEqual((order.state, self.steps(order).mapped("state")), ("done", ["done", "done"]))

    def test_the_end_waits_for_operations_that_are_told(self):
        order = self.make_order(2, number="ORD-1")
        final = self.tell("mes.production.reported", 31, order="ORD-1", quantity=2, lot="P-1", report="1")
        self.assertHeld(final, "early", "Assemble, Test")
        for operation in ("10", "20"):
            self.assertDone(self.tell("mes.operation.completed", 30, order="ORD-1", operation=operation, good=2))
        self.drain(self.endpoint)
        self.assertDone(final)
        self.assertEqual(order.state, "done")

    def test_scrap_of_finished_pieces_waits_for_them(self):
        order = self.make_order(3, number="ORD-1")
        scrap = self.tell(
            "mes.scrap.reported", 20, order="ORD-1", lot="P-1", quantity=1, reason="Dented", transaction="S1"
        )
        self.assertHeld(scrap, "early", "finished")
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 25, order="ORD-1", operation=operation, good=3)
        # the scrap waits for this very report, so it must not keep it from closing the order
        self.assertDone(self.tell("mes.production.reported", 31, order="ORD-1", quantity=3, lot="P-1", report="1"))
        self.drain(self.endpoint)
        self.assertDone(scrap)
        self.assertEqual((order.state, self.on_hand(self.battery)), ("done", 2))

    def scrap_by_hand(self, order, quantity):
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": self.cell.id,
                "lot_id": self.cells.id,
                "scrap_qty": quantity,
                "production_id": order.id,
                "location_id": self.stock.id,
            }
        )
        scrap.action_validate()
        self.assertEqual(scrap.state, "done")
        self.date_now(scrap)
        return scrap

    def date_now(self, record):
        """All of a test is one transaction, and Odoo dates by when that began: before anything was told."""
        self.env.flush_all()
        # pylint: disable=sql-injection  # a table of a model
        self.env.cr.execute(
            f"UPDATE {record._table} SET create_date = clock_timestamp() AT TIME ZONE 'UTC' WHERE id = %s", [record.id]
        )
        self.env.invalidate_all()

    def replay_now(self, message):
        message.action_replay()
        self.date_now(message.decision_ids[:1])
        self.drain(self.endpoint)

    def early_scrap(self, order):
        """One cell, told before its operation was."""
        early = self.tell(
            "mes.scrap.reported",
            12,
            order="ORD-1",
            operation="10",
            item="CELL",
            lot="C-1",
            quantity=1,
            transaction="S1",
        )
        self.assertHeld(early, "early", "has not been started")
        return early

    def scrapped(self, order):
        return sum(self.env["stock.scrap"].search([("production_id", "=", order.id)]).mapped("scrap_qty"))

    def test_a_scrap_that_only_came_early_is_not_the_one_made_by_hand(self):
        order = self.make_order(2, number="ORD-1")
        early, by_hand = self.early_scrap(order), self.scrap_by_hand(order, 1)
        self.assertDone(self.tell("mes.operation.started", 0, order="ORD-1", operation="10"))
        self.drain(self.endpoint)
        self.assertDone(early)
        self.assertEqual((self.scrapped(order), by_hand.mfg_sync_told), (2, False))

    def test_a_scrap_by_hand_is_the_one_that_a_person_replays(self):
        order = self.make_order(2, number="ORD-1")
        early, by_hand = self.early_scrap(order), self.scrap_by_hand(order, 1)
        self.steps(order)[0].button_start()
        self.replay_now(early)
        self.assertDone(early, effect=False)
        self.assertIn("was scrapped by hand", early.result_text)
        self.assertEqual((self.scrapped(order), by_hand.mfg_sync_told), (1, True))

    def test_what_is_scrapped_after_a_replay_is_something_else(self):
        """Somebody replays it too soon; days later one more is scrapped by hand, and then comes the start."""
        order = self.make_order(2, number="ORD-1")
        early = self.early_scrap(order)
        self.replay_now(early)
        self.assertHeld(early, "early", "has not been started")
        later = self.scrap_by_hand(order, 1)
        self.assertDone(self.tell("mes.operation.started", 0, order="ORD-1", operation="10"))
        self.drain(self.endpoint)
        self.assertDone(early)
        self.assertEqual((self.scrapped(order), later.mfg_sync_told), (2, False))

    def test_an_operation_that_runs_on_after_a_part_is_finished(self):
        order = self.make_order(3, number="ORD-1")
        self.tell("mes.operation.started", 0, order="ORD-1", operation="10")
        self.tell("mes.operation.started", 1, order="ORD-1", operation="20")
        self.assertDone(self.tell("mes.production.reported", 10, order="ORD-1", quantity=1, lot="P-1", report="1"))
        rest = compat.family(order) - order
        self.assertEqual(self.steps(order).mapped("duration"), [10, 9])
        self.assertEqual(self.steps(rest).mapped("state"), ["progress", "progress"])
        self.assertDone(self.tell("mes.operation.completed", 30, order="ORD-1", operation="10", good=3))
        self.assertDone(self.tell("mes.operation.completed", 31, order="ORD-1", operation="20", good=3))
        self.assertEqual(self.steps(rest).mapped("duration"), [20, 21])
        self.assertDone(self.tell("mes.production.reported", 32, order="ORD-1", quantity=2, lot="P-1", report="2"))
        self.assertEqual(rest.state, "done")
