from threading import Event, Thread

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import compat
from ..engine import documents
from .common import SyncCase

DONE = "UPDATE mfg_sync_message SET state = 'done', done_at = now() AT TIME ZONE 'UTC' WHERE id = %s"
ABOUT = ("res.currency", -1)


@tagged("post_install", "-at_install", "mfg_sync")
class TestStatusRaces(SyncCase):
    """One worker applies what has come in about a document while another one delivers what is told of it.

    Each has a connection of its own, so what they meet on is committed, and removed afterwards.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = db_connect(cls.env.cr.dbname)
        cls.addClassCleanup(cls.clean)
        with cls.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            user = env["res.users"].create({"name": "Races", "login": "races"})
            values = {"name": "Races", "code": "races", "user_id": user.id, "paused": True}
            cls.endpoint_id = env["mfg.sync.endpoint"].create(values).id

    @classmethod
    def clean(cls):
        with cls.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["mfg.sync.endpoint"].search([("code", "=", "races")])
            cls.forget(cr, endpoint.id)
            user = endpoint.user_id
            endpoint.unlink()
            user.unlink()

    @staticmethod
    def forget(cr, endpoint_id):
        cr.execute("DELETE FROM mfg_sync_status WHERE (res_model, res_id) = %s", [ABOUT])
        cr.execute("DELETE FROM mfg_sync_message WHERE endpoint_id = %s", [endpoint_id])

    def setUp(self):
        super().setUp()
        with self.database.cursor() as cr:
            self.forget(cr, self.endpoint_id)
            cr.execute(
                """INSERT INTO mfg_sync_message (endpoint_id, company_id, direction, uuid, source, event_id, type_name,
                                                 lane, state, needs_person, shadow, received, sort_time)
                   SELECT id, company_id, 'in', gen_random_uuid(), 'urn:races', n, 'sync.test.v1', 'x', 'pending',
                          false, false, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                   FROM mfg_sync_endpoint, generate_series(1, 2) n WHERE id = %s RETURNING id""",
                [self.endpoint_id],
            )
            self.first, self.second = sorted(row_id for (row_id,) in cr.fetchall())
            documents.link_many(cr, {self.first: [ABOUT], self.second: [ABOUT]})

    def told(self, cr):
        documents.refresh_statuses(cr, [self.first, self.second])
        cr.commit()  # pylint: disable=invalid-commit  # a connection of its own

    def finish(self, cr, message_id):
        cr.execute(DONE, [message_id])
        documents.refresh_statuses(cr, [message_id])

    def status(self):
        with self.database.cursor() as cr:
            cr.execute("SELECT status FROM mfg_sync_status WHERE (res_model, res_id) = %s", [ABOUT])
            return [status for (status,) in cr.fetchall()]

    def both_at_once(self, cr):
        """One has finished the second message and not committed yet, while the other finishes the first."""
        begun = Event()

        def other():
            with self.database.cursor() as other_cr:
                compat.read_committed(other_cr)
                begun.backend = other_cr._cnx.get_backend_pid()
                begun.set()
                self.finish(other_cr, self.first)
                other_cr.commit()  # pylint: disable=invalid-commit  # as above

        compat.read_committed(cr)
        self.finish(cr, self.second)
        thread = Thread(target=other)
        thread.start()
        begun.wait(10)
        with self.database.cursor() as looking:
            looking._cnx.autocommit = True
            while thread.is_alive():
                looking.execute("SELECT cardinality(pg_blocking_pids(%s))", [begun.backend])
                if looking.fetchone()[0]:
                    break
        cr.commit()  # pylint: disable=invalid-commit  # as above
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_two_that_finish_the_last_two_messages_at_once_leave_it_in_sync(self):
        with self.database.cursor() as cr:
            self.told(cr)
            self.both_at_once(cr)
        self.assertEqual(self.status(), ["in_sync"])

    def test_two_that_tell_the_first_status_of_a_document_at_once_leave_it_in_sync(self):
        with self.database.cursor() as cr:
            self.both_at_once(cr)
        self.assertEqual(self.status(), ["in_sync"])

    def test_a_drain_whose_view_is_older_looks_again(self):
        with self.database.cursor() as cr, self.database.cursor() as drain, mute_logger("odoo.sql_db"):
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
