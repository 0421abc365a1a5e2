from datetime import datetime

from odoo.tests import tagged

from .common import MesCase, at


@tagged("post_install", "-at_install", "mfg_sync")
class TestDowntime(MesCase):
    """A work center that stands still blocks what runs there, and costs nothing meanwhile."""

    def down(self, started, ended=None, reason="Equipment Failure", **data):
        more = {"ended": at(ended)} if ended is not None else {}
        return self.tell(
            "mes.downtime.reported",
            ended or started,
            work_center="ASM",
            started=at(started),
            reason=reason,
            **more,
            **data,
        )

    def lines(self):
        return self.env["mrp.workcenter.productivity"].search(
            [("workcenter_id", "=", self.assembly.id), ("workorder_id", "=", False)]
        )

    def test_told_once_afterwards(self):
        self.assertDone(self.down(10, 25, note="Belt torn"))
        line = self.lines()
        self.assertEqual(
            (line.date_start, line.date_end, line.loss_id.name, line.description),
            (
                datetime(2026, 3, 2, 6, 10),
                datetime(2026, 3, 2, 6, 25),
                "Equipment Failure",
                "Equipment Failure: Belt torn",
            ),
        )
        self.assertNotEqual(self.assembly.working_state, "blocked")
        self.assertDone(self.down(10, 25, note="Belt torn"), effect=False)
        self.assertEqual(len(self.lines()), 1)

    def test_told_when_it_stops_and_when_it_runs_again(self):
        self.assertDone(self.down(10))
        self.assertEqual(self.assembly.working_state, "blocked")
        self.assertDone(self.down(10, 25))
        self.assertEqual(self.assembly.working_state, "normal")
        self.assertEqual(self.lines().date_end, datetime(2026, 3, 2, 6, 25))
        # the first one once more, late and under a new id
        self.assertDone(self.down(10), effect=False)
        self.assertEqual((len(self.lines()), self.assembly.working_state), (1, "normal"))

    def test_the_operation_is_interrupted_and_goes_on(self):
        order = self.make_order(2, number="ORD-1")
        self.tell("mes.operation.started", 0, order="ORD-1", operation="10")
        self.down(10)
        self.assertFalse(self.steps(order)[0].is_user_working)
        self.down(10, 25)
        self.assertDone(self.tell("mes.operation.completed", 40, order="ORD-1", operation="10", good=2))
        self.assertEqual(self.steps(order)[0].duration, 25)

    def test_a_start_at_a_work_center_that_is_down_waits(self):
        self.make_order(2, number="ORD-1")
        self.down(10)
        start = self.tell("mes.operation.started", 12, order="ORD-1", operation="10")
        self.assertHeld(start, "early", "is down")
        self.assertDone(self.down(10, 11))
        self.drain(self.endpoint)
        self.assertDone(start)

    def test_reasons_are_mapped_or_kept_as_text(self):
        self.env["mfg.sync.value.map"].create(
            {"kind": "reason", "code": "E17", "value": "Setup and Adjustments", "endpoint_id": self.endpoint.id}
        )
        self.down(10, 12, reason="E17")
        self.down(20, 22, reason="Full moon")
        names = {line.description: line.loss_id.name for line in self.lines()}
        self.assertEqual(names["E17"], "Setup and Adjustments")
        self.assertEqual(
            self.lines().filtered(lambda line: line.description == "Full moon").loss_id.loss_type, "availability"
        )

    def test_it_can_not_end_before_it_began(self):
        message = self.down(20, 10)
        self.assertEqual((message.state, message.error_pointer), ("dead", "/data/ended"))
