import json

from odoo.tests import new_test_user, tagged

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSecondPerson(MesCase):
    """What a corrected report of the floor moves is worth what Odoo's standard prices say."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint.environment = "production"
        cls.env.company.mfg_sync_second_person_amount = 50
        cls.anna, cls.bert = (
            new_test_user(
                cls.env, f"second_{name}", groups="mrp.group_mrp_user,mfg_sync.group_operator", name=name.capitalize()
            )
            for name in ("anna", "bert")
        )

    def setUp(self):
        super().setUp()
        self.order = self.make_order(20, number="MES-1")

    def failed(self, kind, **data):
        """A report that waits for a person."""
        message = self.tell(kind, 10, order="MES-1", **data)
        self.assertNotEqual(message.state, "done")
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET patience_until = now(), needs_person = true WHERE id = %s", [message.id]
        )
        message.invalidate_recordset()
        return message

    def issue(self):
        return self.failed("mes.material.issued", operation="10", item="CELL", lot="C-9", quantity=500)

    def correct(self, message, **data):
        content = json.dumps({**json.loads(message.payload), **data})
        self.env.flush_all()
        with self.own_cursors():
            corrected = message.with_user(self.anna).action_correct(content, "Counted again")
            self.env.flush_all()
        return corrected.with_env(self.env)

    def question(self, message):
        return self.env["mfg.sync.approval"].search([("message_id", "=", message.id)])

    def test_what_is_worth_less_is_decided_by_one_and_what_is_worth_more_by_two(self):
        corrected = self.correct(self.issue(), lot="C-1", quantity=25)
        self.assertFalse(self.question(corrected))
        self.drain(self.endpoint)
        self.assertDone(corrected)
        corrected = self.correct(self.issue(), lot="C-1", quantity=26)
        self.assertHeld(corrected, "approval", "52")
        question = self.question(corrected)
        self.assertEqual((question.known, question.amount), (True, 52))
        self.assertIn("51 × 2 for [CELL] Cell, less 25 × 2 for [CELL] Cell", question.explanation)
        self.assertIn("51 Units of [CELL] Cell (C-1) from WH/Stock", question.explanation)
        self.drain(self.endpoint)
        self.assertEqual(self.consumed(self.order), {})
        picked = self.order.move_raw_ids.move_line_ids.filtered("picked")
        self.assertEqual(sum(picked.mapped("quantity")), 25)
        question.with_user(self.bert).action_approve()
        self.drain(self.endpoint)
        self.assertDone(corrected)
        picked = self.order.move_raw_ids.move_line_ids.filtered("picked")
        self.assertEqual(sum(picked.mapped("quantity")), 51)

    def test_goods_that_are_scrapped_count_and_time_does_not(self):
        start = self.failed("mes.operation.started", operation="99")
        corrected = self.correct(start, operation="10")
        self.assertFalse(self.question(corrected))
        self.drain(self.endpoint)
        self.assertDone(corrected)
        scrap = self.failed("mes.scrap.reported", operation="10", item="CELL", lot="C-9", quantity=30)
        corrected = self.correct(scrap, lot="C-2")
        self.assertIn("30 × 2 for [CELL] Cell", self.question(corrected).explanation)
        self.assertHeld(corrected, "approval", "60")

    def test_what_has_no_cost_yet_is_seen_by_two(self):
        self.cell.standard_price = 0
        corrected = self.correct(self.issue(), lot="C-1", quantity=1)
        self.assertHeld(corrected, "approval", "could not be worked out")
        self.assertIn("Items without a cost", self.question(corrected).explanation)

    def test_what_nobody_can_tell_yet_is_seen_by_two(self):
        corrected = self.correct(self.issue(), lot="C-8", quantity=1)
        self.assertHeld(corrected, "approval", "could not be worked out")
        self.assertIn("C-8", self.question(corrected).explanation)

    def test_the_editor_shows_what_the_corrected_content_would_do(self):
        wrong = self.issue()
        asked = wrong.with_user(self.anna).action_ask_correct()
        wizard = self.env[asked["res_model"]].with_user(self.anna).with_context(**asked["context"]).create({})

        def try_out(**data):
            wizard.content = json.dumps({**json.loads(wrong.payload), **data})
            self.env.flush_all()
            with self.own_cursors():
                action = wizard.action_try_out()
                self.env.flush_all()
            self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
            return wizard.outcome, wizard.tried_text, wizard.tried_changes, wizard.second_person

        before = self.on_hand(self.cell), self.order.move_raw_ids.move_line_ids.ids
        outcome, text, _changes, second = try_out(lot="C-8", quantity=30)
        self.assertEqual(outcome, "wait")
        self.assertIn("C-8", text)
        self.assertIn("A colleague will have to approve it", second)
        outcome, text, changes, second = try_out(lot="C-1", quantity=30)
        self.assertEqual(outcome, "done", text)
        self.assertIn("30 Units of [CELL] Cell (C-1)", changes)
        self.assertIn("60", second)
        self.assertEqual(wizard.tried_content, wizard.content)
        *_rest, second = try_out(lot="C-1", quantity=3)
        self.assertFalse(second)
        self.order.invalidate_recordset()
        self.assertEqual(before, (self.on_hand(self.cell), self.order.move_raw_ids.move_line_ids.ids))
        self.assertEqual(wrong.status, "needs_you")
        self.assertFalse(wrong.corrected_by_ids or wrong.decision_ids)
