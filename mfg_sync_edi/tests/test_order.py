import json

from odoo.tests import tagged

from ..models.x12_control import LARGEST, LEAP
from .common import CUSTOMER_GROUPS, CUSTOMER_IN, CUSTOMER_OUT, EdiCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestOrder(EdiCase):
    BIKE = ("2", "EA", "1249.5", "BP", "BK-2001", "VP", "RC-GRAVEL-54")

    def test_an_order_is_confirmed_with_the_customers_prices_and_acknowledged(self):
        row = self.take(
            self.interchange(
                self.order(
                    "PO-88123",
                    self.BIKE,
                    ("1", "DZ", "1080", "UP", "810000120017"),
                    ship_to=[
                        "N1*ST*Northwind DC East*92*DC04",
                        "N3*1200 Harbor Road*Dock 4",
                        "N4*Baltimore*MD*21224*US",
                    ],
                    more=["N9*L1*NOTES", "MSG*CALL THE DOCK."],
                )
            )
        )
        order = self.sale("PO-88123")
        self.assertEqual((row.state, row.child_ids.state), ("done", "done"), row.child_ids.error_text)
        self.assertEqual((order.state, order.partner_id), ("sale", self.customer))
        self.assertEqual(order.order_line.mapped("price_unit"), [1249.5, 1080.0])
        self.assertEqual(order.order_line.product_id, self.bike)
        self.assertEqual(order.picking_ids.move_ids.mapped("product_qty"), [2.0, 12.0])
        self.assertEqual(order.commitment_date.date().isoformat(), "2026-03-30")
        self.assertEqual(order.partner_shipping_id.parent_id, self.customer)
        self.assertEqual((order.partner_shipping_id.street2, order.partner_shipping_id.state_id.code), ("Dock 4", "MD"))
        chatter = " ".join(order.message_ids.mapped("body"))
        self.assertIn("1249.5", chatter)
        self.assertIn("1300", chatter)
        self.assertIn("CALL THE DOCK", chatter)

        (told,) = self.told("edi.855")
        interchange, answer = self.sent(told)
        self.assertEqual((interchange.sender, interchange.receiver, interchange.usage), ("RIDGELINE", "NORTHWIND", "T"))
        self.assertEqual(
            (answer["number"], answer["seller_order"], answer["kind"]), ("PO-88123", order.name, "accepted")
        )
        self.assertEqual(
            [(line["line"], line["acknowledged_quantity"], line["unit"], line["status"]) for line in answer["lines"]],
            [("1", "2", "EA", "accepted"), ("2", "1", "DZ", "accepted")],
        )
        self.assertEqual(answer["lines"][0]["acknowledged_date"], "2026-03-30")

    def test_the_same_delivery_address_is_made_once(self):
        ship_to = ["N1*ST*Northwind DC East*92*DC04", "N3*1200 Harbor Road", "N4*Baltimore*MD*21224*US"]
        self.take(self.interchange(self.order("PO-1", self.BIKE, ship_to=ship_to)))
        # next time the customer gives his number only
        self.take(self.interchange(self.order("PO-2", self.BIKE, ship_to=["N1*ST**92*DC04"]), control=2))
        self.assertEqual(self.sale("PO-1").partner_shipping_id, self.sale("PO-2").partner_shipping_id)
        self.assertEqual(len(self.customer.child_ids), 1)

    def test_an_unknown_item_waits_until_it_is_matched(self):
        row = self.take(self.interchange(self.order("PO-1", ("5", "EA", "80", "BP", "WH-0700")))).child_ids
        self.assertEqual((row.state, row.hold_reason, row.wait_key), ("held", "reference", "item:WH-0700"))
        self.assertIn("WH-0700", row.error_text)
        self.assertFalse(self.sale("PO-1"))
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.at_customer.id,
                "system_id": self.at_customer.system_ids.id,
                "company_id": self.env.company.id,
                "entity": "item",
                "external_id": "WH-0700",
                "res_model": "product.product",
                "res_id": self.wheel.id,
            }
        )
        self.drain(self.at_customer)
        self.assertEqual((row.state, self.sale("PO-1").order_line.product_id), ("done", self.wheel), row.error_text)
        # from now on we name it as they do
        self.assertIn("WH-0700", self.told("edi.855").payload)

    def test_numbers_that_name_two_items_are_not_guessed(self):
        row = self.take(
            self.interchange(self.order("PO-1", ("1", "EA", "9", "VP", "RC-WHEEL", "UP", "810000120017")))
        ).child_ids
        self.assertEqual(row.state, "dead")
        self.assertIn("different items", row.error_text)

    def test_an_unknown_unit_needs_a_mapping(self):
        row = self.take(self.interchange(self.order("PO-1", ("1", "XB", "9", "VP", "RC-WHEEL")))).child_ids
        self.assertEqual((row.state, row.wait_key, row.status), ("held", "map:uom:XB", "needs_you"))

    def test_an_order_that_was_entered_by_hand_is_asked_about(self):
        by_hand = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "client_order_ref": "PO-1",
                "order_line": [(0, 0, {"product_id": self.bike.id, "product_uom_qty": 2})],
            }
        )
        row = self.take(self.interchange(self.order("PO-1", self.BIKE))).child_ids
        self.assertEqual((row.state, row.hold_reason, row.res_id), ("held", "look_alike", by_hand.id))
        row.action_really_new()
        self.drain(self.at_customer)
        self.assertEqual((row.state, len(self.sale("PO-1"))), ("done", 2), row.error_text)

    def test_releases_of_one_order_are_orders_of_their_own(self):
        first, second = (self.order("BLANKET", self.BIKE) for _each in range(2))
        first[2][0], second[2][0] = "BEG*00*RL*BLANKET*R1*20260302", "BEG*00*RL*BLANKET*R2*20260302"
        self.take(self.interchange(first))
        row = self.take(self.interchange(second, control=2)).child_ids
        self.assertEqual((row.state, len(self.sale("BLANKET"))), ("done", 2), row.error_text)

    def test_a_replacement_needs_a_person(self):
        row = self.take(self.interchange(self.order("PO-1", self.BIKE, purpose="05"))).child_ids
        self.assertEqual((row.state, row.status), ("dead", "needs_you"))
        self.assertIn("needs a person", row.error_text)

    def test_an_order_by_hand_is_acknowledged_only_with_the_customers_number(self):
        for number in (False, "BY-PHONE"):
            self.env["sale.order"].create(
                {
                    "partner_id": self.customer.id,
                    "client_order_ref": number,
                    "order_line": [(0, 0, {"product_id": self.bike.id, "product_uom_qty": 2})],
                }
            ).action_confirm()
        self.env["sale.order"].create(
            {
                "partner_id": self.supplier.id,
                "client_order_ref": "OTHERS",
                "order_line": [(0, 0, {"product_id": self.bike.id, "product_uom_qty": 2})],
            }
        ).action_confirm()
        (told,) = self.told("edi.855")
        self.assertIn("BY-PHONE", told.payload)

    def test_what_was_acknowledged_with_another_quantity_is_acknowledged_anew(self):
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        order = self.sale("PO-1")
        for quantity in (3, 2):
            order._action_cancel()
            order.action_draft()
            order.order_line.product_uom_qty = quantity
            order.action_confirm()
            self.captured()
        told = [json.loads(row.payload) for row in self.told("edi.855")]
        self.assertEqual([entry["lines"][0]["quantity"] for entry in told], ["2", "3", "2"])
        self.assertEqual([entry["purpose"] for entry in told], ["original", "replace", "replace"])

    # -- who and what is meant

    def place(self, name, ref=False, **address):
        values = {"name": name, "ref": ref, "parent_id": self.customer.id, "type": "delivery", **address}
        return self.env["res.partner"].create(values)

    def shipped_to(self, number, *ship_to):
        row = self.take(
            self.interchange(self.order(f"PO-{number}", self.BIKE, ship_to=ship_to), control=number)
        ).child_ids
        return row, self.sale(f"PO-{number}").partner_shipping_id

    def test_goods_do_not_go_to_a_namesake_with_another_number_or_in_another_city(self):
        here = self.place("Northwind DC", "DC41", street="1 Harbor Road", city="Baltimore", zip="21224")
        row, _place = self.shipped_to(1, "N1*ST*Northwind DC*92*DC42")
        self.assertEqual((row.state, row.hold_reason, row.wait_key), ("held", "reference", "partner:DC42"))
        _row, there = self.shipped_to(2, "N1*ST*Northwind DC*92*DC43", "N3*9 Hill Road", "N4*Reno*NV*89501*US")
        self.assertEqual((there.street, there.city), ("9 Hill Road", "Reno"))
        _row, other = self.shipped_to(3, "N1*ST*Northwind DC", "N3*1 Harbor Road", "N4*Reno*NV*89501*US")
        self.assertEqual((other.city, other == here), ("Reno", False))
        _row, known = self.shipped_to(4, "N1*ST*Northwind DC", "N3*1 harbor road", "N4*Baltimore*MD*21224*US")
        self.assertEqual(known, here)

    def test_of_several_places_that_fit_a_person_says_which(self):
        self.place("Northwind DC", city="Reno")
        self.place("Northwind DC", city="Baltimore")
        row, _place = self.shipped_to(1, "N1*ST*Northwind DC")
        self.assertEqual((row.state, row.hold_reason), ("held", "reference"))
        self.assertIn("fits several contacts", row.error_text)

    def test_a_place_that_was_closed_gets_no_goods(self):
        closed = self.place("Northwind DC East", street="1 Harbor Road")
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.at_customer.id,
                "system_id": self.at_customer.system_ids.id,
                "company_id": self.env.company.id,
                "entity": "partner",
                "external_id": "DC04",
                "res_model": "res.partner",
                "res_id": closed.id,
            }
        )
        closed.active = False
        row, _place = self.shipped_to(1, "N1*ST*Northwind DC East*92*DC04", "N3*1 Harbor Road")
        self.assertEqual((row.state, row.hold_reason), ("held", "reference"))
        self.assertIn("is archived", row.error_text)

    def test_of_several_items_with_one_code_none_is_sold(self):
        self.make_item("RC-GRAVEL-54", list_price=99.0)
        row = self.take(self.interchange(self.order("PO-1", ("2", "EA", "9", "BP", "BK-1", "VP", "RC-GRAVEL-54"))))
        row = row.child_ids
        self.assertEqual((row.state, row.hold_reason, row.wait_key), ("held", "reference", "item:BK-1"))
        self.assertIn("fits several items", row.error_text)
        self.assertFalse(self.sale("PO-1"))
        # another number of the line says which one is meant
        named = ("2", "EA", "9", "BP", "BK-1", "VP", "RC-GRAVEL-54", "UP", "810000120017")
        self.take(self.interchange(self.order("PO-2", named), control=2))
        self.assertEqual(self.sale("PO-2").order_line.product_id, self.bike)

    def test_an_item_that_was_archived_since_it_was_matched_is_not_sold(self):
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.at_customer.id,
                "system_id": self.at_customer.system_ids.id,
                "company_id": self.env.company.id,
                "entity": "item",
                "external_id": "WH-0700",
                "res_model": "product.product",
                "res_id": self.wheel.id,
            }
        )
        self.wheel.active = False
        row = self.take(self.interchange(self.order("PO-1", ("5", "EA", "80", "BP", "WH-0700")))).child_ids
        self.assertEqual((row.state, row.hold_reason), ("held", "reference"))
        self.assertIn("is archived", row.error_text)
        self.assertFalse(self.sale("PO-1"))

    def test_control_numbers_have_no_gaps(self):
        for number in range(3):
            self.take(self.interchange(self.order(f"PO-{number}", self.BIKE), control=number + 1))
        rows = self.told("edi.855")
        numbers = [int(self.sent(row)[0].control) for row in rows]
        self.assertEqual(numbers, [1, 2, 3])
        self.assertEqual([int(self.sent(row)[0].control) for row in rows], [1, 2, 3], "sent again it is the same")

    def test_after_a_restored_backup_numbers_go_on_above_all_that_the_partner_may_have_seen(self):
        connections, control = self.env["mfg.sync.endpoint"], self.env["mfg.sync.x12.control"]
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        self.assertEqual(int(self.sent(self.told("edi.855"))[0].control), 1)
        # the backup is made; two more go out, and the sweep writes down how far it is
        counter = control.search([("endpoint_id", "=", self.at_customer.id)])
        counter.last = 3
        known = connections._known()
        counter.last = 1
        connections._go_on_from(known)
        # killed before it was settled, it is dealt with once more
        connections._go_on_from(known)
        self.take(self.interchange(self.order("PO-2", self.BIKE), control=2))
        self.assertEqual(int(self.sent(self.told("edi.855")[-1])[0].control), 3 + LEAP + 1)
        # where the backup is of before the first one, and where the numbers had just begun again
        counter.unlink()
        connections._go_on_from(known)
        self.assertEqual(control._take(self.at_customer), 3 + LEAP + 1)
        connections._go_on_from({"x12": {self.at_customer.source: LARGEST - 1}})
        self.assertEqual(control._take(self.at_customer), LEAP)

    def test_a_document_that_cant_be_written_takes_no_number(self):
        # X12 has no escape: an item number with a delimiter can't be sent
        star = self.make_item("STAR*9", list_price=5.0)
        self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "client_order_ref": "PO-STAR",
                "order_line": [(0, 0, {"product_id": star.id, "product_uom_qty": 1})],
            }
        ).action_confirm()
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        rows = self.told("edi.855")
        bad = rows.filtered(lambda row: "PO-STAR" in row.payload)
        good = rows - bad
        self.assertEqual(int(self.sent(good)[0].control), 1)
        bad.invalidate_recordset()
        self.assertEqual((bad.state, bad.status), ("dead", "needs_you"))
        self.assertIn("STAR*9", bad.error_text)
        star.default_code = "STAR-9"
        bad.action_replay()
        interchange, answer = self.sent(bad)
        self.assertEqual((int(interchange.control), answer["lines"][0]["items"]["vendor"]), (2, "STAR-9"))

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Ridgeline Canada"})
        self.env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        elsewhere = self.make_connection(
            "northwind-ca", self.customer, "NORTHWIND", CUSTOMER_GROUPS, CUSTOMER_IN, CUSTOMER_OUT, company=other
        )
        row = self.take(self.interchange(self.order("PO-1", self.BIKE)), endpoint=elsewhere).child_ids
        self.assertEqual((row.state, row.company_id), ("done", other), row.error_text)
        self.assertEqual(self.sale("PO-1").company_id, other)
        self.assertTrue(self.told("edi.855", elsewhere))
        self.assertFalse(self.told("edi.855"), "the other company's connection of the same customer is not told")
