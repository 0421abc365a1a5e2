import json
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..engine import bulk, sweep
from ..engine.errors import Conflict, DataError, Early, ReferenceMissing
from .counted import CountedCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestNumbers(CountedCase):
    """A MES counts its messages of each order: 1, 2, 3 …"""

    # -- order, and what is missing

    def test_what_follows_a_missing_report_waits_until_it_arrives(self):
        self.arrive_as(1)
        third, fourth = self.arrive_as(3), self.arrive_as(4)
        other = self.arrive_as(1, "MO/2")
        self.work()
        self.assertEqual([self.state_of(third), self.state_of(fourth)], [("held", "gap")] * 2)
        self.assertEqual((third.status, other.state), ("waiting", "done"))
        self.assertIn("Message 2 of MO/1 is missing: ask mes1 to send it again, or go on without it.", third.error_text)
        self.assertIn("Go on without it", third.what_to_do)
        self.arrive_as(2)
        self.work()
        self.assertEqual([message.state for message in (third, fourth)], ["done"] * 2)
        self.assertEqual(self.applied, ["MO/1 1", "MO/2 1", "MO/1 2", "MO/1 3", "MO/1 4"])
        self.assertFalse(third.error_text or third.error_class)

    def test_what_was_ended_as_tried_behind_a_missing_one_lets_nothing_pass_it(self):
        self.flow.mode = "shadow"
        first, third = self.arrive_as(1), self.arrive_as(3)
        self.work()
        self.assertEqual((first.state, self.state_of(third)), ("done", ("held", "gap")))
        self.flow.mode = "live"
        self.sweep()
        fourth = self.arrive_as(4)
        self.work()
        third.invalidate_recordset()
        self.assertEqual((third.state, self.state_of(fourth)), ("done", ("held", "gap")))
        self.arrive_as(2)
        self.work()
        self.assertEqual((fourth.state, self.numbers()), ("done", ["1", "2", "4"]))

    def test_what_a_count_goes_on_from_is_not_removed_for_one_that_was_ended_as_tried(self):
        self.flow.first_number = 1
        first = self.arrive_as(1)
        self.work()
        self.flow.mode = "shadow"
        self.happen["MO/1 2"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        second = self.arrive_as(2)
        self.work()
        self.flow.mode = "live"
        self.sweep()
        second.invalidate_recordset()
        self.assertEqual((second.state, second.status), ("done", "tried"))
        self.ago(500, first, second)
        self.remove()
        third = self.arrive_as(3)
        self.work()
        self.assertEqual(third.state, "done")

    def test_a_count_is_one_of_its_source_and_document(self):
        self.endpoint.system_ids = [(0, 0, {"name": "line 2", "source": "urn:line2"})]
        self.arrive_as(1)
        told = self.accept(
            self.endpoint, "sync.test", {"text": "x 7", "lane": "MO/1"}, sequence="7", source="urn:line2"
        )
        self.work()
        self.assertEqual(told.state, "done")

    def test_a_late_start_is_applied_when_it_comes_unless_the_first_number_is_known(self):
        self.arrive_as(5)
        self.work()
        self.arrive_as(4)
        self.work()
        self.assertEqual(self.numbers(), ["5", "4"])
        self.flow.first_number = 1
        second = self.arrive_as(2, "MO/2")
        self.work()
        self.assertEqual(self.state_of(second), ("held", "gap"))
        self.arrive_as(1, "MO/2")
        self.work()
        self.assertEqual(self.numbers(), ["5", "4", "1", "2"])

    def test_a_match_made_meanwhile_does_not_begin_the_count_anew(self):
        product = self.env["product.product"].create({"name": "Frame"})
        self.happen["MO/1 1"] = lambda handler, message: handler.bind(message, "item", "MO/1", product)
        self.arrive_as(1)
        self.work()
        third = self.arrive_as(3)
        self.work()
        self.assertEqual(self.state_of(third), ("held", "gap"))
        status = self.env["mfg.sync.status"].search(
            [("res_model", "=", "product.product"), ("res_id", "=", product.id)]
        )
        self.assertEqual((status.status, status.message_id), ("waiting", third), "not in sync while one is missing")
        self.arrive_as(2)
        self.work()
        self.assertEqual((third.state, self.numbers()), ("done", ["1", "2", "3"]))
        status.invalidate_recordset()
        self.assertEqual(status.status, "in_sync")

    def test_what_is_not_counted_passes_and_a_number_that_is_none_is_not_counted(self):
        self.arrive_as(1, scope="A")
        held = self.arrive_as(3, scope="A")
        for sequence in (None, "x9", "²", "9" * 12, "-4"):
            more = {"sequence": sequence} if sequence else {}
            message = self.accept(
                self.endpoint, "sync.test", {"text": f"r {sequence}", "lane": "MO/1", "scope": "B"}, **more
            )
            self.work()
            self.assertEqual(message.state, "done", sequence)
        self.assertEqual(self.state_of(held), ("held", "gap"))
        whole = self.accept(self.endpoint, "sync.test", {"text": "the whole order", "lane": "MO/1"})
        self.work()
        self.assertEqual((self.state_of(whole), whole.blocker_id), (("held", "blocked"), held))

    def test_only_facts_about_a_document_that_come_in_are_counted(self):
        told = self.add_flows(self.endpoint, "master.item")
        statement = self.add_flows(self.make_endpoint("wms1", "stock.group_stock_user", ()), "stock.statement")
        for flow in (told, statement):
            self.assertFalse(flow.can_count)
            with self.assertRaises(ValidationError):
                flow.is_counted = True

    # -- what people decide

    def test_past_patience_a_person_is_asked_and_goes_on_without(self):
        self.arrive_as(1)
        fourth, fifth = self.arrive_as(4), self.arrive_as(5)
        self.work()
        self.assertIn("Messages 2 to 3 of MO/1 are missing", fourth.error_text)
        self.later(fourth, hours=1)
        self.sweep()
        self.work()
        self.assertEqual((self.state_of(fourth), fourth.status), (("held", "gap"), "needs_you"))
        fourth.with_user(new_test_user(self.env, "gap_operator", groups="mfg_sync.group_operator")).action_go_on()
        self.work()
        self.assertEqual([fourth.state, fifth.state], ["done", "done"])
        decision = self.env["mfg.sync.decision"].search([("message_id", "=", fourth.id)])
        self.assertEqual(decision.decision, "go_on")
        self.assertIn("missing", decision.before)
        # it was late, not lost: a fact is never dropped
        late = self.arrive_as(2)
        self.work()
        self.assertEqual((late.state, self.numbers()), ("done", ["1", "4", "5", "2"]))

    def test_only_what_waits_for_a_number_can_go_on_without_it(self):
        self.happen["MO/1 1"] = DataError("No.")
        message = self.arrive_as(1)
        self.work()
        with self.assertRaises(UserError):
            message.action_go_on()

    def test_a_missing_one_that_came_is_not_missing_whatever_became_of_it(self):
        self.happen["MO/1 2"] = DataError("There is no such lot.")
        self.happen["MO/1 4"] = Conflict("MO/1 is not synchronized.")
        self.arrive_as(1)
        second = self.arrive_as(2, scope="A")
        third, fourth, fifth = self.arrive_as(3, scope="B"), self.arrive_as(4, scope="C"), self.arrive_as(5, scope="B")
        self.work()
        self.assertEqual([row.state for row in (second, third, fourth, fifth)], ["dead", "done", "held", "done"])
        second.action_cancel("Booked by hand.")
        sixth = self.arrive_as(6, scope="A")
        self.work()
        self.assertEqual(sixth.state, "done")

    def test_what_waits_for_a_number_keeps_nobody_from_being_looked_at_again(self):
        """One missing report of a long shift may hold more than a look of the sweep takes."""
        self.happen["MO/2 1"] = Early("The operation has not started.", "operation:10")
        early = self.arrive_as(1, "MO/2")
        self.arrive_as(1)
        held = [self.arrive_as(number) for number in (3, 4, 5)]
        self.work()
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at - interval '2 hours'
                   - CASE WHEN hold_reason = 'gap' THEN interval '1 hour' ELSE '0' END WHERE state = 'held'"""
        )
        with patch.object(sweep, "LIMIT", 2):
            self.sweep()
        self.env.invalidate_all()
        self.assertEqual(early.state, "pending")
        self.assertEqual(sorted(message.state for message in held), ["held", "pending", "pending"])

    def test_who_replays_what_waits_for_a_number_changes_nothing(self):
        self.arrive_as(1)
        third = self.arrive_as(3)
        self.work()
        third.action_replay()
        self.work()
        self.assertEqual((self.state_of(third), self.numbers()), (("held", "gap"), ["1"]))

    def test_trying_out_says_what_is_missing_and_follows_the_numbers(self):
        self.happen["MO/1 1"] = DataError("There is no such lot.")
        first = self.arrive_as(1, minute=9)
        second, fourth = self.arrive_as(2, minute=1), self.arrive_as(4, minute=2, scope="B")
        self.work()
        self.happen.clear()
        self.env.flush_all()
        with self.own_cursors():
            action = (first | second | fourth).action_dry_run()
        lines = self.env[action["res_model"]].browse(action["res_id"]).line_ids
        behind = {line.message_id: line.behind for line in lines}
        self.assertFalse(behind[first] or behind[second])
        self.assertIn("Message 3 of MO/1 is missing", behind[fourth])
        self.assertEqual(self.applied, ["MO/1 1", "MO/1 2", "MO/1 4"])
        self.assertEqual([first.state, second.state, fourth.state], ["dead", "held", "held"])

    def test_a_corrected_message_keeps_its_number(self):
        self.happen["MO/1 2"] = DataError("There are 20 kg in stock.")
        self.arrive_as(1)
        wrong, third = self.arrive_as(2), self.arrive_as(3)
        self.work()
        content = {**json.loads(wrong.payload), "text": "MO/1 2 corrected"}
        corrected = wrong.action_correct(json.dumps(content), "The scale was read wrong")
        self.assertEqual((corrected.counter, corrected.sequence_no), (wrong.counter, 2))
        self.work()
        self.assertEqual((third.state, self.applied[-2:]), ("done", ["MO/1 2 corrected", "MO/1 3"]))

    def test_a_number_of_one_order_is_none_of_the_order_it_is_corrected_to(self):
        self.happen["MO/1 2"] = DataError("There is no such order.")
        self.arrive_as(1)
        wrong, third = self.arrive_as(2), self.arrive_as(3)
        self.arrive_as(1, "MO/2")
        self.work()
        content = {**json.loads(wrong.payload), "text": "of MO/2", "lane": "MO/2"}
        corrected = wrong.action_correct(json.dumps(content), "Typing error")
        self.work()
        self.assertEqual((corrected.counter, corrected.state, third.state), (False, "done", "done"))
        second = self.arrive_as(2, "MO/2")
        self.work()
        self.assertEqual(second.state, "done")

    def test_who_no_longer_counts_waits_for_nothing(self):
        self.arrive_as(1)
        third = self.arrive_as(3)
        self.work()
        self.flow.is_counted = False
        self.work()
        self.assertEqual(third.state, "done")
        # counted again: what was done in between has been counted on
        self.flow.is_counted = True
        fourth = self.arrive_as(4)
        self.work()
        self.assertEqual(fourth.state, "done")

    # -- repetitions

    def test_the_same_report_under_a_new_id_is_no_other_number(self):
        self.arrive_as(1, report="R1")
        self.work()
        again = self.arrive_as(1, report="R1")
        second = self.arrive_as(2, report="R2")
        self.work()
        self.assertEqual((again.no_effect, second.state, self.numbers()), (True, "done", ["1", "2"]))

    def test_two_closings_with_numbers_against_their_clock_do_not_wait_for_each_other(self):
        data = {"report": "R1", "text": "close"}
        second = self.arrive_as(2, minute=1, closing=True, **data)
        first = self.arrive_as(1, minute=9, closing=True, **data)
        self.work()
        self.assertEqual((first.state, second.state, second.no_effect), ("done", "done", True))

    # -- shadow, pause, files

    def test_what_is_only_tried_is_counted_and_keeps_nobody_waiting(self):
        self.flow.mode = "shadow"
        self.arrive_as(1)
        third = self.arrive_as(3)
        self.work()
        self.assertEqual((self.state_of(third), third.shadow), (("held", "gap"), True))
        self.flow.mode = "live"
        self.arrive("not counted")
        self.work()
        self.assertEqual(self.applied, ["MO/1 1", "not counted"])
        self.assertEqual(third.status, "tried", "also when it is looked at again")
        self.arrive_as(2)
        self.work()
        self.assertEqual(self.applied[2:], ["MO/1 2"])
        self.assertEqual((third.state, third.status), ("done", "tried"), "a person may have it applied")

    def test_what_a_pause_kept_goes_on_by_its_numbers(self):
        self.flow.paused = True
        for number, minute in ((2, 1), (4, 2), (1, 9)):
            self.arrive_as(number, minute=minute)
        self.work()
        self.flow.paused = False
        self.work()
        self.assertEqual(self.numbers(), ["1", "2"])
        self.arrive_as(3)
        self.work()
        self.assertEqual(self.numbers(), ["1", "2", "3", "4"])

    def test_a_file_of_messages_is_counted_as_if_it_had_been_sent(self):
        self.arrive_as(1)
        self.work()
        events = [
            {
                "specversion": "1.0",
                "id": f"f{number}",
                "type": "sync.test.v1",
                "sequence": f"{number:05}",
                "data": {"text": f"MO/1 {number}", "lane": "MO/1"},
            }
            for number in (4, 3)
        ]
        self.env.flush_all()
        known = {"id": self.endpoint.id, "code": self.endpoint.code, "company_id": self.env.company.id}
        bulk.take(self.env.cr, known, "urn:mes1", list(enumerate(events, 1)), 1)
        self.work()
        self.assertEqual(self.numbers(), ["1"])
        self.arrive_as(2)
        self.work()
        self.assertEqual(self.numbers(), ["1", "2", "3", "4"])

    # -- what was removed

    def test_what_was_removed_after_years_does_not_look_as_if_it_were_missing(self):
        self.flow.first_number = 1
        self.happen["MO/1 3"] = DataError("There is no such lot.")
        rows = [self.arrive_as(number, scope=str(number)) for number in (1, 2, 3)]
        self.work()
        rows[2].action_cancel("Booked by hand.")
        self.env["mfg.sync.decision"].flush_model()
        # nobody's decision keeps it
        self.env.cr.execute("DELETE FROM mfg_sync_decision WHERE message_id = %s", [rows[2].id])
        self.ago(401, *rows)
        self.remove()
        self.assertEqual([bool(row.exists()) for row in rows], [False, True, True])
        self.assertFalse(rows[1].payload)
        fourth = self.arrive_as(4)
        self.work()
        self.assertEqual(fourth.state, "done")
        sixth = self.arrive_as(6)
        self.work()
        self.assertIn("Message 5 of MO/1 is missing", sixth.error_text)
        # a late one of what was removed is applied when it comes, and asks for nobody
        late = self.arrive_as(1, event_id="late")
        self.work()
        self.assertEqual(late.state, "done")
        self.ago(3700, *rows[1:])
        self.remove()
        self.assertFalse((rows[1] | rows[2]).exists())

    # -- cost

    def test_where_nothing_is_counted_nobody_asks_for_numbers(self):
        def statements():
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.work()
            return self.env.cr.sql_log_count - before

        self.flow.is_counted = False
        self.arrive_as(1, "MO/8")
        self.work()
        counts = []
        for counted, many in ((False, 2), (True, 2), (False, 40), (True, 40)):
            self.flow.is_counted = counted
            for number in range(1, 1 + many):
                self.arrive_as(number, f"MO/9{counted}{many}")
            # as one chunk, however slow the machine
            self.time_chunks(60)
            counts.append(statements())
        # those behind, what is reached, who is let go: once a chunk
        self.assertEqual((counts[1] - counts[0], counts[3] - counts[2]), (3, 3))
