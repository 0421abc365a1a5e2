from unittest.mock import patch

import psycopg2

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import claim, documents, runs
from ..engine.errors import DataError, Early, ReferenceMissing, TransientError
from ..engine.gate import Gate
from ..engine.sweep import Sweep
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestOrder(EngineCase):
    def test_reports_of_one_order_are_applied_in_the_order_they_happened(self):
        self.arrive("ended", time="2026-11-23T10:00:00Z")
        self.arrive("started", time="2026-11-23T08:00:00Z")
        self.arrive("other order", lane="MO/2", time="2026-11-23T09:00:00Z")
        self.work()
        self.assertLess(self.applied.index("started"), self.applied.index("ended"))
        self.assertEqual(len(self.applied), 3)

    def test_what_failed_stands_between_those_before_and_those_after_it(self):
        self.happen["scrap"] = DataError("There is no such lot.")
        scrap = self.arrive("scrap", time="2026-11-23T09:00:00Z")
        self.work()
        start = self.arrive("start", time="2026-11-23T08:00:00Z")
        finish = self.arrive("finish", time="2026-11-23T10:00:00Z")
        self.work()
        self.assertEqual((start.state, self.state_of(finish), finish.blocker_id), ("done", ("held", "blocked"), scrap))

    def test_reports_of_a_batch_that_bear_no_time_are_applied_as_they_were_sent_whatever_their_ids(self):
        texts = [f"report {number}" for number in (9, 2, 7, 1, 8)]
        events = [
            {
                "specversion": "1.0",
                "id": text,
                "source": "urn:mes1",
                "type": "sync.test.v1",
                "data": {"text": text, "lane": "MO/1"},
            }
            for text in texts
        ]
        self.env.flush_all()
        results = Gate(self.env.cr).take(self.as_known(self.endpoint), events)
        self.assertEqual({result["status"] for result in results}, {"accepted"})
        self.work()
        self.assertEqual(self.applied, texts)

    def test_a_bad_issue_holds_its_own_item_and_the_closing_but_not_the_finished_goods(self):
        self.happen["issue"] = DataError("There is no such lot.")
        issue = self.arrive("issue", scope="item A")
        again = self.arrive("again", scope="item A")
        output = self.arrive("output", scope="output")
        close = self.arrive("close", closing=True)
        self.work()
        self.assertEqual(self.state_of(issue), ("dead", None))
        self.assertEqual(self.state_of(again), ("held", "blocked"))
        self.assertEqual(again.blocker_id, issue)
        self.assertEqual(again.status, "needs_you")
        self.assertEqual(self.state_of(output), ("done", None))
        self.assertEqual(self.state_of(close), ("held", "blocked"))
        self.happen.pop("issue")
        issue.action_replay()
        self.assertEqual(again.status, "waiting")
        self.work()
        self.assertEqual([m.state for m in (issue, again, close)], ["done"] * 3)
        self.assertEqual(self.applied, ["output", "issue", "again", "close"])

    def test_another_order_is_not_harmed(self):
        self.happen["issue"] = DataError("No.")
        self.arrive("issue")
        other = self.arrive("other", lane="MO/2")
        self.work()
        self.assertEqual(other.state, "done")

    def test_what_waits_behind_a_retry_needs_a_person_once_the_retry_does(self):
        self.happen["first"] = TransientError("The record is busy.")
        first, second, third = self.arrive("first"), self.arrive("second"), self.arrive("third")
        self.work()
        self.assertEqual((second.status, third.status), ("waiting", "waiting"))
        self.assertEqual(self.state_of(third), ("held", "blocked"))
        self.later(first, hours=1)
        self.work()
        self.assertEqual(first.state, "dead")
        self.assertEqual((second.status, third.status), ("needs_you", "needs_you"))
        first.action_cancel("The order was scrapped.")
        self.work()
        self.assertEqual(self.applied, ["second", "third"])

    def test_a_scrap_before_its_operation_started_steps_aside_and_comes_back(self):
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        scrap = self.arrive("scrap", time="2026-11-23T08:00:00Z")
        self.work()
        self.assertEqual(self.state_of(scrap), ("held", "early"))
        self.assertEqual(scrap.status, "waiting")
        self.happen["started"] = lambda *_args: self.happen.pop("scrap", None) and None
        self.arrive("started", time="2026-11-23T09:00:00Z")
        self.work()
        self.assertEqual(scrap.state, "done")
        self.assertEqual(self.applied, ["started", "scrap"])

    def test_closing_waits_for_what_stepped_aside(self):
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        self.arrive("scrap", scope="operation 10")
        close = self.arrive("close", closing=True)
        self.work()
        self.assertEqual(self.state_of(close), ("held", "blocked"))
        self.assertFalse(close.needs_person)

    def test_what_comes_behind_one_that_waits_for_a_person_needs_him_too_and_so_on(self):
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        scrap = self.arrive("scrap", scope="operation 10")
        self.later(scrap, hours=1)
        self.work()
        self.assertTrue(scrap.needs_person)
        close = self.arrive("close", closing=True)
        after = self.arrive("after", scope="operation 10")
        self.env.flush_all()
        blocked = claim.block(self.env.cr, [({"id": after.id}, {"id": close.id}), ({"id": close.id}, {"id": scrap.id})])
        self.assertEqual(blocked, [after.id, close.id])
        self.env.invalidate_all()
        self.assertEqual((close.blocker_id, after.blocker_id), (scrap, close))
        self.assertTrue(close.needs_person and after.needs_person)

    def test_what_waits_behind_one_whose_patience_has_ended_needs_a_person_too(self):
        self.happen["issue"] = Early("The operation has not started.", "operation:10")
        issue, close, after = self.arrive("issue"), self.arrive("close", closing=True), self.arrive("after")
        self.work()
        self.assertEqual((close.blocker_id, after.blocker_id), (issue, close))
        self.later(close, hours=1)
        self.happen["issue"] = TransientError("The record is busy.")
        issue.action_replay()
        self.work()
        self.assertEqual((self.state_of(issue), issue.needs_person), (("pending", None), False))
        self.assertEqual([self.state_of(each) for each in (close, after)], [("held", "blocked")] * 2)
        self.assertTrue(close.needs_person and after.needs_person)

    def test_what_is_blocked_behind_a_failed_one_goes_on_when_that_one_steps_aside(self):
        self.happen["issue"] = DataError("There is no such lot.")
        issue, again, close = self.arrive("issue"), self.arrive("again"), self.arrive("close", closing=True)
        self.work()
        self.assertEqual((again.blocker_id, close.blocker_id), (issue, issue))
        self.happen["issue"] = Early("The operation has not started.", "operation:10")
        issue.action_replay()
        self.work()
        self.assertEqual(self.state_of(issue), ("held", "early"))
        self.assertEqual(again.state, "done")
        self.assertEqual(self.state_of(close), ("held", "blocked"), "what closes the order waits for it")

    def test_when_patience_ends_a_person_is_asked_also_long_before_the_next_look(self):
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        scrap = self.arrive("scrap")
        self.work()
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at + interval '1 hour',
                      patience_until = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id = %s""",
            [scrap.id],
        )
        self.sweep()
        self.assertEqual((self.state_of(scrap), scrap.status), (("held", "early"), "needs_you"))

    def test_an_early_one_past_patience_needs_a_person_and_keeps_looking(self):
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        scrap = self.arrive("scrap")
        self.work()
        self.later(scrap, hours=1)
        self.sweep()
        self.work()
        self.assertEqual((scrap.status, scrap.attempt_count), ("needs_you", 2))
        self.later(scrap)
        self.sweep()
        self.assertEqual((scrap.state, scrap.status), ("pending", "needs_you"))
        self.work("scrap")
        self.assertEqual(scrap.state, "done")

    def test_a_step_that_fails_does_not_keep_the_others_from_their_turn(self):
        """A person's long transaction may hold a row that one of them needs."""
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        scrap = self.arrive("scrap")
        self.work()
        self.later(scrap, hours=1)
        held = patch.object(Sweep, "_look_again", side_effect=psycopg2.errors.LockNotAvailable("held"))
        broken = patch.object(Sweep, "_lost_blockers", side_effect=ValueError("broken"))
        with held, broken, mute_logger("odoo.addons.mfg_sync.engine.sweep"):
            self.sweep()
        self.assertEqual((self.state_of(scrap), scrap.status), (("held", "early"), "needs_you"))

    def test_what_is_wrong_with_schedules_keeps_no_message_from_its_turn(self):
        """What is due is looked for, and its drain called, whatever became of the runs."""
        sweep = Sweep(self.env)
        sweep._drain = lambda wanted: None
        broken = patch.object(runs, "begin_due", side_effect=ValueError("broken"))
        looked = patch.object(sweep, "_work", side_effect=sweep._work)
        with broken, looked as looks, mute_logger("odoo.addons.mfg_sync.engine.sweep"), self.own_cursors():
            sweep.run()
        self.assertEqual(looks.call_count, 1)

    def test_a_status_that_was_not_written_after_the_commit_is_found(self):
        """Killed between the two, a process leaves documents that do not show what their messages say."""
        failed, fine = ("res.currency", -1), ("res.currency", -2)
        self.happen["issue"] = DataError("There is no such lot.")
        messages = self.arrive("issue"), self.arrive("other", lane="MO/2")
        for message, document in zip(messages, (failed, fine), strict=True):
            documents.link(self.env.cr, message.id, [document])
        self.work()
        self.env.cr.execute(
            """UPDATE mfg_sync_status SET status = CASE res_id WHEN -1 THEN 'in_sync' ELSE 'waiting' END
               WHERE res_model = 'res.currency' RETURNING res_id"""
        )
        self.assertEqual(len(self.env.cr.fetchall()), 2)
        self.sweep()
        self.env.cr.execute(
            "SELECT res_id, status FROM mfg_sync_status WHERE res_model = 'res.currency' ORDER BY res_id"
        )
        self.assertEqual(self.env.cr.fetchall(), [(-2, "in_sync"), (-1, "needs_you")])

    def test_a_match_made_by_hand_lets_the_message_go_on_in_its_documents_lane(self):
        self.happen["issue"] = ReferenceMissing("Item X-1 is not known.", wait_key="item:MO/1")
        issue = self.arrive("issue")
        self.work()
        self.assertEqual(self.state_of(issue), ("held", "reference"))
        self.happen.pop("issue")
        product = self.env["product.product"].create({"name": "Frame"})
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.endpoint.id,
                "system_id": self.endpoint.system_ids.id,
                "entity": "item",
                "company_id": self.env.company.id,
                "external_id": "MO/1",
                "res_model": product._name,
                "res_id": product.id,
            }
        )
        self.env.flush_all()
        issue.invalidate_recordset()
        self.assertEqual((issue.state, issue.lane), ("pending", f"product.product,{product.id}"))
        self.work()
        self.assertEqual(issue.state, "done")

    def test_an_entry_of_the_mapping_lets_the_message_go_on(self):
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        resolver = self.env["mfg.sync.resolver"]
        self.happen["issue"] = lambda handler, message: (
            resolver.with_env(handler.env).unit(message, "KARTON", product, "/data/unit") and None
        )
        issue = self.arrive("issue")
        self.work()
        self.assertEqual((self.state_of(issue), issue.status), (("held", "reference"), "needs_you"))
        self.assertIn("KARTON", issue.error_text)
        other = self.arrive("other", scope="x")
        self.work()
        self.assertEqual(other.state, "done")
        self.assertEqual(
            (issue.state, issue.attempt_count), ("held", 1), "only the entry helps, not a neighbour that is done"
        )
        self.env["mfg.sync.value.map"].create({"kind": "uom", "code": "KARTON", "uom_id": product.uom_id.id})
        self.work()
        self.assertEqual(issue.state, "done")

    def test_a_row_the_gate_put_into_the_old_lane_follows_the_match(self):
        product = self.env["product.product"].create({"name": "Frame"})
        message = self.arrive("late")
        # the match is made while the gate is inserting: the drain's move does not see the row
        self.env.cr.execute(
            """INSERT INTO mfg_sync_binding (endpoint_id, system_id, company_id, entity, external_id, res_model, res_id)
               VALUES (%s, %s, %s, 'item', 'MO/1', 'product.product', %s)""",
            [self.endpoint.id, self.endpoint.system_ids.id, self.env.company.id, product.id],
        )
        self.work()
        self.assertEqual((message.state, message.lane), ("done", f"product.product,{product.id}"))

    def test_what_was_too_late_for_the_match_is_still_applied_before_what_happened_after_it(self):
        product = self.env["product.product"].create({"name": "Frame"})
        late = self.arrive("late", time="2026-11-23T09:00:00Z")
        # as above: the match is made while the gate is inserting the late one; the others arrive when it is there
        self.env.cr.execute(
            """INSERT INTO mfg_sync_binding (endpoint_id, system_id, company_id, entity, external_id, res_model, res_id)
               VALUES (%s, %s, %s, 'item', 'MO/1', 'product.product', %s)""",
            [self.endpoint.id, self.endpoint.system_ids.id, self.env.company.id, product.id],
        )
        self.arrive("before", time="2026-11-23T08:00:00Z")
        after = self.arrive("after", time="2026-11-23T10:00:00Z")
        self.assertNotEqual(late.lane, after.lane)
        self.work()
        self.assertEqual(self.applied, ["before", "late", "after"])

    def test_the_handler_that_makes_the_match_lets_its_followers_go(self):
        product = self.env["product.product"].create({"name": "Frame"})
        self.happen["scrap"] = Early("Not started.", "operation:1")
        scrap = self.arrive("scrap", time="2026-11-23T07:00:00Z")
        self.work()
        self.happen.pop("scrap")
        self.happen["create"] = lambda handler, message: handler.bind(message, "item", "MO/1", product)
        self.arrive("create", time="2026-11-23T08:00:00Z")
        report = self.arrive("report", time="2026-11-23T09:00:00Z")
        self.work()
        self.assertEqual((scrap.state, report.state), ("done", "done"))
        self.assertEqual(report.lane, f"product.product,{product.id}")

    def test_a_paused_system_keeps_its_messages(self):
        message = self.arrive("issue")
        self.endpoint.system_ids.paused = True
        self.work()
        self.assertEqual((message.state, self.applied), ("pending", []))
        self.endpoint.system_ids.paused = False
        self.work()
        self.assertEqual(message.state, "done")

    def test_a_very_long_id_of_a_document_is_no_trouble(self):
        message = self.arrive("issue", lane="Ü" * 128)
        self.happen["issue"] = ReferenceMissing("Unknown.", wait_key="item:" + "x" * 5000)
        self.work()
        self.assertEqual(message.state, "held")
