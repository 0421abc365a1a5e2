from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.errors import DataError
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestRepetition(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "planner", groups="mfg_sync.group_operator")
        cls.viewer = new_test_user(cls.env, "auditor", groups="mfg_sync.group_viewer")

    def test_the_same_fact_under_a_new_id_changes_nothing(self):
        self.arrive("5 pieces", report="R1")
        self.work()
        again = self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual((again.state, again.no_effect, self.applied), ("done", True, ["5 pieces"]))

    def test_the_same_report_with_other_content_is_asked_about(self):
        self.arrive("5 pieces", report="R1")
        self.work()
        other = self.arrive("6 pieces", report="R1")
        self.work()
        self.assertEqual((self.state_of(other), other.status), (("held", "look_alike"), "needs_you"))
        self.assertEqual(self.applied, ["5 pieces"])
        return other

    def test_a_space_behind_a_name_makes_no_other_document_part_or_report(self):
        self.happen["failed"] = DataError("There is no such lot.")
        first = self.arrive("failed", scope="A", report="R1")
        second = self.arrive("5 pieces", lane=" MO/1", scope="A ", report="R2")
        self.work()
        self.assertEqual((second.lane, self.state_of(second)), (first.lane, ("held", "blocked")))
        first.action_cancel("There never was such a lot.")
        again = self.arrive("5 pieces", report=" R2 ")
        self.work()
        self.assertEqual((second.state, self.state_of(again)), ("done", ("held", "look_alike")))
        self.assertEqual(self.applied, ["5 pieces"])

    def test_a_person_says_it_is_the_same(self):
        other = self.test_the_same_report_with_other_content_is_asked_about()
        other.with_user(self.operator).action_same()
        self.work()
        self.assertEqual((other.state, other.no_effect, self.applied), ("done", True, ["5 pieces"]))
        decision = self.env["mfg.sync.decision"].search([("message_id", "=", other.id)])
        self.assertEqual((decision.user_id, decision.decision), (self.operator, "same"))

    def test_a_person_says_it_is_really_new(self):
        other = self.test_the_same_report_with_other_content_is_asked_about()
        other.with_user(self.operator).action_really_new()
        self.work()
        self.assertEqual((other.state, self.applied), ("done", ["5 pieces", "6 pieces"]))

    def test_two_of_the_same_fact_at_once_have_one_effect(self):
        self.arrive("5 pieces", report="R1")
        twin = self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual((self.applied, twin.state), (["5 pieces"], "done"))

    def test_two_closings_that_arrive_the_other_way_round_do_not_wait_for_each_other(self):
        later = self.arrive("closed", report="R1", time="2026-11-23T10:00:00Z", closing=True)
        earlier = self.arrive("closed", report="R1", time="2026-11-23T09:00:00Z", closing=True)
        self.work()
        self.assertEqual((earlier.state, later.state, self.applied), ("done", "done", ["closed"]))

    def test_a_repetition_of_what_was_really_new_changes_nothing(self):
        other = self.test_the_same_report_with_other_content_is_asked_about()
        other.action_really_new()
        self.work()
        again = self.arrive("6 pieces", report="R1")
        self.work()
        self.assertEqual((again.state, again.no_effect, self.applied), ("done", True, ["5 pieces", "6 pieces"]))

    def test_without_a_number_what_looks_alike_is_asked_about(self):
        self.arrive("5 kg", looks="A|5")
        self.work()
        twin = self.arrive("5 kg", looks="A|5")
        other = self.arrive("5 kg", looks="A", scope="x")
        self.work()
        self.assertEqual(self.state_of(twin), ("held", "look_alike"))
        self.assertEqual(other.state, "done")

    def test_two_systems_behind_one_hub_number_their_facts_each_for_itself(self):
        self.endpoint.system_ids = [(0, 0, {"name": "MES B", "source": "urn:mes-b"})]
        self.arrive("5 pieces", lane="MO/1", report="R1")
        self.work()
        of_b = self.accept(
            self.endpoint, "sync.test", {"text": "7 pieces", "lane": "MO/2", "report": "R1"}, source="urn:mes-b"
        )
        alike = self.accept(self.endpoint, "sync.test", {"text": "5 kg", "looks": "A|5"})
        alike_of_b = self.accept(self.endpoint, "sync.test", {"text": "5 kg", "looks": "A|5"}, source="urn:mes-b")
        self.work()
        self.assertEqual([row.state for row in of_b | alike | alike_of_b], ["done"] * 3)
        self.assertEqual(self.applied, ["5 pieces", "7 pieces", "5 kg", "5 kg"])
        again = self.accept(
            self.endpoint, "sync.test", {"text": "7 pieces", "lane": "MO/2", "report": "R1"}, source="urn:mes-b"
        )
        self.work()
        self.assertEqual((again.state, again.no_effect), ("done", True))
        self.assertIn(of_b.event_id, again.result_text)

    def test_only_an_operator_decides(self):
        message = self.arrive("5 pieces")
        for action in ("action_replay", "action_same", "action_really_new"):
            with self.assertRaises(AccessError):
                getattr(message.with_user(self.viewer), action)()
        with self.assertRaises(AccessError):
            message.with_user(self.viewer).action_cancel("no")
        self.assertEqual(message.with_user(self.viewer).summary, message.summary)

    def test_cancelling_needs_a_reason_that_is_kept(self):
        message, behind = self.arrive("5 pieces"), self.arrive("next")
        with self.assertRaises(UserError):
            message.with_user(self.operator).action_cancel("  ")
        message.with_user(self.operator).action_cancel("Booked by hand.")
        self.work()
        self.assertEqual((message.state, message.status, behind.state), ("cancelled", "cancelled", "done"))
        self.assertEqual(
            self.env["mfg.sync.decision"].search([("message_id", "=", message.id)]).reason, "Booked by hand."
        )
        with self.assertRaises(UserError):
            message.with_user(self.operator).action_replay()

    def test_nobody_forges_or_erases_messages(self):
        message = self.arrive("5 pieces")
        admin = self.env.ref("base.user_admin")
        for user in (admin, self.env.ref("base.user_root")):
            ledger = self.env["mfg.sync.message"].with_user(user)
            with self.assertRaises(AccessError):
                ledger.create({"event_id": "x", "source": "x", "uuid": "x", "direction": "in"})
            with self.assertRaises(AccessError):
                message.with_user(user).write({"state": "done"})
            with self.assertRaises(AccessError):
                message.with_user(user).unlink()
        decision_model = self.env["mfg.sync.decision"].with_user(admin)
        with self.assertRaises(AccessError):
            decision_model.create({"message_id": message.id, "decision": "same"})
