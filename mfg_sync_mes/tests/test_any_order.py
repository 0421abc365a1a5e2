from odoo.tests import tagged

from .common import MesCase, at

FACTS = {
    "start": ("mes.operation.started", 0, {"operation": "10", "report": "1"}),
    "issue": ("mes.material.issued", 5, {"item": "CELL", "lot": "C-2", "quantity": 8, "transaction": "T1"}),
    "scrap": (
        "mes.scrap.reported",
        12,
        {"operation": "10", "item": "CELL", "lot": "C-1", "quantity": 1, "transaction": "T2"},
    ),
    "complete": ("mes.operation.completed", 20, {"operation": "10", "report": "1", "good": 2}),
}


@tagged("post_install", "-at_install", "mfg_sync")
class TestAnyOrder(MesCase):
    """Messages overtake each other on their way; the order ends the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lot in (cls.cells, cls.more_cells):
            cls.env["stock.quant"]._update_available_quantity(cls.cell, cls.stock, 200, lot_id=lot)

    def outcome(self, sequence, number, twice=False):
        """What an order shows after its facts came in a sequence, each applied when it came."""
        order = self.make_order(2, number=number)
        for name in sequence:
            kind, minute, data = FACTS[name]
            for _again in range(2 if twice else 1):
                self.apply(self.endpoint, kind, {"order": number, **data}, time=at(minute))
        self.tell("mes.operation.completed", 30, order=number, operation="20", good=2, minutes=4)
        final = self.tell("mes.production.reported", 31, order=number, quantity=2, lot=f"P-{number}", report="1")
        self.assertDone(final)
        self.assertEqual(order.state, "done")
        assemble = self.steps(order)[0]
        line = assemble.time_ids
        scraps = self.env["stock.scrap"].search([("production_id", "=", order.id)])
        messages = self.env["mfg.sync.message"].search(
            [("res_model", "=", "mrp.production"), ("res_id", "=", order.id)]
        )
        self.assertEqual(set(messages.mapped("state")), {"done"}, messages.mapped("error_text"))
        return {
            "consumed": self.consumed(order),
            "value": round(self.value_of(order), 2),
            "minutes": self.steps(order).mapped("duration"),
            "times": (line.date_start, line.date_end),
            "dates": (assemble.date_start, assemble.date_finished),
            "scrapped": scraps.mapped("scrap_qty"),
            "states": scraps.mapped("state"),
            "pieces": self.steps(order).mapped("qty_produced"),
        }

    def test_odoos_buttons_write_the_dates_of_the_floor_at_once(self):
        """Each date that is written goes on to the order, its moves and the calendar: once is enough."""
        orders, dated = type(self.env["mrp.production"]), []
        write = orders.write

        def noted(order, vals):
            if vals.keys() & {"date_start", "date_finished"} and not order.env.context.get("mfg_sync_dates_later"):
                dated.append(sorted(vals))
            return write(order, vals)

        self.patch(orders, "write", noted)
        order = self.make_order(2, number="ORD-1")
        first, last = self.steps(order)
        planned = last.date_finished
        dated.clear()
        self.assertDone(self.tell("mes.operation.started", 0, order="ORD-1", operation="10"))
        self.assertEqual(dated, [["date_start"]])
        self.assertEqual((f"{first.date_start:%H:%M}", order.date_start), ("06:00", first.date_start))
        self.assertEqual((first.leave_id.date_from, order.date_finished), (first.date_start, planned))
        dated.clear()
        self.assertDone(self.tell("mes.operation.completed", 7, order="ORD-1", operation="10", good=2))
        self.assertEqual((dated, f"{first.date_finished:%H:%M}", first.duration), ([], "06:07", 7))
        self.assertDone(self.tell("mes.operation.completed", 9, order="ORD-1", operation="20", good=2, minutes=1))
        self.assertEqual(dated, [["date_finished"]])
        self.assertEqual((f"{last.date_start:%H:%M}", f"{last.date_finished:%H:%M}"), ("06:08", "06:09"))
        self.assertEqual((order.date_start, order.date_finished), (first.date_start, last.date_finished))

    def test_each_sequence_ends_the_same(self):
        expected = self.outcome(FACTS, "ORD-0")
        self.assertEqual(expected["consumed"], {("CELL", "C-2"): 8, ("CASE", ""): 2})
        self.assertEqual((expected["minutes"], expected["scrapped"]), ([20, 4], [1]))
        # each fact comes first once and last once, forwards and backwards
        turns = [names[turn:] + names[:turn] for names in (list(FACTS), list(FACTS)[::-1]) for turn in range(4)]
        for number, sequence in enumerate(turns[1:], 1):
            with self.subTest(sequence=sequence):
                self.assertEqual(self.outcome(sequence, f"ORD-{number}"), expected)

    def test_everything_twice_and_backwards_ends_the_same(self):
        expected = self.outcome(FACTS, "ORD-1")
        self.assertEqual(self.outcome(reversed(FACTS), "ORD-2", twice=True), expected)

    def test_a_scrap_that_arrives_before_its_operation_started_waits(self):
        self.make_order(2, number="ORD-1")
        kind, minute, data = FACTS["scrap"]
        scrap = self.tell(kind, minute, order="ORD-1", **data)
        self.assertHeld(scrap, "early", "has not been started")
        self.assertEqual(scrap.wait_key, "operation_started:ORD-1:10")
        self.assertDone(self.tell("mes.operation.started", 0, order="ORD-1", operation="10"))
        self.drain(self.endpoint)
        self.assertDone(scrap)
        self.assertEqual(self.on_hand(self.cell, self.cells), 299)

    def test_an_order_nobody_knows_yet_is_waited_for(self):
        early = self.tell("mes.operation.started", 0, order="ORD-9", operation="10")
        self.assertHeld(early, "reference", "ORD-9")
        order = self.make_order(2)
        self.env["mfg.sync.handler.acknowledged"].bind(self.inbound(early), "production", "ORD-9", order)
        self.drain(self.endpoint)
        self.assertDone(early)
        self.assertEqual(early.lane, f"mrp.production,{order.id}")

    def inbound(self, message):
        from odoo.addons.mfg_sync.engine.inbound import Inbound

        return Inbound(
            message.read()[0]
            | {
                "endpoint_id": message.endpoint_id.id,
                "system_id": message.system_id.id,
                "company_id": message.company_id.id,
            },
            {},
            {},
        )

    def test_a_draft_is_waited_for(self):
        order = self.env["mrp.production"].create({"product_id": self.battery.id, "product_qty": 1})
        self.bind_order(order, "ORD-1")
        early = self.tell("mes.operation.started", 0, order="ORD-1", operation="10")
        self.assertHeld(early, "early", "draft")
        order.action_confirm()
        early.action_replay()
        self.drain(self.endpoint)
        self.assertDone(early)

    def test_our_own_number_does_until_the_order_is_split_and_after(self):
        order = self.make_order(4)
        name = order.name
        self.assertDone(self.tell("mes.production.reported", 1, order=name, quantity=1, lot="P-1", report="1"))
        self.assertNotEqual(order.name, name)
        self.assertDone(self.tell("mes.production.reported", 2, order=name, quantity=1, lot="P-1", report="2"))
        self.assertEqual(self.on_hand(self.battery), 2)
