import json
from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2
from psycopg2 import errorcodes

from odoo.tests import tagged

from ..engine import bucket, pointers
from ..engine.gate import Gate
from ..protocol import cloudevents, signature
from .common import SyncCase, SyncHttpCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestWayIn(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()

    def test_a_message_is_applied_once(self):
        message = self.apply(self.endpoint, "sync.test", {"text": "Hello"})
        self.assertEqual((message.state, message.status, message.attempt_count), ("done", "done", 1))
        self.assertIn("Hello", message.result_text)
        self.assertTrue(message.no_effect)

    def test_the_same_message_again_is_a_duplicate(self):
        first = self.accept(self.endpoint, "sync.test", {"text": "Hello"}, event_id="a")
        again = self.accept(self.endpoint, "sync.test", {"text": "Hello"}, event_id="a")
        self.assertEqual(first, again)

    def test_the_same_id_with_other_content_is_refused(self):
        self.accept(self.endpoint, "sync.test", {"text": "Hello"}, event_id="a")
        with self.assertRaisesRegex(AssertionError, "other-content"):
            self.accept(self.endpoint, "sync.test", {"text": "Hallo"}, event_id="a")

    def test_a_clock_may_be_ahead_by_a_time_zone_but_not_by_years(self):
        """Such a state would be newer than all that is told until then."""
        for hours in (1, 14, 23):
            time = (datetime.utcnow() + timedelta(hours=hours)).isoformat()
            self.assertEqual(self.accept(self.endpoint, "sync.test", {"text": "Hi"}, time=f"{time}Z").state, "pending")
        event = {"specversion": "1.0", "id": "2199", "source": "urn:mes1", "type": "sync.test.v1",
                 "data": {"text": "Hi"}}  # fmt: skip
        good = {**event, "id": "now", "time": f"{datetime.utcnow().isoformat()}Z"}
        for time in ("2199-12-31T23:59:59Z", f"{(datetime.utcnow() + timedelta(hours=25)).isoformat()}Z"):
            body = json.dumps([{**event, "time": time}, good]).encode()
            _mode, (refused, taken) = Gate(self.env.cr).receive(
                self.as_known(self.endpoint), body, cloudevents.BATCH, {}
            )
            self.assertIn(taken["status"], ("accepted", "duplicate"))
            problem = refused["problem"]
            self.assertEqual((problem["status"], problem["code"]), (422, "in-future"))
            self.assertEqual(problem["errors"][0]["pointer"], "/time")
            self.assertIn(time[:19], problem["detail"])
            self.assertIn(f"the time of this server, {datetime.utcnow().date().isoformat()}", problem["detail"])
        self.assertFalse(self.env["mfg.sync.message"].search([("event_id", "=", "2199")]))


@tagged("post_install", "-at_install", "mfg_sync")
class TestListening(SyncCase):
    """A connection that waits for the first message of a system whose name nobody knows yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("hub")
        cls.endpoint.system_ids.unlink()
        cls.endpoint.listening = True

    def send(self, *events):
        preset = {"specversion": "1.0", "id": "1", "source": "urn:line", "type": "sync.test.v1", "data": {"text": "Hi"}}
        self.env.flush_all()
        known = {**self.as_known(self.endpoint), "listening": self.endpoint.listening}
        body = json.dumps([{**preset, **event} for event in events]).encode()
        _mode, results = Gate(self.env.cr).receive(known, body, cloudevents.BATCH, {})
        self.env.invalidate_all()
        return [result.get("problem", result).get("code", result["status"]) for result in results]

    def test_what_is_refused_teaches_it_nothing_and_it_listens_on(self):
        far = f"{(datetime.utcnow() + timedelta(days=400)).isoformat()}Z"
        for event, why in (
            ({"type": "no.such.kind.v1"}, "type"),
            ({"data": {}}, "schema"),
            ({"time": far}, "in-future"),
            ({"time": "1990-01-01T00:00:00Z"}, "too-old"),
            ({"id": ""}, "envelope"),
        ):
            self.assertEqual(self.send({"source": "urn:stray", **event}), [why])
            self.assertTrue(self.endpoint.listening)
            self.assertFalse(self.endpoint.system_ids)
        self.assertEqual(self.send({}), ["accepted"])
        self.assertEqual(self.endpoint.system_ids.mapped("source"), ["urn:line"])
        self.assertFalse(self.endpoint.listening)
        self.assertEqual(self.send({"source": "urn:other", "id": "2"}), ["source"])

    def test_of_a_batch_the_first_good_one_teaches_it(self):
        answers = self.send({"source": "urn:stray", "data": {}}, {}, {"source": "urn:other", "id": "2"}, {"id": "3"})
        self.assertEqual(answers, ["source", "accepted", "source", "accepted"])
        self.assertEqual(self.endpoint.system_ids.mapped("source"), ["urn:line"])

    def test_a_connection_that_knows_a_system_learns_no_other(self):
        self.endpoint.system_ids = [(0, 0, {"name": "Line", "source": "urn:line", "active": False})]
        self.assertEqual(self.send({"source": "urn:other"}), ["source"])
        self.assertEqual(self.send({}), ["source"], "an Administrator put it aside")
        self.assertTrue(self.endpoint.listening)
        self.env["mfg.sync.system"].with_context(active_test=False).search([("source", "=", "urn:line")]).active = True
        self.assertEqual(self.send({}), ["accepted"])
        self.assertFalse(self.endpoint.listening)


@tagged("post_install", "-at_install", "mfg_sync")
class TestGateHttp(SyncHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()
        cls.secret = cls.env["mfg.sync.credential"].set_key("mes1", "in_secret")
        cls.token = cls.env["mfg.sync.credential"].set_key("mes1", "in_token")

    def event(self, **values):
        return {
            "specversion": "1.0",
            "id": "1",
            "source": "urn:mes1",
            "type": "sync.test.v1",
            "data": {"text": "Hi"},
            **values,
        }

    def test_signed_event_is_accepted_and_found_again(self):
        body = json.dumps(self.event()).encode()
        response = self.post("mes1", body, self.secret)
        self.assertEqual(response.status_code, 202, response.text)
        uuid = response.json()["uuid"]
        found = self.url_open(f"/mfg_sync/v1/mes1/events/{uuid}", headers={"Authorization": f"Bearer {self.token}"})
        self.assertEqual((found.status_code, found.json()["state"]), (200, "pending"), found.text)
        self.assertEqual(self.post("mes1", body, self.secret).status_code, 200)

    def test_who_meets_others_in_the_way_again_and_again_is_not_sent_away(self):
        """Acknowledgements of many meet what is told meanwhile: no fault of the sender, who is counted once."""
        self.endpoint.write({"in_rate": 0.01, "in_burst": 2})
        met = [type("Met", (psycopg2.errors.DeadlockDetected,), {"pgcode": errorcodes.DEADLOCK_DETECTED})] * 4
        take = Gate.take

        def race(gate, *args, **kw):
            if met:
                raise met.pop()()
            return take(gate, *args, **kw)

        counted = patch.object(bucket, "take", side_effect=bucket.take)
        with patch.object(Gate, "take", race), counted as counts:
            response = self.post("mes1", json.dumps(self.event()).encode(), self.secret)
        self.assertEqual((response.status_code, met, counts.call_count), (202, [], 1), response.text)

    def test_one_that_comes_alone_is_kept_as_those_that_come_together(self):
        together = json.dumps([self.event(id="first"), self.event(id="second")]).encode()
        self.assertEqual(self.post("mes1", json.dumps(self.event(id="alone")).encode(), self.secret).status_code, 202)
        self.assertEqual(self.post("mes1", together, self.secret, content_type=cloudevents.BATCH).status_code, 202)
        self.env.cr.execute(
            """SELECT to_jsonb(m) - '{id, uuid, event_id, lane, sort_time, received, next_attempt_at, patience_until,
                      create_date, write_date}'::text[] AS kept, extract(epoch FROM patience_until - received)::int,
                      sort_time - received < interval '1 s', next_attempt_at - received < interval '1 s'
               FROM mfg_sync_message m WHERE event_id IN ('alone', 'first', 'second')"""
        )
        rows = self.env.cr.fetchall()
        self.assertEqual(len(rows), 3)
        self.assertEqual(rows[0][1:], (72 * 3600, True, True))
        self.assertEqual((rows[1], rows[2]), (rows[0], rows[0]))

    def test_strangers_get_the_same_answer(self):
        body = json.dumps(self.event()).encode()
        wrong = self.post("mes1", body, signature.new_secret())
        unknown = self.post("nobody", body, signature.new_secret())
        missing = self.post("mes1", body)
        self.assertEqual([r.status_code for r in (wrong, unknown, missing)], [401] * 3)
        self.assertEqual(wrong.content, unknown.content)
        self.assertEqual(wrong.content, missing.content)

    def test_batch_answers_each_in_its_place(self):
        body = json.dumps([self.event(), self.event(id="2", data={}), self.event(id="3", source="urn:other")]).encode()
        response = self.post("mes1", body, self.secret, content_type=cloudevents.BATCH)
        self.assertEqual(response.status_code, 207, response.text)
        statuses = [(r["status"], r.get("problem", {}).get("code")) for r in response.json()["results"]]
        self.assertEqual(statuses, [("accepted", None), ("refused", "schema"), ("refused", "source")])

    def test_not_json_says_where(self):
        response = self.post("mes1", b'{"id": ', self.secret)
        self.assertEqual((response.status_code, response.json()["code"]), (400, "json"))
        self.assertTrue(self.env["mfg.sync.refused"].search([("code", "=", "json")]))


@tagged("post_install", "-at_install", "mfg_sync")
class TestSummary(SyncCase):
    def test_a_summary_writes_moments_as_people_do(self):
        data = {"site": "WH", "as_of": "2026-11-23T21:44:15Z", "shift": "2026-11-23T06:00:00+01:00"}
        self.assertEqual(
            pointers.sentence("Stock at {site} as of {as_of}", data), "Stock at WH as of 2026-11-23 21:44 UTC"
        )
        self.assertEqual(pointers.sentence("{shift}, {missing}", data), "2026-11-23 06:00 +01:00, …")
