import gc
from threading import Event, Thread

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import ledger, wake
from ..engine.chunk import Chunk
from ..engine.errors import DataError, TransientError
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
