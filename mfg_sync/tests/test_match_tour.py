from odoo.tests import HttpCase, new_test_user, tagged

from .. import compat
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestMatchTour(SyncCase, HttpCase):
    """In the browser: an unknown item is matched from its message."""

    def test_an_unknown_item_is_matched_from_its_message(self):
        endpoint = self.make_endpoint("wms9", groups="stock.group_stock_user", kinds=("stock.statement",))
        site = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        frame = self.env["product.product"].create(compat.storable({"name": "Frame of the tour"}))
        lines = [{"item": "THEIR-77", "quantity": 3}]
        message = self.apply(
            endpoint, "stock.statement", {"site": site.code, "as_of": "2026-11-23T18:00:00Z", "lines": lines}
        )
        # people may be shown in any language; the tour reads English
        new_test_user(self.env, "steward_ada", groups="mfg_sync.group_steward,stock.group_stock_user").lang = "en_US"
        page = f"/web#id={message.id}&model={message._name}&view_type=form"
        self.start_tour(page, "mfg_sync_match", login="steward_ada")
        match = self.env["mfg.sync.binding"].search([("endpoint_id", "=", endpoint.id)])
        self.assertEqual((match.external_id, match.record), ("THEIR-77", frame))
        self.drain(endpoint)
        message.invalidate_recordset()
        self.assertEqual(message.state, "done", message.error_text)
