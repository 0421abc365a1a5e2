import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import compat
from ..engine import documents
from ..engine.sweep import Sweep
from .races import ABOUT, RaceCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestStatusRaces(RaceCase):
    """One worker applies what has come in about a document while another one delivers what is told of it."""

    def status(self, document=ABOUT):
        with self.database.cursor() as cr:
            cr.execute("SELECT status FROM mfg_sync_status WHERE (res_model, res_id) = %s", [document])
            return [status for (status,) in cr.fetchall()]

    def item(self):
        """One that is told to this connection, and that the first message is about as well."""
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            kind = env["mfg.sync.message.type"].search([("name", "=", "master.item"), ("direction", "=", "out")])
            env["mfg.sync.flow"].create({"endpoint_id": self.endpoint_id, "type_id": kind.id, "mode": "live"})
            item = env["product.product"].create({"name": "Frame", "default_code": "F-1"})
            documents.link(cr, self.first, [(item._name, item.id)])
            documents.refresh_statuses(cr, [self.first])
            self.addCleanup(self.forget_item, item.id)
            return item._name, item.id

    def forget_item(self, item_id):
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.forget(cr, self.endpoint_id)
            cr.execute("DELETE FROM mfg_sync_status WHERE (res_model, res_id) = ('product.product', %s)", [item_id])
            env["mfg.sync.flow"].search([("endpoint_id", "=", self.endpoint_id)]).unlink()
            env["product.product"].browse(item_id).unlink()

    def both_at_once(self, cr):
        """One has finished the second message and not committed yet, while the other finishes the first."""
        compat.read_committed(cr)
        self.finish(cr, self.second)
        with self.waiting(lambda other: self.finish(other, self.first)):
            cr.commit()  # pylint: disable=invalid-commit  # a connection of its own

    def test_two_that_finish_the_last_two_messages_at_once_leave_it_in_sync(self):
        with self.database.cursor() as cr:
            self.told(cr)
            self.both_at_once(cr)
        self.assertEqual(self.status(), ["in_sync"])

    def test_two_that_tell_the_first_status_of_a_document_at_once_leave_it_in_sync(self):
        with self.database.cursor() as cr:
            self.both_at_once(cr)
        self.assertEqual(self.status(), ["in_sync"])

    def test_a_drain_whose_view_is_older_looks_again_and_logs_no_error(self):
        with self.database.cursor() as cr, self.database.cursor() as drain, self.assertNoLogs("odoo.sql_db", "ERROR"):
            self.told(cr)
            drain.execute("SELECT 1")
            # the first one: the status goes on to point to the second, and says what it said
            self.finish(cr, self.first)
            cr.commit()  # pylint: disable=invalid-commit  # as above
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self.finish(drain, self.second)
            drain.rollback()
            self.finish(drain, self.second)
            drain.commit()
        self.assertEqual(self.status(), ["in_sync"])

    def test_what_is_told_does_not_meet_who_wrote_the_status_of_its_document_meanwhile(self):
        """Other connections tell the same item: all that was marked would be rendered again for it."""
        item = self.item()
        with self.database.cursor() as cr:
            cr.execute("SELECT 1")
            with self.database.cursor() as other:
                self.finish(other, self.first)
            self.assertEqual(self.status(item), ["in_sync"])
            capture = api.Environment(cr, SUPERUSER_ID, {})["mfg.sync.capture"]
            self.assertEqual(capture._render_marks(self.endpoint_id, 10), 1)
        self.assertEqual(self.status(item), ["waiting"])

    def test_a_status_that_a_person_holds_for_long_keeps_no_message_from_its_turn(self):
        with self.database.cursor() as cr:
            cr.execute(
                """UPDATE mfg_sync_message SET state = 'held', hold_reason = 'early',
                          next_attempt_at = now() AT TIME ZONE 'UTC' WHERE id = %s""",
                [self.first],
            )
            self.told(cr)

        def sweep():
            with mute_logger("odoo.sql_db", "odoo.addons.mfg_sync.engine.sweep"), self.database.cursor() as cr:
                minute = Sweep(api.Environment(cr, SUPERUSER_ID, {}))
                minute._drain = lambda wanted: None
                minute.run()

        with self.database.cursor() as cr:
            cr.execute("SELECT 1 FROM mfg_sync_status WHERE (res_model, res_id) = %s FOR UPDATE", [ABOUT])
            self.is_not_kept_waiting(sweep)
        self.assertEqual(self.stands("state", self.first), ("pending",))
