import gc
from threading import Event, Thread

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..engine import ledger, outcomes, release, wake
from ..engine.chunk import Chunk
from ..engine.errors import DataError, ReferenceMissing, TransientError
from ..models.message import STATUSES
from ..wizards import message_replay
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestFailures(EngineCase):
    def create_partner(self, handler, name):
        return handler.env["res.partner"].sudo().create({"name": name})

    def half_way(self, error):
        def action(handler, message):
            partner = self.create_partner(handler, "half-made")
            message.touches(partner)
            raise error

        return action

    def nothing_half_made(self):
        return not self.env["res.partner"].search([("name", "=", "half-made")])

    def test_a_refusal_of_odoo_is_told_in_its_own_words(self):
        self.happen["issue"] = self.half_way(UserError("You cannot consume more than there is."))
        message = self.arrive("issue")
        self.work()
        self.assertEqual((message.state, message.error_class), ("dead", "data"))
        self.assertIn("You cannot consume more than there is.", message.error_text)
        self.assertTrue(self.nothing_half_made())

    def test_a_fault_of_ours_is_told_without_its_innards(self):
        self.happen["issue"] = self.half_way(ZeroDivisionError("secret of the house"))
        message, other = self.arrive("issue"), self.arrive("other", lane="MO/2")
        with self.quiet("engine.chunk"), mute_logger("odoo.sql_db"):
            self.work()
        self.assertEqual(message.state, "dead")
        self.assertNotIn("secret of the house", message.error_text)
        self.assertTrue(self.nothing_half_made())
        self.assertEqual(other.state, "done")

    def test_what_the_database_refuses_harms_only_its_message(self):
        self.happen["issue"] = lambda handler, _message: handler.env.cr.execute("SELECT 1 / 0")
        message, other = self.arrive("issue"), self.arrive("other", lane="MO/2")
        with self.quiet("engine.chunk"), mute_logger("odoo.sql_db"):
            self.work()
        self.assertEqual((message.state, other.state), ("dead", "done"))

    def test_what_a_short_step_changes_is_kept_though_nobody_holds_its_environment(self):
        industry = self.env["res.partner.industry"].create({"name": "Mills"})
        self.env.flush_all()

        def step(cr):
            self.env(cr=cr)["res.partner.industry"].browse(industry.id).full_name = "Steel mills"
            # Odoo's cycles may be collected at any time
            gc.collect()

        with self.own_cursors():
            ledger.settled(self.env.registry, step)
        self.assertEqual(industry.full_name, "Steel mills")

    def test_what_the_service_user_may_not_do_is_refused(self):
        self.happen["issue"] = lambda handler, _message: (
            handler.env["res.company"].create({"name": "half-made"}) and None
        )
        message = self.arrive("issue")
        with mute_logger("odoo.addons.base.models.ir_model"):
            self.work()
        self.assertEqual(message.state, "dead")
        self.assertIn(self.endpoint.user_id.name, message.error_text)

    def test_handlers_run_as_the_service_user_in_its_company(self):
        seen = {}

        def action(handler, _message):
            seen.update(uid=handler.env.uid, su=handler.env.su, companies=handler.env.companies)

        self.happen["issue"] = action
        self.arrive("issue")
        self.work()
        self.assertEqual(seen, {"uid": self.endpoint.user_id.id, "su": False, "companies": self.env.company})

    def test_a_transient_failure_is_tried_again_within_its_bounds(self):
        self.happen["issue"] = TransientError("Busy.")
        message = self.arrive("issue")
        for attempt in range(3):
            before = self.database_now()
            self.work()
            self.assertEqual((message.state, message.attempt_count), ("pending", attempt + 1))
            wait = (message.next_attempt_at - before).total_seconds()
            ceiling = self.endpoint.first_retry * 2**attempt
            self.assertTrue(ceiling / 10 - 1 <= wait <= ceiling + 5, wait)
            self.assertFalse(message.needs_person)
            self.later(message)
        self.work("issue")
        self.assertEqual(message.state, "done")
        self.assertEqual(len(message.attempt_ids), 4)

    def test_patience_ends(self):
        self.happen["issue"] = TransientError("Busy.")
        message = self.arrive("issue")
        self.work()
        self.later(message, hours=1)
        self.work()
        self.assertEqual((message.state, message.status), ("dead", "needs_you"))
        message.action_replay()
        self.work("issue")
        self.assertEqual(message.state, "done")

    def database_now(self):
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return self.env.cr.fetchone()[0]

    def test_what_a_failed_message_wanted_after_commit_is_cut_back(self):
        cr, ran = self.env.cr, []

        def action(handler, _message):
            handler.env.cr.postcommit.add(lambda: ran.append("mail"))
            handler.env.cr.postcommit.data["mails"] = 1
            raise DataError("No.")

        self.happen["issue"] = action
        message = self.arrive("issue")
        self.env.flush_all()
        cr.postcommit.clear()
        chunk = Chunk(self.env, self.endpoint, 0, 1)
        cr.postcommit.add(lambda: ran.append("before"))
        cr.execute("SELECT *, false AS paused FROM mfg_sync_message WHERE id = %s", [message.id])
        chunk.apply(chunk.message(cr.dictfetchone()))
        self.assertNotIn("mails", cr.postcommit.data)
        cr.postcommit.run()
        self.assertEqual(ran, ["before"])

    def test_while_one_drain_works_another_leaves_the_messages_to_it(self):
        message = self.arrive("issue")
        with db_connect(self.env.cr.dbname).cursor() as other:
            self.assertTrue(wake.try_lock(other, self.endpoint.id, "in"))
            self.work()
            self.assertEqual((message.state, self.applied), ("pending", []))
            wake.unlock(other, self.endpoint.id, "in")
        self.work()
        self.assertEqual(message.state, "done")

    def test_a_sender_who_asks_whether_a_drain_is_at_work_does_not_send_one_away(self):
        message = self.arrive("issue")
        awaited, over = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", Event()
        with db_connect(self.env.cr.dbname).cursor() as sender:

            def goes_once_somebody_waits():
                while not over.wait(0.01):
                    sender.execute(awaited, [self.endpoint.id])
                    if sender.rowcount:
                        sender.rollback()
                        return

            asks = "SELECT pg_try_advisory_xact_lock_shared(%s, %s)"
            sender.execute(asks, [wake.LOCKS["in"], self.endpoint.id])
            self.assertEqual(sender.fetchone(), (True,))
            thread = Thread(target=goes_once_somebody_waits)
            thread.start()
            self.work()
            over.set()
            thread.join()
        self.assertEqual(message.state, "done")

    def test_who_works_on_the_same_record_is_not_kept_waiting(self):
        shared = self.env.ref("base.main_company").partner_id.id

        def action(handler, _message):
            # so that the test ends where nothing else ends the wait
            handler.env.cr.execute("SET LOCAL statement_timeout = '20s'")
            handler.env.cr.execute("UPDATE res_partner SET comment = comment WHERE id = %s", [shared])

        self.happen["issue"] = action
        message, next_one = self.arrive("issue"), self.arrive("other", lane="MO/2")
        with db_connect(self.env.cr.dbname).cursor() as person, mute_logger("odoo.sql_db"):
            person.execute("SELECT id FROM res_partner WHERE id = %s FOR UPDATE", [shared])
            self.work()
        self.env.cr.execute("SET LOCAL statement_timeout = 0")
        self.assertEqual((message.state, message.error_class, next_one.state), ("pending", "transient", "done"))

    def test_a_record_that_somebody_holds_stops_only_its_message(self):
        message, other = self.arrive("issue"), self.arrive("other", lane="MO/2")
        looks = []

        def action(handler, _message):
            looks.append(1)
            handler.env.cr.execute("DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$")

        self.happen["issue"] = action
        with mute_logger("odoo.sql_db"):
            self.work()
        # three times all begin anew, then it waits and the others go on
        self.assertEqual((message.state, message.attempt_count, len(looks)), ("pending", 1, 4))
        self.assertEqual(other.state, "done")

    def meet_a_namesake(self, times):
        """The handler finds no parameter of this name and makes one, as a colleague does at the moment, so often."""
        meetings = []

        def action(handler, _message):
            if len(meetings) < times:
                meetings.append(1)
                handler.env.cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', 'x')")

        self.happen["issue"] = action
        message = self.arrive("issue")
        with mute_logger("odoo.sql_db", "odoo.addons.mfg_sync.engine.chunk"):
            self.work()
        return message

    def test_who_makes_what_a_colleague_has_just_made_finds_it_at_the_next_look(self):
        message = self.meet_a_namesake(times=2)
        self.assertEqual((message.state, self.applied), ("done", ["issue"]))

    def test_what_stays_twice_however_often_it_is_looked_at_is_told(self):
        message = self.meet_a_namesake(times=100)
        self.assertEqual((message.state, message.status), ("dead", "needs_you"))
        self.assertIn("ir_config_parameter", message.error_text)


@tagged("post_install", "-at_install", "mfg_sync")
class TestShadow(EngineCase):
    def setUp(self):
        super().setUp()
        self.flow.mode = "shadow"

    def test_shadow_changes_nothing_and_says_what_it_would_do(self):
        self.happen["issue"] = lambda handler, message: (
            (message.touches(self.partner), handler.env["res.partner"].sudo().create({"name": "half-made"}))[2:] or None
        )
        message = self.arrive("issue")
        self.work()
        self.assertEqual((message.state, message.shadow), ("done", True))
        self.assertIn("issue was done", message.result_text)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "half-made")]))
        self.assertFalse(self.env["mfg.sync.document"].search([("message_id", "=", message.id)]))

    def test_a_failure_in_shadow_blocks_nobody_and_marks_no_document(self):
        def action(_handler, message):
            message.touches(self.partner)
            raise DataError("No.")

        self.happen["issue"] = action
        tried = self.arrive("issue")
        self.work()
        self.assertEqual((tried.state, tried.shadow), ("dead", True))
        self.assertFalse(self.env["mfg.sync.status"].search([("res_model", "=", "res.partner")]))
        self.flow.mode = "live"
        live = self.arrive("next", closing=True)
        self.work()
        self.assertEqual(live.state, "done")

    def statuses(self, *messages):
        """As people see them, and as their filters find them."""
        rows = self.env["mfg.sync.message"].browse([message.id for message in messages])
        rows.invalidate_recordset()
        for message in rows:
            for status, _label in STATUSES:
                found = rows.search([("status", "=", status), ("id", "=", message.id)])
                self.assertEqual(bool(found), status == message.status, (message.status, status))
        return [message.status for message in rows]

    def test_what_fails_while_it_is_tried_asks_nobody_also_once_it_is_live(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        self.happen["7 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        rows = [self.arrive(text, text) for text in ("5 kg", "6 kg", "7 kg")]
        self.work()
        self.assertEqual([row.state for row in rows], ["done", "dead", "held"])
        self.assertEqual(self.statuses(*rows), ["tried"] * 3)
        self.assertEqual((self.endpoint.needs_you_count, self.endpoint.waiting_count), (0, 0))
        told = outcomes.find(self.env.cr, self.endpoint.id, rows[1].mapped("uuid"))[rows[1].uuid]
        self.assertNotIn("needs_person", told)
        self.flow.mode = "live"
        self.endpoint.invalidate_recordset()
        self.assertEqual(self.statuses(*rows), ["tried"] * 3)
        self.assertEqual((self.endpoint.needs_you_count, self.endpoint.waiting_count), (0, 0))
        self.assertIn("is not applied by itself", rows[2].what_to_do)
        rows[1].action_cancel("Booked by hand")
        self.assertEqual(self.statuses(*rows), ["tried", "cancelled", "tried"])
        self.sweep()
        rows[2].invalidate_recordset()
        self.assertEqual((rows[2].state, self.statuses(rows[2])), ("done", ["tried"]), "nothing waits for ever")
        self.assertEqual(rows[2].result_text, "It was only tried, and not applied: Item 7 is not known.")
        everything = self.env["mfg.sync.message.replay"].create({"why": "open"})
        self.assertEqual(everything.count, 0)

    def test_nobody_replays_what_was_only_tried_with_all_that_failed(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        self.arrive("6 kg")
        self.work()
        self.flow.mode = "live"
        for why, _label in message_replay.WHY:
            everything = self.env["mfg.sync.message.replay"].create({"why": why})
            self.assertEqual((why, everything.count), (why, 0))

    def test_what_came_while_it_was_live_is_somebodys_trouble_also_after_a_step_back(self):
        self.flow.mode = "live"
        self.happen["6 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        message = self.arrive("6 kg")
        self.work()
        self.flow.mode = "shadow"
        release.release(self.env.cr, ["item:7"])
        self.work()
        self.assertEqual((message.state, self.statuses(message)), ("held", ["waiting"]))
        self.flow.mode = "live"
        self.happen.clear()
        release.release(self.env.cr, ["item:7"])
        self.work()
        self.assertEqual((message.status, self.applied), ("done", ["6 kg"]))

    def test_a_document_of_which_all_was_only_tried_has_no_badge(self):
        self.flow.mode = "live"

        def action(_handler, message):
            message.touches(self.partner)
            raise DataError("No.")

        self.happen["6 kg"] = action
        message = self.arrive("6 kg")
        self.work()
        badge = [("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)]
        self.assertEqual(self.env["mfg.sync.status"].search(badge).status, "needs_you")
        self.flow.mode = "shadow"
        self.happen.clear()
        message.action_replay()
        self.work()
        self.assertEqual(self.statuses(message), ["tried"])
        self.sweep()
        self.assertFalse(self.env["mfg.sync.status"].search(badge))

    def test_what_waited_while_it_was_tried_is_not_applied_by_itself_once_it_is_live(self):
        """People have booked it by hand: in shadow nobody else did."""
        self.happen["6 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        self.happen["7 kg"] = TransientError("Somebody else is working on it.")
        held, retried = self.arrive("6 kg"), self.arrive("7 kg", lane="MO/2")
        self.work()
        self.assertEqual((held.state, retried.state), ("held", "pending"))
        self.flow.mode = "live"
        self.happen.clear()
        release.release(self.env.cr, ["item:7"])
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE id = %s", [retried.id])
        self.arrive("8 kg")
        self.work()
        self.assertEqual(self.applied, ["8 kg"])
        self.assertEqual(self.statuses(held, retried), ["tried", "tried"])
        self.assertEqual((held.state, retried.state), ("done", "done"))
        self.assertIn("not applied: Item 7 is not known.", held.result_text)
        held.action_apply_tried()
        self.work()
        self.assertEqual((held.status, self.applied), ("done", ["8 kg", "6 kg"]))

    def test_what_failed_while_it_was_tried_is_applied_where_a_person_replays_it_live(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        tried = self.arrive("6 kg")
        self.work()
        tried.action_replay()
        self.work()
        self.assertEqual((tried.state, tried.status), ("dead", "tried"), "it is still only tried")
        self.flow.mode = "live"
        self.happen.clear()
        tried.action_replay()
        self.work()
        self.assertEqual((tried.status, self.applied), ("done", ["6 kg"]))

    def test_a_connection_on_which_all_is_tried_says_so(self):
        self.endpoint.url = "https://mes.example/events"
        self.endpoint.flow_ids.mode = "shadow"
        self.assertEqual((self.endpoint.missing_text, self.endpoint.health), ("", "tried"))

    def test_what_was_only_tried_is_applied_for_real_once_it_is_live(self):
        operator = new_test_user(self.env, "shadow_operator", groups="mfg_sync.group_operator")
        first, second = self.arrive("5 kg", report="R1"), self.arrive("6 kg", report="R2")
        self.work()
        self.assertEqual(self.applied, ["5 kg", "6 kg"])
        tried = (first | second).with_user(operator)
        self.assertIn("nothing was changed", tried[0].what_to_do)
        with self.assertRaisesRegex(UserError, "is not live yet"):
            tried.action_apply_tried()
        told = outcomes.find(self.env.cr, self.endpoint.id, [first.uuid])[first.uuid]
        self.assertEqual((told["state"], told["tried_only"]), ("done", True))
        self.flow.mode = "live"
        third = self.arrive("7 kg", report="R3")
        self.work()
        tried.invalidate_recordset()
        self.assertIn("Apply for real", tried[0].what_to_do)
        tried.action_apply_tried()
        self.work()
        self.assertEqual(self.applied, ["5 kg", "6 kg", "7 kg", "5 kg", "6 kg"])
        self.assertEqual(self.statuses(first, second, third), ["done"] * 3)
        told = outcomes.find(self.env.cr, self.endpoint.id, [first.uuid])[first.uuid]
        self.assertNotIn("tried_only", told)
        decisions = self.env["mfg.sync.decision"].search([("message_id", "in", (first | second).ids)])
        self.assertEqual(decisions.mapped("decision"), ["apply_tried"] * 2)
        self.assertEqual(decisions.user_id, operator)
        with self.assertRaisesRegex(UserError, "was not only tried"):
            tried.action_apply_tried()
        # and it is known from now on
        again = self.arrive("5 kg", report="R1")
        self.work()
        self.assertTrue(again.no_effect)

    def test_what_was_only_tried_is_no_repetition(self):
        self.arrive("5 pieces", report="R1")
        self.work()
        self.flow.mode = "live"
        again = self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual((again.no_effect, self.applied), (False, ["5 pieces", "5 pieces"]))
