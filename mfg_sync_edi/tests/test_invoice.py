from decimal import Decimal
from functools import partial
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools.misc import Callbacks

from odoo.addons.mfg_sync import compat

from .common import CUSTOMER_GROUPS, EdiCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestInvoice(EdiCase):
    BIKE = ("2", "EA", "1249.5", "BP", "BK-2001", "VP", "RC-GRAVEL-54")

    def waiting(self):
        """Invoices that are to be told, before the other side is called."""
        self.told_states(self.at_customer)
        return self.told("edi.810")

    def shipped(self, number="PO-1", **kw):
        self.stock(self.bike, 10)
        self.take(self.interchange(self.order(number, self.BIKE), **kw))
        order = self.sale(number)
        picking = self.ship(order)
        self.captured()
        return order, picking

    def test_a_shipment_is_told_with_its_tracking_number(self):
        self.stock(self.bike, 10)
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        order = self.sale("PO-1")
        order.picking_ids.carrier_tracking_ref = "1Z-555"
        picking = self.ship(order)
        (told,) = self.told("edi.856")
        _interchange, notice = self.sent(told)
        self.assertEqual((notice["shipment"], notice["tracking"]), (picking.name, ["1Z-555"]))
        ((line,),) = [one["lines"] for one in notice["orders"]]
        self.assertEqual(notice["orders"][0]["number"], "PO-1")
        self.assertEqual((line["line"], line["quantity"], line["ordered_quantity"]), ("1", "2", "2"))
        self.assertEqual(line["items"]["vendor"], "RC-GRAVEL-54")

    def test_their_numbers_and_units_of_all_lines_are_asked_for_at_once(self):
        resolver, singly, units = type(self.env["mfg.sync.resolver"]), [], []
        by_unit = resolver.x12_unit

        def x12_unit(resolver, uom, *where):
            units.append(uom)
            return by_unit(resolver, uom, *where)

        with (
            patch.object(resolver, "external_id", lambda _self, _endpoint, *asked: singly.append(asked)),
            patch.object(resolver, "x12_unit", x12_unit),
        ):
            order = self.env["sale.order"].create(
                {
                    "partner_id": self.customer.id,
                    "client_order_ref": "PO-1",
                    "order_line": [
                        (0, 0, {"product_id": item.id, "product_uom_qty": 2}) for item in (self.bike, self.wheel)
                    ],
                }
            )
            order.action_confirm()
            self.assertEqual((len(self.told("edi.855")), len(units)), (1, 1))
            self.stock(self.bike, 2)
            self.stock(self.wheel, 2)
            self.ship(order)
            self.assertEqual((len(self.told("edi.856")), len(units)), (1, 2))
            self.assertEqual(len(self.waiting()), 1)
        self.assertEqual(singly, [])

    def test_serial_numbers_travel_with_the_shipment(self):
        bike = self.make_item("E-BIKE", tracking="serial", list_price=2000.0)
        for name in ("E-1", "E-2"):
            lot = self.env["stock.lot"].create({"name": name, "product_id": bike.id, "company_id": self.env.company.id})
            self.stock(bike, 1, lot)
        self.take(self.interchange(self.order("PO-1", ("2", "EA", "2000", "VP", "E-BIKE"))))
        picking = self.sale("PO-1").picking_ids
        picking.action_assign()
        picking.move_ids.picked = True
        picking.button_validate()
        _interchange, notice = self.sent(self.told("edi.856"))
        (line,) = notice["orders"][0]["lines"]
        self.assertEqual((line["quantity"], sorted(line["serials"])), ("2", ["E-1", "E-2"]))

    def test_a_shipment_is_invoiced_posted_and_told_once(self):
        order, picking = self.shipped()
        self.assertFalse(order.invoice_ids, "the shipment itself invoices nothing")
        self.deliver(self.at_customer)
        (invoice,) = order.invoice_ids
        self.assertEqual((invoice.state, invoice.create_uid), ("posted", self.at_customer.user_id))
        self.assertEqual(sum(invoice.line_ids.mapped("balance")), 0.0)
        (told,) = self.told("edi.810")
        self.assertEqual((told.res_model, told.res_id), ("account.move", invoice.id))
        _interchange, document = self.sent(told)
        self.assertEqual((document["number"], document["order_number"]), (invoice.name, "PO-1"))
        self.assertEqual(Decimal(document["total"]), Decimal(str(invoice.amount_total)))
        self.assertFalse(document["warnings"], "lines and taxes add up to the total")
        number = told.payload
        for _again in range(2):
            self.env["mfg.sync.capture"].mark("edi.810", picking)
            self.captured()
            self.deliver(self.at_customer)
        self.assertEqual((len(order.invoice_ids), self.told("edi.810"), told.payload), (1, told, number))

    def test_in_shadow_a_shipment_is_invoiced_only_to_be_looked_at(self):
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        flow.mode = "shadow"
        order, picking = self.shipped()
        other, other_picking = self.shipped("PO-2", control=4712)
        self.deliver(self.at_customer)
        self.env.invalidate_all()
        self.assertFalse((order | other).invoice_ids)
        self.assertEqual((order | other).mapped("invoice_status"), ["to invoice"] * 2)
        tried = self.told("edi.810")
        self.assertEqual(tried.mapped("status"), ["tried"] * 2)
        self.assertEqual([(row.res_model, row.res_id) for row in tried], [
            ("stock.picking", picking.id), ("stock.picking", other_picking.id)])  # fmt: skip
        self.assertIn('"order_number":"PO-1"', tried[0].payload.replace(": ", ":"))
        flow.mode = "live"
        self.env["mfg.sync.capture"].mark("edi.810", picking)
        self.captured()
        self.deliver(self.at_customer)
        self.assertEqual((order.invoice_ids.state, other.invoice_ids.ids), ("posted", []))
        self.assertEqual((self.told("edi.810") - tried).mapped("res_id"), order.invoice_ids.ids)

    def test_no_mail_goes_out_for_an_invoice_that_was_only_looked_at(self):
        """As addons do that send it to the customer once its posting is committed."""
        mailed, post, clear = [], type(self.env["account.move"])._post, Callbacks.clear

        def post_and_mail(moves, soft=True):
            posted = post(moves, soft)
            for move in posted:
                move.env.cr.postcommit.add(partial(mailed.append, move.name))
            return posted

        def commit(callbacks):
            # a test's cursor forgets what is to be done after the commit, where a real one does it
            for mail in (function for function in callbacks._funcs if isinstance(function, partial)):
                mail()
            clear(callbacks)

        self.patch(Callbacks, "clear", commit)
        self.patch(type(self.env["account.move"]), "_post", post_and_mail)
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        for mode, count in (("shadow", 0), ("live", 1)):
            flow.mode = mode
            self.shipped(f"PO-{mode}", control=count + 1)
            self.deliver(self.at_customer)
            self.assertEqual(len(mailed), count, mode)

    def test_what_was_shipped_in_shadow_is_not_invoiced_where_its_turn_comes_once_it_is_live(self):
        """People have invoiced it; the connection was paused, and nobody has looked at it yet."""
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        flow.mode = "shadow"
        order, _picking = self.shipped()
        flow.mode = "live"
        other, _picking = self.shipped("PO-2", control=4712)
        self.deliver(self.at_customer)
        self.env.invalidate_all()
        self.assertEqual((order.invoice_ids.ids, other.invoice_ids.state), ([], "posted"))
        self.assertEqual(sorted(self.told("edi.810").mapped("status")), ["tried", "waiting"])

    def test_an_invoice_of_what_was_shipped_in_shadow_is_told_where_a_person_posts_it_once_it_is_live(self):
        """Both are noted before anybody looks at them."""
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        flow.mode = "shadow"
        order, _picking = self.shipped()
        flow.mode = "live"
        invoice = order._create_invoices()
        invoice.action_post()
        self.captured()
        self.deliver(self.at_customer)
        told = self.told("edi.810").filtered(lambda row: row.res_model == "account.move")
        self.assertEqual((told.res_id, told.status), (invoice.id, "waiting"))

    def test_what_was_shipped_before_a_step_back_is_invoiced_and_told(self):
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        order, _picking = self.shipped()
        flow.mode = "shadow"
        self.deliver(self.at_customer)
        self.env.invalidate_all()
        self.assertEqual((order.invoice_ids.state, self.told("edi.810").status), ("posted", "waiting"))

    def test_in_shadow_a_shipment_that_could_not_be_invoiced_is_replayed_and_stays_uninvoiced(self):
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        # nobody answers in this test: the ship notices would rightly keep the invoices waiting
        self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.856").mode = "off"
        flow.mode = "shadow"
        with patch.object(type(self.env["sale.order"]), "_create_invoices", lambda order, **kw: False):
            order, picking = self.shipped()
            self.deliver(self.at_customer)
            tried = self.told("edi.810")
        self.assertEqual((tried.state, tried.status, tried.res_id), ("dead", "tried", picking.id))
        flow.mode = "live"
        tried.action_replay()
        self.deliver(self.at_customer)
        tried.invalidate_recordset()
        self.assertEqual((tried.state, tried.status), ("done", "tried"))
        self.assertFalse(order.invoice_ids)
        # what it is told as once it is live does not pass for known
        with patch.object(type(self.env["sale.order"]), "_create_invoices", lambda order, **kw: False):
            self.env["mfg.sync.capture"].mark("edi.810", picking)
            self.captured()
            self.deliver(self.at_customer)
        self.assertEqual((self.told("edi.810") - tried).mapped("status"), ["needs_you"])

    def test_an_invoice_goes_to_who_pays_it_and_to_nobody_else(self):
        """The buyer's group pays for one order; the buyer himself for the next."""
        group = self.env["res.partner"].create({"name": "Outdoor Group", "is_company": True})
        at_group = self.make_connection("group", group, "GROUP", CUSTOMER_GROUPS, (), ("edi.856", "edi.810"))
        self.stock(self.bike, 10)
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        self.take(self.interchange(self.order("PO-2", self.BIKE), control=4712))
        paid_by_group, own = self.sale("PO-1"), self.sale("PO-2")
        paid_by_group.partner_invoice_id = self.env["res.partner"].create(
            {"name": "Accounts payable", "type": "invoice", "parent_id": group.id}
        )
        for order in (paid_by_group, own):
            self.ship(order)
        self.captured()
        for endpoint in (self.at_customer, at_group):
            self.told_states(endpoint)
        self.assertEqual((paid_by_group | own).invoice_ids.mapped("state"), ["posted"] * 2)
        told = [self.told("edi.810", endpoint).mapped("res_id") for endpoint in (at_group, self.at_customer)]
        self.assertEqual(told, [paid_by_group.invoice_ids.ids, own.invoice_ids.ids])
        self.assertEqual(paid_by_group.invoice_ids.create_uid, at_group.user_id)
        self.assertEqual(
            [len(self.told("edi.856", endpoint)) for endpoint in (at_group, self.at_customer)], [0, 2],
            "goods are told to who ordered them",
        )  # fmt: skip

    def test_an_invoice_that_a_person_made_out_to_another_is_not_told_to_who_ordered(self):
        insurer = self.env["res.partner"].create({"name": "Insurer", "is_company": True})
        order, picking = self.shipped()
        invoice = order._create_invoices()
        invoice.partner_id = insurer
        invoice.action_post()
        self.captured()
        self.told_states(self.at_customer)
        self.assertFalse(self.told("edi.810"))

    def test_an_invoice_of_the_time_in_which_nothing_was_told_is_not_told_with_the_next_shipment(self):
        flow = self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.810")
        self.env.cr.execute(
            "UPDATE mfg_sync_flow SET create_date = create_date - interval '2 days' WHERE id = %s", [flow.id]
        )
        flow.mode = "off"
        order, _picking = self.shipped()
        on_paper = order._create_invoices()
        on_paper.action_post()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move SET create_date = create_date - interval '1 day' WHERE id = %s", [on_paper.id]
        )
        self.env.invalidate_all()
        flow.mode = "live"
        order.order_line.product_uom_qty = 3
        self.ship(order)
        self.captured()
        self.told_states(self.at_customer)
        self.assertEqual(self.told("edi.810").mapped("res_id"), (order.invoice_ids - on_paper).ids)

    def test_it_equals_an_invoice_made_by_hand(self):
        order, _picking = self.shipped()
        self.deliver(self.at_customer)
        self.stock(self.bike, 10)
        twin = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.bike.id, "product_uom_qty": 2, "price_unit": 1249.5})],
            }
        )
        twin.action_confirm()
        self.ship(twin)
        by_hand = twin._create_invoices()
        by_hand.action_post()

        def entries(move):
            return sorted((line.account_id.code, line.balance) for line in move.line_ids)

        self.assertEqual(entries(order.invoice_ids), entries(by_hand))

    def test_an_invoice_posted_by_hand_is_told_once(self):
        order, _picking = self.shipped()
        invoice = order._create_invoices()
        invoice.action_post()
        self.captured()
        self.deliver(self.at_customer)
        self.assertEqual(order.invoice_ids, invoice)
        self.assertEqual(self.told("edi.810").mapped("res_id"), invoice.ids)

    def test_a_kind_that_is_retired_lets_go_what_waits_and_tells_nothing_new(self):
        # nobody answers in this test: the ship notices would rightly keep the invoices waiting
        self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.856").mode = "off"
        order, _picking = self.shipped()
        order._create_invoices().action_post()
        waiting = self.waiting()
        self.assertEqual(waiting.datacontenttype, "application/json")
        noted, _picking = self.shipped("PO-3", control=4713)
        noted._create_invoices().action_post()
        # as its transaction ends: it is only marked yet
        self.captured()
        waiting.type_id.state = "retired"
        self.assertEqual(self.told("edi.810"), waiting)
        self.assertEqual((self.waiting() - waiting).mapped("res_id"), noted.invoice_ids.ids)
        _interchange, document = self.sent(waiting)
        self.assertEqual(document["number"], order.invoice_ids.name)
        later, _picking = self.shipped("PO-2", control=4712)
        later._create_invoices().action_post()
        self.assertEqual(self.waiting().mapped("res_id"), (order | noted).invoice_ids.sorted("id").ids)
        before = self.waiting()
        waiting.type_id.state = "active"
        later.invoice_ids.button_draft()
        later.invoice_ids.action_post()
        self.assertEqual((self.waiting() - before).mapped("res_id"), later.invoice_ids.ids)

    def test_what_its_addon_can_not_encode_any_more_is_not_sent_as_it_is(self):
        self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.856").mode = "off"
        order, _picking = self.shipped()
        order._create_invoices().action_post()
        waiting = self.waiting()
        self.env.registry.clear_cache()
        with patch.object(type(waiting.type_id), "_is_served", lambda kind: False):
            self.deliver(self.at_customer)
            waiting.invalidate_recordset()
        self.env.registry.clear_cache()
        self.assertEqual((waiting.state, waiting.datacontenttype), ("dead", "application/json"))
        self.assertIn("edi.810.v1 is not installed", waiting.error_text)

    def test_an_invoice_that_odoo_refuses_needs_a_person_and_is_replayed(self):
        # nobody answers in this test: a ship notice that can't be sent would rightly keep what follows it waiting
        self.at_customer.flow_ids.filtered(lambda flow: flow.type_id.name == "edi.856").mode = "off"
        closed = self.env["account.account"].create(
            {"name": "Sales of last year", "code": "400999", "account_type": "income"}
        )
        order, picking = self.shipped()
        self.bike.property_account_income_id = closed
        closed["deprecated" if compat.IS_17 else "active"] = compat.IS_17
        self.stock(self.wheel, 2)
        self.take(self.interchange(self.order("PO-2", ("2", "EA", "90", "VP", "RC-WHEEL")), control=2))
        second = self.sale("PO-2")
        self.ship(second)
        self.captured()
        self.deliver(self.at_customer)
        rows = self.told("edi.810")
        self.assertEqual(second.invoice_ids.state, "posted", "the other shipment is invoiced all the same")
        self.assertFalse(order.invoice_ids, "nothing half done stays")
        (dead,) = rows.filtered(lambda row: row.state == "dead")
        self.assertEqual((dead.res_model, dead.res_id, dead.needs_person), ("stock.picking", picking.id, True))
        self.assertIn("account", dead.error_text)
        closed["deprecated" if compat.IS_17 else "active"] = not compat.IS_17
        dead.action_replay()
        self.deliver(self.at_customer)
        self.captured()
        self.deliver(self.at_customer)
        self.assertEqual(order.invoice_ids.state, "posted")
        self.assertEqual((dead.state, len(self.told("edi.810") - dead)), ("done", 2))
