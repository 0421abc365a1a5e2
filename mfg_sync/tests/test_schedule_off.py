"""Schedules that somebody pauses, switches off or archives: nothing is lost, and nothing waits for ever."""

from unittest.mock import patch

from odoo.tests import tagged

from ..engine import files
from ..engine.sweep import Sweep
from .schedules import ScheduleCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestScheduleOff(ScheduleCase):
    def left_waiting(self):
        """A message that waits for its file, past its patience."""
        self.into_file(1)
        with patch.object(files, "write"):
            self.deliver(self.endpoint)
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET patience_until = received - interval '1 hour' WHERE flow_id = %s",
            [self.flow.id],
        )
        self.env.invalidate_all()
        return self.rows()

    def minute(self):
        """All that the cron does in its minute. Returns whether it would wake the way out."""
        self.captured()
        with self.own_cursors():
            sweep = Sweep(self.env)
            sweep._drain = lambda wanted: None
            sweep.run()
            return (self.endpoint.id, "out") in sweep._work()

    def test_a_person_is_asked_about_what_waits_for_a_file_that_no_run_writes(self):
        waiting = self.left_waiting()
        self.flow.paused = True
        self.minute()
        self.assertEqual(self.rows().state, "pending", "a pause keeps it")
        self.flow.write({"active": False, "paused": False})
        self.minute()
        waiting.invalidate_recordset()
        self.assertEqual((waiting.state, waiting.needs_person), ("dead", True))
        self.assertIn(f"“{self.flow.name}” is switched off or archived", waiting.error_text)
        self.flow.active = True
        waiting.action_replay()
        self.wait(hours=1)
        self.sweep()
        self.deliver(self.endpoint)
        waiting.invalidate_recordset()
        self.assertEqual((waiting.state, len(self.files())), ("done", 1))

    def test_nobody_is_asked_about_what_a_run_is_about_to_write(self):
        self.left_waiting()
        self.minute()
        self.assertEqual(self.rows().state, "pending")

    def test_a_run_under_way_of_what_is_off_wakes_nobody_and_goes_on_when_it_is_on_again(self):
        self.into_file(1)
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        for stopped, goes_on in (({"paused": True}, {"paused": False}), ({"mode": "off"}, {"mode": "live"})):
            with self.subTest(stopped):
                self.assertTrue(self.minute())
                self.flow.write(stopped)
                self.assertFalse(self.minute(), "a job each minute would find nothing to do")
                self.deliver(self.endpoint)
                run.invalidate_recordset()
                self.assertEqual(run.state, "begun")
                self.flow.write(goes_on)
        self.deliver(self.endpoint)
        run.invalidate_recordset()
        self.assertEqual((run.state, self.rows().state, len(self.files())), ("done", "done", 1))
