from odoo.tests import tagged

from ..engine.gate import Gate
from ..protocol.errors import Problem
from .orders import EngineCase


class StampCase(EngineCase):
    """A connection where one message waits to be applied, one to be sent, and they may ask."""

    def setUp(self):
        super().setUp()
        self.token = self.env["mfg.sync.credential"].set_key("mes1", "in_token")
        self.endpoint.url = "http://127.0.0.1:9/"
        self.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        self.env["mfg.sync.capture"].event("sync.test", self.endpoint)
        (self.outbound,) = self.captured()
        self.inbound = self.arrive("issue")

    def answer(self):
        self.env.flush_all()
        try:
            Gate(self.env.cr).authenticate("mes1", {"authorization": f"Bearer {self.token}"})
            return 200
        except Problem as problem:
            return problem.status

    def is_still(self):
        self.work()
        self.deliver(self.endpoint)
        self.assertEqual((self.inbound.state, self.inbound.attempt_count), ("pending", 0))
        self.assertEqual((self.outbound.state, self.outbound.attempt_count), ("pending", 0))
        self.assertEqual(self.answer(), 503)

    def works_again(self):
        self.assertEqual(self.answer(), 200)
        self.work()
        self.deliver(self.endpoint)
        self.assertEqual((self.inbound.state, self.outbound.attempt_count), ("done", 1))


@tagged("post_install", "-at_install", "mfg_sync")
class TestStamp(StampCase):
    """A copy of the database never talks to a production system."""

    def test_at_home_it_works(self):
        self.works_again()

    def test_a_copy_with_a_new_uuid_is_still_until_somebody_confirms(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.assertFalse(self.endpoint.stamp_ok)
        self.is_still()
        self.endpoint.action_confirm_stamp()
        self.works_again()

    def test_another_installation_is_still(self):
        self.env.cr.execute("UPDATE mfg_sync_endpoint SET stamp = replace(stamp, '|', '|x')")
        self.endpoint.invalidate_recordset()
        self.is_still()

    def test_changing_the_environment_of_a_copy_is_no_confirmation(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.endpoint.environment = "production"
        self.is_still()

    def test_changing_it_at_home_is_no_trouble(self):
        self.endpoint.environment = "production"
        self.assertTrue(self.endpoint.stamp_ok)

    def test_a_neutralized_database_is_still(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.is_still()

    def test_a_stranger_learns_nothing_of_a_copy(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.token = "wrong"
        self.assertEqual(self.answer(), 401)

    def test_neutralizing_takes_keys_addresses_and_jobs(self):
        from odoo.tools.misc import file_open

        job = self.endpoint.with_delay()._job_apply().db_record()
        self.assertEqual(job.state, "pending")
        self.env.flush_all()
        with file_open("mfg_sync/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.endpoint.url)
        self.assertFalse(self.endpoint.credential_ids)
        self.assertEqual(job.state, "cancelled")
