from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..engine import claim, release, wake
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestCapture(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1", groups="stock.group_stock_user", url="http://127.0.0.1:9/")
        cls.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        cls.flow = cls.endpoint.flow_ids.filtered(lambda flow: flow.direction == "out")
        cls.capture = cls.env["mfg.sync.capture"]
        cls.builder = type(cls.env["mfg.sync.builder.test"])

    def watch_items(self):
        return self.add_flows(self.endpoint, "master.item")

    def render(self):
        """What the drain does with marks, without sending."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.capture._render_marks(self.endpoint.id, 500)
        self.env.invalidate_all()
        return self.env["mfg.sync.message"].search([("type_name", "=", "master.item.v1")], order="id")

    def test_many_savepoints_make_one_row(self):
        for _each in range(3):
            self.capture.event("sync.test", self.endpoint, revision="1")
            with self.env.cr.savepoint():
                self.endpoint.name = "MES hall 2"
        self.assertEqual(len(self.captured()), 1)

    def test_another_revision_is_another_fact(self):
        self.capture.event("sync.test", self.endpoint, revision="1")
        self.capture.event("sync.test", self.endpoint, revision="2")
        self.assertEqual(self.captured().mapped("revision"), ["1", "2"])

    def test_what_is_taken_back_is_not_told(self):
        class TakenBack(Exception):
            pass

        try:
            with self.env.cr.savepoint():
                self.capture.event("sync.test", self.endpoint)
                raise TakenBack
        except TakenBack:
            pass
        self.assertFalse(self.captured())

    def test_a_document_that_vanished_is_not_told(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        product.unlink()
        self.assertFalse(self.render())

    def test_what_is_deleted_in_the_transaction_that_tells_of_it_is_not_told_and_the_others_are(self):
        gone = self.env["mfg.sync.endpoint"].create({"name": "Gone", "code": "gone"})
        self.capture.event("sync.test", gone | self.endpoint)
        self.endpoint.name = "MES hall 2"
        gone.unlink()
        message = self.captured()
        self.assertEqual((message.res_id, message.state), (self.endpoint.id, "pending"))
        self.env.invalidate_all()
        self.assertEqual(self.endpoint.name, "MES hall 2")

    def test_a_failing_builder_costs_a_dead_row_and_not_the_users_change(self):
        with patch.object(self.builder, "_render", side_effect=ZeroDivisionError("broken")):
            self.capture.event("sync.test", self.endpoint)
            self.endpoint.name = "MES hall 2"
            with self.assertLogs("odoo.addons.mfg_sync.models.capture_rendering", "ERROR"):
                message = self.captured()
        self.assertEqual((message.state, message.status), ("dead", "needs_you"))
        self.env.invalidate_all()
        self.assertEqual(self.endpoint.name, "MES hall 2")
        message.action_replay()
        self.deliver(self.endpoint)
        self.assertEqual((message.state, message.attempt_count), ("pending", 1), "rendered now, and nobody listens")
        self.assertIn("MES hall 2", message.payload)

    def test_what_can_not_be_told_in_shadow_asks_nobody_and_is_never_sent(self):
        self.endpoint.flow_ids.write({"mode": "shadow", "exception_user_id": self.env.ref("base.user_admin").id})
        with patch.object(self.builder, "_render", side_effect=ZeroDivisionError("broken")):
            self.capture.event("sync.test", self.endpoint)
            with self.assertLogs("odoo.addons.mfg_sync.models.capture_rendering", "ERROR"):
                message = self.captured()
            self.assertEqual((message.state, message.status), ("dead", "tried"))
            self.assertFalse(self.env["mfg.sync.status"].search([("res_model", "=", "mfg.sync.endpoint")]))
            self.env["mfg.sync.task"]._ask_for_new()
            message.invalidate_recordset()
            self.assertFalse(message.asked)
            message.action_replay()
            with self.assertLogs("odoo.addons.mfg_sync.models.capture_rendering", "ERROR"):
                self.deliver(self.endpoint)
            message.invalidate_recordset()
            self.assertEqual((message.state, message.status), ("dead", "tried"))
        # nobody has ended it yet, and a person is quicker than the sweep
        self.endpoint.flow_ids.mode = "live"
        message.action_replay()
        self.deliver(self.endpoint)
        message.invalidate_recordset()
        self.assertEqual((message.state, message.status, message.attempt_count), ("done", "tried", 0))
        self.assertIn(self.endpoint.name, message.payload)

    def test_what_could_not_be_told_in_shadow_is_ended_once_it_is_live(self):
        self.endpoint.flow_ids.mode = "shadow"
        with patch.object(self.builder, "_render", side_effect=UserError("No.")):
            self.capture.event("sync.test", self.endpoint)
            message = self.captured()
        self.assertEqual((message.state, message.status), ("dead", "tried"))
        self.endpoint.flow_ids.mode = "live"
        release.end_tried(self.env.cr, 10)
        message.invalidate_recordset()
        self.assertEqual((message.state, message.status, message.result_text), ("done", "tried", "Shadow: not sent."))

    def test_a_failing_builder_takes_nothing_of_the_users_change_along(self):
        case = self

        def render(builder, records, flow):
            case.endpoint.sudo().name = "half-made"
            builder.env.flush_all()
            raise ZeroDivisionError

        with patch.object(self.builder, "_render", render):
            self.endpoint.name = "MES hall 2"
            self.capture.event("sync.test", self.endpoint)
            with self.assertLogs("odoo.addons.mfg_sync.models.capture_rendering", "ERROR"):
                self.captured()
        self.env.invalidate_all()
        self.assertEqual(self.endpoint.name, "MES hall 2")

    def test_changes_collapse_into_one_message(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        product.name = "Frame 28"
        product.weight = 2.5
        (message,) = self.render()
        self.assertIn("Frame 28", message.payload)
        self.assertIn("2.5", message.payload)

    def test_an_unchanged_state_is_not_told_again(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.render()
        product.name = "Frame"
        self.assertEqual(len(self.render()), 1)

    def test_a_later_state_takes_the_place_of_one_not_yet_sent(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.render()
        product.name = "Frame 28"
        first, second = self.render()
        self.assertEqual((first.state, first.status, second.state), ("superseded", "not_needed", "pending"))

    def test_an_item_without_a_code_is_not_told(self):
        self.watch_items()
        self.env["product.product"].create({"name": "Nameless"})
        self.assertFalse(self.render())

    def test_items_of_another_company_are_not_told(self):
        self.watch_items()
        other = self.env["res.company"].create({"name": "Plant B"})
        self.env["product.product"].create({"name": "Theirs", "default_code": "B1", "company_id": other.id})
        self.assertFalse(self.render())

    def test_shadow_writes_what_it_would_tell_and_tells_it_later_for_good(self):
        flow = self.watch_items()
        flow.mode = "shadow"
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        (tried,) = self.render()
        self.assertEqual((tried.state, tried.shadow), ("done", True))
        flow.mode = "live"
        self.capture.mark("master.item", product)
        self.assertEqual(self.render()[1:].state, "pending")

    def fail_to_render(self, product, name):
        item = type(self.env["mfg.sync.builder.item"])
        product.name = name
        with patch.object(item, "_render", side_effect=UserError("No.")):
            return self.render()

    def test_a_state_that_could_be_told_again_takes_the_place_of_those_that_could_not(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        (waiting,) = self.render()
        for name in ("Frame 2", "Frame 3"):
            self.fail_to_render(product, name)
        rows = self.render()
        self.assertEqual(rows.mapped("state"), ["pending", "superseded", "dead"], "one failure stands for them all")
        product.name = "Frame 4"
        rows = self.render()
        self.assertEqual(rows.mapped("state"), ["superseded", "superseded", "superseded", "pending"])
        self.assertIn("Frame 4", rows[-1].payload)
        self.assertEqual(waiting.state, "superseded")

    def test_a_state_that_goes_back_while_its_change_failed_is_told(self):
        """The change may have arrived: nobody knows."""
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        (first,) = self.render()
        self.env.cr.execute("UPDATE mfg_sync_message SET state = 'done' WHERE id = %s", [first.id])
        product.name = "Frame 2"
        changed = self.render()[1:]
        self.env.cr.execute("UPDATE mfg_sync_message SET state = 'dead' WHERE id = %s", [changed.id])
        product.name = "Frame"
        rows = self.render()
        self.assertEqual(rows.mapped("state"), ["done", "superseded", "pending"])

    def test_what_changed_before_a_synchronization_was_switched_off_is_told_once_it_is_on(self):
        flow = self.watch_items()
        self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        for before, after in (({"mode": "off"}, {"mode": "live"}), ({"active": False}, {"active": True})):
            flow.write(before)
            self.assertFalse(self.render())
            self.assertFalse(claim.has_marks(self.env.cr, self.endpoint.id), "nothing spins on them")
            flow.write(after)
        self.assertEqual(len(self.render()), 1)

    def test_what_waits_at_a_step_back_to_shadow_is_told_and_nothing_newer_takes_its_place(self):
        flow = self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        (waiting,) = self.render()
        flow.mode = "shadow"
        product.default_code = "F2"
        tried = self.render()[1:]
        self.assertEqual((tried.state, tried.status), ("done", "tried"))
        self.deliver(self.endpoint)
        waiting.invalidate_recordset()
        self.assertEqual((waiting.state, waiting.attempt_count), ("pending", 1), "tried, and nobody listens")

    def test_a_document_with_something_to_tell_is_not_in_sync_before_it_is_told(self):
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.render()
        status = self.env["mfg.sync.status"].search([("res_model", "=", product._name), ("res_id", "=", product.id)])
        self.assertEqual(status.status, "waiting")

    def test_a_change_leaves_only_a_mark_and_is_told_as_it_is_when_the_drain_looks(self):
        """Two people who change one item at once would each miss the other's change, if each told what he sees."""
        self.watch_items()
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.assertFalse(self.captured())
        self.env.cr.execute("UPDATE product_product SET weight = 7.5 WHERE id = %s", [product.id])
        self.env.invalidate_all()
        (message,) = self.render()
        self.assertIn("7.5", message.payload)

    def test_what_changed_first_is_told_first_wherever_its_mark_lies(self):
        self.watch_items()
        items = self.env["product.product"].create([{"name": name, "default_code": name} for name in "ABC"])
        self.env.cr.precommit.run()
        # as after many changes: where rows were removed, later ones lie before earlier ones
        self.env.cr.execute("UPDATE mfg_sync_mark SET id = -id WHERE endpoint_id = %s", [self.endpoint.id])
        self.assertEqual(self.render().mapped("res_id"), items[::-1].ids)

    def test_a_later_fact_of_a_document_waits_for_the_one_before(self):
        for revision in ("1", "2"):
            self.capture.event("sync.test", self.endpoint, revision=revision)
        first, second = self.captured()
        self.deliver(self.endpoint)
        self.assertEqual((first.state, first.attempt_count), ("pending", 1), "nobody listens")
        self.assertEqual((second.state, second.hold_reason, second.attempt_count), ("held", "blocked", 0))

    def test_documents_are_rendered_as_the_service_user_in_its_company(self):
        self.watch_items()
        seen = []

        def render(builder, records, flow):
            seen.append((builder.env.uid, builder.env.su, builder.env.companies, records.env.uid))
            return {}

        self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.capture.event("sync.test", self.endpoint)
        with (
            patch.object(type(self.env["mfg.sync.builder.item"]), "_render", render),
            patch.object(self.builder, "_render", render),
        ):
            self.captured()
            self.render()
        user = self.endpoint.user_id
        self.assertEqual(seen, [(user.id, False, self.env.company, user.id)] * 2)

    def test_the_service_user_s_language_and_time_zone_are_those_he_has_now(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        user, seen = self.endpoint.user_id, []

        def render(builder, records, flow):
            seen.append((builder.env.lang, builder.env.context["tz"]))
            return {}

        with patch.object(self.builder, "_render", render):
            # on the form of the user, or on that of his contact
            for where, lang, zone in (
                (user, False, False), (user.partner_id, "fr_FR", "Europe/Paris"), (user, "en_US", "UTC")
            ):  # fmt: skip
                where.write({"lang": lang, "tz": zone})
                self.capture.event("sync.test", self.endpoint, revision=zone or "none")
                self.captured()
        self.assertEqual(seen, [("en_US", "UTC"), ("fr_FR", "Europe/Paris"), ("en_US", "UTC")])

    def test_nobody_watching_costs_no_query(self):
        self.capture.event("master.item", self.env.user)
        with self.assertQueryCount(0):
            self.capture.event("master.item", self.env.user)
            self.capture.mark("master.item", self.env.user)
        self.assertFalse(self.env.cr.precommit.data.get("mfg_sync_capture"))


@tagged("post_install", "-at_install", "mfg_sync")
class TestWake(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1")

    def wake(self, runner=True, running=False):
        with (
            patch.object(wake, "runner_answers", return_value=runner),
            patch.object(wake, "is_running", return_value=running),
            trap_jobs() as trap,
        ):
            wake.wake(self.env, {(self.endpoint.id, "in")})
        return trap

    def test_a_message_wakes_one_job(self):
        trap = self.wake()
        trap.assert_jobs_count(1, only=self.endpoint._job_apply)
        properties = {
            "channel": "root.mfg_sync.apply",
            "identity_key": f"mfg_sync:in:{self.endpoint.id}",
            "max_retries": 0,
            "eta": None,
        }
        trap.assert_enqueued_job(self.endpoint._job_apply, args=(), kwargs={}, properties=properties)

    def test_a_drain_at_work_needs_no_job(self):
        self.wake(running=True).assert_jobs_count(0)

    def test_where_no_runner_answers_the_cron_is_called(self):
        cron = self.env.ref("mfg_sync.cron_sweep")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.wake(runner=False).assert_jobs_count(0)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_a_held_lock_is_seen_by_others_and_a_free_one_too(self):
        self.assertFalse(wake.is_running(self.env.cr, self.endpoint.id, "in"))
        self.assertTrue(wake.try_lock(self.env.cr, self.endpoint.id, "in"))
        self.assertTrue(wake.is_running(self.env.cr, self.endpoint.id, "in"))
        self.assertFalse(wake.is_running(self.env.cr, self.endpoint.id, "out"))
        wake.unlock(self.env.cr, self.endpoint.id, "in")
        self.assertFalse(wake.is_running(self.env.cr, self.endpoint.id, "in"))

    def test_an_earlier_due_time_moves_the_job_that_waits(self):
        from datetime import datetime, timedelta

        late = datetime.utcnow().replace(microsecond=0) + timedelta(hours=1)
        soon = late - timedelta(minutes=50)
        wake.enqueue(self.env, self.endpoint.id, "in", late)
        wake.enqueue(self.env, self.endpoint.id, "in", soon)
        jobs = self.env["queue.job"].search([("identity_key", "=", f"mfg_sync:in:{self.endpoint.id}:later")])
        self.assertEqual(jobs.mapped("eta"), [soon])
