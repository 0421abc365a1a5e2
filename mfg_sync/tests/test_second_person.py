"""What is corrected and may move much waits for a colleague, whatever way somebody tries to let it go."""

import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine import release, replay
from ..engine.errors import DataError
from ..engine.inbound import Done
from .second_person import OPERATOR, SecondPersonCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSecondPerson(SecondPersonCase):
    """Who answers and how, and that nothing else lets it go."""

    def test_a_colleague_approves_and_it_is_applied_in_its_place(self):
        wrong = self.arrive("500 kg", scope="steel", time="2026-11-23T08:00:00Z")
        after = self.arrive("next issue", scope="steel", time="2026-11-23T08:00:00Z")
        self.work()
        corrected = self.correct(wrong)
        self.assertEqual((wrong.state, self.state_of(corrected)), ("cancelled", ("held", "approval")))
        self.assertIn("Anna corrected it, and a colleague has to approve", corrected.error_text)
        self.assertEqual(corrected.status, "needs_you")
        self.work("50 kg")
        self.assertEqual((self.applied, self.state_of(after)), ([], ("held", "blocked")))
        question = self.question(corrected)
        self.assertEqual((question.asked_by_id, question.reason), (self.anna, "The scale was read wrong"))
        self.assertFalse(question.known)
        self.assertIn("There are 20 kg in stock.", question.explanation)
        self.assertIn("50 kg", question.with_user(self.bert).changes)
        self.assertEqual(corrected.with_user(self.bert).action_open_approval()["res_id"], question.id)
        question.with_user(self.bert).action_approve()
        self.work()
        self.assertEqual(self.applied, ["50 kg", "next issue"])
        self.assertEqual((question.state, question.second_id), ("approved", self.bert))
        self.assertEqual(
            [(row.decision, row.user_id) for row in corrected.decision_ids.sorted("id")],
            [("correct", self.anna), ("ask_second", self.anna), ("approve", self.bert)],
        )
        with self.assertRaisesRegex(UserError, "answered already"):
            question.with_user(self.bert).action_approve()

    def test_what_was_refused_waits_for_another_decision_and_holds_what_is_behind_it(self):
        corrected = self.waiting()
        behind = self.arrive("next issue")
        question = self.question(corrected).with_user(self.bert)
        asked = question.action_ask_refuse()
        refuse = self.env[asked["res_model"]].with_user(self.bert).with_context(**asked["context"])
        with self.assertRaises(UserError):
            refuse.create({"reason": "  "}).action_decide()
        refuse.create({"reason": "The count sheet says 5"}).action_decide()
        self.work()
        self.assertEqual((self.state_of(corrected), self.state_of(behind)), (("dead", None), ("held", "blocked")))
        self.assertIn("Bert did not approve it: The count sheet says 5", corrected.error_text)
        self.assertEqual((question.state, question.refusal), ("refused", "The count sheet says 5"))
        # Bert corrects it himself now, and of what can be applied it is known that it moves nothing
        last = self.correct(corrected, "5 kg", self.bert)
        self.assertFalse(self.question(last))
        self.applied.clear()
        self.work()
        self.assertEqual(self.applied, ["5 kg", "next issue"])

    def test_nobody_approves_what_he_corrected_whatever_he_calls(self):
        corrected = self.waiting()
        question = self.question(corrected)
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        self.anna.company_ids += elsewhere
        viewer = new_test_user(self.env, "second_viewer", groups="mfg_sync.group_viewer")
        mine = question.with_user(self.anna)
        self.assertEqual((mine.mine, question.with_user(self.bert).mine), (True, False))
        for attempt in (
            mine.action_approve,
            mine.with_company(elsewhere).action_approve,
            lambda: mine.action_refuse("Never mind"),
            question.with_user(viewer).action_approve,
            lambda: question.with_user(viewer).action_refuse("Never mind"),
        ):
            with self.assertRaises(AccessError):
                attempt()
        for user in (self.anna, self.bert, self.administrator):
            for values in ({"asked_by_id": self.administrator.id}, {"state": "approved"}, {"second_id": self.bert.id}):
                with self.assertRaises(AccessError):
                    question.with_user(user).write(values)
            with self.assertRaises(AccessError):
                question.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["mfg.sync.approval"].with_user(user).create(
                    {"message_id": corrected.id, "company_id": self.env.company.id, "state": "approved"}
                )
            with self.assertRaises(AccessError):
                corrected.with_user(user).write({"hold_reason": False, "state": "pending"})
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("held", "approval"), []))

    def test_a_colleague_of_another_company_neither_sees_nor_approves_it(self):
        question = self.question(self.waiting())
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        stranger = new_test_user(
            self.env,
            "second_stranger",
            groups=OPERATOR,
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        questions = self.env["mfg.sync.approval"].with_user(stranger).with_company(elsewhere)
        self.assertFalse(questions.search([]))
        for attempt in (questions.browse(question.id).action_approve, lambda: questions.browse(question.id).read()):
            with self.assertRaises(AccessError):
                attempt()
        # nor does one who may work there, but is at work elsewhere
        both = self.bert
        both.company_ids += elsewhere
        with self.assertRaises(AccessError):
            question.with_user(both).with_context(allowed_company_ids=elsewhere.ids).action_approve()
        self.assertEqual(question.state, "open")

    def test_no_replay_no_sweep_and_no_drain_lets_it_pass(self):
        corrected = self.waiting()
        for user in (self.anna, self.bert, self.administrator):
            with self.assertRaisesRegex(UserError, "To approve"):
                corrected.with_user(user).action_replay()
            with self.assertRaises(UserError):
                corrected.with_user(user).action_really_new()
            with self.assertRaises(UserError):
                corrected.with_user(user).action_same()
            wizard = (
                self.env["mfg.sync.message.replay"]
                .with_user(user)
                .create({"message_ids": [(6, 0, corrected.ids)], "which": "selected"})
            )
            self.assertEqual((wizard.count, wizard.alone), (0, 1))
            self.assertIn("a colleague may have to approve", wizard.follows)
            for why in ("open", "needs_you"):
                everything = self.env["mfg.sync.message.replay"].with_user(user).create({"why": why})
                self.decide(replay.replay, everything.env, everything.env["mfg.sync.message"].search([]).ids)
        # and whoever calls what lets replayed rows go
        release.reopen(self.env.cr, corrected.ids, accept_look_alike=True)
        self.later(corrected, hours=1)
        self.sweep()
        # something of its lane is finished, and something that others wait for appears
        self.arrive("start", scope="other")
        self.happen["match"] = lambda handler, message: Done("Matched.", announce=("lot:1", ""))
        self.arrive("match", lane="MO/2")
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("held", "approval"), ["start", "match"]))
        self.assertFalse(corrected.decision_ids.filtered(lambda decision: decision.decision == "replay"))

    def test_cancelling_or_correcting_it_once_more_withdraws_the_question(self):
        corrected = self.waiting()
        first = self.question(corrected)
        self.happen["60 kg"] = DataError("There are 20 kg in stock.")
        again = self.correct(corrected, "60 kg", self.bert)
        self.assertEqual((first.state, self.question(again).asked_by_id), ("withdrawn", self.bert))
        second = self.question(again)
        with self.assertRaises(AccessError):
            second.with_user(self.bert).action_approve()
        again.with_user(self.bert).action_cancel("Booked by hand")
        self.assertEqual((second.state, again.state), ("withdrawn", "cancelled"))
        for question in (first, second):
            with self.assertRaises(UserError):
                question.with_user(self.administrator).action_approve()
        with self.assertRaises(UserError):
            again.with_user(self.bert).action_replay()
        self.work("60 kg")
        self.assertEqual(self.applied, [])

    def test_nobody_of_those_who_corrected_it_one_after_the_other_is_the_second_person(self):
        """Anna makes it 50, Bert mends a word on it in good faith: Anna does not approve her own 50."""
        first = self.waiting()
        self.happen["50 kg of steel"] = DataError("There are 20 kg in stock.")
        last = self.correct(first, "50 kg of steel", self.bert)
        question = self.question(last)
        self.assertEqual(question.asked_by_id, self.bert)
        for author in (self.anna, self.bert):
            self.assertTrue(question.with_user(author).mine)
            with self.assertRaisesRegex(AccessError, "yourself"):
                question.with_user(author).action_approve()
        # and whoever answers sees all that was changed since it came in
        self.assertIn("500 kg", question.with_user(self.administrator).changes)
        self.happen.clear()
        question.with_user(self.administrator).action_approve()
        self.work("50 kg of steel")
        self.assertEqual(last.state, "done")

    def test_where_nobody_else_could_approve_it_goes_on_and_the_decision_says_so(self):
        users = self.env["res.users"].search([("id", "!=", self.anna.id), ("share", "=", False)])
        holders = users.filtered(lambda user: user.has_group("mfg_sync.group_operator"))
        self.assertIn(self.bert, holders)
        # he still holds the right, but elsewhere or not any more
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        self.bert.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        (holders - self.bert).active = False
        corrected = self.correct(self.wrong())
        self.assertFalse(self.question(corrected))
        self.assertIn("nobody else could approve", corrected.decision_ids.reason)
        self.work("50 kg")
        self.assertEqual(corrected.state, "done")

    def test_only_an_administrator_changes_the_amount_and_that_is_a_decision(self):
        company = self.env.company
        manager = new_test_user(
            self.env, "second_manager", groups=f"base.group_system,base.group_partner_manager,{OPERATOR}"
        )
        for user in (self.anna, manager):
            with self.assertRaises(AccessError), self.cr.savepoint():
                company.with_user(user).mfg_sync_second_person_amount = 100000
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.env["res.company"].with_user(manager).create({"name": "New", "mfg_sync_second_person_amount": 5})
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.env["res.config.settings"].with_user(manager).create({"mfg_sync_second_person_amount": 7}).execute()
        company.invalidate_recordset()
        self.assertEqual(company.mfg_sync_second_person_amount, 100)
        # what is much to it is no matter of its customers and suppliers, who may read companies
        customer = new_test_user(self.env, "second_customer", groups="base.group_portal")
        with self.assertRaises(AccessError):
            company.with_user(customer).read(["mfg_sync_second_person_amount"])
        # a manager of companies may change the rest, and leave it as it is
        company.with_user(manager).write({"mfg_sync_second_person_amount": 100, "street": "Mill Lane 1"})
        head = new_test_user(self.env, "second_head", groups="mfg_sync.group_administrator,base.group_system")
        corrected = self.waiting()
        with Form(self.env["res.config.settings"].with_user(head)) as form:
            form.mfg_sync_second_person_amount = 100000
        form.record.execute()
        decision = self.env["mfg.sync.decision"].search([("decision", "=", "second_person")], limit=1)
        self.assertEqual((decision.user_id, decision.company_id, decision.about), (head, company, company.name))
        self.assertIn("100.00", decision.before)
        self.assertIn("100,000.00", decision.after)
        # what waits already goes on waiting
        self.work()
        self.assertEqual((self.state_of(corrected), self.applied), (("held", "approval"), []))
        with self.assertRaises(UserError):
            corrected.with_user(self.anna).action_replay()

    def test_a_file_is_no_way_past_a_colleague(self):
        imports = self.env["mfg.sync.import"]
        content = json.dumps(
            {"specversion": "1.0", "id": "x1", "type": "sync.test.v1", "data": {"text": "50 kg", "lane": "MO/1"}}
        ).encode()

        def take(user):
            with self.own_cursors():
                return imports.with_user(user)._run(
                    self.endpoint.with_user(user), self.endpoint.system_ids.with_user(user), "x.json", content
                )

        self.env.flush_all()
        with self.assertRaisesRegex(AccessError, "ask an Administrator"):
            take(self.anna)
        self.assertFalse(self.env["mfg.sync.message"].search([("event_id", "=", "x1")]))
        self.assertTrue(take(self.administrator))
        self.env.company.mfg_sync_second_person_amount = 0
        self.env.flush_all()
        self.assertTrue(take(self.anna))
