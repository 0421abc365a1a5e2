import json
import os
from datetime import datetime, timedelta
from unittest.mock import patch

import pytz

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

from ..engine import files
from .schedules import ScheduleCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSchedule(ScheduleCase):
    """Items are told by a schedule: once a run, however often they changed, as messages or as a file."""

    def test_changes_wait_for_the_run_and_are_told_once(self):
        self.scheduled()
        item = self.make_item()
        self.captured()
        item.name = "Frame 28"
        self.sweep()
        self.assertEqual(self.told(), [])
        self.wait(hours=1)
        self.sweep()
        self.assertEqual(self.told(), [("SCH-1", "Frame 28")])
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual((run.state, run.message_count, run.user_id.id), ("done", 1, False))
        self.assertEqual(self.flow.last_run, run.begun)
        # nothing changed: nothing is told, and the run says so
        self.wait(hours=1)
        self.sweep()
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)], limit=1).message_count, 0)

    def test_a_full_run_tells_also_what_did_not_change(self):
        sister = self.env["res.company"].create({"name": "Sister"})
        items = [self.make_item(number) for number in (1, 2)]
        self.make_item(3, company_id=sister.id)
        self.env["product.product"].create({"name": "Not covered", "default_code": "OTHER"})
        self.assertEqual(len(self.told()), 2)
        self.scheduled(run_scope="full")
        items[0].name = "Frame 28"
        self.wait(hours=1)
        self.sweep()
        self.assertEqual(sorted(self.told()[2:]), [("SCH-1", "Frame 28"), ("SCH-2", "Frame")])

    def test_a_full_run_tells_what_is_archived_only_where_the_filter_says_so(self):
        self.make_item(1)
        self.make_item(2, active=False)
        self.told()
        self.scheduled(run_scope="full")
        covered = safe_eval(self.flow.domain)
        for domain, codes in ((covered, ["SCH-1"]), ([*covered, ("active", "in", [True, False])], ["SCH-1", "SCH-2"])):
            with self.subTest(codes):
                self.flow.domain = repr(domain)
                before = len(self.told())
                self.wait(hours=1)
                self.sweep()
                self.assertEqual(sorted(code for code, _name in self.told()[before:]), codes)

    def test_services_are_told_only_where_the_filter_says_so(self):
        self.make_item(1)
        self.make_item(2, type="service")
        self.assertEqual([code for code, _name in self.told()], ["SCH-1"])
        covered = safe_eval(self.flow.domain)
        self.flow.domain = repr([*covered, ("categ_id.name", "!=", "Prototypes")])
        self.make_item(3, type="service")
        self.assertEqual([code for code, _name in self.told()], ["SCH-1"], "it only speaks of something like it")
        self.flow.domain = repr([*covered, ("default_code", "!=", "SCH-3"), ("type", "!=", False)])
        self.scheduled(run_scope="full")
        self.wait(hours=1)
        self.sweep()
        self.assertEqual(sorted(code for code, _name in self.told()[1:]), ["SCH-1", "SCH-2"])

    def test_of_the_runs_that_were_missed_one_is_made_up_for(self):
        self.scheduled(interval_type="minutes", interval_number=15)
        self.make_item()
        self.wait(days=3)
        for _minute in range(3):
            self.sweep()
            self.told()
        self.assertEqual(self.env["mfg.sync.run"].search_count([("flow_id", "=", self.flow.id)]), 1)
        self.assertGreater(self.flow.next_run, datetime.utcnow())
        self.assertLessEqual(self.flow.next_run, datetime.utcnow() + timedelta(minutes=15))

    def test_while_the_connection_is_paused_no_run_begins(self):
        self.scheduled()
        self.make_item()
        self.endpoint.paused = True
        self.wait(days=2)
        self.sweep()
        self.assertFalse(self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)]))
        self.endpoint.paused = False
        self.sweep()
        self.assertEqual(len(self.told()), 1)

    def test_times_are_those_on_the_clock_of_the_site(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        warehouse.mfg_sync_tz = "Asia/Kolkata"
        self.scheduled(schedule_by="cron", cron_expression="0 6 * * *", site_ids=[(6, 0, warehouse.ids)])
        self.assertEqual(self.flow.schedule_zone, "Asia/Kolkata")
        self.assertEqual(self.flow.next_run.strftime("%H:%M"), "00:30")
        warehouse.mfg_sync_tz = "America/New_York"
        local = pytz.utc.localize(self.flow.next_run).astimezone(pytz.timezone("America/New_York"))
        self.assertEqual(local.strftime("%H:%M"), "06:00")

    def test_times_that_nobody_can_read_are_refused(self):
        for expression in ("6 o'clock", "0 6 * *", "0 0 31 2 *", False):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.scheduled(schedule_by="cron", cron_expression=expression)

    def test_facts_are_told_when_they_happened(self):
        fact = self.add_flows(self.endpoint, "sync.test", direction="out")
        for pattern in ("scheduled", "near"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                fact.pattern = pattern

    def test_in_real_time_a_mark_is_one_statement_as_before(self):
        item = self.make_item()
        self.captured()
        self.env["mfg.sync.capture"].mark("master.item", item)
        with self.assertQueryCount(1):
            self.env.cr.precommit.run()
        self.assertEqual(self.told(), [("SCH-1", "Frame")])

    def test_what_changes_again_and_again_in_a_moment_is_told_once_as_it_is_then(self):
        self.flow.write({"pattern": "near", "collect_minutes": 60})
        item = self.make_item()
        self.wait(minutes=50)
        item.name = "Frame 28"
        self.captured()
        self.sweep()
        self.assertEqual(self.told(), [])
        self.wait(minutes=11)
        self.sweep()
        self.assertEqual(self.told(), [("SCH-1", "Frame 28")])
        self.assertFalse(self.env["mfg.sync.mark"].search([("flow_id", "=", self.flow.id)]))

    def test_what_waited_for_a_schedule_is_told_when_there_is_none_any_more(self):
        self.scheduled()
        self.make_item()
        self.assertEqual(self.told(), [])
        self.flow.pattern = "real"
        self.assertEqual(self.told(), [("SCH-1", "Frame")])

    def test_an_operator_runs_it_now_and_a_viewer_may_not(self):
        self.scheduled()
        self.make_item()
        planned = self.flow.next_run
        people = {
            group: new_test_user(self.env, f"sch_{group}", groups=f"mfg_sync.group_{group}")
            for group in ("viewer", "operator")
        }
        with self.assertRaises(AccessError):
            self.flow.with_user(people["viewer"]).action_run_now()
        sister = self.env["res.company"].create({"name": "Sister"})
        stranger = new_test_user(
            self.env,
            "sch_stranger",
            groups="mfg_sync.group_operator",
            company_id=sister.id,
            company_ids=[(6, 0, sister.ids)],
        )
        with self.assertRaises(AccessError):
            self.flow.with_user(stranger).action_run_now()
        self.captured()
        self.flow.with_user(people["operator"]).action_run_now()
        with self.assertRaisesRegex(UserError, "under way"):
            self.flow.with_user(people["operator"]).action_run_now()
        self.assertEqual(self.told(), [("SCH-1", "Frame")])
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual((run.user_id, run.state), (people["operator"], "done"))
        self.assertEqual(self.flow.next_run, planned)
        self.assertFalse(self.env["mfg.sync.run"].with_user(stranger).search([]))

    def test_an_archived_one_is_not_run_and_ends_the_run_that_is_under_way(self):
        self.scheduled()
        self.make_item()
        self.captured()
        operator = new_test_user(self.env, "sch_operator", groups="mfg_sync.group_operator")
        self.flow.with_user(operator).action_run_now()
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.flow.active = False
        self.assertEqual((run.state, run.note), ("done", "It was archived while it was under way."))
        with self.assertRaisesRegex(UserError, "archived"):
            self.flow.with_user(operator).action_run_now()
        self.assertEqual(self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)]), run)
        self.flow.active = True
        self.assertEqual(self.told(), [("SCH-1", "Frame")])

    def test_a_run_goes_on_to_its_end_when_its_kind_is_retired_and_none_begins_after_it(self):
        self.into_file(1)
        with patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")):
            self.deliver(self.endpoint)
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual(run.state, "begun")
        self.flow.type_id.state = "retired"
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE flow_id = %s", [self.flow.id])
        self.deliver(self.endpoint)
        run.invalidate_recordset()
        self.assertEqual((run.state, self.rows().state, len(self.files())), ("done", "done", 1))
        self.assertIn("active kind of message", self.endpoint.missing_text)
        self.assertEqual(self.endpoint.health, "incomplete")
        self.env["mfg.sync.schedule"].flush_model()
        self.wait(days=2)
        self.sweep()
        self.assertEqual(self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)]), run)
        with self.assertRaisesRegex(UserError, "make it active first"):
            self.flow.action_run_now()
        self.flow.type_id.state = "active"
        self.sweep()
        self.assertEqual(self.env["mfg.sync.run"].search_count([("flow_id", "=", self.flow.id)]), 2)

    def test_who_uninstalls_its_addon_ends_the_run_that_is_under_way(self):
        self.scheduled()
        self.make_item()
        self.captured()
        self.flow.action_run_now()
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual(run.state, "begun")
        addon = self.env["ir.module.module"].search([("name", "=", "base_import")])
        self.flow.type_id.module, addon.state = addon.name, "installed"
        addon.button_uninstall()
        self.assertEqual((run.state, run.note), ("done", "Its addon was uninstalled."))

    # -- files

    def test_a_run_is_one_file_with_all_its_messages(self):
        self.into_file(1, 2)
        self.deliver(self.endpoint)
        (file,) = self.files()
        events = json.loads(file.read_text())
        self.assertEqual({event["data"]["item"]["code"] for event in events}, {"SCH-1", "SCH-2"})
        rows = self.rows()
        self.assertEqual([event["id"] for event in events], rows.mapped("uuid"))
        self.assertEqual((rows.mapped("state"), rows.mapped("attempt_count")), (["done", "done"], [1, 1]))
        self.assertIn(file.name, rows[0].result_text)
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual((run.file_name, run.message_count, run.attachment_id.raw), (file.name, 2, file.read_bytes()))
        self.assertRegex(file.name, r"^mes1_master\.item\.v1_\d{8}T\d{6}Z_\d+\.json$")
        # nothing changed: no file
        self.wait(hours=1)
        self.sweep()
        self.deliver(self.endpoint)
        self.assertEqual(self.files(), [file])

    def test_what_goes_into_a_file_is_never_sent(self):
        self.into_file(1)
        with patch.object(files, "write"):
            # told, and the file is not written yet: the delivery looks for something to send
            self.deliver(self.endpoint)
        self.assertEqual((self.rows().state, self.rows().attempt_count), ("pending", 0))
        self.deliver(self.endpoint)
        self.assertEqual(self.rows().state, "done")

    def test_a_full_disk_delays_the_file_and_loses_nothing(self):
        self.into_file(1, 2)
        with patch.object(os, "fsync", side_effect=OSError(28, "No space left on device")):
            self.deliver(self.endpoint)
        self.assertEqual(self.files(), [])
        self.assertEqual(self.rows().mapped("state"), ["pending", "pending"])
        self.assertIn("No space left", self.rows()[0].error_text)
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual(run.state, "begun")
        self.assertIn("No space left", run.note)
        self.deliver(self.endpoint)
        self.assertEqual(self.files(), [])
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE flow_id = %s", [self.flow.id])
        self.deliver(self.endpoint)
        self.assertEqual(len(json.loads(self.files()[0].read_text())), 2)
        self.assertEqual(self.rows().mapped("state"), ["done", "done"])

    def test_killed_before_the_commit_the_same_file_is_written_once_more(self):
        self.into_file(1)
        run = self.env["mfg.sync.run"].search([("flow_id", "=", self.flow.id)])

        class Killed(Exception):
            pass

        with patch.object(files, "write"):
            self.deliver(self.endpoint)
        # Odoo's assertRaises would take back more than the killed worker's transaction
        with patch.object(type(run), "_end", side_effect=Killed):
            try:
                self.deliver(self.endpoint)
            except Killed:
                self.env.invalidate_all()
        (file,) = self.files()
        before = file.read_bytes()
        self.assertEqual((self.rows().state, run.state), ("pending", "begun"))
        self.deliver(self.endpoint)
        self.assertEqual([each.read_bytes() for each in self.files()], [before])
        self.assertEqual(self.rows().state, "done")

    def test_nothing_is_written_outside_of_the_folder(self):
        elsewhere = self.data_dir / "elsewhere"
        elsewhere.mkdir()
        self.folder().parent.mkdir(parents=True)
        self.folder().symlink_to(elsewhere)
        self.into_file(1)
        self.deliver(self.endpoint)
        self.assertEqual(list(elsewhere.iterdir()), [])
        self.assertIn("leads elsewhere", self.rows().error_text)
        for code in ("..", "a/b", ".hidden", ""):
            with self.assertRaises(OSError):
                files.folder(self.env.cr, code)

    def test_a_file_that_is_half_written_is_never_seen(self):
        def pieces():
            yield b"["
            self.assertFalse([name for name in os.listdir(self.data_dir) if not name.startswith(".")])
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            files.put(self.data_dir / "stock.json", pieces())
        self.assertEqual(os.listdir(self.data_dir), [])
