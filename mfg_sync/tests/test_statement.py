import json
import sys
import time
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .. import compat
from ..engine.given import Given
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestStatement(SyncCase):
    """A warehouse says what it has; Odoo compares it with its own stock of the same moment, and books nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.steel = cls.make_item("STEEL", uom_id=cls.env.ref("uom.product_uom_kgm").id)
        cls.bell = cls.make_item("BELL")
        cls.frame = cls.make_item("FRAME", tracking="lot")
        cls.put(cls.steel, 12.5)
        cls.put(cls.bell, 24)
        cls.put(cls.frame, 3, "F-1")
        cls.put(cls.frame, 2, "F-2")
        cls.endpoint = cls.make_endpoint("wms1", groups="stock.group_stock_user", kinds=("stock.statement",))
        cls.as_of = fields.Datetime.now() - timedelta(hours=1)
        cls.everything = [("STEEL", 12.5), ("BELL", 24), ("FRAME", 3, "F-1"), ("FRAME", 2, "F-2")]

    @classmethod
    def make_item(cls, code, **values):
        if "uom_id" in values and "uom_po_id" in cls.env["product.product"]._fields:
            values["uom_po_id"] = values["uom_id"]
        return cls.env["product.product"].create(
            compat.storable({"name": code.title(), "default_code": code, **values})
        )

    @classmethod
    def put(cls, product, quantity, lot_name=None, location=None):
        lot = cls.env["stock.lot"]
        if lot_name:
            company = (location or cls.stock).company_id
            lot = lot.create({"name": lot_name, "product_id": product.id, "company_id": company.id})
        cls.env["stock.quant"]._update_available_quantity(product, location or cls.stock, quantity, lot_id=lot or None)
        return lot

    def move(self, product, quantity, source, dest, lot=None, occurred=None):
        """Goods move in Odoo now; a message may have told when they did on the floor."""
        move = self.env["stock.move"].create(
            compat.move_vals(
                self.env,
                product.name,
                product_id=product.id,
                product_uom_qty=quantity,
                product_uom=product.uom_id.id,
                location_id=source.id,
                location_dest_id=dest.id,
            )
        )
        move._action_confirm()
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    **move._prepare_move_line_vals(quantity=0),
                    "quantity": quantity,
                    "lot_id": lot and lot.id,
                    "picked": True,
                }
            )
        ]
        move.picked = True
        move.with_context(mfg_sync_occurred=Given(occurred))._action_done()
        self.assertEqual(move.state, "done")

    def state(self, *lines, endpoint=None, site=None, as_of=None):
        names = ("item", "quantity", "lot")
        return self.apply(
            endpoint or self.endpoint,
            "stock.statement",
            {
                "site": site or self.warehouse.code,
                "as_of": (as_of or self.as_of).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "lines": [line if isinstance(line, dict) else dict(zip(names, line, strict=False)) for line in lines],
            },
        )

    def compared(self, message):
        self.assertEqual(message.state, "done", message.error_text)
        return self.env["mfg.sync.statement"].search([("message_id", "=", message.id)])

    def variances(self, message):
        """``{(item, lot): (theirs, ours)}`` of what does not agree, for the items of this test."""
        statement = self.compared(message)
        return {
            (line.product_id.default_code, line.lot_name or ""): (line.theirs, line.ours)
            for line in statement.variance_ids
            if line.product_id in self.steel | self.bell | self.frame
        }

    def test_the_same_stock_has_no_variance(self):
        message = self.state(*self.everything)
        self.assertEqual(self.variances(message), {})
        self.assertEqual(message.res_model, "mfg.sync.statement")

    def test_one_planted_variance_is_found_and_only_that(self):
        message = self.state(("STEEL", 12.5), ("BELL", 23), ("FRAME", 3, "F-1"), ("FRAME", 2, "F-2"))
        self.assertEqual(self.variances(message), {("BELL", ""): (23, 24)})
        self.assertEqual(
            sum(
                self.env["stock.quant"]
                .search([("product_id", "=", self.bell.id), ("location_id", "=", self.stock.id)])
                .mapped("quantity")
            ),
            24,
        )

    def test_what_they_do_not_mention_they_do_not_have(self):
        self.assertEqual(self.variances(self.state(*self.everything[:3])), {("FRAME", "F-2"): (0, 2)})

    def test_units_and_several_shelves_are_added_up(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.put(self.bell, 12, location=shelf)
        message = self.state(
            {"item": "BELL", "quantity": 2, "unit": "DZN"},
            ("BELL", 12),
            {"item": "STEEL", "quantity": 12500, "unit": "GRM"},
            *self.everything[2:],
        )
        self.assertEqual(self.variances(message), {})

    def test_what_is_below_the_precision_of_the_unit_agrees(self):
        self.assertEqual(self.variances(self.state(("STEEL", 12.503), *self.everything[1:])), {})
        off = self.state(("STEEL", 12.51), *self.everything[1:], as_of=self.as_of - timedelta(minutes=1))
        self.assertEqual(list(self.variances(off)), [("STEEL", "")])

    def test_what_moved_afterwards_is_set_apart(self):
        lot = self.env["stock.lot"].search([("name", "=", "F-1"), ("product_id", "=", self.frame.id)])
        self.move(self.frame, 1, self.stock, self.customers, lot)
        self.move(self.bell, 5, self.customers, self.stock)
        self.move(self.steel, 2.5, self.stock, self.customers)
        # within the site nothing changes
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.stock.id})
        self.move(self.bell, 7, self.stock, shelf)
        message = self.state(*self.everything)
        self.assertEqual(self.variances(message), {})
        since = {
            (line.product_id.default_code, line.lot_name or ""): line.since for line in self.compared(message).line_ids
        }
        self.assertEqual(
            [since[key] for key in (("FRAME", "F-1"), ("BELL", ""), ("STEEL", ""), ("FRAME", "F-2"))], [-1, 5, -2.5, 0]
        )

    def test_what_sold_out_afterwards_was_there(self):
        self.move(self.bell, 24, self.stock, self.customers)
        self.env["stock.quant"]._unlink_zero_quants()
        self.assertEqual(self.variances(self.state(*self.everything)), {})
        without = self.state(self.everything[0], *self.everything[2:], as_of=self.as_of - timedelta(minutes=1))
        self.assertEqual(self.variances(without), {("BELL", ""): (0, 24)})

    def test_what_had_left_when_they_counted_is_no_variance_however_late_odoo_heard(self):
        self.move(self.bell, 4, self.stock, self.customers, occurred=self.as_of - timedelta(minutes=5))
        self.move(self.steel, 2.5, self.stock, self.customers, occurred=self.as_of + timedelta(minutes=5))
        self.assertEqual(self.variances(self.state(("STEEL", 12.5), ("BELL", 20), *self.everything[2:])), {})

    def test_a_lot_nobody_knows_is_a_variance_not_a_question(self):
        message = self.state(*self.everything, ("FRAME", 1, "F-9"))
        self.assertEqual(self.variances(message), {("FRAME", "F-9"): (1, 0)})

    def test_a_warehouse_that_does_not_count_by_lot(self):
        self.assertEqual(self.variances(self.state(*self.everything[:2], ("FRAME", 5))), {})
        mixed = self.state(
            *self.everything[:2], ("FRAME", 3, "F-1"), ("FRAME", 1), as_of=self.as_of - timedelta(minutes=1)
        )
        self.assertEqual(self.variances(mixed), {("FRAME", ""): (1, 2)})

    def test_an_item_nobody_knows_waits(self):
        message = self.state(*self.everything, ("GHOST", 1))
        self.assertEqual((message.state, message.wait_key), ("held", "item:GHOST"))
        self.assertFalse(self.env["mfg.sync.statement"].search([("message_id", "=", message.id)]))

    def test_the_same_statement_again_has_no_effect(self):
        self.compared(self.state(*self.everything))
        again = self.state(*self.everything)
        self.assertEqual((again.state, again.no_effect), ("done", True))

    def test_companies_and_sites_are_kept_apart(self):
        annex = self.env["stock.warehouse"].create({"name": "Annex", "code": "ANX"})
        self.put(self.bell, 7, location=annex.lot_stock_id)
        company = self.env["res.company"].create({"name": "Sister"})
        sister = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        self.put(self.bell, 9, location=sister.lot_stock_id)
        stranger = self.make_endpoint(
            "wms2", groups="stock.group_stock_user", kinds=("stock.statement",), company=company
        )
        self.assertEqual(self.variances(self.state(*self.everything)), {})
        self.assertEqual(self.variances(self.state(("BELL", 6), site="ANX")), {("BELL", ""): (6, 7)})
        own = self.state(("BELL", 9), endpoint=stranger, site=sister.code)
        self.assertEqual(self.variances(own), {})
        self.assertEqual(self.compared(own).company_id, company)
        viewer = self.env["res.users"].browse(self.endpoint.user_id.id)
        viewer.write({compat.user_groups_field(): [(4, self.env.ref("mfg_sync.group_viewer").id)]})
        self.assertFalse(self.env["mfg.sync.statement"].with_user(viewer).search([("company_id", "=", company.id)]))
        self.assertTrue(self.env["mfg.sync.statement"].with_user(viewer).search([("warehouse_id", "=", annex.id)]))

    def test_a_statement_for_another_companys_site_finds_none(self):
        company = self.env["res.company"].create({"name": "Sister"})
        self.warehouse.mfg_sync_site_code = "PLANT-1"
        stranger = self.make_endpoint(
            "wms2", groups="stock.group_stock_user", kinds=("stock.statement",), company=company
        )
        message = self.state(("BELL", 24), endpoint=stranger, site="PLANT-1")
        self.assertEqual((message.state, message.wait_key), ("held", "site:PLANT-1"))
        self.assertEqual(json.loads(message.payload)["site"], "PLANT-1")

    def test_fifty_thousand_lines_take_no_query_each(self):
        cr, company = self.env.cr, self.env.company
        self.env["product.product"].create(
            [
                compat.storable({"name": "Bolt", "default_code": f"BOLT-{number}", "barcode": f"0{number:012}"})
                for number in range(500)
            ]
        )
        cr.execute(
            """INSERT INTO stock_lot (name, product_id, company_id)
               SELECT 'B-' || n, %s, %s FROM generate_series(1, 45000) n""",
            [self.frame.id, company.id],
        )
        cr.execute(
            """INSERT INTO stock_quant (product_id, lot_id, company_id, location_id, quantity, reserved_quantity,
                                        in_date)
               SELECT product_id, id, company_id, %s, 1, 0, now() FROM stock_lot WHERE name LIKE 'B-%%'""",
            [self.stock.id],
        )
        self.env.invalidate_all()
        known = [("FRAME", 1, f"B-{number}") for number in range(1, 45000)]
        strangers = [("FRAME", 1, f"X-{number}") for number in range(4000)]
        # half of them by their barcode, each in a unit of its own
        bolts = [
            {"item": f"0{number:012}" if number % 2 else f"BOLT-{number}", "quantity": 2, "unit": "DZN"}
            for number in range(500)
        ]
        before, started = cr.sql_log_count, time.monotonic()
        message = self.state(*self.everything, *known, *strangers, *bolts)
        queries, seconds = cr.sql_log_count - before, time.monotonic() - started
        sys.stdout.write(f"\na statement of 49,503 lines: {seconds:.1f} s, {queries} queries\n")
        statement = self.compared(message)
        # of ours one lot is not mentioned; of theirs 4,000 lots and 500 items are not here
        self.assertEqual((statement.line_count, statement.variance_count), (49504, 4501))
        self.assertEqual(statement.variance_ids.filtered(lambda line: line.state == "less").lot_name, "B-45000")
        self.assertLess(queries, 300)
        # nobody's browser is sent megabytes
        self.assertLess(len(message.payload_pretty), 110000)
