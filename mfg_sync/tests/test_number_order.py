from odoo.tests import tagged

from ..engine import claim, numbers
from ..engine.errors import DataError, Early
from .counted import CountedCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestNumberOrder(CountedCase):
    """Whose turn it is where numbers and clocks disagree, and what of it a chunk looks at."""

    def test_the_numbers_decide_about_the_order_whatever_the_clocks_say(self):
        for number, minute in ((3, 1), (1, 9), (2, 5)):
            self.arrive_as(number, minute=minute)
        self.work()
        self.assertEqual(self.numbers(), ["1", "2", "3"])

    def test_the_numbers_decide_also_where_a_chunk_looks_at_a_few(self):
        """Each is about another operation, so that nothing but its number keeps it from its turn."""
        self.look_at(2)
        for number, minute in ((5, 1), (4, 2), (3, 6), (1, 9), (2, 5)):
            self.arrive_as(number, minute=minute, scope=f"operation {number}")
        self.work()
        self.assertEqual(self.numbers(), ["1", "2", "3", "4", "5"])

    def test_who_looks_at_a_few_locks_a_few(self):
        for number in (6, 5, 4, 3, 2, 1):
            self.arrive_as(number, minute=9 - number)
        found = claim.lock_lanes(
            self.env.cr, self.endpoint.id, "in", claim.due_lanes(self.env.cr, self.endpoint.id, "in", 2), 2
        )
        numbers.arrange(self.env, found, 2)
        (rows,) = found.values()
        self.assertEqual([(row["sequence_no"], row["due"]) for row in rows], [
            (1, True), (2, True), (3, False), (4, False), (5, False), (6, False),
        ])  # fmt: skip
        self.assertEqual(["payload" in row for row in rows], [True, True, False, False, True, True])

    def test_a_report_waits_for_a_lower_number_of_a_later_time_that_failed(self):
        self.happen["MO/1 1"] = DataError("There is no such lot.")
        first = self.arrive_as(1, minute=9)
        self.work()
        second = self.arrive_as(2, minute=5)
        self.work()
        self.assertEqual((first.state, self.state_of(second), second.blocker_id), ("dead", ("held", "blocked"), first))
        self.happen.clear()
        first.action_replay()
        self.work()
        self.assertEqual(self.numbers(), ["1", "2"])

    def test_what_was_held_goes_before_higher_numbers_that_come_with_the_missing_one(self):
        self.arrive_as(1, scope="A")
        self.arrive_as(3, scope="B")
        self.work()
        self.arrive_as(2, scope="A")
        self.arrive_as(4, scope="A")
        self.work()
        self.assertEqual(self.numbers(), ["1", "2", "3", "4"])

    def test_a_late_number_does_not_put_a_report_behind_what_waits_for_it(self):
        """What is not counted keeps its place by time, so the late report pushes the third one behind it."""
        self.arrive_as(1)
        third = self.arrive_as(3)
        whole = self.arrive("the whole order", time="2026-11-23T08:05:00Z")
        self.work()
        self.assertEqual((self.state_of(third), self.state_of(whole)), (("held", "gap"), ("held", "blocked")))
        self.assertEqual(whole.blocker_id, third)
        self.arrive_as(2, minute=7)
        self.work()
        self.assertEqual(self.applied, ["MO/1 1", "MO/1 2", "MO/1 3", "the whole order"])

    def test_a_circle_of_waiting_does_not_close_over_what_a_look_does_not_reach(self):
        """The fifth stands first by its clock, is held behind the last one, and that one behind what is due again."""
        # with the others, and then by itself
        early = [Early("The operation has not started.", "operation:10")] * 2

        def early_at_first(handler, message):
            if early:
                raise early.pop()

        self.happen["material"] = early_at_first
        self.arrive_as(5, minute=1)
        self.arrive("material", time="2026-11-23T08:02:00Z")
        self.arrive("the order is ready", time="2026-11-23T08:03:00Z", closing=True)
        self.arrive_as(4, minute=4)
        self.work()
        done = list(dict.fromkeys(self.applied))
        self.assertEqual(done, ["MO/1 4", "material", "the order is ready", "MO/1 5"])

    def test_who_waits_for_a_lower_number_of_a_later_time_is_waited_for(self):
        """The second came last, by its clock far behind what a look at the material reaches; the third failed."""
        self.happen["MO/1 2"] = Early("The operation has not started.", "operation:10")
        self.happen["MO/1 3"] = DataError("There is no such lot.")
        self.arrive_as(1)
        third = self.arrive_as(3, minute=2, scope="A")
        second = self.arrive_as(2, minute=9, scope="B")
        self.work()
        self.assertEqual((third.state, self.state_of(second)), ("dead", ("held", "early")))
        ready = self.arrive("the order is ready", time="2026-11-23T08:03:00Z", closing=True)
        self.work()
        self.assertEqual((self.state_of(ready), ready.blocker_id), (("held", "blocked"), second))
        material = self.arrive("material", time="2026-11-23T08:04:00Z")
        self.work()
        self.assertEqual((self.state_of(material), material.blocker_id), (("held", "blocked"), ready))
        self.happen.clear()
        for late in (second, third):
            late.action_replay()
            self.work()
        self.assertEqual(self.applied[-4:], ["MO/1 2", "MO/1 3", "the order is ready", "material"])

    def test_of_what_waits_for_a_number_no_contents_are_read(self):
        self.arrive_as(1)
        held = self.arrive_as(3)
        self.work()
        due = self.arrive_as(4)
        self.assertEqual(self.state_of(held), ("held", "gap"))
        (rows,) = claim.lock_lanes(self.env.cr, self.endpoint.id, "in", [due.lane]).values()
        self.assertEqual([(row["id"], "payload" in row) for row in rows], [(held.id, False), (due.id, True)])
