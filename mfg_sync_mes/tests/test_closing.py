from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestClosing(MesCase):
    """What an order consumes when the floor reports its pieces and says nothing of its components."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cell_bom_line, cls.case_bom_line = cls.bom.bom_line_ids

    def of(self, product, order):
        return order.move_raw_ids.filtered(lambda move: move.product_id == product)

    def complete(self, number, good):
        for minute, operation in ((10, "10"), (20, "20")):
            self.assertDone(
                self.tell("mes.operation.completed", minute, order=number, operation=operation, good=good)
            )

    def report(self, number, quantity, lot="P-1", report="1"):
        return self.tell("mes.production.reported", 30, order=number, quantity=quantity, lot=lot, report=report)

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
