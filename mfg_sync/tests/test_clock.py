import time
from contextlib import closing
from unittest.mock import patch

from odoo import sql_db
from odoo.tests import TransactionCase, tagged

from ..engine import clock, drain
from ..engine.clock import Clock
from ..engine.inbound import Done
from .common import SyncCase


def soon(seconds):
    return time.monotonic() + seconds


@tagged("post_install", "-at_install", "mfg_sync")
class TestClock(TransactionCase):
    """How long a planner waits for stock that a drain has written on."""

    def test_it_ends_soon_after_it_wrote_on_stock_where_others_are_at_work(self):
        ends = Clock(soon(100), soon(50), 0, others=lambda: True)
        self.assertFalse(ends.is_over())
        ends.wrote_on_stock()
        self.assertTrue(ends.is_over())

    def test_what_is_written_later_gives_no_more_time(self):
        ends = Clock(soon(100), soon(50), 10, others=lambda: True)
        ends.wrote_on_stock()
        first = ends.polite_end
        ends.stock_seconds = 20
        ends.wrote_on_stock()
        self.assertEqual(ends.polite_end, first)

    def test_where_nobody_else_is_at_work_it_goes_on_and_not_for_ever(self):
        ends = Clock(soon(100), soon(0), 0, others=lambda: False)
        ends.wrote_on_stock()
        self.assertFalse(ends.is_over())
        ends.end = soon(0)
        self.assertTrue(ends.is_over())

    def test_once_it_is_over_it_stays_so_whoever_goes_meanwhile(self):
        """Else what is behind the messages that were passed over would be applied before them."""
        there = iter([False, True, False])
        ends = Clock(soon(100), soon(0), others=lambda: next(there))
        self.assertEqual([ends.is_over() for _each in range(3)], [False, True, True])

    def test_nobody_is_looked_for_as_long_as_it_has_time(self):
        asked = []
        ends = Clock(soon(100), soon(50), 50, others=lambda: asked.append(1))
        ends.wrote_on_stock()
        ends.is_over()
        self.assertFalse(asked)

    def test_looking_costs_nothing_of_either_time(self):
        ends = Clock(soon(-1), soon(-1), others=lambda: True)
        ends.spent_looking(10)
        self.assertFalse(ends.is_over())

    # -- who is at work

    def backends(self):
        self.env.cr.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return {pid for (pid,) in self.env.cr.fetchall()}

    def test_somebody_is_at_work_from_his_first_query_to_his_commit(self):
        own = self.backends()
        self.assertFalse(clock.others_at_work(self.env.cr, own))
        with closing(sql_db.db_connect(self.env.cr.dbname).cursor()) as theirs:
            theirs.commit()
            self.assertNotIn(clock.backend(theirs), own)
            theirs.execute("SELECT 1 FROM stock_quant LIMIT 1")
            self.assertTrue(clock.others_at_work(self.env.cr, own), "looked at anew, in the same transaction")
            self.assertFalse(clock.others_at_work(self.env.cr, own | {clock.backend(theirs)}), "it is one of ours")
            theirs.commit()
            self.assertFalse(clock.others_at_work(self.env.cr, own))


@tagged("post_install", "-at_install", "mfg_sync")
class TestChunkClock(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint()
        cls.location = cls.env.ref("stock.stock_location_stock")

    def setUp(self):
        super().setUp()
        self.chunks = self.count_chunks()
        self.patch(
            type(self.env["mfg.sync.handler.test"]), "apply", lambda handler, message: self.happen(handler, message)
        )
        self.time_chunks(10)
        self.patch(drain, "STOCK_SECONDS", 0)

    def happen(self, handler, message):
        if message.data["text"] == "count":
            # sudo: a test message needs no rights on stock, and its context is the handler's
            quant, product = handler.env["stock.quant"].sudo(), handler.env["product.product"].sudo()
            product = product.create({"name": "Bolt"})
            quant._update_available_quantity(product, self.location.with_env(quant.env), 1)
        return Done("done")

    def chunks_of(self, texts, others):
        for text in texts:
            self.accept(self.endpoint, "sync.test", {"text": text})
        with patch.object(clock, "others_at_work", lambda cr, own: others):
            self.drain(self.endpoint)
        return [count for count in self.chunks if count]

    def test_while_others_work_one_message_that_writes_on_stock_is_a_step(self):
        self.assertEqual(self.chunks_of(["count"] * 3, others=True), [1, 1, 1])

    def test_where_nobody_else_works_they_go_together(self):
        self.assertEqual(self.chunks_of(["count"] * 3, others=False), [3])

    def test_what_writes_on_no_stock_goes_together_whoever_works(self):
        self.assertEqual(self.chunks_of(["hello"] * 3, others=True), [3])
