"""The outbox that a system behind a firewall fetches from: of its own company only, at home only, at least once."""

import json

from odoo import fields, tools
from odoo.tests import tagged

from .common import SyncHttpCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestOutbox(SyncHttpCase):
    def setUp(self):
        super().setUp()
        self.endpoint = self.make_endpoint("pull7", kinds=("master.item",), delivery="pull")
        self.token = self.env["mfg.sync.credential"].set_key("pull7", "in_token")

    def tell(self, name="Frame", endpoint=None):
        """Odoo has news of a new item; the drain has made it ready. Returns the message."""
        endpoint = endpoint or self.endpoint
        item = self.env["product.product"].create(
            {"name": name, "default_code": f"O-{name}", "company_id": endpoint.company_id.id}
        )
        self.deliver(endpoint)
        return self.env["mfg.sync.message"].search(
            [("endpoint_id", "=", endpoint.id), ("res_model", "=", item._name), ("res_id", "=", item.id)]
        )

    def again(self, message, name):
        """Further news of the same item, a fact of its own: a later state would only replace the one before."""
        self.env.cr.execute("UPDATE mfg_sync_message SET subject = NULL WHERE id = %s", [message.id])
        self.env["product.product"].browse(message.res_id).name = name
        self.deliver(self.endpoint)
        return self.env["mfg.sync.message"].search([("lane", "=", message.lane), ("id", ">", message.id)])

    def fetch(self, token=None, code="pull7"):
        self.env.flush_all()
        answer = self.url_open(
            f"/mfg_sync/v1/{code}/outbox", headers={"Authorization": f"Bearer {token or self.token}"}
        )
        self.env.invalidate_all()
        if answer.status_code != 200:
            return answer.status_code
        return [event["id"] for event in answer.json()["events"]]

    def acknowledge(self, *messages, token=None, code="pull7", **more):
        self.env.flush_all()
        acks = [{"uuid": message.uuid, "result": "done", **more} for message in messages]
        answer = self.url_open(
            f"/mfg_sync/v1/{code}/outbox/ack",
            data=json.dumps({"acks": acks}).encode(),
            headers={"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"},
        )
        self.env.invalidate_all()
        return answer

    def pass_time(self, seconds):
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at - %s * interval '1 second'
               WHERE endpoint_id = %s""",
            [seconds, self.endpoint.id],
        )

    def test_what_was_fetched_is_not_seen_again_until_its_time_is_over(self):
        message = self.tell()
        self.assertEqual(self.fetch(), [message.uuid])
        self.assertEqual(self.fetch(), [])
        self.pass_time(58)
        self.assertEqual(self.fetch(), [], "their worker may still be busy with it")
        self.pass_time(3)
        self.assertEqual(self.fetch(), [message.uuid], "their worker was lost: the same id comes again")

    def test_what_waited_for_a_try_of_the_other_way_can_be_fetched_at_once(self):
        self.endpoint.write({"delivery": "push", "url": False})
        message = self.tell()
        self.assertEqual((message.state, message.attempt_count), ("pending", 1), message.error_text)
        self.assertTrue(message.error_text)
        self.assertGreater(message.next_attempt_at, fields.Datetime.now())
        self.endpoint.delivery = "pull"
        message.invalidate_recordset()
        self.assertFalse(message.error_text)
        self.deliver(self.endpoint)
        message.invalidate_recordset()
        self.assertEqual(message.what_to_do, "Nothing: the other side fetches it.", "nobody has been handed it")
        self.assertEqual(self.fetch(), [message.uuid])

    def test_what_was_due_at_that_moment_keeps_no_error_of_the_other_way(self):
        self.endpoint.write({"delivery": "push", "url": False})
        message = self.tell()
        self.pass_time(3600)
        self.endpoint.delivery = "pull"
        message.invalidate_recordset()
        self.assertFalse(message.error_text)

    def test_a_message_says_whether_it_was_fetched(self):
        message = self.tell()
        self.assertEqual(message.what_to_do, "Nothing: the other side fetches it.")
        self.fetch()
        self.assertIn("the other side has fetched it", message.what_to_do)
        again = tools.format_datetime(self.env, message.next_attempt_at)
        self.assertIn(again, message.what_to_do)
        self.pass_time(61)
        message.invalidate_recordset()
        self.assertIn("was not acknowledged", message.what_to_do)
        self.assertTrue(self.endpoint.outbox_address.endswith("/mfg_sync/v1/pull7/outbox"))

    def test_who_only_asks_whether_the_address_is_there_is_handed_nothing(self):
        """A HEAD of a watchdog: what it took would be invisible to the one who fetches."""
        message = self.tell()
        self.env.flush_all()
        headers, url = {"Authorization": f"Bearer {self.token}"}, f"{self.base_url()}/mfg_sync"
        # url_open asks for it differently in 17.0 and 19.0
        answer = self.opener.head(f"{url}/v1/pull7/outbox", headers=headers, timeout=12)
        self.assertEqual((answer.status_code, answer.headers["Allow"]), (405, "GET"))
        self.assertEqual(self.opener.head(f"{url}/health", timeout=12).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(message.attempt_count, 0)
        self.assertEqual(self.fetch(), [message.uuid])

    def test_a_limit_is_read_whole(self):
        self.tell()
        headers = {"Authorization": f"Bearer {self.token}"}
        for limit, code in (("0010001", "limit"), ("0" * 50 + "1", "limit"), ("0", "limit"), ("%C2%B2", "limit")):
            answer = self.url_open(f"/mfg_sync/v1/pull7/outbox?limit={limit}", headers=headers)
            self.assertEqual((answer.status_code, answer.json()["code"]), (400, code), limit)
        answer = self.url_open("/mfg_sync/v1/pull7/outbox?limit=0000000001", headers=headers)
        self.assertEqual(len(answer.json()["events"]), 1)

    def test_of_one_item_the_next_is_handed_out_when_the_one_before_is_acknowledged(self):
        first = self.tell()
        later = self.again(first, "Frame, painted")
        self.assertEqual(self.fetch(), [first.uuid])
        self.assertEqual(self.fetch(), [])
        self.acknowledge(first)
        self.assertEqual(self.fetch(), [later.uuid])

    def test_an_acknowledgement_may_be_repeated(self):
        message = self.tell()
        self.fetch()
        answers = [self.acknowledge(message) for _again in range(2)]
        self.assertEqual([answer.status_code for answer in answers], [200, 200])
        self.assertEqual(answers[0].json(), answers[1].json())
        self.assertEqual((message.state, message.attempt_count), ("done", 1))

    def test_a_token_of_the_second_company_neither_fetches_nor_acknowledges_ours(self):
        company = self.env["res.company"].create({"name": "Second plant"})
        other = self.make_endpoint("pull8", kinds=("master.item",), delivery="pull", company=company)
        token = self.env["mfg.sync.credential"].set_key("pull8", "in_token")
        ours = self.tell("Ours")
        theirs = self.tell("Theirs", other)
        self.assertEqual(self.fetch(token), 401, "their token at our address")
        self.assertEqual(self.fetch(token, "pull8"), [theirs.uuid])
        self.assertEqual(self.fetch(), [ours.uuid])
        self.assertEqual(self.acknowledge(ours, token=token).status_code, 401)
        (result,) = self.acknowledge(ours, token=token, code="pull8").json()["results"]
        self.assertEqual((result["status"], result["problem"]["status"]), ("refused", 404))
        self.assertEqual(ours.state, "pending")

    def test_a_neutralized_copy_hands_out_nothing_and_takes_no_acknowledgement(self):
        message = self.tell()
        self.fetch()
        self.env.flush_all()
        with tools.file_open("mfg_sync/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "true")
        self.env.invalidate_all()
        self.pass_time(61)
        self.assertEqual(self.fetch(), 503)
        self.assertEqual(self.acknowledge(message).status_code, 503)
        # somebody presses "Resume" and makes a key: still a copy
        self.endpoint.paused = False
        self.token = self.env["mfg.sync.credential"].set_key("pull7", "in_token")
        self.assertEqual(self.fetch(), 503)
        self.assertEqual(self.acknowledge(message).status_code, 503)
        self.assertEqual((message.state, message.attempt_count), ("pending", 1))

    def test_what_a_paused_synchronization_keeps_is_neither_rendered_nor_handed_out(self):
        before = self.tell()
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.direction == "out")
        flow.paused = True
        self.assertEqual(self.fetch(), [])
        self.assertFalse(self.tell("Fork"))
        flow.paused = False
        self.deliver(self.endpoint)
        self.assertEqual(len(self.fetch()), 2)
        self.assertEqual(before.attempt_count, 1)

    def test_as_long_as_the_system_behind_it_is_paused_it_is_told_nothing(self):
        message = self.tell()
        self.endpoint.system_ids.paused = True
        self.assertEqual(self.fetch(), 503)
        self.endpoint.system_ids.paused = False
        self.assertEqual(self.fetch(), [message.uuid])
