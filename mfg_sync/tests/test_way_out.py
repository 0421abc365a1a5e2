"""The way out, where processes are killed, people change their minds and several servers of Odoo work at once."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged

from ..engine import delivery, documents, sweep
from ..engine.delivery import Delivery
from ..engine.sweep import Sweep
from ..models import capture
from .common import SyncCase
from .races import RaceCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestWayOut(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mfg.sync.flow"].search([]).write({"mode": "off"})
        cls.endpoint = cls.make_endpoint("mes1", groups="stock.group_stock_user", url="http://127.0.0.1:9/")
        cls.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        cls.facts = cls.endpoint.flow_ids.filtered(lambda flow: flow.direction == "out")
        cls.items = cls.add_flows(cls.endpoint, "master.item")
        cls.capture = cls.env["mfg.sync.capture"]

    def tell(self, *revisions):
        """The connection itself is told of, once for each revision. Returns the messages."""
        for revision in revisions:
            self.capture.event("sync.test", self.endpoint, revision=revision)
        return self.captured().filtered(lambda message: message.revision in revisions)

    def tell_of_items(self, count):
        """So many messages, each about an item of its own."""
        codes = [f"OUT-{each}" for each in range(count)]
        items = self.env["product.product"].create([{"name": code, "default_code": code} for code in codes])
        self.captured()
        self.capture._render_marks(self.endpoint.id, 500)
        return self.captured().filtered(lambda message: message.res_id in items.ids and message.flow_id == self.items)

    def status(self):
        self.env.cr.execute(
            "SELECT status FROM mfg_sync_status WHERE (res_model, res_id) = ('mfg.sync.endpoint', %s)",
            [self.endpoint.id],
        )
        return [status for (status,) in self.env.cr.fetchall()]

    def sweep(self):
        with self.own_cursors():
            minute = Sweep(self.env)
            minute._drain = lambda wanted: None
            minute.run()

    # -- killed after the commit

    def in_sync_and_paused(self):
        """What was told first has arrived; the connection is paused, and what was told next is not shown yet."""
        before = self.tell("1")
        self.env.cr.execute("UPDATE mfg_sync_message SET state = 'done' WHERE id = %s", [before.id])
        documents.refresh_statuses(self.env.cr, before.ids)
        self.endpoint.paused = True
        self.tell("2")
        self.assertEqual(self.status(), ["in_sync"], "its process was killed after the commit")

    def test_a_document_says_that_a_message_of_a_paused_connection_waits(self):
        self.in_sync_and_paused()
        self.sweep()
        self.assertEqual(self.status(), ["waiting"])

    def test_a_document_that_had_no_status_yet_gets_it(self):
        self.endpoint.paused = True
        self.tell("1")
        self.env.cr.execute("DELETE FROM mfg_sync_status WHERE res_model = 'mfg.sync.endpoint'")
        self.sweep()
        self.assertEqual(self.status(), ["waiting"])

    def test_older_messages_are_asked_in_the_course_of_an_hour(self):
        self.in_sync_and_paused()
        self.patch(sweep, "NEWEST", 0)
        self.patch(sweep, "PARTS", 1)
        self.sweep()
        self.assertEqual(self.status(), ["waiting"])

    def test_a_document_that_does_not_say_that_it_needs_somebody_is_found_however_old(self):
        message = self.tell("1")
        failed = "state = 'dead', needs_person = true"
        self.env.cr.execute(f"UPDATE mfg_sync_message SET {failed} WHERE id = %s", [message.id])
        documents.refresh_statuses(self.env.cr, message.ids)
        self.env.cr.execute("UPDATE mfg_sync_status SET status = 'waiting' WHERE message_id = %s", [message.id])
        self.patch(sweep, "NEWEST", 0)
        self.patch(sweep, "PARTS", 10**9)
        self.sweep()
        self.assertEqual(self.status(), ["needs_you"])

    # -- paused or cancelled while a batch is on its way

    def deliver_while(self, happens, seconds):
        """Deliver; what ``happens`` is committed by somebody while the first message is on its way.

        :param seconds: so often it is looked
        :return: the uuids that were sent
        """
        sent = []

        def post(line, body, headers):
            if not sent:
                happens()
                self.env.flush_all()
            sent.append(headers["webhook-id"])
            return 202, ""

        self.patch(delivery, "LOOK_SECONDS", seconds)
        with patch.object(delivery.Line, "post", post):
            self.deliver(self.endpoint)
        return sent

    def test_who_cancels_a_message_while_its_batch_is_on_its_way_is_in_time(self):
        first, second, third = self.tell_of_items(3)
        sent = self.deliver_while(lambda: second.action_cancel("Wrong line."), 0)
        self.assertEqual(sent, [first.uuid, third.uuid])
        self.env.invalidate_all()
        self.assertEqual((first | second | third).mapped("state"), ["done", "cancelled", "done"])

    def test_a_pause_holds_the_rest_of_a_batch_that_is_on_its_way(self):
        for what in (self.endpoint, self.items, self.endpoint.system_ids):
            with self.subTest(what._name):
                messages = self.tell_of_items(2)

                def pause(paused=what):
                    paused.paused = True

                self.assertEqual(self.deliver_while(pause, 0), [messages[0].uuid])
                self.env.invalidate_all()
                self.assertEqual((messages[1].state, messages[1].attempt_count), ("pending", 0))
                what.paused = False
                self.assertEqual(self.deliver_while(lambda: None, 0), [messages[1].uuid])

    def test_quick_messages_are_not_looked_at_again_one_by_one(self):
        messages = self.tell_of_items(20)
        with patch.object(delivery.claim, "may_still_go", side_effect=AssertionError):
            self.assertEqual(self.deliver_while(lambda: None, 3600), messages.mapped("uuid"))

    def test_a_look_counts_from_when_the_batch_was_claimed(self):
        self.tell_of_items(2)
        with self.own_cursors():
            work = Delivery(self.env.registry, self.endpoint.id)
            batch = work._in_transaction(work._claim)
            batch["looked"] -= delivery.LOOK_SECONDS
            self.endpoint.paused = True
            self.env.flush_all()
            self.assertFalse(work._may_still_go(batch["rows"][0], batch))
            self.endpoint.paused = False
            self.env.flush_all()
            self.assertFalse(work._may_still_go(batch["rows"][0], batch), "it has just looked")

    # -- several servers of Odoo, each with a clock of its own

    def test_what_came_first_is_told_first_though_its_server_s_clock_is_ahead(self):
        class Ahead(datetime):
            @classmethod
            def utcnow(cls):
                return datetime.utcnow() + timedelta(hours=1)

        with patch.object(capture, "datetime", Ahead):
            self.tell("1")
        self.tell("2")
        told = self.env["mfg.sync.message"].search([("flow_id", "=", self.facts.id)])
        self.env.cr.execute("SELECT revision FROM mfg_sync_message WHERE id = ANY(%s) ORDER BY sort_time", [told.ids])
        self.assertEqual([revision for (revision,) in self.env.cr.fetchall()], ["1", "2"])

    def test_facts_of_one_transaction_have_their_turn_in_the_order_in_which_they_happened(self):
        """They are told by kind and in rounds of one revision a document, and noted again is happened last."""
        other = self.env["mfg.sync.endpoint"].create({"name": "Line", "code": "line"})
        mine = self.endpoint
        for record, revision in ((mine, "1"), (mine, "2"), (mine, "3"), (other, "1"), (mine, "1")):
            self.capture.event("sync.test", record, revision=revision)
        builder = type(self.env["mfg.sync.builder.test"])
        with patch.object(builder, "_for_flow", lambda builder, records, flow: records):
            told = self.captured()
        self.env.cr.execute(
            "SELECT res_id, revision FROM mfg_sync_message WHERE id = ANY(%s) ORDER BY sort_time", [told.ids]
        )
        in_turn = [(mine.id, "2"), (mine.id, "3"), (other.id, "1"), (mine.id, "1")]
        self.assertEqual(self.env.cr.fetchall(), in_turn)


@tagged("post_install", "-at_install", "mfg_sync")
class TestGone(RaceCase):
    """A synchronization that was never used is deleted; other servers of Odoo learn it with their next request."""

    def deleted_meanwhile(self, direction_of, kind):
        """A synchronization as it was known, and that is gone now."""
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            found = env["mfg.sync.message.type"].search([("name", "=", kind), ("direction", "=", direction_of)])
            flow = env["mfg.sync.flow"].create({"endpoint_id": self.endpoint_id, "type_id": found.id, "mode": "live"})
            env.flush_all()
            known = env["mfg.sync.flow"]._watch()[kind]
            known = [entry for entry in known if entry["id"] == flow.id]
            self.assertTrue(known)
            flow.unlink()
        return {kind: known}

    def saves(self, note, watch):
        """A user's save on a server that does not know yet."""
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            with patch.object(type(env["mfg.sync.flow"]), "_watch", lambda flow: watch):
                note(env)
                env.flush_all()
                cr.precommit.run()
            cr.rollback()

    def test_a_user_s_save_does_not_fail_by_a_mark_for_it(self):
        watch = self.deleted_meanwhile("out", "master.item")
        item = self.env["product.product"].search([], limit=1) or self.env["product.product"].create({"name": "Frame"})

        def note(env):
            env["mfg.sync.capture"].mark("master.item", env["product.product"].browse(item.id))

        self.saves(note, watch)

    def test_a_user_s_save_does_not_fail_by_a_fact_for_it(self):
        watch = self.deleted_meanwhile("out", "sync.test")
        for revisions in (["1"], ["1", "2"]):

            def note(env, told=tuple(revisions)):
                for revision in told:
                    record = env["mfg.sync.endpoint"].browse(self.endpoint_id)
                    env["mfg.sync.capture"].event("sync.test", record, revision=revision)

            self.saves(note, watch)
