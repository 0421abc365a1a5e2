from odoo.tests import tagged

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

    def view_modes(self):
        return dict(self.env["ir.ui.view"]._fields["type"].selection)
