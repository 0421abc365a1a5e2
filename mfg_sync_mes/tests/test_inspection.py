from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestInspection(MesCase):
    """The laboratory decides about lots: what failed does not leave the plant."""

    def inspect(self, minute, result, sample, plan="ELECTRIC", lot="P-1", **data):
        return self.tell(
            "quality.inspection.completed",
            minute,
            lot=lot,
            item="BATTERY",
            plan=plan,
            sample=sample,
            result=result,
            **data,
        )

    def produce(self, number="ORD-1", lot="P-1"):
        self.make_order(2, number=number)
        for operation in ("10", "20"):
            self.tell("mes.operation.completed", 10, order=number, operation=operation, good=2)
        message = self.tell("mes.production.reported", 11, order=number, quantity=2, lot=lot, report="1")
        self.assertDone(message)
        return self.env["stock.lot"].search([("name", "=", lot), ("product_id", "=", self.battery.id)])

    def deliver_to_customer(self):
        customers = self.env.ref("stock.stock_location_customers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.stock.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    (
                        0,
                        0,
                        compat.move_vals(
                            self.env,
                            "Battery",
                            product_id=self.battery.id,
                            product_uom_qty=2,
                            product_uom=self.battery.uom_id.id,
                            location_id=self.stock.id,
                            location_dest_id=customers.id,
                        ),
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def test_failed_then_passed_after_rework(self):
        lot = self.produce()
        delivery = self.deliver_to_customer()
        self.assertEqual(delivery.state, "assigned")
        self.assertDone(self.inspect(20, "fail", "1", reason="Voltage too low", order="ORD-1"))
        self.assertEqual((lot.mfg_sync_quality, delivery.state, delivery.move_line_ids.ids), ("hold", "confirmed", []))
        delivery.action_assign()
        self.assertEqual(delivery.state, "confirmed")
        move = delivery.move_ids
        move.move_line_ids = [(0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": lot.id, "quantity": 2})]
        move.picked = True
        with self.assertRaisesRegex(UserError, "(?s)P-1.*Voltage too low.*mes1"), self.env.cr.savepoint():
            delivery.button_validate()
        self.assertDone(self.inspect(40, "pass", "2"))
        self.assertEqual(lot.mfg_sync_quality, "released")
        delivery.button_validate()
        self.assertEqual((delivery.state, self.on_hand(self.battery)), ("done", 0))

    def test_a_result_that_comes_before_its_lot_waits(self):
        early = self.inspect(20, "fail", "1")
        self.assertHeld(early, "reference", "P-1")
        lot = self.produce()
        self.drain(self.endpoint)
        self.assertDone(early)
        self.assertEqual(lot.mfg_sync_quality, "hold")

    def test_an_older_result_that_comes_late_changes_nothing(self):
        lot = self.produce()
        self.assertDone(self.inspect(40, "pass", "2"))
        self.assertDone(self.inspect(20, "fail", "1"))
        self.assertEqual(lot.mfg_sync_quality, "released")
        self.assertEqual(len(lot.mfg_sync_status_ids), 2)

    def test_one_failed_plan_is_enough(self):
        lot = self.produce()
        self.inspect(20, "fail", "1", plan="ELECTRIC")
        self.inspect(21, "pass", "1", plan="OPTIC")
        self.assertEqual(lot.mfg_sync_quality, "hold")

    def test_the_same_result_again_is_told_once(self):
        lot = self.produce()
        self.assertDone(self.inspect(20, "fail", "1"))
        self.assertDone(self.inspect(20, "fail", "1"), effect=False)
        self.assertHeld(self.inspect(20, "pass", "1"), "look_alike")
        self.assertEqual(lot.mfg_sync_quality, "hold")

    def test_a_held_component_does_not_go_into_production(self):
        self.cells._mfg_sync_set_status("rejected", "Swollen")
        order = self.make_order(2)
        cells = order.move_raw_ids.filtered(lambda move: move.product_id == self.cell)
        self.assertEqual(cells.move_line_ids.lot_id, self.more_cells)
