from unittest.mock import patch

from odoo.tests import tagged

from .common import WmsCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestReceipt(WmsCase):
    def test_a_receipt_is_the_same_however_its_transfer_is_called(self):
        picking = self.receipt((self.frame, 3))
        self.assert_done(self.received(picking, "R-1", ("FRAME", 2, "F-1")))
        self.env["mfg.sync.binding"]._bind(
            endpoint_id=self.endpoint.id,
            system_id=self.endpoint.system_ids.id,
            company_id=self.env.company.id,
            entity="transfer",
            external_id="ASN-77",
            record=picking,
        )
        self.assert_state(self.received("ASN-77", "R-1", ("FRAME", 2, "F-1")), "held", "look_alike")
        self.assertEqual(self.on_hand(self.frame), 2)

    def test_a_receipt_brings_lots_and_stock(self):
        picking = self.receipt((self.frame, 10), (self.bell, 5))
        message = self.received(picking, "R-1", ("FRAME", 6, "F-1"), ("FRAME", 4, "F-2"), ("BELL", 5))
        self.assert_done(message)
        self.assertEqual((picking.state, picking.mfg_sync_confirmation), ("done", "R-1"))
        self.assertEqual(picking.mfg_sync_status, "in_sync")
        self.assertFalse(picking.backorder_ids)
        self.assertEqual(
            [self.on_hand(self.frame, "F-1"), self.on_hand(self.frame, "F-2"), self.on_hand(self.bell)], [6, 4, 5]
        )
        self.assertEqual((message.res_model, message.res_id), ("stock.picking", picking.id))

    def test_a_lot_that_several_fit_is_asked_about_and_none_is_made(self):
        picking = self.receipt((self.frame, 1))
        two = self.put(self.frame, 1, "A") | self.put(self.frame, 1, "B")
        with patch.object(type(self.env["mfg.sync.resolver"]), "_find_lot", lambda *asked, **narrow: two):
            message = self.received(picking, "R-1", ("FRAME", 1, "F-1"))
        self.assert_state(message, "held", "reference")
        self.assertEqual((message.wait_key, picking.state), ("lot:F-1", "assigned"))
        # nobody knows of this one: it comes with its receipt
        message.action_replay()
        self.drain(self.endpoint)
        self.assert_done(message)
        self.assertEqual(self.on_hand(self.frame, "F-1"), 1)

    def test_the_warehouse_knows_the_transfer_by_its_own_id(self):
        picking = self.receipt((self.bell, 2))
        self.acknowledge(picking, "transfer", "ASN-77")
        self.assert_done(self.received("ASN-77", "R-1", ("BELL", 2)))
        self.assertEqual(picking.state, "done")

    def test_a_part_leaves_a_backorder_that_the_next_receipt_books(self):
        picking = self.receipt((self.frame, 10), (self.bell, 5))
        self.acknowledge(picking, "transfer", "ASN-1")
        first = self.received("ASN-1", "R-1", ("FRAME", 6, "F-1"))
        self.assert_done(first)
        rest = picking.backorder_ids
        self.assertIn(rest.name, first.result_text)
        self.assertEqual({move.product_id: move.product_qty for move in rest.move_ids}, {self.frame: 4, self.bell: 5})
        self.assert_done(self.received("ASN-1", "R-2", ("FRAME", 4, "F-1"), ("BELL", 5)))
        self.assertEqual((picking.state, rest.state), ("done", "done"))
        self.assertEqual((self.on_hand(self.frame, "F-1"), self.on_hand(self.bell)), (10, 5))
        nothing_open = self.received("ASN-1", "R-3", ("BELL", 1))
        self.assert_state(nothing_open, "held", "conflict")
        self.assertIn("R-2", nothing_open.error_text)

    def test_what_a_person_only_ticked_is_not_received(self):
        picking = self.receipt((self.frame, 1), (self.bell, 5))
        picking.move_ids.filtered(lambda move: move.product_id == self.bell).picked = True
        self.assert_done(self.received(picking, "R-1", ("FRAME", 1, "F-1")))
        self.assertEqual((picking.backorder_ids.move_ids.product_id, self.on_hand(self.bell)), (self.bell, 0))

    def test_more_than_ordered_is_booked_as_it_came(self):
        picking = self.receipt((self.bell, 5))
        self.assert_done(self.received(picking, "R-1", ("BELL", 7)))
        self.assertEqual((picking.state, self.on_hand(self.bell)), ("done", 7))

    def test_the_date_on_the_label_is_the_lots(self):
        glue = self.make_item("GLUE", tracking="lot", use_expiration_date=True, expiration_time=10)
        self.warehouse.mfg_sync_tz = "America/New_York"
        picking = self.receipt((glue, 4))
        line = {"item": "GLUE", "quantity": 2, "lot": "G-1", "expires": "2031-06-30"}
        self.assert_done(self.received(picking, "R-1", line))
        lot = self.env["stock.lot"].search([("name", "=", "G-1"), ("product_id", "=", glue.id)])
        self.assertEqual(str(lot.expiration_date), "2031-07-01 03:59:59")
        other_label = self.received(picking, "R-2", {**line, "expires": "2030-01-31"})
        self.assert_state(other_label, "held", "conflict")
        self.assertIn("2030-01-31", other_label.error_text)
        self.assertEqual(self.on_hand(glue, "G-1"), 2)

    def test_units_are_converted_and_unknown_ones_wait_for_a_person(self):
        picking = self.receipt((self.bell, 36))
        self.assert_done(self.received(picking, "R-1", {"item": "BELL", "quantity": 2, "unit": "DZN"}))
        self.assertEqual(self.on_hand(self.bell), 24)
        unknown = self.received(picking, "R-2", {"item": "BELL", "quantity": 1, "unit": "KARTON"})
        self.assert_state(unknown, "held", "reference")
        self.assertTrue(unknown.needs_person)
        self.assertEqual(picking.backorder_ids.mfg_sync_status, "none")
        self.assertEqual(picking.mfg_sync_status, "needs_you")
        self.env["mfg.sync.value.map"].create(
            {
                "kind": "uom",
                "code": "KARTON",
                "endpoint_id": self.endpoint.id,
                "uom_id": self.env.ref("uom.product_uom_dozen").id,
            }
        )
        self.drain(self.endpoint)
        self.assert_done(unknown)
        self.assertEqual(self.on_hand(self.bell), 36)

    def test_what_is_wrong_says_so_and_changes_nothing(self):
        picking = self.receipt((self.frame, 3), (self.bell, 1))
        self.put(self.make_item("PEDAL"), 0.5)
        serial = self.make_item("MOTOR", tracking="serial")
        motors = self.receipt((serial, 2))
        delivery = self.delivery((self.bell, 1))
        for case, message, text in [
            ("not on it", self.received(picking, "R-1", ("PEDAL", 1)), "Pedal"),
            ("no lot", self.received(self.receipt((self.frame, 3)), "R-2", ("FRAME", 3)), "tracked by lot"),
            ("two pieces, one serial", self.received(motors, "R-3", ("MOTOR", 2, "M-1")), "M-1"),
            ("a delivery", self.received(delivery, "R-4", ("BELL", 1)), delivery.name),
        ]:
            with self.subTest(case):
                self.assert_state(message, "dead")
                self.assertIn(text, message.error_text)
        unknown = self.received(self.receipt((self.bell, 1)), "R-5", ("NOBODY", 1))
        self.assert_state(unknown, "held", "reference")
        self.assertIn("NOBODY", unknown.error_text)
        self.assertEqual((picking.state, self.on_hand(self.frame), self.on_hand(self.bell)), ("assigned", 0, 0))

    def test_an_unknown_transfer_waits_until_it_is_matched(self):
        message = self.received("ASN-5", "R-1", ("BELL", 2))
        self.assert_state(message, "held", "reference")
        picking = self.receipt((self.bell, 2))
        self.acknowledge(picking, "transfer", "ASN-5")
        self.assert_done(message)
        self.assertEqual(picking.state, "done")

    def test_a_person_was_faster(self):
        picking = self.receipt((self.bell, 5))
        picking.move_ids.write({"quantity": 5, "picked": True})
        picking.button_validate()
        self.assert_done(self.received(picking, "R-1", ("BELL", 5)), effect=False)
        self.assertEqual((self.on_hand(self.bell), picking.mfg_sync_confirmation), (5, "R-1"))

    def test_a_person_was_faster_with_other_quantities(self):
        picking = self.receipt((self.bell, 5))
        picking.move_ids.write({"quantity": 4, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=picking.ids).button_validate()
        message = self.received(picking, "R-1", ("BELL", 5))
        self.assert_state(message, "held", "conflict")
        self.assertIn("4 Units BELL", message.error_text)
        self.assertEqual(self.on_hand(self.bell), 4)

    def test_a_person_booked_a_part_and_the_warehouse_the_rest(self):
        picking = self.receipt((self.bell, 5))
        picking.move_ids.write({"quantity": 2, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assert_state(self.received(picking, "R-1", ("BELL", 5)), "held", "conflict")
        self.assertEqual(self.on_hand(self.bell), 2)

    def test_the_same_receipt_again(self):
        picking = self.receipt((self.bell, 5))
        self.assert_done(self.received(picking, "R-1", ("BELL", 2)))
        self.assert_done(self.received(picking, "R-1", ("BELL", 2)), effect=False)
        self.assert_state(self.received(picking, "R-1", ("BELL", 3)), "held", "look_alike")
        self.assertEqual(self.on_hand(self.bell), 2)

    def test_a_cancelled_receipt_is_a_conflict(self):
        picking = self.receipt((self.bell, 5))
        picking.action_cancel()
        self.assert_state(self.received(picking, "R-1", ("BELL", 5)), "held", "conflict")

    def test_a_connection_confirms_only_what_its_sites_own(self):
        other = self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "wms.receipt.confirmed").site_ids = other
        picking = self.receipt((self.bell, 5))
        refused = self.received(picking, "R-1", ("BELL", 5))
        self.assert_state(refused, "dead")
        self.assertIn(f"{picking.name} belongs to the site {self.warehouse.name}", refused.error_text)
        self.assertIn("its sites are Annex", refused.error_text)
        self.assertEqual(picking.state, "assigned")
        self.assertEqual((refused.res_model, refused.res_id), ("stock.picking", picking.id))

    def test_a_connection_confirms_only_the_operation_types_chosen_for_it(self):
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "wms.receipt.confirmed")
        flow.picking_type_ids = self.warehouse.in_type_id.copy({"name": "Returns", "sequence_code": "RET"})
        picking = self.receipt((self.bell, 5))
        refused = self.received(picking, "R-1", ("BELL", 5))
        self.assert_state(refused, "dead")
        self.assertIn("operation type", refused.error_text)
        flow.picking_type_ids |= self.warehouse.in_type_id
        refused.action_replay()
        self.drain(self.endpoint)
        self.assertEqual((picking.state, refused.state), ("done", "done"))

    def test_transfers_of_another_company_do_not_exist(self):
        company = self.env["res.company"].create({"name": "Sister"})
        stranger = self.make_endpoint(
            "wms2", groups="stock.group_stock_user", kinds=("wms.receipt.confirmed",), company=company
        )
        picking = self.receipt((self.bell, 5))
        message = self.apply(
            stranger,
            "wms.receipt.confirmed",
            {"transfer": picking.name, "receipt": "R-1", "lines": [{"item": "BELL", "quantity": 5}]},
        )
        self.assert_state(message, "held", "reference")
        self.assertEqual(picking.state, "assigned")

    def test_a_purchase_order_shows_what_its_receipt_waits_for(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.frame.id, "product_qty": 3, "price_unit": 10})],
            }
        )
        order.button_confirm()
        self.assertEqual(order.mfg_sync_status, "none")
        failed = self.received(order.picking_ids, "R-1", ("FRAME", 3))
        self.assertEqual(order.mfg_sync_status, "needs_you")
        failed.action_cancel("Sent without the lot by mistake")
        self.assert_done(self.received(order.picking_ids, "R-2", ("FRAME", 3, "F-9")))
        self.assertEqual((order.order_line.qty_received, order.mfg_sync_status), (3, "in_sync"))
