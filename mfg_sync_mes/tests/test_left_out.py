import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.mfg_sync.engine.sweep import Sweep

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestLeftOut(MesCase):
    """An order that is made by hand for the fair is kept out of the synchronization, and taken back afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_flows(cls.endpoint, "mes.order.released", direction="out")
        cls.planner = new_test_user(
            cls.env, "left_planner", groups="mrp.group_mrp_user,stock.group_stock_user,mfg_sync.group_operator"
        )

    def keep_out(self, order, reason="Made by hand for the fair"):
        order.with_user(self.planner).action_mfg_sync_exclude(reason)

    def released(self):
        return self.captured().filtered(lambda row: row.type_name == "mes.order.released.v1")

    def test_what_the_floor_reports_about_it_waits_and_goes_on_when_it_is_taken_back(self):
        order, other = self.make_order(2, number="MES-1"), self.make_order(1, number="MES-2")
        self.keep_out(order)
        start = self.tell("mes.operation.started", 0, order="MES-1", operation="10")
        # under Odoo's own number as well, and together with others
        later = self.accept_at("mes.operation.started", 5, order=order.name, operation="20")
        fine = self.tell("mes.operation.started", 6, order="MES-2", operation="10")
        for held in (start, later):
            self.assertHeld(held, "conflict", "Made by hand for the fair")
            self.assertEqual(held.status, "needs_you")
        self.assertIn(order.name, start.error_text)
        self.assertDone(fine)
        self.assertEqual(set(order.workorder_ids.mapped("state")) & {"progress", "done"}, set())
        self.assertEqual((order.mfg_sync_status, other.mfg_sync_status), ("none", "in_sync"))
        self.assertIn("Made by hand", order.mfg_sync_reason)
        orders = self.env["mrp.production"]
        self.assertIn(order, orders.search([("mfg_sync_status", "=", "none")]))
        self.assertNotIn(order, orders.search([("mfg_sync_status", "in", ("needs_you", "waiting", "in_sync"))]))
        order.with_user(self.planner).action_mfg_sync_include()
        self.drain(self.endpoint)
        self.assertDone(start)
        self.assertDone(later)
        self.assertEqual(order.mfg_sync_status, "in_sync")

    def test_what_a_drain_held_while_it_was_taken_back_goes_on_with_the_next_sweep(self):
        """The drain had looked before the order was synchronized again, and wrote it down afterwards."""
        order, other = self.make_order(1, number="MES-1"), self.make_order(1, number="MES-2")
        self.keep_out(order)
        self.keep_out(other)
        held = [self.tell("mes.operation.started", 0, order=number, operation="10") for number in ("MES-1", "MES-2")]
        self.env["mfg.sync.exclusion"].search([("res_id", "=", order.id)]).unlink()
        sweep = Sweep(self.env)
        sweep._drain = lambda wanted: None
        with self.own_cursors():
            sweep.run()
        self.drain(self.endpoint)
        self.assertDone(held[0])
        self.assertHeld(held[1], "conflict", "Made by hand")

    def test_it_is_not_told_and_what_was_on_its_way_is_cancelled(self):
        order = self.make_order(2)
        (row,) = self.released()
        self.keep_out(order)
        row.invalidate_recordset()
        self.assertEqual((row.state, row.decision_ids.user_id), ("cancelled", self.planner))
        self.assertIn("Made by hand", row.result_text)
        with self.assertRaisesRegex(UserError, "press Synchronize again"):
            order.action_mfg_sync_release()
        # nor is it when it is planned, which releases others
        order._mfg_sync_release()
        self.make_order(1)
        self.assertEqual(len(self.released()), 2)
        with self.assertRaisesRegex(UserError, "not synchronized"):
            order.with_user(self.planner).action_mfg_sync_send_again(self.endpoint)
        order.with_user(self.planner).action_mfg_sync_include()
        order.with_user(self.planner).action_mfg_sync_send_again(self.endpoint, "Back from the fair")
        data = json.loads(self.released()[-1].payload)
        self.assertEqual((data["order"]["code"], data["revision"]), (order.name, 3))

    def test_its_backorder_is_kept_out_with_it(self):
        order = self.make_order(3, number="MES-3")
        self.keep_out(order)
        self.assertTrue(order.workorder_ids[0]._mfg_sync_left_out_by(self.env["mfg.sync.exclusion"]._all())[0])
        order.qty_producing = 1
        rest = order._split_productions({order: [1, 2]})[-1]
        self.assertEqual(rest.mfg_sync_status, "none")
        self.assertTrue(rest.mfg_sync_left_out)
        rest.with_user(self.planner).action_mfg_sync_include()
        order.invalidate_recordset()
        self.assertFalse(order.mfg_sync_left_out)

    def test_both_decisions_are_kept_and_said_on_the_order(self):
        order = self.make_order(1, number="MES-4")
        self.keep_out(order)
        order.with_user(self.planner).action_mfg_sync_include()
        decisions = self.env["mfg.sync.decision"].search(
            [("res_model", "=", "mrp.production"), ("res_id", "=", order.id)], order="id"
        )
        self.assertEqual(decisions.mapped("decision"), ["exclude", "include"])
        self.assertEqual((decisions[0].reason, decisions.user_id), ("Made by hand for the fair", self.planner))
        self.assertIn("Made by hand", decisions[0].after)
        self.assertIn("Made by hand", decisions[1].before)
        said = order.message_ids.filtered(lambda line: line.author_id == self.planner.partner_id).mapped("body")
        self.assertTrue(any("Made by hand" in line for line in said), said)
        self.assertTrue(any("Synchronized again" in line for line in said), said)

    def test_only_an_operator_decides_and_with_a_reason(self):
        order = self.make_order(1)
        clerk = new_test_user(self.env, "left_clerk", groups="mrp.group_mrp_user,mfg_sync.group_viewer")
        for refused in (
            lambda: order.with_user(clerk).action_mfg_sync_exclude("no"),
            lambda: order.with_user(clerk).action_mfg_sync_send_again(self.endpoint),
            lambda: (
                self.env["mfg.sync.exclusion"]
                .with_user(self.planner)
                .create({"res_model": "mrp.production", "res_id": order.id, "company_id": 1, "reason": "x"})
            ),
        ):
            with self.assertRaises(AccessError):
                refused()
        with self.assertRaises(UserError):
            self.keep_out(order, "  ")
        self.keep_out(order)
        with self.assertRaises(UserError):
            self.keep_out(order)
        with self.assertRaises(UserError):
            self.make_order(1).with_user(self.planner).action_mfg_sync_include()
