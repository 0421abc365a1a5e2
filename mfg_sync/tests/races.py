"""For tests of who meets whom: two messages about a document that are committed, and removed afterwards."""

from contextlib import contextmanager
from threading import Event, Thread

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect

from .. import compat
from ..engine import documents
from .common import SyncCase

ABOUT = ("res.currency", -1)


class RaceCase(SyncCase):
    """Each has a connection of its own to the database (``self.database``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = db_connect(cls.env.cr.dbname)
        cls.addClassCleanup(cls.clean)
        with cls.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            user = env["res.users"].create({"name": "Races", "login": "races"})
            values = {"name": "Races", "code": "races", "user_id": user.id, "paused": True}
            endpoint = env["mfg.sync.endpoint"].create(values)
            endpoint.system_ids = [(0, 0, {"name": "Races", "source": "urn:races"})]
            cls.endpoint_id, cls.system_id = endpoint.id, endpoint.system_ids.id

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
        for table in ("approval", "decision", "message", "binding"):
            cr.execute(f"DELETE FROM mfg_sync_{table} WHERE endpoint_id = %s", [endpoint_id])

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
        cr.execute(
            "UPDATE mfg_sync_message SET state = 'done', done_at = now() AT TIME ZONE 'UTC' WHERE id = %s", [message_id]
        )
        documents.refresh_statuses(cr, [message_id])

    def stands(self, columns, message_id):
        """How a message stands, as it is committed: a tuple of these columns."""
        with self.database.cursor() as cr:
            cr.execute(f"SELECT {columns} FROM mfg_sync_message WHERE id = %s", [message_id])
            return cr.fetchone()

    @contextmanager
    def waiting(self, work):
        """``work(cr)`` by somebody else, on a READ COMMITTED connection: in the block he waits for somebody."""
        begun = Event()

        def run():
            with self.database.cursor() as cr:
                compat.read_committed(cr)
                begun.backend = cr._cnx.get_backend_pid()
                begun.set()
                work(cr)

        thread = Thread(target=run)
        thread.start()
        self.assertTrue(begun.wait(10))
        with self.database.cursor() as looking:
            looking._cnx.autocommit = True
            while thread.is_alive():
                looking.execute("SELECT cardinality(pg_blocking_pids(%s))", [begun.backend])
                if looking.fetchone()[0]:
                    break
            else:
                self.fail("he waited for nobody")
        yield
        thread.join(20)
        self.assertFalse(thread.is_alive())

    def is_not_kept_waiting(self, work):
        """``work()`` by somebody else comes to its end, without an error, while the test holds what it holds."""
        errors = []

        def run():
            try:
                work()
            except Exception as error:
                errors.append(error)

        thread = Thread(target=run)
        thread.start()
        thread.join(15)
        self.assertFalse(thread.is_alive())
        self.assertFalse(errors)
