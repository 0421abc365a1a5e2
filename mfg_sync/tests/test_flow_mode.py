"""From shadow to live and back: what is known is said before, and kept with the decision."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..engine.errors import DataError, Early, MappingMissing, ReferenceMissing
from ..engine.inbound import Done
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestFlowMode(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "mode_administrator", groups="mfg_sync.group_administrator")
        cls.operator = new_test_user(cls.env, "mode_operator", groups="mfg_sync.group_operator")
        cls.flow.mode = "shadow"

    def tried(self):
        """A week in shadow."""
        self.happen.update(
            {
                "6 carton": MappingMissing("Unit KARTON is unknown.", "map:uom:KARTON"),
                "7 carton": MappingMissing("Unit KARTON is unknown.", "map:uom:KARTON"),
                "8 pallet": MappingMissing("Unit PAL is unknown.", "map:uom:PAL"),
                "frame": ReferenceMissing("Item 7 is not known.", "item:7"),
                "closed": DataError("The order is closed."),
                "early": Early("The operation has not started.", "operation:10"),
                "again": lambda _handler, _message: Done("No change needed.", effect=False),
            }
        )
        for text in ("5 kg", "4 kg", *self.happen):
            self.arrive(text, lane=f"MO/{text}")
        self.work()

    def page(self, action, user=None):
        return self.env[action["res_model"]].with_user(user or self.administrator).with_context(**action["context"])

    def decisions(self):
        return self.env["mfg.sync.decision"].search([("decision", "=", "mode")])

    def test_who_makes_it_live_reads_what_was_tried_and_it_is_kept(self):
        self.tried()
        action = self.flow.with_user(self.administrator).action_go_live()
        with Form(self.page(action)) as form:
            for sentence in (
                "In shadow since ",
                "Messages tried: 9. Of these would have been applied: 2; would have changed nothing: 1.",
                "Use a code without an entry in the mapping: 3 (different codes: 2).",
                "Name something that Odoo does not know: 1 (different ones: 1).",
                "Failed: 1.",
                "Would wait for a person or for another message: 1.",
                "is not applied by itself: book by hand",
            ):
                self.assertIn(sentence, form.known)
            form.reason = "A week without differences"
        form.record.action_decide()
        self.assertEqual(self.flow.mode, "live")
        decision = self.decisions()
        self.assertEqual((decision.user_id, decision.after), (self.administrator, "Live"))
        self.assertEqual(decision.reason, "A week without differences")
        self.assertIn("Shadow: try, change nothing\nIn shadow since", decision.before)
        self.assertIn("(different codes: 2)", decision.before)

    def test_only_what_was_tried_since_it_is_in_shadow_counts(self):
        self.tried()
        self.flow.mode = "live"
        self.arrive("live")
        self.work()
        self.flow.mode = "shadow"
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET received = received - interval '1 day', done_at = done_at - interval '1 day'
               WHERE flow_id = %s""",
            [self.flow.id],
        )
        self.assertIn("Nothing was tried in that time", self.flow._what_is_known("live"))
        self.arrive("5 kg more", lane="MO/9")
        self.work()
        self.assertIn("Messages tried: 1. Of these would have been applied: 1", self.flow._what_is_known("live"))

    def test_what_waited_at_a_step_back_counts_among_what_was_tried(self):
        self.flow.mode = "live"
        self.arrive("5 kg")
        self.env.cr.execute("UPDATE mfg_sync_message SET received = received - interval '1 day'")
        self.flow.mode = "shadow"
        self.work()
        self.assertIn("Messages tried: 1. Of these would have been applied: 1", self.flow._what_is_known("live"))

    def test_nobody_gives_the_day_by_hand_and_what_is_live_from_the_start_is_a_decision(self):
        flow = self.flow.with_user(self.administrator)
        since = flow.mode_since
        flow.mode_since = "2030-01-01 00:00:00"
        self.assertEqual(flow.mode_since, since)
        self.assertEqual(flow.copy_data()[0].get("mode"), None)
        other = self.make_endpoint("mes2", kinds=())
        values = {"endpoint_id": other.id, "type_id": self.kind.id, "mode": "live", "mode_since": "2030-01-01 00:00:00"}
        made = self.env["mfg.sync.flow"].with_user(self.administrator).create(values)
        self.assertLess(made.mode_since.year, 2030)
        self.assertEqual((self.decisions().before, self.decisions().after), (False, "Live"))

    def test_the_way_back_says_what_becomes_of_what_waits(self):
        self.flow.mode = "live"
        self.happen["6 kg"] = ReferenceMissing("Item 7 is not known.", "item:7")
        self.arrive("6 kg")
        self.work()
        wizard = self.page(self.flow.with_user(self.administrator).action_back_to_shadow()).create({})
        self.assertIn("not finished: 1. They are only tried", wizard.known)
        wizard.action_decide()
        self.assertEqual((self.flow.mode, self.decisions().after), ("shadow", "Shadow: try, change nothing"))
        out = self.endpoint.flow_ids - self.flow
        out.mode = "live"
        self.env["mfg.sync.capture"].event("sync.test", self.endpoint)
        self.captured()
        self.assertIn("still go: 1. Pause it first", out[:1]._what_is_known("shadow"))

    def test_several_go_live_together_and_who_clicks_the_mode_is_kept_as_well(self):
        flows = self.endpoint.flow_ids
        flows.mode = "shadow"
        wizard = self.page(flows.with_user(self.administrator).action_go_live()).create({})
        wizard.action_decide()
        self.assertEqual(set(flows.mapped("mode")), {"live"})
        self.assertEqual(len(self.decisions()), len(flows))
        with self.assertRaisesRegex(UserError, "Somebody has changed"):
            wizard.action_decide()
        with self.assertRaisesRegex(UserError, "None of these is in shadow"):
            flows.action_go_live()
        flows[0].with_user(self.administrator).mode = "off"
        self.assertEqual((self.decisions()[0].before, self.decisions()[0].after), ("Live", "Off"))

    def test_only_an_administrator_decides_it(self):
        action = self.flow.with_user(self.operator).action_go_live()
        with self.assertRaises(AccessError):
            self.page(action, self.operator).create({})
        with self.assertRaises(AccessError):
            self.flow.with_user(self.operator).mode = "live"
        self.assertFalse(self.decisions())
