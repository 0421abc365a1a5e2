from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.mfg_sync.engine import claim, lanes, runs

from .common import WmsCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestTold(WmsCase):
    def test_an_expected_receipt_is_told_once_and_again_with_its_lots(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.frame.id, "product_qty": 3, "price_unit": 10})],
            }
        )
        order.button_confirm()
        picking = order.picking_ids
        (first,) = self.told("wms.receipt.expected", picking)
        self.assertEqual(first["lines"], [{"item": {"code": "FRAME"}, "quantity": 3, "unit": "Units", "lots": []}])
        self.assertEqual(
            (first["transfer"], first["revision"], first["origin"], first["site"], first["partner"]),
            ({"code": picking.name}, 1, order.name, "WH", {"code": "SUP-1", "name": "Frames Ltd"}),
        )
        picking.action_assign()
        picking.note = "Mind the step"
        self.assertEqual(len(self.told("wms.receipt.expected", picking)), 1)
        # the supplier's ship notice names the lots
        move = picking.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_name": name, "quantity": quantity})
            for name, quantity in (("F-1", 2), ("F-2", 1))
        ]
        second = self.told("wms.receipt.expected", picking)[-1]
        self.assertEqual(second["revision"], 2)
        self.assertEqual(second["lines"][0]["lots"], [{"lot": "F-1", "quantity": 2}, {"lot": "F-2", "quantity": 1}])
        self.assert_done(self.received(picking, "R-1", ("FRAME", 2, "F-1"), ("FRAME", 1, "F-2")))
        self.assertEqual(len(self.told("wms.receipt.expected", picking)), 2)

    def test_nobody_says_by_hand_what_the_warehouse_was_told_or_has_confirmed(self):
        picking = self.receipt((self.frame, 1))
        self.captured()
        paul = new_test_user(self.env, "paul", groups="stock.group_stock_user")
        by_paul = picking.with_user(paul).with_context(mfg_sync_confirming=picking.ids)
        for name, value in (("mfg_sync_confirmation", "R-1"), ("mfg_sync_revision", 7), ("mfg_sync_told", "x")):
            with self.assertRaisesRegex(AccessError, "only messages"):
                by_paul.write({name: value})
        by_paul.scheduled_date = "2030-01-01 00:00:00"
        self.assertEqual([data["revision"] for data in self.told("wms.receipt.expected", picking)], [1, 2])

    def test_lots_that_come_and_go_and_come_back_are_three_revisions(self):
        picking = self.receipt((self.frame, 1))
        line = picking.move_line_ids
        self.captured()
        for name in ("F-1", "F-2", "F-1"):
            line.lot_name = name
            self.captured()
        lots = [data["lines"][0]["lots"] for data in self.told("wms.receipt.expected", picking)]
        self.assertEqual([entry and entry[0]["lot"] for entry in lots], [[], "F-1", "F-2", "F-1"])

    def test_a_delivery_is_requested_when_it_is_reserved(self):
        self.customer.country_id = self.env.ref("base.us")
        picking = self.delivery((self.frame, 2))
        self.assertFalse(self.told("wms.shipment.requested"))
        self.put(self.frame, 2, "F-1")
        picking.action_assign()
        (data,) = self.told("wms.shipment.requested", picking)
        self.assertEqual(data["lines"][0]["lots"], [{"lot": "F-1", "quantity": 2}])
        self.assertEqual(
            data["partner"],
            {
                "code": "CUST-1",
                "name": "Wheels Inc",
                "street": "1 Main St",
                "city": "Springfield",
                "zip": "12345",
                "country": "US",
            },
        )
        self.assert_done(self.shipped(picking, "S-1", ("FRAME", 2, "F-1")))
        self.assertEqual(len(self.told("wms.shipment.requested", picking)), 1)

    def test_each_warehouse_system_is_told_of_its_own_site(self):
        annex = self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "wms.receipt.expected").site_ids = annex
        self.receipt((self.bell, 1))
        self.assertFalse(self.told("wms.receipt.expected"))
        self.warehouse = annex
        picking = type(self).make_picking.__func__(self, "incoming", self.supplier, (self.bell, 1))
        self.assertEqual([data["site"] for data in self.told("wms.receipt.expected", picking)], ["ANX"])

    def test_marks_collapse_into_one_state(self):
        lot = self.put(self.frame, 4, "F-1")
        self.delivery((self.frame, 1))
        self.env.cr.precommit.run()
        self.put(self.frame, 1, "F-2")
        self.put(self.frame, 2, "F-1")
        lot._mfg_sync_set_status("hold", "Scratches")
        self.env.cr.precommit.run()
        self.assertGreater(self.env["mfg.sync.mark"].search_count([("res_id", "=", self.frame.id)]), 1)
        (state,) = self.told_states(self.endpoint, "stock.available")
        (site,) = [site for site in state["sites"] if site["site"] == "WH"]
        self.assertEqual((site["on_hand"], site["unit"]), (7, "Units"))
        self.assertEqual(
            site["lots"],
            [{"lot": "F-1", "quantity": 6, "status": "hold"}, {"lot": "F-2", "quantity": 1, "status": "released"}],
        )
        # what is on hold is not free, though nobody has reserved it any more
        self.assertEqual(site["available"], 1)

    def test_what_comes_and_goes_between_two_looks_is_not_told_again(self):
        self.put(self.bell, 4)
        self.assertEqual(len(self.told_states(self.endpoint, "stock.available")), 1)
        self.put(self.bell, 1)
        self.put(self.bell, -1)
        with freeze_time("2031-01-02 10:00:00"):
            self.assertEqual(self.told_states(self.endpoint, "stock.available"), [])
        self.put(self.bell, -4)
        (state,) = self.told_states(self.endpoint, "stock.available")
        self.assertEqual(state["sites"][0]["on_hand"], 0)

    def test_an_item_that_the_warehouse_refuses_does_not_hold_up_its_stock(self):
        self.add_flows(self.endpoint, "master.item")
        self.bell.name = "Brass Bell"
        self.env.cr.precommit.run()
        self.put(self.bell, 4)
        self.told_states(self.endpoint)
        rows = self.captured().filtered(lambda row: row.res_id == self.bell.id)
        stock = rows.filtered(lambda row: row.type_name == "stock.available.v1")
        item = rows - stock
        self.assertEqual(item.lane, stock.lane, "what is told of one record is one lane")
        self.assertLess(item.id, stock.id)
        self.env.cr.execute("UPDATE mfg_sync_message SET state = 'dead' WHERE id = %s", [item.id])
        locked = claim.lock_lanes(self.env.cr, self.endpoint.id, "out", [item.lane])[item.lane]
        runnable, blocked = lanes.plan(locked)
        self.assertEqual(([row["id"] for row in runnable], blocked), (stock.ids, []))

    def test_all_items_told_again_tell_no_stock_again(self):
        items = self.add_flows(self.endpoint, "master.item")
        self.put(self.bell, 4)
        self.told_states(self.endpoint)
        stock = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "stock.available")
        self.env["mfg.sync.capture"].mark("stock.available", self.bell)
        runs.mark_all(self.env.cr, self.env["mfg.sync.flow"]._outbound()[items.id], self.bell)
        before = self.captured()
        self.told_states(self.endpoint)
        self.assertEqual((self.captured() - before).mapped("flow_id"), items)
        self.assertNotIn(stock, (self.captured() - before).mapped("flow_id"))

    def test_stock_is_told_again_when_a_word_in_it_changes_elsewhere(self):
        def told():
            return [
                (data["item"]["code"], site["site"], site["unit"], [entry["lot"] for entry in site["lots"]])
                for data in self.told_states(self.endpoint, "stock.available")
                for site in data["sites"]
                if data["item"]["code"] in ("FRAME", "RAHMEN", "BELL") and site["on_hand"]
            ]

        unit = self.env.ref("uom.product_uom_dozen").copy({"name": "Pcs"})
        self.frame.uom_id = unit
        annex = self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        lot = self.put(self.frame, 2, "F-1", location=shelf)
        self.put(self.bell, 4)
        told()
        lot.name = "F-100"
        self.assertEqual(told(), [("FRAME", "WH", "Pcs", ["F-100"])])
        unit.name = "Piece"
        self.assertEqual(told(), [("FRAME", "WH", "Piece", ["F-100"])])
        self.frame.default_code = "RAHMEN"
        self.assertEqual(told(), [("RAHMEN", "WH", "Piece", ["F-100"])])
        self.warehouse.mfg_sync_site_code = "HALL-1"
        self.assertEqual(sorted(told()), [
            ("BELL", "HALL-1", "Units", []), ("RAHMEN", "HALL-1", "Piece", ["F-100"])])  # fmt: skip
        # the shelf is carried over to another site
        shelf.location_id = annex.lot_stock_id
        self.assertEqual(told(), [("RAHMEN", "ANX", "Piece", ["F-100"])])

    def test_a_new_site_is_told_with_all_stock(self):
        self.put(self.bell, 4)
        self.told_states(self.endpoint)
        self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        states = self.told_states(self.endpoint, "stock.available")
        (bell,) = [state for state in states if state["item"]["code"] == "BELL"]
        self.assertIn("ANX", [site["site"] for site in bell["sites"]])

    def test_their_names_for_all_that_is_told_are_asked_for_at_once(self):
        resolver, singly = type(self.env["mfg.sync.resolver"]), []
        self.put(self.bell, 4)
        with patch.object(resolver, "external_id", lambda _self, _endpoint, *asked: singly.append(asked)):
            picking = self.receipt((self.frame, 1), (self.bell, 5))
            self.assert_done(self.received(picking, "R-1", ("BELL", 2)))
            rest = self.told("wms.receipt.expected", picking.backorder_ids)[-1]
            self.assertEqual((len(rest["lines"]), rest["backorder_of"]["code"]), (2, picking.name))
            self.assertTrue(self.told_states(self.endpoint, "stock.available"))
        self.assertEqual(singly, [])

    def test_nobody_watching_costs_nothing(self):
        self.endpoint.flow_ids.write({"mode": "off"})
        picking = self.receipt((self.frame, 2))
        line = picking.move_line_ids
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env["mfg.sync.flow"]._watch()
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            capture = self.env["mfg.sync.transfer.capture"]
            capture.changed(picking)
            capture.changed(line)
            self.env["stock.quant"].browse(1)._mfg_sync_mark()
            self.env["mfg.sync.capture"].written(self.warehouse, {"code"})
        self.assertFalse(self.env.cr.precommit.data)
        self.assertFalse(picking.mfg_sync_revision)

    def test_the_day_it_is_wanted(self):
        picking = self.receipt((self.bell, 1))
        self.captured()
        picking.scheduled_date = fields.Datetime.to_datetime("2031-01-02 10:00:00")
        self.assertEqual(self.told("wms.receipt.expected", picking)[-1]["scheduled"], "2031-01-02T10:00:00Z")
