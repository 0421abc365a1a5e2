from threading import Event, Thread

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import compat
from ..engine import documents, lanes, release
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
        cr.execute("DELETE FROM mfg_sync_message WHERE endpoint_id = %s", [endpoint_id])
        cr.execute("DELETE FROM mfg_sync_binding WHERE endpoint_id = %s", [endpoint_id])

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

    def match(self, env):
        """A person says what R-1 is."""
        partner = env.ref("base.main_partner")
        env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.endpoint_id,
                "system_id": self.system_id,
                "company_id": env["mfg.sync.endpoint"].browse(self.endpoint_id).company_id.id,
                "entity": "partner",
                "external_id": "R-1",
                "res_model": partner._name,
                "res_id": partner.id,
            }
        )
        return partner

    def wait_blocked(self, begun, thread):
        """Wait until the other one, who says so when it has begun, waits for somebody."""
        self.assertTrue(begun.wait(10))
        with self.database.cursor() as looking:
            looking._cnx.autocommit = True
            while thread.is_alive():
                looking.execute("SELECT cardinality(pg_blocking_pids(%s))", [begun.backend])
                if looking.fetchone()[0]:
                    return
        self.fail("it waited for nobody")

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
        self.wait_blocked(begun, thread)
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

    def test_who_cancels_several_holds_none_that_comes_after_one_he_waits_for(self):
        """Whoever comes with the same ones (an acknowledgement of many) would wait for him, and he for that one."""
        begun = Event()

        def cancel():
            with self.database.cursor() as other:
                compat.read_committed(other)
                # they are found as they lie
                other.execute("SET LOCAL enable_indexscan = off")
                other.execute("SET LOCAL enable_bitmapscan = off")
                begun.backend = other._cnx.get_backend_pid()
                begun.set()
                release.cancel(other, [self.first, self.second], "Booked by hand")
                other.rollback()

        with self.database.cursor() as cr:
            compat.read_committed(cr)
            # from now on it lies behind the second one
            cr.execute("UPDATE mfg_sync_message SET summary = 'moved' WHERE id = %s", [self.first])
            cr.commit()  # pylint: disable=invalid-commit  # a connection of its own
            cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = %s FOR UPDATE", [self.first])
            thread = Thread(target=cancel)
            thread.start()
            self.wait_blocked(begun, thread)
            cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = %s FOR UPDATE NOWAIT", [self.second])
            cr.rollback()
            thread.join(20)
        self.assertFalse(thread.is_alive())

    def test_who_imports_matches_does_not_meet_who_looked_at_the_message_meanwhile(self):
        with self.database.cursor() as cr:
            cr.execute(
                """UPDATE mfg_sync_message SET state = 'held', hold_reason = 'reference', system_id = %s, lane = %s,
                          wait_key = 'partner:R-1', next_attempt_at = now() AT TIME ZONE 'UTC' WHERE id = %s""",
                [self.system_id, lanes.of_external(self.system_id, "partner", "R-1"), self.first],
            )
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")
            with self.database.cursor() as sweep:
                sweep.execute(
                    "UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at + interval '1 hour' WHERE id = %s",
                    [self.first],
                )
            partner = self.match(env)
        with self.database.cursor() as cr:
            cr.execute("SELECT state, lane FROM mfg_sync_message WHERE id = %s", [self.first])
            self.assertEqual(cr.fetchone(), ("pending", lanes.of_record(partner._name, partner.id)))

    def test_a_match_that_was_taken_back_in_the_same_transaction_moves_nothing(self):
        """As when somebody tests an import: Odoo takes it back to a savepoint, and commits what is left."""
        lane = lanes.of_external(self.system_id, "partner", "R-1")
        with self.database.cursor() as cr:
            cr.execute("UPDATE mfg_sync_message SET lane = %s WHERE id = %s", [lane, self.first])
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SAVEPOINT import")
            self.match(env)
            cr.execute("ROLLBACK TO SAVEPOINT import")
            env.invalidate_all(flush=False)
        with self.database.cursor() as cr:
            cr.execute("SELECT lane FROM mfg_sync_message WHERE id = %s", [self.first])
            self.assertEqual(cr.fetchone(), (lane,))

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
