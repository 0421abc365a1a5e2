"""A connection tells what it lacks, is tried out with a test message, and falls silent in a copy."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest.mock import patch

from standardwebhooks import Webhook

from odoo import tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..engine import keys, wake
from ..engine.checks import ServerChecks
from ..engine.connection_checks import ConnectionChecks
from .common import SyncCase, SyncHttpCase


class OtherSide:
    """A real HTTP server on a port of its own that answers with one status and remembers what it got."""

    def __init__(self, status=202):
        requests = self.requests = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                requests.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b'{"thanks": true}')

            def log_message(self, *args):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/events"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self.server.shutdown()
        self.server.server_close()


@tagged("post_install", "-at_install", "mfg_sync")
class TestConnection(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("wms2")
        cls.administrator = new_test_user(cls.env, "con_admin", groups="mfg_sync.group_administrator")

    def try_out(self):
        action = self.endpoint.with_user(self.administrator).action_send_test()
        return self.env[action["res_model"]].browse(action["res_id"])

    def states(self, result):
        return [line.state for line in result.line_ids]

    def test_a_test_message_arrives_signed_and_is_in_the_ledger(self):
        secret = self.env["mfg.sync.credential"].set_key("wms2", "out_secret")
        with OtherSide() as other:
            self.endpoint.url = other.url
            result = self.try_out()
        self.assertTrue(result.delivered, result.summary)
        self.assertEqual(self.states(result), ["ok"] * 5)
        ((headers, body),) = other.requests
        self.assertEqual(Webhook(secret).verify(body, headers)["data"], {"text": self.endpoint.name})
        row = self.env["mfg.sync.message"].search([("event_id", "=", json.loads(body)["id"])])
        self.assertEqual((row.status, row.direction, row.attempt_ids.http_status), ("done", "out", 202))
        self.assertIn("202", self.endpoint.message_ids[0].body)

    def test_nobody_listens_there(self):
        self.env["mfg.sync.credential"].set_key("wms2", "out_secret")
        with OtherSide() as other:
            self.endpoint.url = other.url
        result = self.try_out()
        self.assertFalse(result.delivered)
        self.assertEqual(self.states(result), ["ok", "ok", "failed", "not_tried", "not_tried"])
        row = self.env["mfg.sync.message"].search([("endpoint_id", "=", self.endpoint.id), ("direction", "=", "out")])
        self.assertEqual((row.status, row.state), ("cancelled", "cancelled"), "a test never asks for a person")

    def test_they_refuse_our_key(self):
        self.env["mfg.sync.credential"].set_key("wms2", "out_secret")
        with OtherSide(401) as other:
            self.endpoint.url = other.url
            result = self.try_out()
        self.assertEqual(self.states(result), ["ok", "ok", "ok", "ok", "failed"])
        self.assertIn("401", result.summary)
        self.assertFalse(self.endpoint.breaker_open, "trying it out stops nothing")

    def test_without_address_or_key_it_says_so(self):
        self.assertEqual(self.states(self.try_out())[0], "failed")
        self.endpoint.url = "http://127.0.0.1:9/"
        result = self.try_out()
        self.assertEqual(self.states(result)[:3], ["ok", "failed", "not_tried"])
        self.assertIn("key", result.summary)

    def test_only_an_administrator_at_home_tries_it_out(self):
        viewer = new_test_user(self.env, "con_viewer", groups="mfg_sync.group_viewer")
        with self.assertRaises(AccessError):
            self.endpoint.with_user(viewer).action_send_test()
        self.endpoint.stamp = "production|elsewhere|x|y"
        with self.assertRaises(UserError):
            self.try_out()

    def test_a_copy_has_a_code_of_its_own_and_nothing_that_speaks_for_the_other(self):
        self.env["mfg.sync.credential"].set_key("wms2", "in_token")
        endpoint = self.endpoint.with_user(self.administrator)
        copies = [endpoint.copy(), endpoint.copy(), endpoint.copy({"code": "hall9", "name": "Hall 9"})]
        self.assertEqual(
            [(copy.code, copy.name) for copy in copies],
            [("wms2-2", "WMS2 (copy)"), ("wms2-3", "WMS2 (copy)"), ("hall9", "Hall 9")],
        )
        for copy in copies:
            self.assertFalse(copy.credential_ids or copy.system_ids or copy.flow_ids or copy.user_id)
            self.assertNotEqual(copy.source, self.endpoint.source)
        long = endpoint.copy({"code": "a" * 32})
        self.assertEqual(long.copy().code, "a" * 30 + "-2")

    def test_a_connection_without_a_code_is_refused_in_words(self):
        endpoints = self.env["mfg.sync.endpoint"].with_user(self.administrator)
        for values in ({"name": "New"}, {"name": "New", "code": False}, {"name": "New", "code": ""}):
            with self.assertRaisesRegex(ValidationError, "Give the connection a code"):
                endpoints.create(values)
        with self.assertRaisesRegex(ValidationError, "Give the connection a code"):
            self.endpoint.with_user(self.administrator).code = False
        with self.assertRaisesRegex(ValidationError, "not usable"), self.cr.savepoint():
            endpoints.create({"name": "New", "code": "hall3\n"})

    def test_what_is_missing_is_named(self):
        self.assertEqual(self.endpoint.health, "incomplete")
        self.assertIn("address", self.endpoint.missing_text)
        self.env["mfg.sync.credential"].set_key("wms2", "out_secret")
        self.env["mfg.sync.credential"].set_key("wms2", "in_token")
        self.endpoint.url = "http://127.0.0.1:9/"
        self.assertEqual((self.endpoint.health, self.endpoint.missing_text), ("fine", ""))
        self.endpoint.action_pause()
        self.assertEqual(self.endpoint.health, "paused")
        self.endpoint.write({"breaker_open": True, "breaker_reason": "401"})
        self.assertEqual(self.endpoint.health, "stopped")


@tagged("post_install", "-at_install", "mfg_sync")
class TestSystemCheck(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("wms3")

    def findings(self):
        checks = [*ServerChecks(self.env).run(), *ConnectionChecks(self.env).run()]
        return {found["code"]: found for found in checks}

    def test_the_page_opens_for_an_administrator(self):
        administrator = new_test_user(self.env, "chk_admin", groups="mfg_sync.group_administrator")
        action = self.env["mfg.sync.check"].with_user(administrator).action_open()
        check = self.env["mfg.sync.check"].with_user(administrator).browse(action["res_id"])
        self.assertGreaterEqual(len(check.line_ids), 12)
        self.assertTrue(all(line.remedy for line in check.line_ids if line.state != "ok"))
        viewer = new_test_user(self.env, "chk_viewer", groups="mfg_sync.group_viewer")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.check"].with_user(viewer).action_open()

    def test_a_silent_runner_is_said(self):
        with patch.object(wake, "runner_answers", lambda cr: False):
            self.assertEqual(self.findings()["runner"]["state"], "warning")
        with patch.object(wake, "runner_answers", lambda cr: True):
            self.assertEqual(self.findings()["runner"]["state"], "ok")

    def test_lines_to_add_are_given_in_full(self):
        with patch.dict(tools.config.options, {"server_wide_modules": "base,web"}):
            self.assertIn("server_wide_modules = base,web,queue_job,mfg_sync", self.findings()["server_wide"]["remedy"])
        with patch.dict(tools.config.options, {"workers": 4, "limit_time_real": 15}):
            found = self.findings()["time_limit"]
            self.assertEqual(
                (found["state"], found["remedy"]), ("error", "In odoo.conf, section [options]: limit_time_real = 120")
            )
        with patch.object(keys, "key_source", lambda: None):
            self.assertIn("MFG_SYNC_KEY=", self.findings()["key"]["remedy"])

    def test_switched_off_cron_is_an_error(self):
        self.assertNotEqual(self.findings()["cron"]["state"], "error")
        self.env.ref("mfg_sync.cron_sweep").active = False
        self.assertEqual(self.findings()["cron"]["state"], "error")

    def test_secrets_of_another_key_are_named(self):
        self.env["mfg.sync.credential"].set_key("wms3", "out_secret")
        self.assertEqual(self.findings()["key"]["state"], "ok")
        self.env.cr.execute(
            "UPDATE mfg_sync_credential SET stored = 'gAAAAA' WHERE endpoint_id = %s", [self.endpoint.id]
        )
        found = self.findings()["key"]
        self.assertEqual(found["state"], "error")
        self.assertIn("WMS3", found["meaning"])

    def test_away_from_home_and_unfit_users_are_named(self):
        self.endpoint.stamp = "production|elsewhere|x|y"
        self.endpoint.user_id.active = False
        found = self.findings()
        self.assertIn("WMS3", found["home"]["meaning"])
        self.assertEqual(found["service_users"]["state"], "error")

    def test_a_copy_is_called_a_copy(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.assertEqual(self.findings()["neutralized"]["state"], "warning")
        self.assertEqual(self.endpoint.health, "stopped")


@tagged("post_install", "-at_install", "mfg_sync")
class TestNeutralized(SyncHttpCase):
    def test_a_neutralized_copy_neither_sends_nor_accepts(self):
        endpoint = self.make_endpoint("wms4", url="http://127.0.0.1:9/")
        secret = self.env["mfg.sync.credential"].set_key("wms4", "in_secret")
        self.env["mfg.sync.credential"].set_key("wms4", "out_secret")
        message = self.accept(endpoint, "sync.test", {"text": "Hello"})
        wake.enqueue(self.env, endpoint.id, "in")
        job = self.env["queue.job"].search([("model_name", "=", "mfg.sync.endpoint")], limit=1)
        body = json.dumps(
            {"specversion": "1.0", "id": "1", "source": "urn:wms4", "type": "sync.test.v1", "data": {"text": "Hi"}}
        ).encode()
        self.assertEqual(self.post("wms4", body, secret).status_code, 202)
        self.env.flush_all()
        with tools.file_open("mfg_sync/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.env.invalidate_all()
        self.assertEqual(
            (endpoint.paused, endpoint.url, endpoint.stamp_ok, endpoint.health), (True, False, False, "stopped")
        )
        self.assertFalse(endpoint.credential_ids)
        self.assertEqual(job.state, "cancelled")
        self.assertEqual(self.post("wms4", body, secret).status_code, 503)
        self.assertEqual(self.post("nobody", body, secret).status_code, 503)
        endpoint.paused = False
        self.drain(endpoint)
        self.assertEqual(message.state, "pending")
