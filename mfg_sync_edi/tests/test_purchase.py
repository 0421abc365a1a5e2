import json
from types import SimpleNamespace

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.mfg_sync.engine.errors import ReferenceAmbiguous

from .common import EdiCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestPurchase(EdiCase):
    def purchase(self, partner=None, quantity=10, product=None, **values):
        order = self.env["purchase.order"].create(
            {
                **values,
                "partner_id": (partner or self.supplier).id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": (product or self.motor).id,
                            "product_qty": quantity,
                            "price_unit": 80.0,
                            "name": "Motor",
                            "date_planned": "2026-03-20 12:00:00",
                        },
                    )
                ],
            }
        )
        order.button_confirm()
        self.assertEqual(order.state, "purchase")
        return order

    def notice(
        self, order, *lots, quantity=None, item="MOTOR-250", shipment="S-1001", control=900, tracking="1Z999", also=()
    ):
        """:param also: further orders of the shipment: ``(order, lot, quantity)``"""
        number = order if isinstance(order, str) else order.name
        segments = [
            f"BSN*00*{shipment}*20260303*1200*0004",
            "HL*1**S",
            f"REF*2I*{tracking}",
            "DTM*017*20260309",
            "HL*2*1*O",
            f"PRF*{number}***20260302",
        ]
        level = 3
        for lot, count in lots or [(None, quantity)]:
            segments += [f"HL*{level}*2*I", f"LIN*1*BP*{item}" + (f"*LT*{lot}" if lot else ""), f"SN1**{count}*EA"]
            level += 1
        for other, lot, count in also:
            segments += [f"HL*{level}*1*O", f"PRF*{other.name}***20260302"]
            segments += [f"HL*{level + 1}*{level}*I", f"LIN*1*BP*{item}*LT*{lot}", f"SN1**{count}*EA"]
            level += 2
        text = self.interchange(("856", "0001", segments), sender="MOTORWORKS", functional="SH", control=control)
        return self.take(text, endpoint=self.at_supplier).child_ids

    def test_an_order_goes_to_its_supplier_only(self):
        order = self.purchase()
        self.purchase(partner=self.customer)
        (told,) = self.told("edi.850")
        _interchange, document = self.sent(told)
        self.assertEqual((document["number"], document["purpose"], document["total"]), (order.name, "original", "800"))
        (line,) = document["lines"]
        self.assertEqual(
            (line["quantity"], line["unit"], line["price"], line["items"]), ("10", "EA", "80", {"buyer": "MOTOR-250"})
        )
        self.assertEqual(document["requested_delivery"], "2026-03-20")
        self.assertFalse(document["warnings"])

    def test_the_suppliers_number_is_named_when_it_is_known(self):
        self.env["product.supplierinfo"].create(
            {"partner_id": self.supplier.id, "product_tmpl_id": self.motor.product_tmpl_id.id, "product_code": "MW-9"}
        )
        self.purchase()
        self.assertEqual(
            self.sent(self.told("edi.850"))[1]["lines"][0]["items"], {"vendor": "MW-9", "buyer": "MOTOR-250"}
        )

    def test_two_prices_of_one_item_are_one_item_and_a_code_of_several_variants_is_none(self):
        resolver, message = self.env["mfg.sync.resolver"], SimpleNamespace(system_id=0)
        price = {"partner_id": self.supplier.id, "product_code": "MW-9"}
        for least in (1, 100):
            self.env["product.supplierinfo"].create(
                {**price, "product_tmpl_id": self.motor.product_tmpl_id.id, "min_qty": least}
            )
        found = resolver.x12_item(message, {"vendor": "MW-9"}, self.supplier, "/items", seller=False)
        self.assertEqual(found, self.motor)
        self.env["product.supplierinfo"].create({**price, "product_tmpl_id": self.wheel.product_tmpl_id.id})
        with self.assertRaises(ReferenceAmbiguous):
            resolver.x12_item(message, {"vendor": "MW-9"}, self.supplier, "/items", seller=False)

    def test_approved_again_with_other_content_it_replaces(self):
        order = self.purchase()
        self.told("edi.850")
        order.button_cancel()
        order.button_draft()
        order.button_confirm()
        self.assertEqual(len(self.told("edi.850")), 1, "the same content is told once")
        order.button_cancel()
        order.button_draft()
        order.order_line.product_qty = 12
        order.button_confirm()
        first, second = self.told("edi.850")
        self.assertIn('"purpose":"original"', first.payload)
        self.assertIn('"purpose":"replace"', second.payload)

    def test_what_goes_back_to_what_it_said_is_told_too(self):
        """The supplier would deliver 12 otherwise."""
        order = self.purchase()
        self.captured()
        first_quantity = order.order_line.product_qty
        for changes in ({"product_qty": 12}, {"product_qty": first_quantity}, {"date_planned": "2030-05-01 08:00:00"}):
            order.button_cancel()
            order.button_draft()
            order.order_line.write(changes)
            order.button_confirm()
            self.captured()
        told = [json.loads(row.payload) for row in self.told("edi.850")]
        self.assertEqual([entry["purpose"] for entry in told], ["original", "replace", "replace", "replace"])
        quantities = [float(entry["lines"][0]["quantity"]) for entry in told]
        self.assertEqual(quantities, [first_quantity, 12, first_quantity, first_quantity])
        self.assertEqual(order.x12_revision, 4)
        # what is sent again is what they know then
        again = order.with_user(self.env.ref("base.user_admin"))
        order.order_line.product_qty = 15
        again.action_mfg_sync_send_again(self.at_supplier)
        order.button_cancel()
        order.button_draft()
        order.order_line.product_qty = first_quantity
        order.button_confirm()
        self.assertEqual(len(self.told("edi.850")), 6)
        with self.assertRaisesRegex(AccessError, "can't be changed by hand"):
            order.with_user(self.env.ref("base.user_admin")).x12_revision = 0

    def test_a_ship_notice_brings_the_lots_to_the_open_receipt(self):
        order = self.purchase()
        row = self.notice(order, ("M-77", 6), ("M-78", 4))
        receipt = order.picking_ids
        self.assertEqual((row.state, row.res_id), ("done", receipt.id), row.error_text)
        self.assertEqual(
            [(line.lot_name, line.quantity, line.picked) for line in receipt.move_line_ids.sorted("lot_name")],
            [("M-77", 6.0, False), ("M-78", 4.0, False)],
        )
        self.assertEqual(receipt.state, "assigned")
        self.assertEqual(
            (receipt.carrier_tracking_ref, receipt.scheduled_date.date().isoformat()), ("1Z999", "2026-03-09")
        )
        receipt.move_ids.picked = True
        receipt.button_validate()
        self.assertEqual(receipt.state, "done")
        lots = self.env["stock.lot"].search([("product_id", "=", self.motor.id)])
        self.assertEqual({lot.name: lot.product_qty for lot in lots}, {"M-77": 6.0, "M-78": 4.0})

    def test_the_warehouse_is_told_again_with_the_lots(self):
        warehouse = self.make_endpoint("wms", groups="stock.group_stock_user", kinds=("wms.receipt.expected",))
        order = self.purchase()

        def told():
            return self.captured().filtered(lambda row: row.endpoint_id == warehouse).sorted("id")

        (first,) = told()
        self.assertNotIn("M-77", first.payload)
        self.notice(order, ("M-77", 6), ("M-78", 4))
        self.assertEqual(len(told()), 2)
        (line,) = json.loads(told()[-1].payload)["lines"]
        self.assertEqual(line["lots"], [{"lot": "M-77", "quantity": 6}, {"lot": "M-78", "quantity": 4}])

    def test_two_shipments_of_one_order_add_up(self):
        order = self.purchase()
        self.notice(order, ("M-77", 6))
        row = self.notice(order, ("M-78", 4), shipment="S-1002", control=901)
        self.assertEqual(row.state, "done", row.error_text)
        self.assertEqual(sorted(order.picking_ids.move_line_ids.mapped("lot_name")), ["M-77", "M-78"])

    def test_the_same_shipment_again_has_no_effect(self):
        order = self.purchase()
        self.notice(order, ("M-77", 10))
        row = self.notice(order, ("M-77", 10), control=901)
        self.assertEqual((row.state, row.no_effect), ("done", True))
        self.assertEqual(sum(order.picking_ids.move_line_ids.mapped("quantity")), 10.0)

    def test_an_order_that_odoo_does_not_know_yet_is_waited_for(self):
        row = self.notice("P99999", ("M-77", 10))
        self.assertEqual((row.state, row.wait_key), ("held", "purchase:P99999"))

    def test_somebody_elses_order_is_not_touched(self):
        order = self.purchase(partner=self.customer)
        row = self.notice(order, ("M-77", 10))
        self.assertEqual((row.state, row.hold_reason), ("held", "reference"))
        self.assertFalse(any(order.picking_ids.move_line_ids.mapped("lot_name")))

    def test_of_a_truck_for_two_sites_the_orders_of_ours_are_expected(self):
        hall = self.env["stock.warehouse"].create({"name": "Hall 2", "code": "H2"})
        ours, theirs = self.purchase(), self.purchase(picking_type_id=hall.in_type_id.id)
        flow = self.at_supplier.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.856")
        flow.site_ids = ours.picking_type_id.warehouse_id
        row = self.notice(theirs, ("M-70", 10))
        self.assertEqual((row.state, row.error_class), ("dead", "data"), row.error_text)
        self.assertIn(f"{theirs.display_name} belongs to the site Hall 2", row.error_text)
        row = self.notice(theirs, ("M-71", 10), shipment="S-1002", control=901, also=[(ours, "M-77", 10)])
        self.assertEqual(row.state, "done", row.error_text)
        self.assertEqual(ours.picking_ids.move_line_ids.mapped("lot_name"), ["M-77"])
        self.assertFalse(any(theirs.picking_ids.move_line_ids.mapped("lot_name")))
        over = f"{theirs.display_name} was passed over"
        self.assertIn(over, row.result_text)
        self.assertNotIn("replay", row.result_text, "it is done")
        self.assertIn(over, " ".join(ours.picking_ids.message_ids.mapped("body")))

    def test_what_was_received_already_needs_a_person(self):
        order = self.purchase(product=self.wheel)
        order.picking_ids.move_ids.picked = True
        order.picking_ids.button_validate()
        row = self.notice(order, quantity=10, item="RC-WHEEL")
        self.assertEqual((row.state, row.status), ("dead", "needs_you"))
        self.assertIn("no open receipt", row.error_text)
