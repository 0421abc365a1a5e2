import ast
import json
from pathlib import Path

from odoo.tests import Form, new_test_user, tagged

from ..models.refused import REASONS
from ..protocol import cloudevents, signature
from .common import SyncCase, SyncHttpCase

ADDON = Path(__file__).parent.parent
#: an import tells its refusals in its own list, and no trace of them is kept
UNTRACED = {"bulk.py"}


def told_codes():
    """``{code}`` of all problems that a sender can be told of, out of the code; 503 leaves no trace."""
    codes = set()
    for path in ADDON.rglob("*.py"):
        if path.name in UNTRACED or "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
                status, code = node.args[:2]
                if status.value != 503:
                    codes.add(code.value)
    return codes


@tagged("post_install", "-at_install", "mfg_sync")
class TestRefusedWords(SyncCase):
    def test_every_refusal_says_in_words_why_and_what_to_do(self):
        self.assertEqual({code for code, _words in REASONS}, told_codes())
        advice = self.env["mfg.sync.refused"]._advice()
        self.assertEqual(set(advice), told_codes())


@tagged("post_install", "-at_install", "mfg_sync")
class TestRefused(SyncHttpCase):
    """ "But we sent it": who looks finds the message by its id, and why it did not get in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()
        cls.secret = cls.env["mfg.sync.credential"].set_key("mes1", "in_secret")

    def event(self, **values):
        event = {"specversion": "1.0", "id": "1", "source": "urn:mes1", "type": "sync.test.v1", "data": {"text": "Hi"}}
        return {**event, **values}

    def send(self, *events, secret=None):
        body = json.dumps(events).encode()
        response = self.post("mes1", body, secret or self.secret, content_type=cloudevents.BATCH)
        refused = self.env["mfg.sync.refused"].search([("endpoint_code", "=", "mes1")], limit=1, order="id desc")
        return response, refused

    def test_the_refused_of_a_batch_are_found_by_kind_source_and_id(self):
        response, refused = self.send(
            self.event(),
            self.event(id="job-17", data={}),
            self.event(id="job-18", data={}),
            self.event(id="job-19", source="urn:other"),
        )
        self.assertEqual(response.status_code, 207, response.text)
        self.assertEqual(
            (refused.code, refused.event_type, refused.source, refused.event_ids),
            ("schema", "sync.test.v1", "urn:mes1, urn:other", "job-17, job-18, job-19"),
        )
        self.assertEqual(refused.detail, "3 of 4: /data")
        self.assertIn("They mend it", refused.what_to_do)
        self.assertEqual(self.env["mfg.sync.refused"].search([("event_ids", "ilike", "job-18")]), refused)

    def test_what_is_refused_as_a_whole_is_named_too(self):
        self.endpoint.write({"in_rate": 1, "in_burst": 2})
        self.send(self.event(), self.event(id="2"))
        response, refused = self.send(*(self.event(id=f"job-{number}") for number in range(1000)))
        self.assertEqual((response.status_code, refused.code), (429, "rate-limit"))
        self.assertTrue(refused.event_ids.startswith("job-0, job-1, job-2, "), refused.event_ids)
        self.assertRegex(refused.event_ids, r"job-\d+ \(\+ \d+\)$")
        self.assertLess(len(refused.event_ids), 2100)

    def test_what_a_stranger_writes_is_not_kept(self):
        response, refused = self.send(self.event(id="job-20", data={}), secret=signature.new_secret())
        self.assertEqual((response.status_code, refused.code), (401, "unproven"))
        self.assertFalse(refused.event_type or refused.source or refused.event_ids)

    def test_what_is_no_text_leaves_its_trace(self):
        response, refused = self.send(self.event(id=7, source=None), "no event", None)
        self.assertEqual((response.status_code, refused.code), (422, "envelope"), response.text)
        self.assertEqual((refused.event_ids, refused.source, refused.event_type), (False, False, "sync.test.v1"))
        # attributes in headers are written with %
        token = self.env["mfg.sync.credential"].set_key("mes1", "in_token")
        headers = {"Authorization": f"Bearer {token}", "ce-specversion": "1.0", "ce-id": "nul%00."}
        headers |= {"ce-source": "urn:mes1", "ce-type": "sync.test.v1"}
        response = self.post("mes1", b'{"text": "Hi"}', headers=headers, content_type="application/json")
        refused = self.env["mfg.sync.refused"].search([("event_ids", "=", "nul .")])
        self.assertEqual((response.status_code, refused.code), (400, "envelope"), response.text)

    def test_a_statement_that_is_not_taken_is_named(self):
        response = self.post("mes1", b"{}", self.secret, path="statements/stock.statement.v1")
        refused = self.env["mfg.sync.refused"].search([("endpoint_code", "=", "mes1")], limit=1, order="id desc")
        self.assertEqual((response.status_code, refused.code), (403, "type"), response.text)
        self.assertEqual(refused.event_type, "stock.statement.v1")

    def test_the_connection_counts_them_and_leads_to_them(self):
        _response, refused = self.send(self.event(id="job-21", data={}))
        other = self.make_endpoint("mes2")
        people = {
            group: new_test_user(self.env, f"rfs_{group}", groups=f"mfg_sync.group_{group}")
            for group in ("operator", "administrator")
        }
        endpoint = self.endpoint.with_user(people["administrator"])
        self.assertEqual((endpoint.refused_count, (endpoint + other).mapped("refused_count")), (1, [1, 0]))
        action = endpoint.action_open_refused()
        found = self.env[action["res_model"]].with_user(people["administrator"]).search(action["domain"])
        self.assertEqual(found, refused)
        for group, seen in (("operator", False), ("administrator", True)):
            with Form(self.endpoint.with_user(people[group])) as form:
                self.assertEqual("refused_count" in form._view["fields"], seen, group)
