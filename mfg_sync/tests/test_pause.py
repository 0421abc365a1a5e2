"""Pausing a connection, a system or a synchronization keeps everything; resuming goes on at once, in order."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..engine import claim, wake
from ..engine.drain import Drain
from ..engine.turn import Turn
from ..engine.working import may_work
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestPause(EngineCase):
    def setUp(self):
        super().setUp()
        self.system = self.endpoint.system_ids
        self.out = self.add_flows(self.endpoint, "master.item", direction="out")
        self.env.cr.postcommit.clear()

    def woken(self):
        """Whose drains are woken once this transaction is committed."""
        return self.env.cr.postcommit.data.get("mfg_sync_wake", set())

    def mark(self):
        item = self.env["product.product"].create({"name": "Frame", "default_code": f"P-{self.marks()}"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        return item

    def marks(self):
        return self.env["mfg.sync.mark"].search_count([("endpoint_id", "=", self.endpoint.id)])

    def test_resuming_a_system_wakes_its_connection(self):
        self.system.paused = True
        self.arrive("issue")
        self.work()
        self.assertEqual(self.applied, [])
        self.env.cr.postcommit.clear()
        self.system.paused = False
        self.assertIn((self.endpoint.id, "in"), self.woken())
        self.work()
        self.assertEqual(self.applied, ["issue"])

    def test_a_paused_system_is_not_archived_before_it_is_resumed(self):
        self.system.paused = True
        self.arrive("issue")
        with self.assertRaisesRegex(ValidationError, "Cancel what is not to be applied, resume it"):
            self.system.active = False
        self.system.write({"active": False, "paused": False})
        self.work()
        self.assertEqual(self.applied, ["issue"])
        with self.assertRaises(ValidationError):
            self.system.paused = True

    def test_resuming_a_synchronization_wakes_its_connection(self):
        for flow in (self.flow, self.out):
            flow.paused = True
            self.env.cr.postcommit.clear()
            flow.paused = False
            self.assertIn((self.endpoint.id, flow.direction), self.woken())

    def test_a_connection_is_told_nothing_while_all_its_systems_are_paused(self):
        second = self.env["mfg.sync.system"].create(
            {"name": "hall 2", "endpoint_id": self.endpoint.id, "source": "urn:hall-2"}
        )
        self.system.paused = True
        self.assertTrue(may_work(self.endpoint, "out"), "a hub goes on for the others")
        second.paused = True
        self.assertFalse(may_work(self.endpoint, "out"))
        self.assertTrue(may_work(self.endpoint, "in"), "what comes in is kept by system")
        self.mark()
        self.deliver(self.endpoint)
        self.assertEqual(self.marks(), 1)
        second.paused = False
        self.assertIn((self.endpoint.id, "out"), self.woken())
        self.deliver(self.endpoint)
        self.assertEqual(self.marks(), 0)

    def test_marks_of_a_paused_synchronization_wait_and_collapse(self):
        self.out.paused = True
        item = self.mark()
        item.name = "Fork"
        self.mark()
        self.deliver(self.endpoint)
        self.assertEqual(self.marks(), 3)
        self.assertFalse(claim.has_marks(self.env.cr, self.endpoint.id), "nobody comes for them in vain")
        self.out.paused = False
        self.deliver(self.endpoint)
        told = self.env["mfg.sync.message"].search([("flow_id", "=", self.out.id)])
        self.assertEqual(len(told), 2, "of each item its latest state")
        self.assertIn('"Fork"', told.filtered(lambda message: message.res_id == item.id).payload)

    def test_a_paused_synchronization_sends_nothing_it_has_written_down(self):
        item = self.mark()
        self.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        self.deliver(self.endpoint)
        (told,) = self.env["mfg.sync.message"].search([("res_id", "=", item.id), ("flow_id", "=", self.out.id)])
        self.out.paused = True
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE id = %s", [told.id])
        tried = told.attempt_count
        self.deliver(self.endpoint)
        self.assertEqual(told.attempt_count, tried)
        self.assertEqual(claim.next_due(self.env.cr, self.endpoint.id, "out"), (None, None))
        self.out.paused = False
        self.deliver(self.endpoint)
        self.assertEqual(told.attempt_count, tried + 1)

    def test_a_pause_of_the_connection_is_asked_before_a_job_is_put(self):
        self.endpoint.paused = True
        before = self.env["queue.job"].search_count([])
        wake.wake(self.env, {(self.endpoint.id, "in"), (self.endpoint.id, "out")})
        self.assertEqual(self.env["queue.job"].search_count([]), before)

    def test_a_drain_gives_way_when_another_job_waits_for_the_slot(self):
        with self.own_cursors():
            turn = Turn(Drain(self.env.registry, self.endpoint.id), "in", 20)
            self.assertFalse(turn.over(), "its first moment is its own")
            turn.look = 0
            self.assertFalse(turn.over(), "nobody waits")
            other = self.make_endpoint("mes9")
            wake.enqueue(self.env, other.id, "in")
            self.env.cr.execute("UPDATE queue_job SET date_created = now() AT TIME ZONE 'UTC' - interval '1 s'")
            turn.look = turn.deadline
            self.assertFalse(turn.over(), "it does not look all the time")
            turn.look = 0
            self.assertTrue(turn.over())
            self.assertTrue(turn.over(), "and stays so: what is left is handed over")
