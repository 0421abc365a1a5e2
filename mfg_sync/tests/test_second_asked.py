"""Which of the corrected messages a colleague is asked about, and which are tried out again."""

import json
import re

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..engine.errors import DataError, Early
from ..engine.inbound import Done
from ..engine.parts import Part
from ..models import second_person
from .second_person import SecondPersonCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSecondAsked(SecondPersonCase):
    """Whatever lets it go (a replay, what it waited for, the end of a pause): it may move more than anybody saw."""

    def test_a_replay_of_a_corrected_one_that_nobody_else_has_seen_is_asked_about(self):
        self.env.company.mfg_sync_second_person_amount = 0
        corrected = self.correct(self.wrong())
        self.work()
        self.assertEqual(self.state_of(corrected), ("dead", None))
        self.env.company.mfg_sync_second_person_amount = 100
        other = self.wrong(lane="MO/2")
        # many at once leaves it out, and it alone
        everything = self.env["mfg.sync.message.replay"].with_user(self.anna).create({"why": "failed"})
        self.assertEqual((everything.count, everything.alone), (1, 1))
        self.decide(everything.action_replay)
        self.assertEqual((self.state_of(corrected), self.state_of(other)), (("dead", None), ("pending", None)))
        # also where a colleague presses the button, it was Anna who corrected it
        self.decide(corrected.with_user(self.bert).action_replay)
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        question = self.question(corrected)
        self.assertEqual(question.asked_by_id, self.anna)
        with self.assertRaises(AccessError):
            question.with_user(self.anna).action_approve()
        question.with_user(self.bert).action_approve()
        # what was approved stays so: its content can't change
        self.work()
        self.assertEqual(self.state_of(corrected), ("dead", None))
        self.decide(corrected.with_user(self.anna).action_replay)
        self.work("50 kg")
        self.assertEqual(corrected.state, "done")

    def test_what_was_corrected_in_shadow_and_approved_once_it_is_live_is_applied(self):
        self.flow.mode = "shadow"
        self.env.company.mfg_sync_second_person_amount = 0
        corrected = self.correct(self.wrong())
        self.work()
        self.assertEqual((self.state_of(corrected), corrected.status), (("dead", None), "tried"))
        self.env.company.mfg_sync_second_person_amount = 100
        self.flow.mode = "live"
        self.decide(corrected.with_user(self.anna).action_replay)
        self.assertEqual((self.state_of(corrected), corrected.status), (("held", "approval"), "needs_you"))
        self.question(corrected).with_user(self.bert).action_approve()
        self.work("50 kg")
        self.assertEqual((corrected.state, corrected.status), ("done", "done"))

    def test_what_a_colleague_was_asked_about_in_shadow_is_applied_where_it_is_live_by_the_answer(self):
        self.flow.mode = "shadow"
        corrected = self.waiting()
        self.flow.mode = "live"
        self.question(corrected).with_user(self.bert).action_approve()
        self.work()
        self.assertEqual((corrected.state, corrected.status, self.applied), ("done", "done", ["50 kg"]))

    def test_that_a_corrected_one_is_really_new_is_asked_about(self):
        self.happen.clear()
        self.arrive("40 kg", report="R1")
        self.happen["500 kg"] = DataError("There are 20 kg in stock.")
        wrong = self.wrong(report="R2")
        self.env.company.mfg_sync_second_person_amount = 0
        content = json.dumps({**json.loads(wrong.payload), "text": "50 kg", "report": "R1"})
        corrected = wrong.with_user(self.anna).action_correct(content, "Wrong number").with_env(self.env)
        self.work()
        self.assertEqual(self.state_of(corrected), ("held", "look_alike"))
        self.env.company.mfg_sync_second_person_amount = 100
        self.happen["50 kg"] = DataError("There are 20 kg in stock.")
        self.decide(corrected.with_user(self.anna).action_really_new)
        question = self.question(corrected)
        self.assertEqual((self.state_of(corrected), question.really_new), (("held", "approval"), True))
        question.with_user(self.bert).action_refuse("It is the same")
        self.assertEqual(self.state_of(corrected), ("held", "look_alike"))
        self.decide(corrected.with_user(self.anna).action_really_new)
        self.happen.clear()
        self.question(corrected).with_user(self.bert).action_approve()
        self.work()
        self.assertEqual(corrected.state, "done")

    def stops_when_its_operation_starts(self, corrected, why):
        """What let it go by itself was no person: it says why it stops, and a replay applies it."""
        self.applied.clear()
        self.happen["start"] = lambda handler, message: Done("Started.", announce=("operation:10",))
        self.arrive("start", lane="MO/2")
        self.work()
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("dead", None), ["start"]))
        self.assertIn(why, corrected.error_text)
        self.decide(corrected.with_user(self.anna).action_replay)
        self.work()
        self.assertEqual(corrected.state, "done")

    def test_what_was_little_when_it_was_tried_is_applied_at_once_or_tried_again(self):
        wrong = self.wrong()
        corrected = self.correct(wrong, "5 kg")
        self.assertFalse(self.question(corrected))
        self.assertEqual(corrected.state, "pending")
        # it has to wait all the same; when that is over, it may move more than anybody has seen
        self.happen["5 kg"] = Early("The operation has not started.", "operation:10")
        self.work()
        self.assertEqual(self.state_of(corrected), ("held", "early"))
        self.happen.pop("5 kg")
        self.stops_when_its_operation_starts(corrected, "tried out again")

    def test_small_corrections_one_after_the_other_are_judged_by_what_they_come_to(self):
        """Each makes it 40 more, which is little; what would be moved in the end is not."""
        worth = lambda tried: (float(re.search(r"\d+", tried.text)[0]), tried.text)  # noqa: E731
        self.patch(second_person, "_estimate", worth)
        message = self.wrong()
        for text in ("40 kg", "80 kg"):
            self.happen.pop(text, None)
            message = self.correct(message, text)
            self.assertEqual((message.state, self.question(message)), ("pending", self.question(message).browse()))
            self.happen[text] = DataError("There are 20 kg in stock.")
            self.work()
        message = self.correct(message, "120 kg")
        self.assertEqual((self.state_of(message), self.question(message).amount), (("held", "approval"), 120))

    def test_what_was_little_before_a_pause_is_tried_again_after_it(self):
        corrected = self.correct(self.wrong(), "5 kg")
        self.assertFalse(self.question(corrected))
        self.later(corrected, hours=1)
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET estimated_on = estimated_on - interval '1 hour' WHERE id = %s", [corrected.id]
        )
        self.applied.clear()
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("dead", None), []))
        self.assertIn("tried out again", corrected.error_text)

    def test_going_on_without_a_missing_number_is_no_way_past_a_colleague(self):
        self.flow.is_counted = True
        self.env.company.mfg_sync_second_person_amount = 0
        wrong, count = None, {"first": "1", "500 kg": "3"}
        for text, number in count.items():
            wrong = self.accept(self.endpoint, "sync.test", {"text": text, "lane": "MO/1"}, sequence=number)
        self.later(wrong, hours=1)
        self.work()
        self.assertEqual((self.state_of(wrong), wrong.needs_person), (("held", "gap"), True))
        corrected = self.correct(wrong)
        self.work()
        self.assertEqual(self.state_of(corrected), ("held", "gap"))
        self.env.company.mfg_sync_second_person_amount = 100
        self.decide(corrected.with_user(self.anna).action_go_on)
        self.assertEqual(self.state_of(corrected), ("held", "approval"))

    def test_what_was_corrected_before_the_company_asked_for_a_colleague_does_not_slip_through_later(self):
        self.env.company.mfg_sync_second_person_amount = 0
        self.happen["50 kg"] = Early("The operation has not started.", "operation:10")
        corrected = self.correct(self.wrong())
        self.work()
        self.assertEqual(self.state_of(corrected), ("held", "early"))
        self.env.company.mfg_sync_second_person_amount = 100
        self.happen.clear()
        self.stops_when_its_operation_starts(corrected, "before your company asked a second person")

    def test_what_was_little_and_comes_behind_another_is_tried_again(self):
        corrected = self.correct(self.wrong(time="2026-11-23T09:00:00Z"), "5 kg")
        self.assertFalse(self.question(corrected))
        self.happen["earlier"] = DataError("There are 20 kg in stock.")
        earlier = self.arrive("earlier", time="2026-11-23T08:00:00Z")
        self.work()
        self.assertEqual(self.state_of(corrected), ("held", "blocked"))
        earlier.with_user(self.bert).action_cancel("Booked by hand")
        self.applied.clear()
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("dead", None), []))
        self.assertIn("tried out again", corrected.error_text)

    def test_whoever_names_another_document_waits_behind_what_failed_there_and_a_colleague_is_asked(self):
        self.happen["first"] = DataError("There are 20 kg in stock.")
        self.arrive("first", lane="MO/2")
        wrong = self.wrong()
        content = '{"text": "5 kg", "lane": "MO/2"}'
        corrected = self.decide(wrong.with_user(self.anna).action_correct, content, "Another order")
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        self.assertIn("First “Test: first”", self.question(corrected).explanation)

    def test_what_holds_other_messages_or_waits_behind_one_is_asked_about(self):
        def pass_on(handler, message):
            handler.pass_on(message, [Part("sync.test", "part-1", {"text": "900 kg", "lane": "MO/9"})])
            return Done("1 passed on.")

        self.happen["interchange"] = pass_on
        wrong = self.wrong()
        corrected = self.correct(wrong, "interchange")
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        self.assertIn("1 messages that are applied after it", self.question(corrected).explanation)
        self.happen["first"] = DataError("There are 20 kg in stock.")
        first = self.arrive("first", lane="MO/2", scope="steel")
        last = self.arrive("500 kg", lane="MO/2", scope="copper")
        self.work()
        self.assertEqual((first.state, last.state), ("dead", "dead"))
        corrected = self.decide(
            last.with_user(self.anna).action_correct, '{"text": "5 kg", "lane": "MO/2", "scope": "steel"}', "because"
        )
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        self.assertIn("First “Test: first”", self.question(corrected).explanation)

    def test_on_a_connection_for_test_nobody_is_asked_and_the_decision_says_so(self):
        self.endpoint.environment = "test"
        corrected = self.correct(self.wrong())
        self.assertFalse(self.question(corrected))
        self.assertIn("no second person is asked on a connection for test", corrected.decision_ids.reason)
        self.assertTrue(corrected.decision_ids.reason.startswith("The scale was read wrong"))

    def test_what_was_corrected_while_the_connection_was_for_test_is_asked_about_once_it_is_not(self):
        """An Administrator makes it one for test, corrects alone, and takes that back."""
        self.endpoint.environment = "test"
        corrected = self.correct(self.wrong(), user=self.administrator)
        self.assertEqual(self.state_of(corrected), ("pending", None))
        self.endpoint.environment = "production"
        self.happen.clear()
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("dead", None), []))
        self.assertIn("while the connection was for test", corrected.error_text)
        self.happen["50 kg"] = DataError("There are 20 kg in stock.")
        self.decide(corrected.with_user(self.administrator).action_replay)
        self.assertEqual(self.state_of(corrected), ("held", "approval"))
        self.assertEqual(self.question(corrected).asked_by_id, self.administrator)

    def test_what_was_little_and_failed_goes_on_where_nobody_is_asked_any_more(self):
        self.happen["50 kg"] = lambda _handler, _message: Done("Booked.")
        corrected = self.correct(self.wrong())
        self.happen["50 kg"] = DataError("There are 20 kg in stock.")
        self.work()
        self.assertEqual(self.state_of(corrected), ("dead", None))
        self.endpoint.environment = "test"
        self.decide(corrected.with_user(self.anna).action_replay)
        self.work()
        self.assertIn("20 kg in stock", corrected.error_text)
        self.endpoint.environment = "production"
        self.env.company.mfg_sync_second_person_amount = 0
        self.decide(corrected.with_user(self.anna).action_replay)
        self.work("50 kg")
        self.assertEqual(corrected.state, "done")

    def test_without_an_amount_nothing_is_tried_and_nobody_asked(self):
        self.env.company.mfg_sync_second_person_amount = 0
        wrong = self.wrong()
        self.applied.clear()
        # without cursors of its own it could not be tried
        corrected = wrong.with_user(self.anna).action_correct('{"text": "fine", "lane": "MO/1"}', "because")
        self.assertEqual((corrected.state, self.applied), ("pending", []))
