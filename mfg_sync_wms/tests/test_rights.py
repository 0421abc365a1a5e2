from odoo.tests import new_test_user, tagged

from odoo.addons.mfg_sync.tests.common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestRights(SyncCase):
    def test_who_may_look_at_no_transfer_can_tell_of_none_and_an_administrator_reads_which_group_may(self):
        endpoint = self.make_endpoint("wms1", kinds=("wms.receipt.expected",))
        administrator = new_test_user(self.env, "rgt_admin", groups="mfg_sync.group_administrator")
        action = endpoint.with_user(administrator).action_check_rights()
        line = self.env[action["res_model"]].browse(action["res_id"]).line_ids[:1]
        self.assertEqual((line.title, line.state), ("Receipt expected", "error"))
        self.assertIn("may not read “Transfer”", line.meaning)
        self.assertIn(self.env.ref("stock.group_stock_user").full_name, line.remedy)
        endpoint.user_id = new_test_user(self.env, "svc_stock", groups="stock.group_stock_user")
        action = endpoint.with_user(administrator).action_check_rights()
        self.assertEqual(self.env[action["res_model"]].browse(action["res_id"]).state, "ok")
