from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .. import compat
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestLotHold(SyncCase):
    """A lot on hold stays in the plant: nothing reserves it, nobody ships it; it may be scrapped or put aside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id
        cls.pack = cls.env["product.product"].create(compat.storable({"name": "Battery", "tracking": "lot"}))
        cls.bad, cls.good = cls.env["stock.lot"].create(
            [{"name": name, "product_id": cls.pack.id, "company_id": cls.env.company.id} for name in ("B-1", "B-2")]
        )
        cls.env["stock.quant"]._update_available_quantity(cls.pack, cls.stock, 5, lot_id=cls.bad)

    def delivery(self, quantity=3):
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
                            product_id=self.pack.id,
                            product_uom_qty=quantity,
                            product_uom=self.pack.uom_id.id,
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

    def reserved(self, picking):
        return {line.lot_id.name: line.quantity for line in picking.move_line_ids}

    def test_a_lot_on_hold_is_taken_out_of_reservations_and_comes_back(self):
        delivery = self.delivery()
        self.assertEqual(self.reserved(delivery), {"B-1": 3})
        self.bad._mfg_sync_set_status("hold", "Voltage too low")
        self.assertEqual((self.reserved(delivery), delivery.state), ({}, "confirmed"))
        delivery.action_assign()
        self.assertEqual((self.reserved(delivery), delivery.state), ({}, "confirmed"))
        quant = self.env["stock.quant"]._gather(self.pack, self.stock, lot_id=self.bad)
        self.assertEqual((quant.quantity, quant.reserved_quantity), (5, 0))
        self.bad._mfg_sync_set_status("released", "Reworked")
        self.assertEqual((self.reserved(delivery), delivery.state), ({"B-1": 3}, "assigned"))

    def test_a_piece_of_a_delivery_made_piece_by_piece_comes_back_too(self):
        delivery = self.delivery(quantity=2)
        delivery.do_unreserve()
        pieces = self.env["stock.move"].create(
            [
                compat.move_vals(
                    self.env,
                    "Made",
                    product_id=self.pack.id,
                    product_uom_qty=1,
                    product_uom=self.pack.uom_id.id,
                    location_id=self.pack.property_stock_production.id,
                    location_dest_id=self.stock.id,
                    move_dest_ids=[(6, 0, delivery.move_ids.ids)],
                )
                for _piece in range(2)
            ]
        )
        pieces._action_confirm(merge=False)
        first = pieces[0]
        first.move_line_ids.unlink()
        values = first._prepare_move_line_vals(quantity=0)
        first.move_line_ids = [(0, 0, {**values, "lot_id": self.good.id, "quantity": 1})]
        first.picked = True
        first._action_done()
        self.assertEqual(self.reserved(delivery), {"B-2": 1})
        self.good._mfg_sync_set_status("hold", "Voltage too low")
        self.assertEqual(self.reserved(delivery), {})
        delivery.action_assign()
        self.assertEqual(self.reserved(delivery), {})
        self.good._mfg_sync_set_status("released", "Reworked")
        self.assertEqual(self.reserved(delivery), {"B-2": 1})

    def test_the_good_lot_is_taken_instead(self):
        self.env["stock.quant"]._update_available_quantity(self.pack, self.stock, 2, lot_id=self.good)
        self.bad._mfg_sync_set_status("rejected", "Cracked")
        self.assertEqual(self.reserved(self.delivery()), {"B-2": 2})

    def test_shipping_it_is_refused_with_lot_reason_and_who(self):
        delivery = self.delivery()
        inspector = new_test_user(self.env, "ines", name="Ines Inspector", groups="stock.group_stock_user")
        self.bad.with_user(inspector)._mfg_sync_set_status("hold", "Voltage too low")
        move = delivery.move_ids
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": self.bad.id, "quantity": 3})
        ]
        move.picked = True
        with self.assertRaisesRegex(UserError, "(?s)B-1.*Voltage too low.*Ines Inspector"), self.env.cr.savepoint():
            delivery.with_context(skip_backorder=True).button_validate()
        self.assertNotEqual(delivery.state, "done")
        self.bad._mfg_sync_set_status("released", "Measured again")
        delivery.with_context(skip_backorder=True).button_validate()
        self.assertEqual(delivery.state, "done")
        quant = self.env["stock.quant"]._gather(self.pack, self.stock, lot_id=self.bad)
        self.assertEqual((quant.quantity, quant.reserved_quantity), (2, 0))

    def test_what_has_left_can_not_become_a_held_lot_or_more_of_it_afterwards(self):
        self.env["stock.quant"]._update_available_quantity(self.pack, self.stock, 5, lot_id=self.good)
        delivery = self.delivery(2)
        delivery.move_ids.picked = True
        delivery.with_context(skip_backorder=True).button_validate()
        line = delivery.move_line_ids
        taken, other = (self.bad, self.good) if line.lot_id == self.bad else (self.good, self.bad)
        (taken | other)._mfg_sync_set_status("hold", "Voltage too low")
        quant = self.env["stock.quant"]._gather(self.pack, self.stock, lot_id=other, strict=True)
        more = {**delivery.move_ids._prepare_move_line_vals(quantity=0), "lot_id": other.id, "quantity": 1}
        for change, lot in (
            (lambda: line.write({"quantity": 3}), taken),
            (lambda: line.write({"lot_id": other.id}), other),
            # as “Pick From” does
            (lambda: line.write({"quant_id": quant.id}), other),
            (lambda: line.create({**more, "picked": True}), other),
        ):
            with self.assertRaisesRegex(UserError, f"(?s){lot.name}.*Voltage too low.*another lot"):
                with self.env.cr.savepoint():
                    change()
        # one of the two came back unopened: less of it had left than was thought
        line.quantity = 1
        quant = self.env["stock.quant"]._gather(self.pack, self.stock, lot_id=taken, strict=True)
        self.assertEqual((delivery.state, sum(quant.mapped("quantity"))), ("done", 4))

    def test_it_may_go_to_quarantine_be_counted_and_be_scrapped(self):
        self.bad._mfg_sync_set_status("rejected", "Cracked")
        quarantine = self.env["stock.location"].create({"name": "Quarantine", "location_id": self.stock.id})
        inside = self.env["stock.move"].create(
            compat.move_vals(
                self.env,
                "Aside",
                product_id=self.pack.id,
                product_uom_qty=2,
                product_uom=self.pack.uom_id.id,
                location_id=self.stock.id,
                location_dest_id=quarantine.id,
            )
        )
        inside._action_confirm()
        inside._action_assign()
        self.assertEqual(inside.state, "assigned")
        inside.picked = True
        inside._action_done()
        self.assertEqual(inside.state, "done")
        scrap = self.env["stock.scrap"].create(
            {"product_id": self.pack.id, "scrap_qty": 2, "lot_id": self.bad.id, "location_id": quarantine.id}
        )
        self.assertIs(scrap.action_validate(), True)
        self.env["stock.quant"].with_context(inventory_mode=True).create(
            {
                "product_id": self.pack.id,
                "location_id": self.stock.id,
                "lot_id": self.bad.id,
                "inventory_quantity": 1,
            }
        ).action_apply_inventory()
        quants = self.env["stock.quant"]._gather(self.pack, self.stock, lot_id=self.bad)
        self.assertEqual(sum(quants.mapped("quantity")), 1)

    def test_a_pick_towards_a_customer_does_not_take_it_either(self):
        self.warehouse.delivery_steps = "pick_ship"
        self.bad._mfg_sync_set_status("hold", "Voltage too low")
        customers = self.env.ref("stock.stock_location_customers")
        values = {"warehouse_id": self.warehouse, "company_id": self.env.company, "date_planned": "2026-11-23"}
        Procurement = compat.procurement_model(self.env)
        if compat.IS_17:
            values["group_id"] = self.env["procurement.group"].create({"name": "SO1"})
        Procurement.run(
            [Procurement.Procurement(self.pack, 3, self.pack.uom_id, customers, "SO1", "SO1", self.env.company, values)]
        )
        pick = self.env["stock.move"].search([("product_id", "=", self.pack.id), ("location_id", "=", self.stock.id)])
        pick._action_assign()
        self.assertEqual((len(pick), pick.state, pick.quantity), (1, "confirmed", 0))
        self.bad._mfg_sync_set_status("released", "Measured again")
        self.assertEqual((pick.state, pick.quantity), ("assigned", 3))

    def test_every_plan_must_pass_and_a_decision_by_hand_sets_them_aside(self):
        steps = [
            ("hold", "electric", "hold"),
            ("hold", "optic", "hold"),
            ("released", "electric", "hold"),
            ("released", "optic", "released"),
            ("hold", "optic", "hold"),
            ("released", "", "released"),
        ]
        for status, plan, expected in steps:
            self.bad._mfg_sync_set_status(status, "x", basis=plan)
            self.assertEqual(self.bad.mfg_sync_quality, expected, (status, plan))

    def test_only_operators_release_by_hand(self):
        self.bad._mfg_sync_set_status("hold", "Voltage too low")
        picker = new_test_user(self.env, "paul", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            self.bad.with_user(picker).action_mfg_sync_release()
        operator = new_test_user(self.env, "olga", groups="stock.group_stock_user,mfg_sync.group_operator")
        self.bad.with_user(operator).action_mfg_sync_release()
        self.assertEqual(self.bad.mfg_sync_quality, "released")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.lot.status"].with_user(picker).create({"lot_id": self.bad.id, "status": "released"})

    def test_a_hold_is_filed_under_the_company_of_the_lot_whoever_places_it(self):
        other = self.env["res.company"].create({"name": "Plant B"})
        operator = new_test_user(self.env, "both", groups="mfg_sync.group_operator,stock.group_stock_manager")
        operator.company_ids += other
        lot = self.bad.with_user(operator).with_context(allowed_company_ids=[other.id, self.env.company.id])
        lot.action_mfg_sync_hold()
        self.assertEqual(self.bad.mfg_sync_status_ids.company_id, self.env.company)

    def test_a_lot_that_all_companies_share_is_kept_out_by_who_works_in_all_of_them(self):
        """Otherwise somebody of plant B stops what is said about it in plant A."""
        if compat.IS_17:
            # there each lot has a company
            self.assertTrue(self.bad._fields["company_id"].required)
            return
        other = self.env["res.company"].create({"name": "Plant B"})
        self.make_endpoint("mes_a")
        mes_b = self.make_endpoint("mes_b", company=other)
        groups = "mfg_sync.group_operator,stock.group_stock_manager"
        there = new_test_user(self.env, "there", groups=groups, company_id=other.id, company_ids=[(6, 0, other.ids)])
        everybody = self.env["mfg.sync.endpoint"].search([]).company_id.ids
        group_wide = new_test_user(self.env, "group_wide", groups=groups, company_ids=[(6, 0, everybody)])
        self.bad.company_id = False
        shared = self.bad.with_user(group_wide)
        for attempt in (
            lambda: self.bad.with_user(there).action_mfg_sync_exclude("Not ours"),
            lambda: shared.with_context(allowed_company_ids=other.ids).action_mfg_sync_exclude("Not ours"),
        ):
            with self.assertRaisesRegex(AccessError, "belongs to no company"):
                attempt()
        shared = shared.with_context(allowed_company_ids=everybody)
        shared.action_mfg_sync_exclude("Sold as it is")
        self.assertTrue(shared.mfg_sync_left_out)
        with self.assertRaisesRegex(AccessError, "belongs to no company"):
            self.bad.with_user(there).action_mfg_sync_include()
        shared.action_mfg_sync_include()
        # a connection that was archived concerns its company as before, one of an archived company nobody
        mes_b.active = False
        in_others = shared.with_context(allowed_company_ids=[company for company in everybody if company != other.id])
        with self.assertRaisesRegex(AccessError, "belongs to no company"):
            in_others.action_mfg_sync_exclude("Not ours")
        (there | mes_b.user_id).active = False
        other.active = False
        in_others.action_mfg_sync_exclude("Sold as it is")
        self.assertTrue(shared.mfg_sync_left_out)

    def test_nobody_writes_the_quality_of_a_lot(self):
        self.bad._mfg_sync_set_status("hold", "Voltage too low")
        picker = new_test_user(self.env, "paul", groups="stock.group_stock_user")
        for lot in (self.bad.with_user(picker), self.bad):
            with self.assertRaisesRegex(AccessError, "Quality of a lot.*buttons"):
                lot.mfg_sync_quality = "released"
        new = {"name": "B-3", "product_id": self.pack.id, "company_id": self.env.company.id}
        for lots, vals in (
            (self.env["stock.lot"], {**new, "mfg_sync_quality": "rejected"}),
            (self.env["stock.lot"].with_context(default_mfg_sync_quality="rejected"), new),
        ):
            with self.assertRaisesRegex(AccessError, "Quality of a lot"):
                lots.with_user(picker).create(vals)
        self.assertEqual((self.bad.mfg_sync_quality, self.reserved(self.delivery())), ("hold", {}))
        self.assertEqual(self.bad.with_user(picker).copy({"name": "B-4"}).mfg_sync_quality, "released")

    def test_a_person_does_not_say_when_it_happened_on_the_floor(self):
        picker = new_test_user(self.env, "paul", groups="stock.group_stock_user")
        delivery = self.delivery().with_user(picker).with_context(mfg_sync_occurred="2020-01-01 00:00:00")
        with self.assertRaisesRegex(AccessError, "Happened on the floor"):
            delivery.move_line_ids.mfg_sync_occurred = "2020-01-01 00:00:00"
        delivery.move_ids.picked = True
        delivery.with_context(skip_backorder=True).button_validate()
        self.assertEqual((delivery.state, delivery.move_line_ids.mfg_sync_occurred), ("done", False))
