from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from odoo.tests import tagged

from ..engine.chunk import Chunk
from ..engine.inbound import Done
from .past import PastCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestStates(PastCase):
    """What a system says about the state of an order: the latest counts, whenever it arrives."""

    BLOCK = {"lane": {"entity": "item", "pointer": "/lane"}, "business_key": ["/report"]}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.pattern = "state"

    def test_a_state_that_is_older_than_what_was_applied_changes_nothing(self):
        self.arrive("running", time="2026-11-23T10:00:00Z")
        self.work()
        late = self.arrive("planned", time="2026-11-23T08:00:00Z")
        other = self.arrive("planned 2", lane="MO/2", time="2026-11-23T08:00:00Z")
        self.work()
        self.assertEqual((late.state, late.no_effect), ("done", True))
        self.assertEqual(late.result_text, "A newer state was applied already; no change needed.")
        self.assertEqual((other.no_effect, self.applied), (False, ["running", "planned 2"]))
        # the next one is newer than both
        self.arrive("finished", time="2026-11-23T12:00:00Z")
        self.work()
        self.assertEqual(self.applied[-1], "finished")

    def test_an_event_is_never_dropped_however_late_it_comes(self):
        self.kind.pattern = "event"
        self.arrive("ended", time="2026-11-23T10:00:00Z")
        self.work()
        late = self.arrive("started", time="2026-11-23T08:00:00Z")
        self.work()
        self.assertEqual((late.no_effect, self.applied), (False, ["ended", "started"]))

    def test_an_older_state_that_is_tried_out_or_comes_after_years_changes_nothing_either(self):
        told = [self.arrive(f"at {hour}", time=f"2026-11-23T{hour}:00:00Z") for hour in (10, 12)]
        self.work()
        self.ago(401, *told)
        self.remove()
        self.assertEqual([bool(row.exists()) for row in told], [False, True])
        late = self.arrive("at 11", time="2026-11-23T11:00:00Z")
        self.env.flush_all()
        with self.own_cursors():
            action = late.action_dry_run()
        line = self.env[action["res_model"]].browse(action["res_id"]).line_ids
        self.assertEqual(line.outcome, "no_change")
        self.work()
        self.assertEqual((late.no_effect, self.applied), (True, ["at 10", "at 12"]))

    def test_what_was_only_tried_makes_no_state_old(self):
        self.flow.mode = "shadow"
        self.arrive("at 12", time="2026-11-23T12:00:00Z")
        self.work()
        self.flow.mode = "live"
        earlier = self.arrive("at 11", time="2026-11-23T11:00:00Z")
        self.work()
        self.assertFalse(earlier.no_effect)

    def test_a_state_that_its_handler_did_not_take_makes_no_other_old(self):
        self.happen["not for us"] = lambda handler, message: Done("Another plant.", taken=False)
        for together in (True, False):
            with self.subTest(together=together), self.alone(not together):
                lane = f"MO/{together}"
                # another one beside it, else it would be taken by itself anyway
                beside = self.arrive("beside", lane=f"{lane} beside")
                refused = self.arrive("not for us", lane=lane, time="2026-11-23T10:00:00Z")
                self.work()
                self.assertEqual(
                    (beside.no_effect, refused.state, refused.no_effect, refused.result_text),
                    (False, "done", True, "Another plant."),
                )
                earlier = self.arrive("ours", lane=lane, time="2026-11-23T09:00:00Z")
                self.work()
                self.assertEqual((earlier.state, earlier.no_effect), ("done", False))

    def test_a_state_that_odoo_shows_already_makes_older_ones_old(self):
        self.happen["as it is"] = lambda handler, message: Done("Known.", effect=False)
        self.arrive("as it is", time="2026-11-23T10:00:00Z")
        self.work()
        late = self.arrive("planned", time="2026-11-23T09:00:00Z")
        self.work()
        self.assertEqual(late.result_text, "A newer state was applied already; no change needed.")

    def test_what_repeats_a_state_that_was_not_taken_makes_no_other_old_either(self):
        self.happen["not for us"] = lambda handler, message: Done("Another plant.", taken=False)
        for hour in (10, 11):
            told = self.arrive("not for us", time=f"2026-11-23T{hour}:00:00Z", report="r1")
            self.work()
        self.assertIn("The same fact came before", told.result_text)
        earlier = self.arrive("ours", time="2026-11-23T09:00:00Z")
        self.work()
        self.assertFalse(earlier.no_effect)

    def test_what_a_person_calls_the_same_as_one_that_was_not_taken_makes_no_other_old_either(self):
        self.happen["not for us"] = lambda handler, message: Done("Another plant.", taken=False)
        self.arrive("not for us", time="2026-11-23T10:00:00Z", report="r1")
        self.work()
        later = self.arrive("not for us, once more", time="2026-11-23T12:00:00Z", report="r1")
        self.work()
        again = self.arrive("not for us, once more", time="2026-11-23T11:00:00Z", report="r1")
        self.work()
        self.assertEqual((later | again).mapped("hold_reason"), ["look_alike"] * 2)
        # the one is like the other, which is still open: what counts is what was done
        later.action_same()
        again.action_same()
        earlier = self.arrive("ours", time="2026-11-23T10:30:00Z")
        self.work()
        self.assertEqual((later.state, again.state, earlier.no_effect), ("done", "done", False))

    @contextmanager
    def alone(self, alone):
        """With True each message is taken by itself."""
        with patch.object(Chunk, "may_join", lambda chunk, message: False) if alone else nullcontext():
            yield

    def test_one_subject_in_two_lanes_is_told_in_the_order_of_its_states(self):
        late = [
            self.accept(
                self.endpoint,
                "sync.test",
                {"text": f"at {hour}", "lane": lane},
                time=f"2026-11-23T{hour:02}:00:00Z",
                subject="tank 1",
            )
            for hour, lane in ((9, "x"), (12, "x"), (11, "y"))
        ]
        self.work()
        self.assertEqual([row.state for row in late], ["done"] * 3)
        self.assertEqual(late[2].no_effect, "at 11" not in self.applied)
        self.assertEqual(self.applied[-1], "at 12")

    def test_several_states_at_once_are_applied_in_their_order(self):
        for hour in (12, 10, 11):
            self.arrive(f"at {hour}", time=f"2026-11-23T{hour}:00:00Z")
        self.work()
        self.assertEqual(self.applied, ["at 10", "at 11", "at 12"])

    def test_the_subject_is_what_the_sender_calls_so(self):
        for subject in ("tank 1", "tank 2"):
            message = self.accept(
                self.endpoint,
                "sync.test",
                {"text": subject, "lane": "x"},
                time="2026-11-23T09:00:00Z",
                subject=subject,
            )
            self.work()
            self.assertFalse(message.no_effect)
        older = self.accept(
            self.endpoint, "sync.test", {"text": "old", "lane": "x"}, time="2026-11-23T08:00:00Z", subject="tank 1"
        )
        self.work()
        self.assertTrue(older.no_effect)

    def test_a_statement_of_stock_that_was_overtaken_is_not_compared_any_more(self):
        endpoint = self.make_endpoint("wms1", groups="stock.group_stock_user", kinds=["stock.statement"])
        site = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1).code

        def state(hour):
            moment = f"2026-11-23T{hour:02}:00:00Z"
            return self.apply(endpoint, "stock.statement", {"site": site, "as_of": moment, "lines": []}, time=moment)

        self.assertFalse(state(10).no_effect)
        self.assertTrue(state(9).no_effect)
        self.assertFalse(state(11).no_effect)
        self.assertEqual(self.env["mfg.sync.statement"].search_count([("endpoint_id", "=", endpoint.id)]), 2)
