import json

from odoo.tests import tagged

from .test_part_by_hand import TEN, PartByHandCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestPartCancelled(PartByHandCase):
    """A report is done by hand and cancelled, as its text asks for: the next one is not taken for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["stock.quant"]._update_available_quantity(cls.case, cls.stock, 100)

    def stuck(self, quantity, *behind):
        """One piece was closed as P-9, a report of another lot since is asked about; those behind it wait for it."""
        rest = self.close_by_hand(TEN + 5, 1, "P-9")
        first = self.report(TEN, quantity)
        self.assertHeld(first, "conflict", "as lot P-9 since")
        later = [self.report(TEN + 15 + number, number_of) for number, number_of in enumerate(behind)]
        for message in later:
            self.assertHeld(message, "blocked")
        return rest, first, *later

    def cancel(self, message):
        message.action_cancel("Done by hand.")
        self.drain(self.endpoint)

    def test_the_next_report_is_made_when_one_was_done_by_hand_and_cancelled(self):
        rest, first, later = self.stuck(6, 2)
        self.close_by_hand(TEN + 30, 6, order=rest)
        self.cancel(first)
        self.assertDone(later)
        self.assertIn("2 Units of [BATTERY] Battery finished.", later.result_text)
        self.assertMade(1, 6, 2, 0)

    def test_another_lot_than_that_of_the_cancelled_report_is_made_too(self):
        rest, first = self.stuck(6)
        later = self.report(TEN + 15, 2, lot="P-2")
        self.close_by_hand(TEN + 30, 6, order=rest)
        self.cancel(first)
        self.assertDone(later)
        self.assertMade(1, 6, 2, 0)

    def test_two_reports_that_were_closed_together(self):
        rest, first, later = self.stuck(6, 2)
        self.close_by_hand(TEN + 30, 8, order=rest)
        self.cancel(first)
        self.assertDone(later, effect=False)
        self.assertMade(1, 8, 0)

    def test_reports_of_the_same_quantity_are_for_a_person(self):
        rest, first, later, last = self.stuck(3, 3, 1)
        rest = self.close_by_hand(TEN + 30, 3, order=rest)
        self.cancel(first)
        self.assertHeld(later, "conflict", f"those of a report that was cancelled: {first.event_id}.")
        self.assertMade(1, 3, 0)
        with self.subTest("it was this one"), self.env.cr.savepoint() as savepoint:
            self.assertDone(self.replay(later), effect=False)
            self.assertDone(last)
            self.assertMade(1, 3, 1, 0)
            savepoint.rollback()
            self.env.invalidate_all()
        with self.subTest("it was the other one, and this is done by hand too"):
            self.close_by_hand(TEN + 40, 3, order=rest)
            self.cancel(later)
            self.assertDone(last)
            self.assertMade(1, 3, 3, 1, 0)

    def test_an_answer_to_something_else_is_none(self):
        rest, first, later = self.stuck(3, 3)
        (first | later).action_replay()
        self.drain(self.endpoint)
        self.assertHeld(later, "blocked")
        self.close_by_hand(TEN + 30, 3, order=rest)
        self.cancel(first)
        self.assertHeld(later, "conflict", "those of a report that was cancelled")

    def test_an_answer_to_what_a_component_took_is_none(self):
        rest, first = self.stuck(3)
        self.cancel(first)
        case = rest.move_raw_ids.filtered(lambda move: move.product_id == self.case)
        case.write({"quantity": 4, "manual_consumption": True, "picked": True})
        later = self.report(TEN + 15, 3)
        self.assertHeld(later, "conflict", "was set to 4 Units")
        self.close_by_hand(TEN + 30, 3, order=rest)
        self.assertHeld(self.replay(later), "conflict", "those of a report that was cancelled")
        self.assertDone(self.replay(later), effect=False)
        self.assertMade(1, 3, 0)

    def test_what_a_cancelled_report_told_in_another_unit_is_for_a_person(self):
        self.env["stock.quant"]._update_available_quantity(self.case, self.stock, -100)
        first = self.report(TEN, 6, unit="BOX")
        self.assertHeld(first, "reference", "BOX")
        later = self.waiting(TEN + 15, 2)
        self.close_by_hand(TEN + 30, 6)
        self.cancel(first)
        self.assertHeld(later, "conflict", "those of a report that was cancelled")
        self.assertDone(self.replay(later), effect=False)

    def test_a_report_that_was_corrected_is_not_cancelled(self):
        rest, first, later = self.stuck(8, 2)
        self.close_by_hand(TEN + 30, 8, order=rest)
        content = {"order": "ORD-1", "quantity": 6, "lot": "P-1", "report": f"{TEN}"}
        corrected = first.action_correct(json.dumps(content), "Miscounted.")
        self.drain(self.endpoint)
        for message in (corrected, later):
            self.assertDone(message, effect=False)
        self.assertMade(1, 8, 0)
