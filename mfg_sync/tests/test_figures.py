from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged

from ..engine import figures
from ..engine.errors import DataError, Early
from .past import PastCase

#: no synchronization has this id: rows of it are written for good by connections of their own, and deleted again
NOBODY = -4711


@tagged("post_install", "-at_install", "mfg_sync")
class TestFigures(PastCase):
    """A planner asks how many messages a shift brought, how late they were and what became of them."""

    def rows(self, **values):
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("flow_id", "=", self.flow.id), *((name, "=", value) for name, value in values.items())]
        return self.env["mfg.sync.figure"].search(domain)

    def total(self, name):
        return sum(self.rows().mapped(name))

    def a_shift(self):
        self.happen.update(bad=DataError("no such item"), early=Early("before its order", "order:1"))
        late = self.arrive("good", time="2026-11-23T08:00:00Z")
        self.arrive("bad", lane="MO/2")
        self.arrive("early", lane="MO/3")
        self.arrive("good", lane="MO/4", report="R1")
        self.arrive("good", lane="MO/4", report="R1")
        self.work()
        return late

    def pass_time(self, hours):
        self.env.cr.execute("UPDATE mfg_sync_figure SET start = start - %s * interval '1 hour'", [hours])

    def test_what_a_drain_did_is_counted(self):
        late = self.a_shift()
        found = {name: self.total(name) for name in ("received", "done", "no_effect", "held", "dead", "attempts")}
        self.assertEqual(found, {"received": 5, "done": 3, "no_effect": 1, "held": 1, "dead": 1, "attempts": 5})
        self.assertAlmostEqual(
            max(self.rows().mapped("late_max")), (late.received - late.occurred).total_seconds(), delta=2
        )
        self.assertGreater(self.total("size"), 0)

    def test_what_is_only_tried_is_no_work_that_was_done(self):
        self.endpoint.flow_ids.mode = "shadow"
        self.a_shift()
        found = {name: self.total(name) for name in ("received", "done", "no_effect", "held", "dead", "attempts")}
        self.assertEqual(found, {"received": 5, "done": 0, "no_effect": 0, "held": 0, "dead": 0, "attempts": 5})

    def test_many_rows_become_one_and_say_the_same(self):
        self.a_shift()
        self.work()
        self.arrive("again")
        self.work()
        before = {name: self.total(name) for name in (*figures.SUMS[:-3], "took_sum", "late_sum")}
        self.pass_time(1)
        while figures.compact(self.env.cr):
            pass
        after = {name: self.total(name) for name in before}
        for name, value in before.items():
            self.assertAlmostEqual(after[name], value, 3, name)
        minutes = self.rows().mapped("start")
        self.assertEqual(len(minutes), len(set(minutes)))
        took = [row for row in self.rows() if row.done]
        self.assertTrue(took[0].took_half <= took[0].took_most <= took[0].took_max)

    def test_minutes_become_hours_and_hours_days(self):
        self.a_shift()
        for hours, period in ((1, "minute"), (72, "hour"), (24 * 91, "day")):
            self.pass_time(hours)
            while figures.compact(self.env.cr):
                pass
            self.assertEqual(set(self.rows().mapped("period")), {period})
            self.assertEqual(self.total("received"), 5)
        self.assertEqual(len(self.rows()), len(set(self.rows().mapped("start"))))

    def test_what_a_person_settles_is_counted(self):
        self.happen["bad"] = DataError("no such item")
        message = self.arrive("bad")
        self.work()
        message.action_cancel("by hand")
        never = self.arrive("never tried", lane="MO/9")
        never.action_cancel("by hand")
        self.assertEqual((self.total("received"), self.total("done"), self.total("attempts")), (2, 0, 1))

    def test_other_companies_figures_are_not_shown(self):
        self.a_shift()
        other = self.env["res.company"].create({"name": "Plant B"})
        foreigner = new_test_user(
            self.env, "b", groups="mfg_sync.group_viewer", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertTrue(self.rows())
        self.assertFalse(self.rows().with_user(foreigner).search([]))

    # -- with connections of their own, committed for good

    def append(self, cr, count):
        histogram = [0] * (len(figures.BOUNDS) + 1)
        for _each in range(count):
            cr.execute(
                """INSERT INTO mfg_sync_figure (period, start, compacted, flow_id, endpoint_id, company_id, direction,
                       received, done, no_effect, held, dead, attempts, size, late_count, late_sum, late_max, took_sum,
                       took_max, late_histogram, took_histogram)
                   VALUES ('minute', date_trunc('minute', now() AT TIME ZONE 'UTC' - interval '10 minutes'), false, %s,
                           1, 1, 'in', 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, %s, %s)""",
                [NOBODY, histogram, [1, *histogram[1:]]],
            )

    def counted(self, cr):
        cr.execute(
            "SELECT count(*), sum(received), sum(took_histogram[1]) FROM mfg_sync_figure WHERE flow_id = %s", [NOBODY]
        )
        return cr.fetchone()

    def clean(self):
        with db_connect(self.env.cr.dbname).cursor() as cr:
            cr.execute("DELETE FROM mfg_sync_figure WHERE flow_id = %s", [NOBODY])
            cr.commit()  # pylint: disable=invalid-commit  # a connection of its own

    def test_what_is_appended_while_it_is_summed_up_is_not_lost(self):
        self.addCleanup(self.clean)
        database = db_connect(self.env.cr.dbname)
        with database.cursor() as drain, database.cursor() as compacting, database.cursor() as another:
            self.append(drain, 3)
            drain.commit()
            # a drain that has not committed yet, and one that begins while it is summed up
            self.append(drain, 1)
            figures.compact(compacting)
            self.append(another, 2)
            another.commit()
            drain.commit()
            compacting.commit()
            self.assertEqual(self.counted(another), (4, 6, 6))
            another.commit()
            figures.compact(another)
            another.commit()
            self.assertEqual(self.counted(another), (1, 6, 6))

    def test_a_killed_summing_up_changes_nothing(self):
        self.addCleanup(self.clean)
        database = db_connect(self.env.cr.dbname)
        with database.cursor() as drain, database.cursor() as compacting:
            self.append(drain, 3)
            drain.commit()
            figures.compact(compacting)
            compacting.rollback()
            self.assertEqual(self.counted(drain), (3, 3, 3))

    def test_two_that_sum_up_at_once_count_nothing_twice(self):
        self.addCleanup(self.clean)
        database = db_connect(self.env.cr.dbname)
        from threading import Thread

        from .. import compat

        with database.cursor() as one:
            self.append(one, 3)
            one.commit()
            compat.read_committed(one)
            figures.compact(one)

            def other():
                with database.cursor() as cr:
                    compat.read_committed(cr)
                    figures.compact(cr)
                    cr.commit()  # pylint: disable=invalid-commit  # as above

            thread = Thread(target=other)
            thread.start()
            one.commit()
            thread.join(20)
            self.assertFalse(thread.is_alive())
            self.assertEqual(self.counted(one), (1, 3, 3))
