from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestMaterial(MesCase):
    """What the floor takes is what is consumed: no more, no less, no other lot."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order(2, number="ORD-1")

    def issue(self, minute, quantity, item="CELL", lot="C-1", **data):
        names = {"lot": lot} if lot else {}
        return self.tell("mes.material.issued", minute, order="ORD-1", item=item, quantity=quantity, **names, **data)

    def finish(self, minute=60, quantity=2):
        for number, operation in enumerate(("10", "20")):
            self.assertDone(
                self.tell(
                    "mes.operation.completed", minute - 10 + number, order="ORD-1", operation=operation, good=quantity
                )
            )
        return self.tell("mes.production.reported", minute, order="ORD-1", quantity=quantity, lot="P-1", report="1")

    def test_several_issues_add_up_and_nothing_is_added_to_them(self):
        for minute, (lot, quantity) in enumerate((("C-2", 3), ("C-1", 2), ("C-2", 2))):
            self.assertDone(self.issue(minute, quantity, lot=lot, transaction=f"T{minute}"))
        self.assertDone(self.finish())
        # one cell less than the bill says, as told; the case was not told and is worked out
        self.assertEqual(self.consumed(self.order), {("CELL", "C-1"): 2, ("CELL", "C-2"): 5, ("CASE", ""): 2})
        self.assertEqual((self.on_hand(self.cell, self.cells), self.on_hand(self.cell, self.more_cells)), (98, 95))

    def test_what_was_reserved_becomes_what_was_told(self):
        """As a line made for it: by the MES, who is shown as having done it, and nothing stays reserved beside it."""
        move = self.order.move_raw_ids.filtered(lambda move: move.product_id == self.cell)
        reserved = move.move_line_ids
        self.assertEqual((reserved.lot_id, reserved.quantity), (self.cells, 8))
        for minute, quantity, total in ((1, 5, 5), (2, 3, 8)):
            self.assertDone(self.issue(minute, quantity, transaction=f"T{minute}"))
            line = move.move_line_ids
            self.assertEqual((line, line.quantity, line.mfg_sync_told, line.picked), (reserved, total, total, True))
            self.assertEqual((line.create_uid, line.write_uid), (self.endpoint.user_id, self.endpoint.user_id))
            made = move._prepare_move_line_vals(quantity=0)
            self.assertEqual((line.production_id.id, line.workorder_id.id), (made.get("production_id", False), False))
            quant = self.env["stock.quant"]._gather(self.cell, self.stock, self.cells, strict=True)
            self.assertEqual(quant.reserved_quantity, total)
        self.assertDone(self.issue(3, 1, lot="C-2", transaction="T3"))
        self.assertEqual(move.move_line_ids.mapped("mfg_sync_told"), [8, 1])

    def test_another_lot_than_the_reserved_one_takes_its_place(self):
        move = self.order.move_raw_ids.filtered(lambda move: move.product_id == self.cell)
        self.assertDone(self.issue(1, 8, lot="C-2", transaction="T1"))
        self.assertEqual((move.move_line_ids.lot_id, move.quantity), (self.more_cells, 8))
        quant = self.env["stock.quant"]._gather(self.cell, self.stock, self.cells, strict=True)
        self.assertEqual(quant.reserved_quantity, 0)

    def test_totals_are_not_added(self):
        kind = self.env["mfg.sync.message.type"].search([("name", "=", "mes.material.issued")])
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id == kind).quantity_mode = "cumulative"
        self.assertDone(self.issue(1, 3, transaction="T1"))
        self.assertDone(self.issue(2, 8, transaction="T2"))
        self.assertDone(self.issue(3, 8, transaction="T3"), effect=False)
        self.assertDone(self.finish())
        self.assertEqual(self.consumed(self.order)["CELL", "C-1"], 8)

    def test_the_same_posting_under_a_new_id_is_not_booked_twice(self):
        self.assertDone(self.issue(1, 8, transaction="T1"))
        self.assertDone(self.issue(1, 8, transaction="T1"), effect=False)
        # without a transaction number only the looks can tell
        self.assertDone(self.issue(2, 1, item="CASE", lot=None))
        twin = self.issue(2, 1, item="CASE", lot=None)
        self.assertHeld(twin, "look_alike")
        behind = self.issue(3, 1, item="CASE", lot=None)
        self.assertHeld(behind, "blocked")
        twin.action_same()
        self.drain(self.endpoint)
        self.assertDone(twin, effect=False)
        self.assertDone(behind)
        self.assertDone(self.finish())
        self.assertEqual(self.consumed(self.order), {("CELL", "C-1"): 8, ("CASE", ""): 2})

    def test_other_units_are_converted(self):
        self.assertDone(self.issue(1, 0.5, unit="DZN", transaction="T1"))
        self.assertEqual(sum(self.order.move_raw_ids.move_line_ids.mapped("mfg_sync_told")), 6)

    def test_a_unit_nobody_knows_holds_the_issue_and_the_end_of_the_order_only(self):
        unknown = self.issue(1, 2, unit="KARTON", transaction="T1")
        self.assertHeld(unknown, "reference", "KARTON")
        self.assertEqual((unknown.status, self.order.mfg_sync_status), ("needs_you", "needs_you"))
        self.assertDone(self.issue(2, 2, item="CASE", lot=None, transaction="T2"))
        final = self.finish()
        self.assertHeld(final, "early", "1 messages before this one wait")
        self.assertEqual(self.steps(self.order).mapped("state"), ["done", "done"])
        self.env["mfg.sync.value.map"].create(
            {
                "kind": "uom",
                "code": "KARTON",
                "uom_id": self.env.ref("uom.product_uom_dozen").id,
                "endpoint_id": self.endpoint.id,
            }
        )
        self.drain(self.endpoint)
        self.assertDone(unknown)
        self.assertDone(final)
        self.assertEqual(self.consumed(self.order)["CELL", "C-1"], 24)
        self.assertEqual(self.order.mfg_sync_status, "in_sync")

    def test_a_bad_issue_keeps_the_order_open_but_not_the_goods_from_shipping(self):
        bad = self.issue(1, 4, unit="KGM", transaction="T1")
        self.assertEqual(bad.state, "dead")
        self.assertDone(self.tell("mes.production.reported", 50, order="ORD-1", quantity=1, lot="P-1", report="1"))
        self.assertEqual((self.order.state, self.on_hand(self.battery)), ("done", 1))
        for operation in ("10", "20"):
            self.assertDone(self.tell("mes.operation.completed", 55, order="ORD-1", operation=operation, good=1))
        last = self.tell("mes.production.reported", 60, order="ORD-1", quantity=1, lot="P-1", report="2")
        self.assertHeld(last, "early", "can't be closed")
        bad.action_cancel("Was a typing error on the floor")
        self.drain(self.endpoint)
        self.assertDone(last)
        self.assertEqual(compat.family(self.order).mapped("state"), ["done", "done"])

    def test_a_lot_that_has_not_arrived_is_waited_for(self):
        waiting = self.issue(1, 8, lot="C-9", transaction="T1")
        self.assertHeld(waiting, "reference", "C-9")
        self.receive(self.cell, "C-9", 5)
        waiting.action_replay()
        self.drain(self.endpoint)
        # known now, but only five of it are there: never below zero
        self.assertHeld(waiting, "early", "3.0 Units")
        self.assertEqual(waiting.wait_key, "stock:CELL")
        self.env["stock.quant"]._update_available_quantity(
            self.cell, self.stock, 3, lot_id=self.env["stock.lot"].search([("name", "=", "C-9")])
        )
        waiting.action_replay()
        self.drain(self.endpoint)
        self.assertDone(waiting)
        self.assertDone(self.finish())
        self.assertEqual(self.consumed(self.order)["CELL", "C-9"], 8)

    def test_what_two_orders_take_must_be_there_for_both(self):
        self.receive(self.cell, "C-9", 10)
        self.make_order(2, number="ORD-2")
        self.assertDone(self.issue(1, 8, lot="C-9", transaction="T1"))
        second = self.tell(
            "mes.material.issued", 2, order="ORD-2", item="CELL", lot="C-9", quantity=8, transaction="T1"
        )
        self.assertHeld(second, "early", "6.0 Units")

    def test_stock_on_a_shelf_and_reserved_by_others_is_taken_where_it_lies(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.receive(self.cell, "C-9", 8, shelf)
        other = self.make_order(50)
        self.assertIn("C-9", other.move_raw_ids.move_line_ids.lot_id.mapped("name"))
        self.assertDone(self.issue(1, 8, lot="C-9", transaction="T1"))
        self.assertDone(self.finish())
        self.assertEqual(self.on_hand(self.cell, location=shelf), 0)
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.cell.id), ("location_id.usage", "=", "internal")]
        )
        self.assertGreaterEqual(min(quants.mapped("quantity")), 0)

    def test_a_component_the_bill_does_not_have_is_added(self):
        glue = self.product("GLUE", "none", 1.0)
        self.receive(glue, None, 10)
        self.assertDone(self.issue(1, 3, item="GLUE", lot=None, operation="10", transaction="T1"))
        self.assertDone(self.issue(2, 1, item="GLUE", lot=None, operation="10", transaction="T2"))
        self.assertDone(self.issue(3, 8, transaction="T3"))
        self.assertDone(self.finish())
        self.assertEqual(self.consumed(self.order), {("GLUE", ""): 4, ("CELL", "C-1"): 8, ("CASE", ""): 2})
        self.assertAlmostEqual(self.value_of(self.order), 4 + 16 + 10 + self.labour(), 2)

    def labour(self):
        return sum(
            workorder.duration / 60 * workorder.workcenter_id.costs_hour for workorder in self.order.workorder_ids
        )

    def test_a_late_issue_of_what_was_worked_out_is_not_consumed_twice(self):
        """The first half is reported before the issue that belongs to it arrives."""
        self.assertDone(self.tell("mes.production.reported", 50, order="ORD-1", quantity=1, lot="P-1", report="1"))
        lot = self.order.move_raw_ids.move_line_ids.lot_id
        self.assertEqual(self.consumed(self.order)["CELL", lot.name], 4)
        late = self.issue(10, 6, lot=lot.name, transaction="T1")
        self.assertDone(late)
        rest = compat.family(self.order)[-1:]
        self.assertEqual(sum(rest.move_raw_ids.move_line_ids.mapped("mfg_sync_told")), 2)
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 55, order="ORD-1", operation=operation, good=1)
        self.assertDone(self.tell("mes.production.reported", 60, order="ORD-1", quantity=1, lot="P-1", report="2"))
        self.assertEqual(self.consumed(*compat.family(self.order))["CELL", lot.name], 6)

    def report_half(self):
        """One of two is finished; Odoo works out that it took four cells of the first lot."""
        self.assertDone(self.tell("mes.production.reported", 50, order="ORD-1", quantity=1, lot="P-1", report="1"))
        self.assertEqual(self.consumed(self.order), {("CELL", "C-1"): 4, ("CASE", ""): 1})
        return compat.family(self.order)[-1:]

    def told(self, order):
        return sum(order.move_raw_ids.move_line_ids.mapped("mfg_sync_told"))

    def test_a_late_issue_of_another_lot_takes_the_place_of_what_was_worked_out(self):
        rest = self.report_half()
        value = self.value_of(self.order)
        late = self.issue(10, 6, lot="C-2", transaction="T1")
        self.assertDone(late)
        self.assertIn(f"4 Units of it went into {self.order.display_name}, in the place of", late.result_text)
        self.assertEqual(self.consumed(self.order), {("CELL", "C-2"): 4, ("CASE", ""): 1})
        self.assertEqual((self.told(rest), self.value_of(self.order)), (2, value))
        self.assertEqual((self.on_hand(self.cell, self.cells), self.on_hand(self.cell, self.more_cells)), (100, 96))
        self.assertDone(self.issue(11, 2, lot="C-1", transaction="T2"))
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 55, order="ORD-1", operation=operation, good=1)
        self.assertDone(self.tell("mes.production.reported", 60, order="ORD-1", quantity=1, lot="P-1", report="2"))
        used = self.consumed(*compat.family(self.order))
        self.assertEqual(used, {("CELL", "C-2"): 6, ("CELL", "C-1"): 2, ("CASE", ""): 2})

    def test_a_late_issue_of_a_lot_that_is_not_there_waits_and_corrects_nothing(self):
        self.report_half()
        self.receive(self.cell, "C-9", 2)
        self.assertHeld(self.issue(10, 6, lot="C-9", transaction="T1"), "early", "2.0 Units")
        self.assertEqual(self.consumed(self.order), {("CELL", "C-1"): 4, ("CASE", ""): 1})

    def test_an_issue_after_a_part_was_finished_is_for_the_rest(self):
        rest = self.report_half()
        self.assertDone(self.issue(55, 4, lot="C-2", transaction="T1"))
        self.assertEqual((self.consumed(self.order)["CELL", "C-1"], self.told(rest)), (4, 4))

    def test_a_lot_on_hold_is_not_consumed_until_it_is_released(self):
        self.cells._mfg_sync_set_status("hold", "Swollen")
        held = self.issue(1, 8, transaction="T1")
        self.assertHeld(held, "early", "Swollen")
        self.cells._mfg_sync_set_status("released", "Measured again")
        self.drain(self.endpoint)
        self.assertDone(held)

    def test_an_item_with_lots_needs_one(self):
        message = self.issue(1, 8, lot=None, transaction="T1")
        self.assertEqual((message.state, message.error_class, message.error_pointer), ("dead", "data", "/data/lot"))
