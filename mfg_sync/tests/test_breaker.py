"""When a line counts as broken, and when it is tried again: the rules, without waiting for real times."""

import time

from odoo.tests import tagged

from ..engine import breaker, bucket
from ..engine.delivery import Delivery
from ..engine.pace import Pace
from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestBreaker(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint(
            "mes1", kinds=("master.item",), url="http://127.0.0.1:9/", breaker_after=3, first_probe=100.0
        )
        cls.env["mfg.sync.credential"].set_key("mes1", "out_secret")

    def fails(self, row_id, **values):
        return breaker.failed(
            self.env.cr, self.endpoint.id, row_id, **{"text": "503", "after": 3, "first_probe": 100.0, **values}
        )

    def is_open(self):
        return breaker.is_open(self.env.cr, self.endpoint.id)

    def told(self, count):
        """So many messages are on their way out, each about an item of its own."""
        self.env["product.product"].create([{"name": "Frame", "default_code": f"B-{each}"} for each in range(count)])
        self.captured()
        self.env["mfg.sync.capture"]._render_marks(self.endpoint.id, 100)
        return self.captured()

    def test_one_message_that_fails_again_and_again_says_nothing_of_the_line(self):
        for _again in range(10):
            self.assertIsNone(self.fails(7))
        self.assertFalse(self.is_open())
        self.fails(8)
        self.assertTrue(self.fails(9))
        self.assertTrue(self.is_open())

    def test_an_answer_in_between_begins_the_count_anew(self):
        self.fails(1)
        self.fails(2)
        breaker.answered(self.env.cr, self.endpoint.id)
        self.assertIsNone(self.fails(3))
        self.assertFalse(self.is_open())

    def test_probes_of_many_plants_do_not_come_together(self):
        for row_id in range(3):
            self.fails(row_id)
        waits = []
        for _again in range(8):
            self.env.cr.execute("UPDATE mfg_sync_line SET probes = 0 WHERE endpoint_id = %s", [self.endpoint.id])
            waits.append(self.fails(1))
        # rounded up to whole seconds, between a tenth and the whole of the first interval
        self.assertGreater(max(waits) - min(waits), 5)
        self.assertTrue(all(9 < wait <= 102 for wait in waits), waits)

    def test_half_open_one_message_goes_as_a_probe_and_the_least_tried(self):
        told = self.told(4)
        for message in told[:3]:
            self.fails(message.id)
        self.env.cr.execute("UPDATE mfg_sync_message SET attempt_count = 5 WHERE id = ANY(%s)", [(told - told[2]).ids])
        self.env.cr.execute("UPDATE mfg_sync_line SET probe_at = now() AT TIME ZONE 'UTC' - interval '1 second'")
        self.env.invalidate_all()
        with self.own_cursors():
            delivery = Delivery(self.env.registry, self.endpoint.id)
            batch = delivery._in_transaction(delivery._claim)
        self.assertEqual([row["id"] for row in batch["rows"]], told[2].ids)

    def test_who_comes_back_from_an_outage_is_not_overrun(self):
        self.endpoint.catch_up_rate = 25.0
        pace = Delivery(self.env.registry, self.endpoint.id).pace
        pace.look(self.env.cr, self.endpoint)
        self.assertEqual((pace.interval, pace.batch(50)), (0.0, 50))
        for row_id in range(3):
            self.fails(row_id)
        breaker.answered(self.env.cr, self.endpoint.id)
        pace.look(self.env.cr, self.endpoint)
        self.assertEqual((pace.interval, pace.batch(50)), (1 / 25, 50))
        self.endpoint.out_rate = 4.0
        pace.look(self.env.cr, self.endpoint)
        self.assertEqual((pace.interval, pace.batch(50)), (1 / 4, 8))
        bucket.caught_up(self.env.cr, self.endpoint.id)
        self.endpoint.out_rate = 0
        pace.look(self.env.cr, self.endpoint)
        self.assertEqual(pace.interval, 0.0)

    def test_a_failure_of_the_line_is_no_outage_before_the_breaker_opens(self):
        self.fails(1)
        breaker.answered(self.env.cr, self.endpoint.id)
        self.assertEqual(bucket.look(self.env.cr, self.endpoint.id), (0.0, False))

    def test_messages_go_evenly_spaced_and_not_faster_after_a_pause(self):
        pace = Pace()
        pace.interval = 0.05
        moments = []
        for number in range(8):
            if number == 4:
                time.sleep(0.2)
            self.assertTrue(pace.allows())
            moments.append(time.monotonic())
        self.assertGreater(min(later - earlier for earlier, later in zip(moments, moments[1:], strict=False)), 0.045)
        pace.interval = 10
        self.assertTrue(pace.allows())
        self.assertFalse(pace.allows(), "a slot is not held asleep for so long")

    def test_a_line_that_nobody_answers_opens_it(self):
        told = self.told(3)
        self.deliver(self.endpoint)
        self.assertTrue(self.is_open(), "nobody listens there")
        self.assertEqual(told.mapped("state"), ["pending"] * 3)
