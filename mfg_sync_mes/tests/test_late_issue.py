from odoo.tests import new_test_user, tagged

from odoo.addons.mfg_sync import compat

from .common import SERVICE_GROUPS, MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestLateIssue(MesCase):
    """One of two batteries was reported and closed; which cells went into it is told afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = new_test_user(cls.env, "late_planner", groups=SERVICE_GROUPS)

    def start(self):
        self.order = self.make_order(2, number="ORD-1")
        return self.order

    def cells_of(self, order):
        return order.move_raw_ids.filtered(lambda move: move.product_id == self.cell)

    def close_one(self):
        self.assertDone(self.tell("mes.production.reported", 50, order="ORD-1", quantity=1, lot="P-1", report="1"))
        self.assertEqual(len(compat.family(self.order)), 2)

    def late(self, minute, quantity, lot="C-2", **data):
        data |= {"order": "ORD-1", "item": "CELL", "quantity": quantity, "lot": lot, "transaction": f"T{minute}"}
        return self.tell("mes.material.issued", minute, **data)

    def replay(self, message):
        message.action_replay()
        self.drain(self.endpoint)
        return message

    def choose(self, lot, quantity):
        """The planner says on the order which lot goes into the first of its pieces, and how much of it."""
        self.order.with_user(self.planner).qty_producing = 1
        self.set_cells(self.order, lot, quantity)

    def set_cells(self, order, lot, quantity):
        move = self.cells_of(order).with_user(self.planner)
        move.move_line_ids.unlink()
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": lot.id, "quantity": quantity})
        ]
        move.write({"manual_consumption": True, "picked": True})

    def used(self):
        consumed = self.consumed(*compat.family(self.order))
        return {lot: quantity for (item, lot), quantity in consumed.items() if item == "CELL"}

    def told_of_rest(self):
        return sum((compat.family(self.order) - self.order).move_raw_ids.move_line_ids.mapped("mfg_sync_told"))

    # -- what a person said

    def test_a_quantity_that_somebody_set_before_the_closing_stays(self):
        self.start()
        self.choose(self.cells, 5)
        self.close_one()
        late = self.late(10, 5)
        self.assertHeld(late, "conflict", "5 Units of [CELL] Cell C-2 are reported for")
        self.assertIn("5 C-1 (WH/Stock)", late.error_text)
        self.assertIn("set by hand", late.error_text)
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-1": 5}, 0))

    def test_a_lot_that_somebody_chose_for_the_due_quantity_stays(self):
        self.start()
        self.choose(self.more_cells, 4)
        self.close_one()
        self.assertHeld(self.late(10, 4, lot="C-1"), "conflict", "set by hand")
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-2": 4}, 0))

    def test_a_lot_that_somebody_corrected_after_the_closing_stays(self):
        self.receive(self.cell, "C-9", 4)
        self.start()
        self.close_one()
        line = self.cells_of(self.order).move_line_ids
        self.assertTrue(line.mfg_sync_worked_out)
        line.with_user(self.planner).lot_id = self.more_cells
        self.assertFalse(line.mfg_sync_worked_out)
        other = self.late(10, 4, lot="C-9")
        self.assertHeld(other, "conflict", "set by hand")
        other.action_cancel("It was C-2, I looked.")
        self.assertDone(self.late(11, 4), effect=False)
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-2": 4}, 0))

    def test_neither_a_guess_nor_what_somebody_set_for_the_rest_gives_way_in_silence(self):
        self.start()
        self.close_one()
        rest = compat.family(self.order) - self.order
        self.set_cells(rest, self.more_cells, 6)
        late = self.late(10, 4)
        self.assertHeld(late, "conflict", "may as well be what was set by hand on the order that is open")
        line = self.cells_of(rest).move_line_ids
        self.assertEqual((self.used(), line.quantity, line.mfg_sync_covered), ({"C-1": 4}, 6, 0))
        # whoever knows that it went into the part says so there
        self.cells_of(self.order).move_line_ids.with_user(self.planner).lot_id = self.more_cells
        self.assertDone(self.replay(late), effect=False)
        self.assertEqual((self.used(), line.quantity, line.mfg_sync_covered), ({"C-2": 4}, 6, 0))
        self.assertDone(self.late(55, 6), effect=False)
        self.assertEqual((line.quantity, line.mfg_sync_covered), (6, 6))

    def test_what_somebody_set_for_the_rest_covers_what_fits_no_guess(self):
        self.start()
        self.close_one()
        rest = compat.family(self.order) - self.order
        self.set_cells(rest, self.more_cells, 6)
        self.assertDone(self.late(10, 3), effect=False)
        line = self.cells_of(rest).move_line_ids
        self.assertEqual((self.used(), line.quantity, line.mfg_sync_covered), ({"C-1": 4}, 6, 3))

    # -- whole lines only

    def test_a_part_of_what_was_worked_out_is_for_a_person(self):
        self.start()
        self.close_one()
        late = self.late(10, 2)
        self.assertHeld(late, "conflict", "2 Units of [CELL] Cell C-2 are reported for")
        self.assertIn("4 C-1 (WH/Stock)", late.error_text)
        self.assertIn("correct the lot on the order that used it, and replay", late.error_text)
        self.assertEqual((self.used(), self.told_of_rest(), self.order.mfg_sync_status), ({"C-1": 4}, 0, "needs_you"))
        line = self.cells_of(self.order).move_line_ids
        line.quantity = 2
        line.copy({"lot_id": self.more_cells.id, "quantity": 2})
        self.assertEqual(self.used(), {"C-1": 2, "C-2": 2})
        self.assertDone(self.replay(late), effect=False)
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-1": 2, "C-2": 2}, 0))

    def test_a_lot_that_somebody_corrected_wholly_covers_the_part_that_is_told(self):
        self.start()
        self.close_one()
        late = self.late(10, 2)
        self.cells_of(self.order).move_line_ids.with_user(self.planner).lot_id = self.more_cells
        self.assertDone(self.replay(late), effect=False)
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-2": 4}, 0))

    def test_the_rest_of_a_line_of_which_some_was_told_is_for_a_person(self):
        self.start()
        self.close_one()
        self.assertDone(self.late(10, 1, lot="C-1"), effect=False)
        for minute, quantity in ((11, 3), (12, 4)):
            late = self.late(minute, quantity)
            self.assertHeld(late, "conflict", "4 C-1 (WH/Stock)")
            late.action_cancel("Asked: it was not.")
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-1": 4}, 0))

    def test_several_whole_lines_are_corrected(self):
        quant = self.env["stock.quant"]
        quant._update_available_quantity(self.cell, self.stock, -99, lot_id=self.cells)
        lot = self.receive(self.cell, "C-9", 5)
        self.start()
        self.close_one()
        self.assertEqual(self.used(), {"C-1": 1, "C-2": 3})
        part = self.late(10, 2, lot="C-9")
        self.assertHeld(part, "conflict", "1 C-1 (WH/Stock), 3 C-2 (WH/Stock)")
        part.action_cancel("Was a typing error on the floor")
        with self.env.cr.savepoint() as savepoint:
            # only one line is of that quantity
            self.assertDone(self.late(11, 3, lot="C-9"))
            self.assertEqual(self.used(), {"C-1": 1, "C-9": 3})
            savepoint.rollback()
            self.env.invalidate_all()
        self.assertDone(self.late(12, 5, lot="C-9"))
        self.assertEqual((self.used(), self.told_of_rest(), self.on_hand(self.cell, lot)), ({"C-9": 4}, 1, 1))

    def test_a_lot_that_lies_at_two_places_is_for_a_person(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.start()
        self.close_one()
        lot = self.receive(self.cell, "C-9", 3, shelf)
        self.env["stock.quant"]._update_available_quantity(self.cell, self.stock, 1, lot_id=lot)
        late = self.late(10, 4, lot="C-9")
        self.assertHeld(late, "conflict", "several places")
        self.assertIn("3 WH/Stock/Shelf", late.error_text)
        self.assertEqual((self.used(), self.on_hand(self.cell, lot)), ({"C-1": 4}, 4))

    def test_a_lot_of_another_owner_is_for_a_person(self):
        self.start()
        self.close_one()
        lot = self.env["stock.lot"].create(
            {"name": "C-9", "product_id": self.cell.id, "company_id": self.env.company.id}
        )
        owner = self.env["res.partner"].create({"name": "Cell maker"})
        self.env["stock.quant"]._update_available_quantity(self.cell, self.stock, 4, lot_id=lot, owner_id=owner)
        self.assertHeld(self.late(10, 4, lot="C-9"), "conflict", "belongs to another owner")
        self.assertEqual((self.used(), self.told_of_rest()), ({"C-1": 4}, 0))

    def test_a_lot_with_a_value_of_its_own_is_for_a_person(self):
        """Odoo 19 can value each lot by itself."""
        if not compat.IS_17:
            self.cell.product_tmpl_id.lot_valuated = True
        self.start()
        self.close_one()
        late = self.late(10, 4)
        if compat.IS_17:
            self.assertDone(late)
        else:
            self.assertHeld(late, "conflict", "Each lot of it has its own value")
        self.assertEqual(self.used(), {"C-2" if compat.IS_17 else "C-1": 4})

    def test_what_others_reserved_of_the_lot_is_freed(self):
        self.start()
        self.close_one()
        lot = self.receive(self.cell, "C-9", 4)
        other = self.make_order(1)
        move = self.cells_of(other)
        move._do_unreserve()
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": lot.id, "quantity": 4, "picked": False})
        ]
        self.assertEqual(self.env["stock.quant"]._gather(self.cell, self.stock, lot, strict=True).reserved_quantity, 4)
        self.assertDone(self.late(10, 4, lot="C-9"))
        quants = self.env["stock.quant"]._gather(self.cell, self.stock, lot, strict=True)
        self.assertEqual((sum(quants.mapped("quantity")), sum(quants.mapped("reserved_quantity"))), (0, 0))
        self.assertNotIn(lot, move.move_line_ids.lot_id)

    def test_a_component_that_the_bill_counts_in_dozens_keeps_its_value(self):
        self.bom.bom_line_ids.filtered(lambda line: line.product_id == self.cell).write(
            {"product_qty": 1, "product_uom_id": self.env.ref("uom.product_uom_dozen").id}
        )
        self.start()
        self.close_one()
        move = self.cells_of(self.order)
        worth = compat.move_value(move)
        self.assertEqual((self.used(), abs(worth)), ({"C-1": 12}, 24))
        part = self.late(10, 1)
        self.assertHeld(part, "conflict", "12 C-1")
        part.action_cancel("Was a typing error on the floor")
        self.assertDone(self.late(11, 12))
        self.assertEqual((self.used(), self.told_of_rest(), compat.move_value(move)), ({"C-2": 12}, 0, worth))

    # -- where it went in

    def test_what_is_told_of_an_operation_corrects_what_went_into_that_one(self):
        testing = self.steps_of_bill()[1]
        self.env["mrp.bom.line"].create(
            {"bom_id": self.bom.id, "product_id": self.cell.id, "product_qty": 4, "operation_id": testing.id}
        )
        self.start()
        self.close_one()
        self.assertDone(self.late(10, 4, operation="20"))
        lots = {move.operation_id: move.move_line_ids.lot_id for move in self.cells_of(self.order)}
        self.assertEqual(lots, {self.steps_of_bill()[0]: self.cells, testing: self.more_cells})
        self.assertEqual(self.told_of_rest(), 0)

    def steps_of_bill(self):
        return self.bom.operation_ids.sorted("sequence")
