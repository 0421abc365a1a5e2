from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import WmsCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestScreens(WmsCase):
    """Orders of customers and to suppliers show what became of their transfers."""

    def test_orders_show_and_find_their_sync_status(self):
        for model in ("sale.order", "purchase.order"):
            with self.subTest(model):
                for kind in ("form", "search", "tree" if "tree" in self.view_modes() else "list"):
                    arch = self.env[model].get_view(view_type=kind)["arch"]
                    self.assertIn("mfg_sync_status", arch)
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [(0, 0, {"product_id": self.frame.id, "product_qty": 3, "price_unit": 10})],
            }
        )
        order.button_confirm()
        message = self.received(order.picking_ids, "R-1", ("FRAME", 3))
        self.assertIn(order, self.env["purchase.order"].search([("mfg_sync_status", "=", "needs_you")]))
        self.assertEqual(self.env["mfg.sync.message"].search(order.action_mfg_sync_messages()["domain"]), message)

    def test_a_customer_in_the_portal_does_not_see_what_we_say_about_his_order(self):
        portal = new_test_user(self.env, "pia", groups="base.group_portal")
        order = self.env["sale.order"].create({"partner_id": portal.partner_id.id})
        order.message_subscribe(portal.partner_id.ids)
        order.action_mfg_sync_exclude("He does not pay his bills")
        self.env.flush_all()
        his = order.with_user(portal)
        self.assertEqual(his.name, order.name)
        for name in ("mfg_sync_status", "mfg_sync_reason", "mfg_sync_message_count", "mfg_sync_left_out"):
            with self.assertRaises(AccessError):
                his.read([name])
        self.assertFalse([name for name in his.fields_get() if name.startswith("mfg_sync_")])
        with self.assertRaises(AccessError):
            his.search([("mfg_sync_status", "=", "none")])
        seller = new_test_user(self.env, "sue", groups="sales_team.group_sale_salesman_all_leads")
        with Form(order.with_user(seller)) as form:
            self.assertEqual(form.name, order.name)

    def view_modes(self):
        return dict(self.env["ir.ui.view"]._fields["type"].selection)
