from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..engine import drain, wake
from ..engine.errors import TransientError
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestHandOver(EngineCase):
    """A drain ends after its time or when nothing is due; nothing is left lying until the sweep comes by."""

    def run_drain(self, seconds=20):
        self.env.flush_all()
        with self.own_cursors(), patch.object(wake, "runner_answers", return_value=True), trap_jobs() as trap:
            drain.Drain(self.env.registry, self.endpoint.id).run(seconds=seconds)
        return trap

    def test_a_drain_whose_time_is_over_leaves_the_rest_to_one_new_job(self):
        message = self.arrive("issue")
        trap = self.run_drain(seconds=0)
        self.assertEqual(message.state, "pending")
        trap.assert_jobs_count(1, only=self.endpoint._job_apply)
        self.assertIsNone(trap.enqueued_jobs[0].eta)

    def test_what_is_tried_again_later_gets_one_job_for_that_time(self):
        self.happen["issue"] = self.happen["other"] = TransientError("Busy.")
        messages = self.arrive("issue") | self.arrive("other", lane="MO/2")
        trap = self.run_drain()
        trap.assert_jobs_count(1, only=self.endpoint._job_apply)
        self.assertEqual(trap.enqueued_jobs[0].eta, min(messages.mapped("next_attempt_at")))

    def test_who_finishes_everything_puts_no_job(self):
        self.arrive("issue")
        self.run_drain().assert_jobs_count(0)

    def test_what_was_committed_while_a_drain_let_its_lock_go_is_looked_at_once_more(self):
        self.arrive("issue")
        unlock, late = wake.unlock, []

        def while_it_is_still_held(*args):
            if not late:
                # its sender's waker saw the lock held, and left the message to the drain
                late.append(self.arrive("scrap", lane="MO/2"))
            unlock(*args)

        with patch.object(wake, "unlock", while_it_is_still_held):
            self.run_drain().assert_jobs_count(0)
        self.assertEqual((late[0].state, self.applied), ("done", ["issue", "scrap"]))
