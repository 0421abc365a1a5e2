"""Replaying many: by hand in a list, or by filter and date; what it does is said before, and kept afterwards."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine import replay
from ..engine.errors import DataError, MappingMissing
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestReplay(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "rep_operator", groups="mfg_sync.group_operator")

    def setUp(self):
        super().setUp()
        for text in ("issue 1", "issue 2", "issue 3"):
            self.happen[text] = DataError("The cost center is closed.")
        self.issues = [self.arrive(f"issue {number}", lane=f"MO/{number}") for number in (3, 1, 2)]
        self.behind = self.arrive("behind", lane="MO/1")
        self.done = self.arrive("fine", lane="MO/4")
        self.work()

    def wizard(self, **values):
        return self.env["mfg.sync.message.replay"].with_user(self.operator).create(values)

    def replay(self, wizard):
        self.env.flush_all()
        with self.own_cursors():
            return wizard.action_replay()

    def test_the_cost_center_is_open_again_and_all_that_failed_for_it_is_replayed(self):
        with Form(self.env["mfg.sync.message.replay"].with_user(self.operator)) as form:
            form.why = "failed"
            form.endpoint_id = self.endpoint
            self.assertEqual(form.count, 3)
            self.assertIn("tried again: 3.", form.follows)
            form.reason = "The cost center is open again"
        self.happen.clear()
        answer = self.replay(form.record)
        self.assertIn("tried again: 3.", answer["params"]["message"])
        self.work()
        self.assertEqual({row.state for row in (*self.issues, self.behind)}, {"done"})
        self.assertEqual(self.applied, ["fine", "issue 3", "issue 1", "issue 2", "behind"])
        decisions = self.env["mfg.sync.decision"].search([("decision", "=", "replay")])
        self.assertEqual(sorted(decisions.mapped("message_id.id")), sorted(row.id for row in self.issues))
        self.assertEqual(decisions.user_id, self.operator)
        self.assertEqual(set(decisions.mapped("reason")), {"The cost center is open again"})
        with self.assertRaises(UserError):
            self.replay(form.record)

    def test_of_those_selected_what_is_finished_stays_as_it_is(self):
        chosen = self.issues[0] | self.done
        ask = chosen.with_user(self.operator).action_ask_replay()
        wizard = self.env[ask["res_model"]].with_user(self.operator).with_context(**ask["context"]).create({})
        self.assertEqual(wizard.count, 1)
        self.assertIn("left as they are: 1.", wizard.follows)
        # and what is finished between the look and the press
        with patch.object(type(wizard), "_domain", lambda wizard: [("id", "in", chosen.ids)]):
            self.replay(wizard)
        self.assertEqual((self.done.state, self.issues[0].state), ("done", "pending"))
        self.assertFalse(self.done.decision_ids)
        self.assertEqual(self.applied.count("fine"), 1)

    def test_only_what_arrived_in_the_night_shift_and_waits_for_an_entry_of_the_mapping(self):
        self.happen["unit 1"] = self.happen["unit 2"] = MappingMissing("Unit KARTON is unknown.", "map:uom:KARTON")
        yesterday, today = self.arrive("unit 1", lane="MO/7"), self.arrive("unit 2", lane="MO/8")
        self.work()
        self.env.cr.execute("UPDATE mfg_sync_message SET received = '2026-03-01 23:00' WHERE id = %s", [yesterday.id])
        wizard = self.wizard(why="code", received_from="2026-03-01 22:00:00", received_to="2026-03-02 06:00:00")
        self.assertEqual(wizard.count, 1)
        self.assertEqual(self.env["mfg.sync.message"].search(wizard.action_show()["domain"]), yesterday)
        self.replay(wizard)
        self.assertEqual((yesterday.state, today.state), ("pending", "held"))

    def test_many_are_taken_in_steps_and_the_oldest_first(self):
        steps, settled = [], replay.ledger.settled

        def step(registry, work, **kw):
            steps.append(settled(registry, work, **kw))
            return steps[-1]

        with patch.object(replay, "BATCH", 2), patch.object(replay.ledger, "settled", step):
            self.replay(self.wizard(why="failed"))
        self.assertEqual(steps, [2, 1])
        with patch.object(replay, "LIMIT", 2):
            wizard = self.wizard(why="open")
            self.assertIn("tried again: 2.", wizard.follows)
            self.assertIn("another press of Replay: 1.", wizard.follows)

    def test_a_paused_connection_is_named_and_what_is_sent_is_counted(self):
        self.endpoint.paused = True
        self.env.cr.execute("UPDATE mfg_sync_message SET direction = 'out' WHERE id = %s", [self.issues[0].id])
        wizard = self.wizard(why="failed")
        self.assertIn("MES1 is paused", wizard.follows)
        self.assertIn("sent to MES1: 1.", wizard.follows)

    def test_who_may_not_decide_or_see_a_company_replays_nothing_of_it(self):
        viewer = new_test_user(self.env, "rep_viewer", groups="mfg_sync.group_viewer")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.message.replay"].with_user(viewer).create({})
        with self.assertRaises(AccessError):
            self.issues[0].with_user(viewer).action_ask_replay()
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        self.operator.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        wizard = self.wizard(why="open").with_company(elsewhere)
        self.assertEqual(wizard.count, 0)
