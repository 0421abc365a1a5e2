from odoo.tests import HttpCase, new_test_user, tagged

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestPeopleTour(MesCase, HttpCase):
    """In the browser: try out, correct, replay, keep an order out."""

    def setUp(self):
        super().setUp()
        self.planner = new_test_user(
            self.env, "planner_paul", groups="mrp.group_mrp_user,stock.group_stock_user,mfg_sync.group_operator"
        )
        # people may be shown in any language; the tours read English
        self.planner.lang = "en_US"
        self.order = self.make_order(2, number="MES-7")

    def issue(self, lot):
        message = self.tell("mes.material.issued", 10, order="MES-7", operation="10", item="CELL", lot=lot, quantity=4)
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET patience_until = now(), needs_person = true WHERE id = %s", [message.id]
        )
        message.invalidate_recordset()
        return message

    def page(self, record):
        return f"/web#id={record.id}&model={record._name}&view_type=form"

    def test_an_issue_with_a_misread_label_is_tried_and_corrected(self):
        wrong = self.issue("C-9")
        self.assertEqual(wrong.status, "needs_you", wrong.error_text)
        self.start_tour(self.page(wrong), "mfg_sync_mes_correct", login="planner_paul")
        corrected = wrong.corrected_by_ids
        self.assertEqual((wrong.state, len(corrected)), ("cancelled", 1))
        self.drain(self.endpoint)
        self.assertDone(corrected)
        self.assertEqual(corrected.decision_ids.reason, "The label was read wrong")

    def test_a_colleague_approves_what_moves_much(self):
        self.endpoint.environment = "production"
        self.env.company.mfg_sync_second_person_amount = 1
        new_test_user(
            self.env, "planner_bert", groups="mrp.group_mrp_user,mfg_sync.group_operator", name="Bert"
        ).lang = "en_US"
        wrong = self.issue("C-9")
        self.start_tour(self.page(wrong), "mfg_sync_mes_correct", login="planner_paul")
        corrected = wrong.corrected_by_ids
        self.drain(self.endpoint)
        self.assertHeld(corrected, "approval")
        action = self.env.ref("mfg_sync.approval_action")
        self.start_tour(f"/web#action={action.id}", "mfg_sync_mes_approve", login="planner_bert")
        self.drain(self.endpoint)
        self.assertDone(corrected)

    def test_all_that_needs_somebody_is_replayed(self):
        wrong = self.issue("C-9")
        self.receive(self.cell, "C-9", 10)
        action = self.env.ref("mfg_sync.message_action_needs_you")
        self.start_tour(f"/web#action={action.id}", "mfg_sync_mes_replay", login="planner_paul")
        self.drain(self.endpoint)
        wrong.invalidate_recordset()
        self.assertDone(wrong)

    def test_an_order_is_kept_out_and_taken_back(self):
        self.add_flows(self.endpoint, "mes.order.released", direction="out")
        self.start_tour(self.page(self.order), "mfg_sync_mes_keep_out", login="planner_paul")
        decisions = self.env["mfg.sync.decision"].search([("res_id", "=", self.order.id)], order="id")
        self.assertEqual(decisions.mapped("decision"), ["exclude", "include"])
