from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .closing_case import ClosingCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestClosing(ClosingCase):
    """What an order consumes when the floor reports its pieces and says nothing of its components."""

    # -- components are brought to the line first

    def bring(self, order, quantity):
        """The warehouse brings cells, and all cases, to the line; the rest of the cells comes later."""
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        picking.action_assign()
        for move in picking.move_ids:
            move.quantity = quantity if move.product_id == self.cell else move.product_uom_qty
            move.picked = True
        picking._action_done()
        order.action_assign()

    def test_a_part_takes_its_share_while_the_rest_is_still_on_its_way_to_the_line(self):
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_order(5, number="ORD-1")
        self.bring(order, 12)
        self.assertTrue(order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel")))
        self.assertEqual(self.of(self.cell, order).quantity, 12)
        self.assertDone(self.report("ORD-1", 2))
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 8, ("CASE", ""): 2})
        self.assertEqual(self.on_hand(self.cell, location=self.warehouse.pbm_loc_id), 4)

    def test_a_lot_that_is_still_on_its_way_to_the_line_is_waited_for(self):
        self.warehouse.manufacture_steps = "pbm"
        order = self.make_order(2, number="ORD-1")
        part = self.report("ORD-1", 1)
        self.assertHeld(part, "early", "Which lot of [CELL]")
        self.bring(order, 8)
        part.action_replay()
        self.drain(self.endpoint)
        self.assertDone(part)
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 4, ("CASE", ""): 1})

    # -- somebody has said in Odoo what was used

    def test_what_somebody_set_on_the_order_is_what_it_consumes(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cases(order, 3)
        self.set_cells(order, C_2=7)
        self.complete("ORD-1", 2)
        last = self.report("ORD-1", 2)
        self.assertDone(last)
        self.assertEqual(self.consumed(order), {("CELL", "C-2"): 7, ("CASE", ""): 3})
        for item, quantity in (("[CELL] Cell", 7), ("[CASE] Case", 3)):
            self.assertIn(f"{item} stays at {quantity} Units on {order.name}, as set by hand", last.result_text)

    def test_no_case_was_used(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cases(order, 0)
        self.complete("ORD-1", 2)
        self.assertDone(self.report("ORD-1", 2))
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 8})

    def test_a_tick_without_a_quantity_says_nothing_of_lots(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cells(order)
        self.assertDone(self.issue(1, 8, lot="C-2"))
        self.complete("ORD-1", 2)
        self.assertDone(self.report("ORD-1", 2))
        self.assertEqual(self.consumed(order), {("CELL", "C-2"): 8, ("CASE", ""): 2})

    def test_what_somebody_set_is_waited_for_like_all_else(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cells(order, C_2=9)
        self.env["stock.quant"]._update_available_quantity(self.cell, self.stock, -92, lot_id=self.more_cells)
        self.complete("ORD-1", 2)
        self.assertHeld(self.report("ORD-1", 2), "early", "1.0 Units of [CELL]")

    def test_for_which_pieces_it_was_set_is_asked(self):
        order = self.make_order(3, number="ORD-1")
        self.set_cases(order, 4)
        part = self.report("ORD-1", 1)
        self.assertHeld(part, "conflict", f"[CASE] Case was set to 4 Units on {order.name} by hand")
        order.with_user(self.planner).qty_producing = 1
        self.set_cases(order, 2)
        part.action_replay()
        self.drain(self.endpoint)
        self.assertDone(part)
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 4, ("CASE", ""): 2})
        rest = compat.family(order) - order
        self.complete("ORD-1", 3)
        self.assertDone(self.report("ORD-1", 2, lot="P-2", report="2"))
        self.assertEqual(self.consumed(rest), {("CELL", "C-1"): 8, ("CASE", ""): 2})

    def test_what_odoo_works_out_for_parts_is_nobodys_word(self):
        """Odoo 19 ticks the components of a finished operation, for as many pieces as were known then."""
        order = self.make_order(4, number="ORD-1")
        for report, good in (("1", 1), ("2", 3)):
            for minute, operation in ((10, "10"), (20, "20")):
                self.assertDone(
                    self.tell(
                        "mes.operation.completed", minute, order="ORD-1", operation=operation, good=good, report=report
                    )
                )
        last = self.report("ORD-1", 4)
        self.assertDone(last)
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 16, ("CASE", ""): 4})
        self.assertNotIn("by hand", last.result_text)

    def test_what_somebody_has_set_covers_what_is_reported_later(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cells(order, C_2=7)
        for minute, quantity in ((1, 5), (2, 2)):
            message = self.issue(minute, quantity, lot="C-2")
            self.assertDone(message, effect=False)
            self.assertIn("no change needed", message.result_text)
        self.complete("ORD-1", 2)
        self.assertDone(self.report("ORD-1", 2))
        self.assertEqual(self.consumed(order), {("CELL", "C-2"): 7, ("CASE", ""): 2})

    def test_what_is_reported_otherwise_than_somebody_has_set_is_for_a_person(self):
        order = self.make_order(2, number="ORD-1")
        self.set_cells(order, C_2=7)
        lines = self.of(self.cell, order).move_line_ids
        other_lot, more = self.issue(1, 1, lot="C-1"), self.issue(2, 9, lot="C-2")
        self.assertHeld(other_lot, "conflict", f"1 Units of [CELL] Cell C-1 are reported for {order.name} beside")
        self.assertIn("by hand: 7 C-2", other_lot.error_text)
        self.assertEqual((more.state, lines.mapped("quantity"), lines.lot_id), ("held", [7], self.more_cells))
        self.assertEqual(sum(lines.mapped("mfg_sync_told")), 0)
        self.set_cells(order, C_1=1, C_2=9)
        other_lot.action_replay()
        self.drain(self.endpoint)
        for message in (other_lot, more):
            self.assertDone(message, effect=False)

    def test_what_somebody_put_beside_what_was_reported_stays(self):
        order = self.make_order(2, number="ORD-1")
        self.assertDone(self.issue(1, 5))
        move = self.of(self.cell, order).with_user(self.planner)
        values = {**move._prepare_move_line_vals(quantity=0), "lot_id": self.more_cells.id, "quantity": 1}
        move.move_line_ids = [(0, 0, values)]
        self.assertHeld(self.issue(2, 3), "conflict", "by hand: 5 C-1, 1 C-2")
        self.assertEqual(move.move_line_ids.mapped("quantity"), [5, 1])

    # -- flexibility of consumption

    def test_a_blocked_bill_binds_the_floor_too(self):
        order = self.blocked("ORD-1")
        self.assertDone(self.issue(1, 9))
        self.complete("ORD-1", 2)
        last = self.report("ORD-1", 2)
        self.assertHeld(last, "conflict", "Blocked: [CELL] Cell 9 instead of 8 Units.")
        self.assertIn("replay the message", last.error_text)
        self.assertNotEqual(order.state, "done")
        self.assertEqual((self.on_hand(self.cell), last.status), (200, "needs_you"))
        self.of(self.cell, order).move_line_ids.with_user(self.planner).quantity = 8
        last.action_replay()
        self.drain(self.endpoint)
        self.assertDone(last)
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 8, ("CASE", ""): 2})

    def test_what_somebody_set_is_bound_by_it_as_well(self):
        order = self.blocked("ORD-1")
        self.set_cases(order, 3)
        self.complete("ORD-1", 2)
        self.assertHeld(self.report("ORD-1", 2), "conflict", "[CASE] Case 3 instead of 2 Units.")

    def test_the_rest_of_what_a_blocked_bill_needs_is_waited_for(self):
        order = self.blocked("ORD-1")
        self.assertDone(self.issue(1, 5))
        self.complete("ORD-1", 2)
        last = self.report("ORD-1", 2)
        self.assertHeld(last, "early", "[CELL] Cell 5 instead of 8 Units.")
        self.assertDone(self.issue(2, 3))
        self.drain(self.endpoint)
        self.assertDone(last)
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 8, ("CASE", ""): 2})

    def test_a_blocked_bill_is_kept_to_by_parts(self):
        order = self.blocked("ORD-1")
        self.assertDone(self.report("ORD-1", 1))
        self.assertEqual(self.consumed(order), {("CELL", "C-1"): 4, ("CASE", ""): 1})

    def test_other_bills_take_what_is_told(self):
        for number, flexibility in (("ORD-1", "warning"), ("ORD-2", "flexible")):
            order = self.blocked(number, flexibility)
            self.assertDone(self.issue(1, 9, number=number))
            self.complete(number, 2)
            self.assertDone(self.report(number, 2, lot=f"P-{number}"))
            self.assertEqual(self.consumed(order), {("CELL", "C-1"): 9, ("CASE", ""): 2})
