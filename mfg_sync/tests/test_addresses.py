"""A key that was stolen is of no use elsewhere: a connection is called from the addresses that are listed."""

import json
from unittest.mock import patch

from odoo import tools
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..engine.gate import Gate
from ..protocol.errors import Problem
from .common import SyncCase, SyncHttpCase

#: both halls of the plant, the MES of a supplier, and an office that is written as IPv6 writes it
PLANT = "10.20.0.0/16, 192.0.2.7\r\n\n 2001:db8::/32 ,\n::ffff:198.51.100.0/120"


@tagged("post_install", "-at_install", "mfg_sync")
class TestAddresses(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()
        cls.token = cls.env["mfg.sync.credential"].set_key("mes1", "in_token")

    def called(self, remote, token=None):
        """``(problem or None, queries)`` of a call from an address."""
        self.env.flush_all()
        gate, before, told = Gate(self.env.cr, remote=remote), self.env.cr.sql_log_count, None
        try:
            gate.authenticate("mes1", {"authorization": f"Bearer {token or self.token}"})
        except Problem as problem:
            told = problem.to_dict()
        return told, self.env.cr.sql_log_count - before

    def is_let_in(self, remote):
        problem, queries = self.called(remote)
        self.assertEqual(queries, 1, "the list costs no query")
        if problem:
            self.assertEqual((problem["status"], problem["code"]), (403, "address"))
        return not problem

    def test_a_stolen_key_is_of_no_use_elsewhere(self):
        self.assertTrue(self.is_let_in("203.0.113.9"), "without a list it may come from anywhere")
        self.endpoint.allowed_from = PLANT
        for remote in ("10.20.0.0", "10.20.255.255", "192.0.2.7", "2001:db8:9::1", "198.51.100.200"):
            self.assertTrue(self.is_let_in(remote), remote)
        for remote in ("10.21.0.0", "192.0.2.8", "2001:db9::1", "198.51.101.0", "203.0.113.9", "127.0.0.1", "::1"):
            self.assertFalse(self.is_let_in(remote), remote)
        self.endpoint.allowed_from = " \n"
        self.assertTrue(self.is_let_in("203.0.113.9"))

    def test_an_address_of_ipv4_counts_as_such_however_the_server_hears_it(self):
        self.endpoint.allowed_from = PLANT
        for remote in ("::ffff:10.20.3.4", "::ffff:198.51.100.1"):
            self.assertTrue(self.is_let_in(remote), remote)
        for remote in ("::ffff:10.21.0.1", "::ffff:203.0.113.9"):
            self.assertFalse(self.is_let_in(remote), remote)
        self.endpoint.allowed_from = "::/0"
        self.assertFalse(self.is_let_in("::ffff:10.20.3.4"), "all of IPv6 is nothing of IPv4")

    def test_who_calls_from_no_address_is_on_no_list(self):
        self.endpoint.allowed_from = "0.0.0.0/0, ::/0"
        for remote in (None, "", "unknown", "10.20.0.1, 10.20.0.2", "10.20.0.1:443"):
            self.assertFalse(self.is_let_in(remote), remote)
        # what a request wrote, with an open quote, before whom the proxy heard
        for remote in ('10.20.0.1%", 203.0.113.9', '2001:db8::5%", 203.0.113.9', "10.20.0.1%eth0"):
            self.assertFalse(self.is_let_in(remote), remote)
        self.assertTrue(self.is_let_in("fe80::1%eth0"))

    def test_a_list_is_short_and_one_of_blanks_alone_lets_everybody_in_and_says_so(self):
        with self.assertRaisesRegex(ValidationError, "at most 16384 characters"):
            self.endpoint.allowed_from = "10.20.0.0/16" + "\n" * 20000
        administrator = new_test_user(self.env, "adr_blank", groups="mfg_sync.group_administrator")
        self.endpoint.allowed_from = "10.20.0.0/16"
        self.endpoint.with_user(administrator).allowed_from = " \n"
        decision = self.env["mfg.sync.decision"].search([("decision", "=", "allowed_from")], limit=1)
        self.assertEqual((decision.before, decision.after), ("10.20.0.0/16", "From anywhere"))

    def test_a_list_that_nobody_could_have_saved_lets_nobody_in(self):
        for text in ("10.20.0.5/16", "hall 2", ","):
            self.env.cr.execute(
                "UPDATE mfg_sync_endpoint SET allowed_from = %s WHERE id = %s", [text, self.endpoint.id]
            )
            self.assertFalse(self.is_let_in("10.20.0.5"), text)

    def test_the_sender_whose_key_is_right_reads_which_address_it_was(self):
        self.endpoint.allowed_from = "10.20.0.0/16"
        problem, _queries = self.called("203.0.113.9")
        self.assertIn("203.0.113.9", problem["detail"])
        self.assertNotIn("10.20", str(problem), "who may call is nobody else's matter")

    def test_a_stranger_learns_nothing_of_the_list(self):
        wrong = "x" * 40
        free = self.called("203.0.113.9", wrong)
        self.assertEqual(free[0]["code"], "unproven")
        self.endpoint.allowed_from = "10.20.0.0/16"
        for remote in ("203.0.113.9", "10.20.0.1", None):
            self.assertEqual(self.called(remote, wrong), free, remote)

    def test_a_network_with_an_address_in_it_is_refused_with_both_that_it_may_mean(self):
        with (
            self.assertRaisesRegex(ValidationError, "“10.0.0.5/8”.*Write 10.0.0.0/8 for the whole.*or 10.0.0.5 for"),
            self.cr.savepoint(),
        ):
            self.endpoint.allowed_from = "10.20.0.0/16\n10.0.0.5/8"
        self.assertFalse(self.endpoint.allowed_from)

    def test_what_is_no_address_is_refused_by_name(self):
        for wrong in ("hall 2", "10.20.0.0/33", "10.20.0", "10.0.0.0/255.0.0.0", "fe80::1%eth0", "300.1.1.1", "1;2"):
            with self.assertRaisesRegex(ValidationError, f"“{wrong}” is no address and no network"):
                with self.cr.savepoint():
                    self.endpoint.allowed_from = f"10.20.0.0/16, {wrong}"
        for nothing in (",", " , \n,"):
            with self.assertRaisesRegex(ValidationError, "“,” is no address"), self.cr.savepoint():
                self.endpoint.allowed_from = nothing
        with self.assertRaisesRegex(ValidationError, "300 addresses are too many"), self.cr.savepoint():
            self.endpoint.allowed_from = "\n".join(f"10.20.{number // 250}.{number % 250}" for number in range(300))

    def test_from_where_it_may_be_called_is_a_decision_of_an_administrator(self):
        people = {
            group: new_test_user(self.env, f"adr_{group}", groups=f"mfg_sync.group_{group}")
            for group in ("steward", "administrator")
        }
        with self.assertRaises(AccessError):
            self.endpoint.with_user(people["steward"]).allowed_from = "10.20.0.0/16"
        endpoint = self.endpoint.with_user(people["administrator"]).with_context(tracking_disable=True)
        for text in ("10.20.0.0/16", "10.20.0.0/16", "10.20.0.0/16, 192.0.2.7", False):
            endpoint.allowed_from = text
        decisions = self.env["mfg.sync.decision"].search(
            [("endpoint_id", "=", self.endpoint.id), ("decision", "=", "allowed_from")], order="id"
        )
        self.assertEqual(decisions.user_id, people["administrator"])
        self.assertEqual(
            [(row.before, row.after) for row in decisions],
            [
                ("From anywhere", "10.20.0.0/16"),
                ("10.20.0.0/16", "10.20.0.0/16, 192.0.2.7"),
                ("10.20.0.0/16, 192.0.2.7", "From anywhere"),
            ],
        )


@tagged("post_install", "-at_install", "mfg_sync")
class TestAddressesOverHttp(SyncHttpCase):
    """The plant is at 127.0.0.1 here."""

    #: all that a key opens
    WAYS = (
        ("POST", "events"),
        ("GET", "events/4f1c9f5e-0000-4000-8000-000000000000"),
        ("GET", "outbox"),
        ("POST", "outbox/ack"),
        ("POST", "statements/stock.statement.v1"),
        ("GET", "statements/stock.statement.v1?upload=one"),
        ("DELETE", "statements/stock.statement.v1?upload=one"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint(delivery="pull")
        cls.token = cls.env["mfg.sync.credential"].set_key("mes1", "in_token")

    def call(self, method, path, **headers):
        event = {"specversion": "1.0", "id": "1", "source": "urn:mes1", "type": "sync.test.v1", "data": {"text": "Hi"}}
        return self.opener.request(
            method,
            f"{self.base_url()}/mfg_sync/v1/mes1/{path}",
            data=json.dumps(event).encode() if method == "POST" else None,
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/cloudevents+json",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
            timeout=12,
        )

    def accepted(self):
        return self.env["mfg.sync.message"].search_count([("endpoint_id", "=", self.endpoint.id)])

    def test_no_way_in_is_open_to_an_address_that_is_not_listed(self):
        self.endpoint.allowed_from = "10.20.0.0/16"
        for way in self.WAYS:
            response = self.call(*way)
            self.assertEqual((response.status_code, response.json().get("code")), (403, "address"), way)
        self.assertFalse(self.accepted())
        self.endpoint.allowed_from = "127.0.0.0/8"
        for way in self.WAYS:
            response = self.call(*way)
            self.assertNotIn(response.json().get("code"), ("address", "unproven"), way)
        self.assertEqual(self.accepted(), 1)

    def test_an_administrator_reads_from_where_it_was_called_and_what_to_do(self):
        self.endpoint.allowed_from = "10.20.0.0/16"
        self.call("POST", "events")
        refused = self.env["mfg.sync.refused"].search([("endpoint_code", "=", "mes1")], limit=1, order="id desc")
        self.assertEqual((refused.code, refused.remote, refused.http_status), ("address", "127.0.0.1", 403))
        self.assertIn("not among those that may call", refused.what_to_do)

    def test_what_a_request_says_of_its_address_counts_only_where_a_proxy_is_trusted(self):
        self.endpoint.allowed_from = "10.20.0.0/16"
        inside, outside = "10.20.0.5", "203.0.113.9"
        for trusted, said, status in (
            (False, inside, 403),
            (True, inside, 202),
            (True, outside, 403),
            # the proxy adds whom it heard; what stands before it came with the request
            (True, f"{inside}, {outside}", 403),
            # nor does a quote that is never closed swallow what the proxy adds
            (True, f'{inside}%", {outside}', 403),
            (True, f'"{inside}%, {outside}', 403),
            (True, f"{outside}, {inside}", 200),
        ):
            with patch.dict(tools.config.options, {"proxy_mode": trusted}):
                response = self.call(
                    "POST",
                    "events",
                    X_Forwarded_For=said,
                    X_Forwarded_Host="odoo.plant.example",
                    X_Real_IP=inside,
                    Forwarded=f"for={inside}",
                )
            self.assertEqual(response.status_code, status, (trusted, said, response.text))
