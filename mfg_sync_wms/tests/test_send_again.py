from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import WmsCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSendAgain(WmsCase):
    """The warehouse restored its database from last night: what it was told since is sent again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "again_operator", groups="stock.group_stock_user,mfg_sync.group_operator")

    def test_a_transfer_is_told_again_as_it_is_now_to_the_connection_chosen(self):
        second = self.make_endpoint("wms2", groups="stock.group_stock_user", kinds=("wms.receipt.expected",))
        picking = self.receipt((self.frame, 3))
        self.assertEqual(len(self.told("wms.receipt.expected", picking)), 2)
        ask = picking.with_user(self.operator).action_mfg_sync_ask_send_again()
        with Form(self.env[ask["res_model"]].with_user(self.operator).with_context(**ask["context"])) as form:
            self.assertEqual(form.endpoint_ids.ids, (self.endpoint | second).ids)
            form.endpoint_ids.remove(self.endpoint.id)
            form.reason = "Restored from last night"
        form.record.action_send_again()
        rows = self.captured().filtered(lambda row: row.res_id == picking.id)
        self.assertEqual(rows.mapped("endpoint_id.code"), ["wms1", "wms2"])
        again = rows[-1]
        self.assertEqual((len(rows), again.endpoint_id, again.state), (3, second, "pending"))
        self.assertEqual([entry["revision"] for entry in self.told("wms.receipt.expected", picking)], [1, 1, 2])
        decision = self.env["mfg.sync.decision"].search([("decision", "=", "send_again")])
        self.assertEqual(
            (decision.about, decision.user_id, decision.reason, decision.after),
            (picking.display_name, self.operator, "Restored from last night", "To be sent again to WMS2."),
        )
        # a change after that is still told, once
        picking.scheduled_date = "2030-01-01 08:00:00"
        self.assertEqual([entry["revision"] for entry in self.told("wms.receipt.expected", picking)], [1, 1, 2, 3, 3])

    def test_what_was_sent_again_is_what_the_warehouse_knows(self):
        picking = self.receipt((self.frame, 3))
        self.told("wms.receipt.expected", picking)
        first, second = picking.scheduled_date, "2030-01-01 08:00:00"
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "wms.receipt.expected")
        flow.mode = "off"
        picking.scheduled_date = second
        self.captured()
        flow.mode = "live"
        picking.with_user(self.operator).action_mfg_sync_send_again(self.endpoint)
        picking.scheduled_date = first
        told = self.told("wms.receipt.expected", picking)
        self.assertEqual([entry["revision"] for entry in told], [1, 2, 3])

    def test_what_is_not_true_any_more_is_not_told(self):
        picking = self.receipt((self.bell, 2))
        self.captured()
        self.assert_done(self.received(picking, "R-1", ("BELL", 2)))
        with self.assertRaisesRegex(UserError, "nothing to send again"):
            picking.with_user(self.operator).action_mfg_sync_send_again(self.endpoint)

    def test_a_transfer_that_is_kept_out_is_neither_told_nor_booked(self):
        picking, other = self.receipt((self.bell, 2)), self.receipt((self.bell, 3))
        self.captured()
        wizard = self.env["mfg.sync.exclude"].with_user(self.operator)
        wizard.create({"res_model": picking._name, "res_id": picking.id, "reason": "Goes back"}).action_decide()
        picking.scheduled_date = other.scheduled_date = "2030-01-01 08:00:00"
        self.assertEqual(len(self.told("wms.receipt.expected", picking)), 1)
        self.assertEqual(len(self.told("wms.receipt.expected", other)), 2)
        held = self.received(picking, "R-1", ("BELL", 2))
        self.assert_state(held, "held", "conflict")
        self.assertIn("Goes back", held.error_text)
        self.assertNotEqual(picking.state, "done")
        with self.assertRaises(UserError):
            wizard.create({"res_model": "res.users", "res_id": 2, "reason": "x"}).action_decide()

    def test_a_transfer_that_was_kept_out_and_deleted_keeps_nobody_from_looking(self):
        picking, other = self.receipt((self.bell, 2)), self.receipt((self.bell, 3))
        wizard = self.env["mfg.sync.exclude"].with_user(self.operator)
        for kept_out in (picking, other):
            wizard.create(
                {"res_model": picking._name, "res_id": kept_out.id, "reason": "Entered twice"}
            ).action_decide()
        picking.action_cancel()
        picking.unlink()
        self.assertIn(other, self.env["stock.picking"].search([("mfg_sync_status", "=", "none")]))
