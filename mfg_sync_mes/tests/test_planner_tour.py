from odoo.tests import HttpCase, new_test_user, tagged

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestPlannerTour(MesCase, HttpCase):
    """In the browser: find out why a work order needs you, fix it, replay."""

    def test_a_planner_finds_out_mends_and_replays(self):
        planner = new_test_user(
            self.env, "planner_pia", groups="mrp.group_mrp_user,stock.group_stock_user,mfg_sync.group_steward"
        )
        # people may be shown in any language; the tour reads English
        planner.lang = "en_US"
        # Odoo 19 has the unit, but archived
        self.env.ref("uom.product_uom_dozen").active = True
        order = self.make_order(10, number="MES-77")
        message = self.tell(
            "mes.material.issued", 10, order="MES-77", operation="10", item="CELL", lot="C-1", quantity=3, unit="KARTON"
        )
        assemble = order.workorder_ids[0]
        self.assertEqual((message.status, assemble.mfg_sync_status), ("needs_you", "needs_you"), message.error_text)
        action = self.env.ref("mrp.mrp_workorder_todo")
        self.start_tour(f"/web#action={action.id}&view_type=list", "mfg_sync_mes_needs_you", login="planner_pia")
        self.drain(self.endpoint)
        self.assertDone(message)
        self.assertEqual(assemble.mfg_sync_status, "in_sync")
        self.assertEqual(sum(order.move_raw_ids.move_line_ids.mapped("mfg_sync_told")), 36)
        self.start_tour(
            f"/web#action={action.id}&id={assemble.id}&model=mrp.workorder&view_type=form",
            "mfg_sync_mes_in_sync",
            login="planner_pia",
        )
