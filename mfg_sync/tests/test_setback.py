"""A backup is restored in the place of the database: the other side knows what nobody here knows any more."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from .. import compat
from ..engine import keys, remembered, setback
from ..engine.connection_checks import ConnectionChecks
from .common import SyncCase
from .test_stamp import StampCase


class BackupMixin:
    """Minutes that pass at home, and a backup that is restored then."""

    def setUp(self):
        super().setUp()
        self.addCleanup(setback.forget, self.env.cr.dbname)

    def minute(self):
        """The sweep looks, as where its cursors commit."""
        self.env.flush_all()
        with self.own_cursors(), patch.object(compat, "commits", lambda cr: True):
            setback.look(self.env.registry)

    def restore(self):
        """The backup is of the minute before the last one."""
        self.minute()
        self.minute()
        self.env.cr.execute("SELECT setval('mfg_sync_sweeps', last_value - 1) FROM mfg_sync_sweeps")
        self.endpoint.invalidate_recordset()

    def go_on(self, endpoint=None):
        (endpoint or self.endpoint).action_confirm_stamp()
        self.env.flush_all()
        self.env.invalidate_all()

    def lose(self, message):
        """It was told after the backup was made: only the other side knows of it."""
        event_id = message.event_id
        self.env.cr.execute("DELETE FROM mfg_sync_message WHERE id = %s", [message.id])
        self.env.invalidate_all()
        return event_id


@tagged("post_install", "-at_install", "mfg_sync")
class TestSetback(BackupMixin, StampCase):
    def test_minutes_at_home_are_no_trouble(self):
        for _each in range(3):
            self.minute()
        self.assertTrue(self.endpoint.stamp_ok)
        self.works_again()

    def test_a_restored_backup_is_still_until_an_administrator_goes_on(self):
        self.restore()
        self.assertEqual((self.endpoint.stamp_ok, self.endpoint.put_back), (False, True))
        self.assertEqual(self.endpoint.health, "stopped")
        self.is_still()
        # time passes, and with it the net of the sweep
        for _each in range(3):
            self.minute()
        self.assertEqual((self.endpoint.stamp_ok, self.endpoint.put_back), (False, True))
        self.is_still()
        self.go_on()
        self.works_again()
        self.minute()
        self.assertEqual((self.endpoint.stamp_ok, self.endpoint.put_back), (True, False))

    def test_the_administrator_is_told_what_to_compare(self):
        self.restore()
        self.minute()
        (task,) = self.endpoint.activity_ids
        for words in ("restored from a backup", "MES1", "send again", "Go on after the restore"):
            self.assertIn(words, task.note)
        (finding,) = [each for each in ConnectionChecks(self.env).run() if each["code"] == "home"]
        self.assertIn("restored from a backup", finding["meaning"])
        self.go_on()
        decision = self.env["mfg.sync.decision"].search([("decision", "=", "confirm_home")], limit=1, order="id desc")
        self.assertEqual((decision.before, decision.after), ("Restored from a backup", "At home"))

    def test_each_other_side_is_compared_by_itself(self):
        wms = self.make_endpoint("wms1")
        boss = new_test_user(self.env, "boss", groups="base.group_user,mfg_sync.group_administrator")
        self.restore()
        # sooner than the sweep
        self.go_on(self.endpoint.with_user(boss))
        self.assertEqual((self.endpoint.stamp_ok, wms.stamp_ok, wms.put_back), (True, False, True))
        self.minute()
        self.assertEqual((self.endpoint.stamp_ok, wms.stamp_ok, wms.put_back), (True, False, True))
        self.go_on(wms.with_user(boss))
        self.assertTrue(wms.stamp_ok)

    def test_a_copy_beside_the_original_does_not_count_for_it(self):
        self.minute()
        before = keys.content(f"known-{self.env.cr.dbname}.json")
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.minute()
        self.assertEqual(keys.content(f"known-{self.env.cr.dbname}.json"), before)
        self.assertFalse(self.endpoint.put_back, "it is a copy, and says so")

    def test_a_file_that_cant_be_read_stops_nobody(self):
        self.minute()
        keys.put(f"known-{self.env.cr.dbname}.json", '{"uuid"')
        with self.assertLogs("odoo.addons.mfg_sync.engine.setback", "WARNING"):
            self.assertTrue(self.endpoint.stamp_ok)

    def test_what_happens_after_the_restore_is_no_duplicate_of_what_was_lost(self):
        capture = self.env["mfg.sync.capture"]
        capture.event("sync.test", self.endpoint, revision="2")
        lost = self.lose(self.captured() - self.outbound)
        self.restore()
        self.go_on()
        capture.event("sync.test", self.endpoint, revision="2")
        told = self.captured() - self.outbound
        self.assertEqual(len(told), 1)
        self.assertNotEqual(told.event_id, lost)

    def test_what_people_do_once_more_before_both_sides_were_compared_is_no_duplicate_either(self):
        capture = self.env["mfg.sync.capture"]
        capture.event("sync.test", self.endpoint, revision="2")
        lost = self.lose(self.captured() - self.outbound)
        self.restore()
        self.minute()
        capture.event("sync.test", self.endpoint, revision="2")
        told = self.captured() - self.outbound
        epochs = self.endpoint.id_epochs
        self.go_on()
        self.assertEqual(self.endpoint.id_epochs, epochs, "the restore began it")
        self.assertEqual((len(told), told.event_id == lost), (1, False))

    def test_a_backup_of_the_time_in_which_it_waited_begins_anew_too(self):
        self.restore()
        self.minute()
        before = self.endpoint.id_epochs
        self.go_on()
        # the backup that is restored now was made before somebody went on
        self.restore()
        self.endpoint.sudo().write({"stamp": setback.PUT_BACK, "id_epochs": before})
        self.endpoint.activity_ids.note = "What was exchanged before Monday"
        self.minute()
        self.assertEqual(len(self.endpoint._epochs()), 2)
        (task,) = self.endpoint.activity_ids
        self.assertIn("between the backup and", task.note, "it says what is to be compared now")

    def test_a_restore_that_is_looked_at_twice_begins_one_epoch(self):
        self.restore()
        catch_up = setback.catch_up
        with patch.object(setback, "catch_up", lambda *args: None):
            self.minute()
        self.minute()
        self.assertIs(setback.catch_up, catch_up)
        self.assertEqual(len(self.endpoint._epochs()), 1)

    def test_what_was_loaded_by_hand_and_has_no_date_is_told(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE mfg_sync_endpoint SET create_date = NULL WHERE id = %s", [self.endpoint.id])
        self.endpoint.invalidate_recordset()
        self.env["mfg.sync.capture"].event("sync.test", self.endpoint, revision="2")
        self.assertEqual((self.captured() - self.outbound).mapped("state"), ["pending"])

    def test_what_was_told_before_the_backup_is_not_told_again(self):
        self.restore()
        self.go_on()
        capture = self.env["mfg.sync.capture"]
        capture.event("sync.test", self.endpoint)
        self.assertEqual(self.captured(), self.outbound)
        # also when its message was removed since, and is only remembered
        self.env.cr.execute(
            f"""INSERT INTO mfg_sync_key ({remembered.COLUMNS})
                SELECT {remembered.VALUES} FROM mfg_sync_message m WHERE m.id = %s""",
            [self.outbound.id],
        )
        self.lose(self.outbound)
        capture.event("sync.test", self.endpoint)
        self.assertFalse(self.captured())


@tagged("post_install", "-at_install", "mfg_sync")
class TestIdsAfterRestore(BackupMixin, SyncCase):
    """Also where nobody could notice, since the machine as a whole was put back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1", groups="stock.group_stock_user", kinds=("sync.test", "master.item"))
        cls.capture = cls.env["mfg.sync.capture"]

    def test_another_document_with_the_same_number_is_another_fact(self):
        self.capture.event("sync.test", self.endpoint)
        lost = self.lose(self.captured())
        self.env.cr.execute("UPDATE mfg_sync_endpoint SET create_date = create_date + interval '1 minute'")
        self.env.invalidate_all()
        self.capture.event("sync.test", self.endpoint)
        self.assertNotEqual(self.captured().event_id, lost)

    def render(self):
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.capture._render_marks(self.endpoint.id, 500)
        self.env.invalidate_all()
        return self.env["mfg.sync.message"].search([("type_name", "=", "master.item.v1")])

    def test_a_mark_with_the_number_of_another_one_is_another_message(self):
        self.env["product.product"].create({"name": "Fork", "default_code": "F2"})
        self.lose(self.render())
        product = self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        lost = self.lose(self.render())
        self.env.cr.execute("SELECT setval('mfg_sync_mark_id_seq', last_value - 1) FROM mfg_sync_mark_id_seq")
        product.name = "Frame, blue"
        self.assertNotEqual(self.render().event_id, lost)

    def test_a_worker_killed_while_it_renders_gives_the_same_id_again(self):
        class Killed(Exception):
            pass

        self.env["product.product"].create({"name": "Frame", "default_code": "F1"})
        self.env.flush_all()
        self.env.cr.precommit.run()
        try:
            with self.env.cr.savepoint():
                before = self.render().event_id
                raise Killed
        except Killed:
            self.env.invalidate_all()
        self.assertEqual(self.render().event_id, before)
