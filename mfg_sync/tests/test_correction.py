"""A person corrects what a message says: it takes the original's place, and nothing is forgotten or done twice."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine.errors import DataError
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestCorrection(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "cor_operator", groups="mfg_sync.group_operator")
        cls.viewer = new_test_user(cls.env, "cor_viewer", groups="mfg_sync.group_viewer")

    def setUp(self):
        super().setUp()
        self.happen["500 kg"] = DataError("There are 20 kg in stock.", "/data/text")

    def correct(self, message, reason="The scale was read wrong", **data):
        content = {**json.loads(message.payload), **data}
        return message.with_user(self.operator).action_correct(json.dumps(content), reason).with_env(self.env)

    def test_the_corrected_issue_is_booked_where_the_wrong_one_stood(self):
        wrong = self.arrive("500 kg", report="R1", scope="steel", time="2026-11-23T08:00:00Z")
        # in the same second, and held by the wrong one
        after = self.arrive("next issue", scope="steel", time="2026-11-23T08:00:00Z")
        close = self.arrive("close", closing=True, time="2026-11-23T08:00:00Z")
        self.work()
        self.assertEqual((self.state_of(wrong), self.applied), (("dead", None), []))
        corrected = self.correct(wrong, text="5 kg")
        self.assertEqual((corrected.corrects_id, corrected.event_id != wrong.event_id), (wrong, True))
        self.assertEqual(
            (corrected.lane, corrected.scope, corrected.occurred), (wrong.lane, wrong.scope, wrong.occurred)
        )
        self.assertEqual((wrong.state, wrong.status), ("cancelled", "cancelled"))
        self.assertIn("The scale was read wrong", wrong.result_text)
        self.work()
        self.assertEqual(self.applied, ["5 kg", "next issue", "close"])
        self.assertEqual([row.state for row in (corrected, after, close)], ["done"] * 3)

    def test_what_came_stays_as_it_came_and_the_sender_is_told_so(self):
        wrong = self.arrive("500 kg", report="R1")
        came = wrong.read(["payload", "content_hash", "event_id", "business_key", "received"])
        self.work()
        corrected = self.correct(wrong, text="5 kg")
        self.assertEqual(came, wrong.read(["payload", "content_hash", "event_id", "business_key", "received"]))
        self.assertEqual(corrected.business_key, wrong.business_key)
        again = self.accept(self.endpoint, "sync.test", json.loads(wrong.payload), event_id=wrong.event_id)
        self.assertEqual(again, wrong)
        self.work()
        self.assertEqual(self.applied, ["5 kg"])
        # and the same fact under yet another id finds the corrected one
        twin = self.arrive("500 kg", report="R1")
        self.work()
        self.assertEqual(self.state_of(twin), ("held", "look_alike"))

    def test_a_wrong_order_number_is_corrected_and_the_message_moves_to_that_order(self):
        wrong = self.arrive("500 kg", lane="MO/ABC")
        self.work()
        corrected = self.correct(wrong, text="5 kg", lane="MO/1")
        self.assertEqual(corrected.lane, self.arrive("other").lane)
        self.work()
        self.assertEqual(corrected.state, "done")

    def test_what_is_wrong_with_the_correction_is_said_before_anything_happens(self):
        wrong = self.arrive("500 kg")
        self.work()
        count = self.env["mfg.sync.message"].search_count([])
        ask = wrong.with_user(self.operator).action_ask_correct()
        model = self.env[ask["res_model"]].with_user(self.operator).with_context(**ask["context"])
        with Form(model) as form:
            self.assertEqual(json.loads(form.content), json.loads(wrong.payload))
            self.assertFalse(form.problem or form.changes)
            form.content = '{"text": 5, "lane": "MO/1"}'
            self.assertIn("/data/text", form.problem)
            self.assertIn("string", form.problem)
            form.content = '{"text": "5 kg", '
            self.assertIn("line 1", form.problem)
            form.content = '{"lane": "MO/1", "text": "500 kg"}'
            self.assertIn("Replay", form.problem)
            form.content = '{"lane": "MO/1", "text": "<b>5 kg"}'
            self.assertFalse(form.problem)
            self.assertIn("/text", form.changes)
            self.assertIn("&lt;b&gt;5 kg", form.changes)
            form.reason = "  "
        with self.assertRaises(UserError):
            form.record.action_correct()
        for content in ("{", '{"text": 5}', wrong.payload):
            with self.assertRaises(UserError):
                wrong.with_user(self.operator).action_correct(content, "because")
        self.assertEqual((self.env["mfg.sync.message"].search_count([]), wrong.state), (count, "dead"))
        form.record.reason = "Typing error"
        action = form.record.action_correct()
        corrected = self.env["mfg.sync.message"].browse(action["res_id"])
        self.assertEqual((corrected.corrects_id, corrected.status), (wrong, "waiting"))
        self.assertIn("&lt;b&gt;5 kg", corrected.with_user(self.viewer).corrected_content)

    def test_a_number_with_many_digits_survives_being_looked_at(self):
        wrong = self.arrive("500 kg")
        payload = '{"text":"500 kg","lane":"MO/1","quantity":0.12345678901234567890123}'
        self.env.cr.execute("UPDATE mfg_sync_message SET payload = %s WHERE id = %s", [payload, wrong.id])
        wrong.invalidate_recordset()
        self.assertEqual(wrong._content_to_edit(), payload)

    def test_only_an_operator_corrects_and_only_what_waits_for_a_person(self):
        wrong, done = self.arrive("500 kg"), self.arrive("fine", lane="MO/2")
        behind = self.arrive("behind")
        self.work()
        self.assertEqual(behind.status, "needs_you")
        with self.assertRaises(AccessError):
            wrong.with_user(self.viewer).action_correct('{"text": "5 kg"}', "because")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.message.correct"].with_user(self.viewer).create(
                {"message_id": wrong.id, "content": "{}", "reason": "because"}
            )
        for finished in (done, behind):
            with self.assertRaises(UserError):
                finished.with_user(self.operator).action_correct('{"text": "5 kg"}', "because")
        self.assertEqual((wrong.correctable, done.correctable, behind.correctable), (True, False, False))
        self.correct(wrong, text="5 kg")
        with self.assertRaises(UserError):
            self.correct(wrong, text="6 kg")

    def test_what_a_drain_has_done_meanwhile_is_not_corrected(self):
        wrong = self.arrive("500 kg")
        self.work()
        self.assertTrue(wrong.correctable)
        # the page was opened before, and the drain came first
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET state = 'done', needs_person = false WHERE id = %s", [wrong.id]
        )
        with self.assertRaises(UserError):
            self.correct(wrong, text="5 kg")

    def test_a_correction_that_fails_is_corrected_once_more(self):
        wrong = self.arrive("500 kg")
        self.happen["50 kg"] = DataError("There are 20 kg in stock.")
        self.work()
        second = self.correct(wrong, text="50 kg")
        self.work()
        self.assertEqual(self.state_of(second), ("dead", None))
        third = self.correct(second, text="5 kg")
        self.work()
        self.assertEqual((third.state, third.corrects_id.corrects_id), ("done", wrong))
        self.assertEqual(self.applied, ["5 kg"])

    def test_who_corrected_what_and_why_is_kept_for_ever(self):
        wrong = self.arrive("500 kg")
        self.work()
        corrected = self.correct(wrong, text="5 kg")
        closed, made = wrong.decision_ids, corrected.decision_ids
        self.assertEqual((closed | made).mapped("user_id"), self.operator)
        self.assertEqual({made.reason, closed.reason}, {"The scale was read wrong"})
        self.assertIn("There are 20 kg in stock.", closed.before)
        self.assertIn("Cancelled", closed.after)
        self.assertEqual((made.before, made.after), ('/text: "500 kg"', '/text: "5 kg"'))
        for change in (lambda: made.write({"reason": "none"}), made.unlink):
            with self.assertRaises(AccessError):
                change()
        administrator = new_test_user(self.env, "cor_admin", groups="mfg_sync.group_administrator")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.decision"].with_user(administrator).create({"decision": "cancel"})
        # the row may go one day; that somebody decided stays
        self.env.cr.execute("DELETE FROM mfg_sync_message WHERE id = %s", [corrected.id])
        self.env.invalidate_all()
        self.assertEqual((made.about, made.reason), ("Test: 5 kg", "The scale was read wrong"))
