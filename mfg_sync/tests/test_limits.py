"""How much may cross a connection: events that come in by a token bucket, and what planners read of a backlog."""

import json
import re
from datetime import datetime

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..protocol import cloudevents
from .common import SyncCase, SyncHttpCase

ALLOWED = ("RateLimit", "RateLimit-Policy")


@tagged("post_install", "-at_install", "mfg_sync")
class TestLimits(SyncHttpCase):
    """The clock of the database stands still in a test but for what :meth:`pass_time` takes from the bucket's."""

    def setUp(self):
        super().setUp()
        # one event in a hundred seconds: what the test itself takes refills nothing
        self.endpoint = self.make_endpoint("mes7", in_rate=0.01, in_burst=5)
        self.secret = self.env["mfg.sync.credential"].set_key("mes7", "in_secret")

    def send(self, count=1, secret=None, code="mes7"):
        self.sent = getattr(self, "sent", 0) + 1
        events = [
            {
                "specversion": "1.0",
                "id": f"{self.sent}-{number}",
                "source": f"urn:{code}",
                "type": "sync.test.v1",
                "data": {"text": "Hello"},
            }
            for number in range(count)
        ]
        self.env.flush_all()
        return self.post(code, json.dumps(events).encode(), secret or self.secret, content_type=cloudevents.BATCH)

    def pass_time(self, seconds):
        self.env.cr.execute(
            "UPDATE mfg_sync_bucket SET counted = counted - %s * interval '1 second' WHERE endpoint_id = %s",
            [seconds, self.endpoint.id],
        )

    def rows(self):
        return self.env["mfg.sync.message"].search_count([("endpoint_id", "=", self.endpoint.id)])

    def test_a_sender_within_its_rate_is_told_what_is_left(self):
        answer = self.send(3)
        self.assertEqual(answer.status_code, 202)
        self.assertEqual(answer.headers["RateLimit-Policy"], '"events";q=5;qu="events";w=500')
        self.assertEqual(answer.headers["RateLimit"], '"events";r=2;t=300')
        self.assertNotIn("Retry-After", answer.headers)

    def test_events_are_counted_not_requests_and_a_refused_batch_takes_nothing(self):
        self.send(3)
        answer = self.send(3)
        self.assertEqual((answer.status_code, answer.json()["code"]), (429, "rate-limit"))
        self.assertIn("problem+json", answer.headers["Content-Type"])
        self.assertEqual(answer.headers["Retry-After"], "100")
        self.assertEqual(answer.headers["RateLimit"], '"events";r=2;t=100')
        self.assertIn("0.01 a second", answer.json()["detail"])
        self.assertEqual(self.rows(), 3, "nothing of it is kept")
        self.assertEqual(self.send(2).status_code, 202)

    def test_what_was_refused_passes_when_it_comes_again_at_the_time_told(self):
        self.send(5)
        wait = int(self.send(1).headers["Retry-After"])
        self.pass_time(wait - 2)
        self.assertEqual(self.send(1).status_code, 429)
        self.pass_time(3)
        self.assertEqual(self.send(1).status_code, 202)

    def test_a_batch_larger_than_the_burst_passes_when_the_bucket_is_full_and_is_paid_for_later(self):
        self.assertEqual(self.send(12).status_code, 202)
        self.assertEqual(self.send(1).headers["Retry-After"], "800")
        self.pass_time(1100)
        self.assertEqual(self.send(12).headers["Retry-After"], "100")
        self.pass_time(101)
        self.assertEqual(self.send(12).status_code, 202)

    def test_a_quiet_time_fills_the_bucket_no_further_than_its_burst(self):
        self.send(1)
        self.pass_time(10**6)
        self.assertEqual(self.send(4).headers["RateLimit"], '"events";r=1;t=400')

    def test_a_clock_that_was_set_back_shuts_nobody_out(self):
        self.send(5)
        self.pass_time(-86400)
        self.assertEqual(self.send(1).headers["Retry-After"], "100")
        self.pass_time(101 + 86400)
        self.assertEqual(self.send(1).status_code, 202)
        self.pass_time(-86400)
        self.pass_time(86400 + 101)
        self.assertEqual(self.send(1).status_code, 202)

    def test_a_stranger_gets_the_same_401_and_takes_nothing(self):
        self.send(5)
        stranger = self.send(1, secret="whsec_c3RyYW5nZXIgc3RyYW5nZXIgc3RyYW5nZXIgMTIz")  # noqa: S106
        self.assertEqual(stranger.status_code, 401)
        self.assertFalse({*ALLOWED, "Retry-After"} & set(stranger.headers))
        self.pass_time(101)
        self.send(1, secret="whsec_c3RyYW5nZXIgc3RyYW5nZXIgc3RyYW5nZXIgMTIz")  # noqa: S106
        self.assertEqual(self.send(1).status_code, 202)

    def test_a_refusal_leaves_its_trace(self):
        self.send(5)
        self.send(1)
        refused = self.env["mfg.sync.refused"].search([("endpoint_code", "=", "mes7")], limit=1)
        self.assertEqual((refused.http_status, refused.code), (429, "rate-limit"))

    def test_who_has_no_limit_hears_of_none_and_has_no_bucket(self):
        self.endpoint.in_rate = 0
        answer = self.send(100)
        self.assertEqual(answer.status_code, 202)
        self.assertFalse(set(ALLOWED) & set(answer.headers))
        self.assertFalse(self.env["mfg.sync.bucket"].search([("endpoint_id", "=", self.endpoint.id)]))

    def test_each_connection_has_a_bucket_of_its_own(self):
        self.make_endpoint("mes8", in_rate=0.01, in_burst=5)
        other = self.env["mfg.sync.credential"].set_key("mes8", "in_secret")
        self.send(5)
        self.assertEqual(self.send(1).status_code, 429)
        self.assertEqual(self.send(5, secret=other, code="mes8").status_code, 202)


@tagged("post_install", "-at_install", "mfg_sync")
class TestBacklog(SyncCase):
    """What the page of a connection says of its backlog."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1", kinds=("sync.test", "master.item"))
        cls.planner = new_test_user(cls.env, "backlog_pia", groups="mfg_sync.group_viewer", tz="Europe/Berlin")

    def pile_up(self, count, direction="in"):
        self.env.cr.execute(
            """INSERT INTO mfg_sync_message (uuid, direction, endpoint_id, company_id, event_id, source, state, lane,
                                             sort_time, received, next_attempt_at, attempt_count)
               SELECT %(way)s || n, %(way)s, %(endpoint)s, %(company)s, %(way)s || n, 'urn:x', 'pending', 'l' || n,
                      t.now, t.now, t.now, 0
               FROM generate_series(1, %(count)s) n, (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now) t""",
            {
                "way": direction,
                "endpoint": self.endpoint.id,
                "company": self.endpoint.company_id.id,
                "count": count,
            },
        )

    def worked(self, count, seconds_ago, direction="in"):
        """So many of the piled up were done, so long ago."""
        self.env.cr.execute(
            """WITH done AS (UPDATE mfg_sync_message SET state = 'done' WHERE id IN (
                   SELECT id FROM mfg_sync_message WHERE endpoint_id = %s AND direction = %s AND state = 'pending'
                   ORDER BY id LIMIT %s) RETURNING id)
               INSERT INTO mfg_sync_attempt (message_id, result, create_date)
               SELECT id, 'done', clock_timestamp() AT TIME ZONE 'UTC' - %s * interval '1 second'
               FROM done""",
            [self.endpoint.id, direction, count, seconds_ago],
        )

    def told(self, at="2026-03-10 12:58:30", **context):
        endpoint = self.endpoint.with_user(self.planner).with_context(**context)
        endpoint.invalidate_recordset()
        # 19 and 17 write the blank before AM and PM in their own ways
        with freeze_time(datetime.fromisoformat(at)):
            return (endpoint.backlog_text or "").replace("\u202f", " ")

    def test_a_planner_reads_when_it_is_caught_up_on_his_own_clock(self):
        self.pile_up(3000)
        self.worked(60, 30)
        # 2,940 at one a second: 49 minutes after 13:58:30 in Berlin, rounded up to five
        self.assertEqual(self.told(), "2,940 messages wait to be applied; caught up about 2:50 PM.")

    def test_both_ways_each_with_its_own_rate(self):
        self.pile_up(300, "out")
        self.worked(60, 40, "out")
        self.pile_up(3200)
        # last, and just now: it is to be read within the shortest of the windows, also on a machine that is busy
        self.worked(200, 0)
        self.assertEqual(
            self.told(),
            "3,000 messages wait to be applied; caught up about 2:01 PM. "
            "240 messages wait to be sent; caught up about 2:03 PM.",
        )

    def test_what_lasts_into_another_day_has_its_date(self):
        self.pile_up(40000)
        # outside the shortest of the windows, and long within the next
        self.worked(60, 12)
        self.assertIn("3/11/26", self.told())

    def test_a_backlog_nobody_works_on_yet_has_no_time(self):
        self.pile_up(500)
        self.assertEqual(self.told(), "500 messages wait to be applied; it is not known yet how long that takes.")

    def test_nothing_is_said_of_what_is_done_in_a_minute_or_held_back(self):
        self.assertEqual(self.told(), "")
        self.pile_up(100)
        self.worked(60, 30)
        self.assertEqual(self.told(), "", "40 at one a second")
        self.pile_up(3000, "out")
        self.assertTrue(self.told())
        self.endpoint.paused = True
        self.assertEqual(self.told(), "", "the page says that it is paused")

    def test_marks_are_a_backlog_too_and_each_document_is_counted_once(self):
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "master.item")
        self.env.cr.execute(
            """INSERT INTO mfg_sync_mark (flow_id, endpoint_id, company_id, res_model, res_id)
               SELECT %s, %s, %s, 'product.product', n %% 50 FROM generate_series(1, 500) n""",
            [flow.id, self.endpoint.id, self.endpoint.company_id.id],
        )
        self.assertIn("50 messages wait to be sent", self.told())
        flow.paused = True
        self.assertEqual(self.told(), "")


@tagged("post_install", "-at_install", "mfg_sync")
class TestBounds(SyncCase):
    """Nobody's save and no sender pays for a setting that can't be: it is refused when it is made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes7", kinds=("sync.test",))
        # and of the whole of Odoo: kinds of messages bind all companies
        cls.administrator = new_test_user(cls.env, "lim_admin", groups="mfg_sync.group_administrator,base.group_system")

    def refused(self, record, name, values):
        record = record.with_user(self.administrator)
        label = record._fields[name].string
        for value in values:
            with self.subTest(name=name, value=value):
                with self.assertRaisesRegex(ValidationError, rf"“{re.escape(label)}” of .* can't be .*enter "):
                    record[name] = value
                record.invalidate_recordset(flush=False)

    def test_settings_that_would_break_what_others_do_are_refused(self):
        never = (float("nan"), float("inf"), 1e15)
        for name in ("patience_hours", "collect_minutes", "expected_latency"):
            self.refused(self.endpoint.flow_ids[:1], name, never)
        self.refused(self.endpoint.flow_ids[:1], "interval_number", (2**31 - 1,))
        self.refused(self.endpoint.flow_ids.type_id[:1], "patience_hours", (*never, -5.0))
        for name in ("connect_timeout", "read_timeout", "first_retry", "first_probe"):
            self.refused(self.endpoint, name, (*never, 1e-300))
        for name in ("in_rate", "out_rate", "catch_up_rate"):
            self.refused(self.endpoint, name, (*never, 1e-300, -1.0))
        for name in ("in_burst", "wait_requests", "breaker_after"):
            self.refused(self.endpoint, name, (2**31 - 1, -1))

    def test_a_filter_that_is_none_is_refused_before_somebody_saves_an_item(self):
        flow = self.add_flows(
            self.make_endpoint("mes8", groups="stock.group_stock_user", kinds=()), "master.item"
        ).with_user(self.administrator)
        self.env["product.product"].create({"name": "Frame"})
        for domain in (
            *("[('a')]", "1", "'[]'", "{'name': 1}", "[('no_field', '=', 1)]", "[('name', 'is like', 'x')]", "[", "no"),
            *("[1]", "[('name', '=')]", "['&', ('name', '=', 'x')]", "['!']", "[('id', '=', 'Frame')]"),
        ):
            with self.subTest(domain=domain), self.assertRaisesRegex(ValidationError, "is not a domain"):
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    flow.domain = domain
            flow.invalidate_recordset(flush=False)
        for domain in ("[('name', 'like', 'Steel')]", "['|', ('id', '>', 5), ('default_code', '=', False)]", "[]", ""):
            flow.domain = domain

    def test_what_is_possible_and_what_is_switched_off_is_taken(self):
        self.endpoint.with_user(self.administrator).write(
            {"in_rate": 0, "out_rate": 0.2, "catch_up_rate": 0, "breaker_after": 0, "first_probe": 900, "in_burst": 1}
        )
        self.endpoint.flow_ids.with_user(self.administrator).write({"patience_hours": 0.01, "collect_minutes": 10080})
        self.env.flush_all()
