from freezegun import freeze_time

from odoo.tests import Form, tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase, at

TEN = 4 * 60


class PartByHandCase(MesCase):
    """An order of ten batteries, of which a planner closes parts by hand, with a backorder of the rest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name.startswith("mes.operation")).mode = "off"
        # no case is booked in yet: whoever produces by a message waits, by hand one can go on
        cls.env["stock.quant"]._update_available_quantity(cls.case, cls.stock, -100)
        cls.order = cls.make_order(10, number="ORD-1")

    def tell_totals(self):
        self.endpoint.flow_ids.filtered("can_total").quantity_mode = "cumulative"

    def report(self, minute, quantity, lot="P-1", **data):
        data = {"lot": lot, "report": f"{minute}", **data}
        return self.tell("mes.production.reported", minute, order="ORD-1", quantity=quantity, **data)

    def waiting(self, minute, quantity, **data):
        message = self.report(minute, quantity, **data)
        self.assertHeld(message, "early", "[CASE]")
        return message

    def close_by_hand(self, minute, quantity, lot_name="P-1", order=None):
        """As a person does it on the order's form, with a backorder of the rest."""
        order = order or self.order
        lots = self.env["stock.lot"]
        lot = lots.search([("name", "=", lot_name), ("product_id", "=", order.product_id.id)])
        if not lot and order.product_id.tracking != "none":
            lot = lots.create({"name": lot_name, "product_id": order.product_id.id, "company_id": self.env.company.id})
        with freeze_time(at(minute)):
            if lot:
                compat.set_producing_lots(order, lot)
            order.qty_producing = quantity
            order._set_qty_producing()
            order.move_raw_ids.picked = True
            question = order.with_context(skip_consumption=True).button_mark_done()
            if isinstance(question, dict):
                wizard = self.env[question["res_model"]].with_context(**question["context"])
                Form(wizard).save().action_backorder()
        self.assertEqual((order.state, f"{order.date_finished:%Y-%m-%dT%H:%M:00Z}"), ("done", at(minute)))
        return compat.family(order)[-1:]

    def cases_arrive(self):
        self.env["stock.quant"]._update_available_quantity(self.case, self.stock, 100)

    def replay(self, message):
        message.action_replay()
        self.drain(self.endpoint)
        return message

    def assertMade(self, *quantities):
        """What each order of the family made, oldest first; those that are open made nothing."""
        family = compat.family(self.order)
        self.assertEqual(tuple(family.mapped("qty_produced")), quantities)
        self.assertEqual(self.on_hand(self.battery), sum(quantities))


@tagged("post_install", "-at_install", "mfg_sync")
class TestPartByHand(PartByHandCase):
    """A report waits, a planner closes that part by hand with a backorder of the rest, and the report is replayed."""

    def test_the_replay_makes_nothing_more_and_says_why(self):
        waiting = self.waiting(TEN, 6)
        rest = self.close_by_hand(TEN + 5, 6)
        self.assertDone(self.replay(waiting), effect=False)
        self.assertEqual(
            waiting.result_text,
            f"These pieces were finished by hand in {self.order.display_name} already; no change needed.",
        )
        self.assertEqual(waiting.res_id, self.order.id)
        self.assertMade(6, 0)
        self.cases_arrive()
        self.assertDone(self.report(TEN + 60, 4))
        self.assertMade(6, 4)
        self.assertEqual(rest.state, "done")

    def test_a_later_report_tells_of_other_pieces(self):
        waiting = self.waiting(TEN, 6)
        self.close_by_hand(TEN + 5, 6)
        waiting.action_cancel("Done by hand.")
        self.cases_arrive()
        self.assertDone(self.report(TEN + 60, 4))
        self.assertMade(6, 4)

    def test_a_total_counts_what_was_closed_by_hand_replayed_or_not(self):
        self.tell_totals()
        waiting = self.waiting(TEN, 6)
        self.close_by_hand(TEN + 5, 6)
        with self.subTest("replayed"), self.env.cr.savepoint() as savepoint:
            self.assertDone(self.replay(waiting), effect=False)
            self.assertMade(6, 0)
            self.cases_arrive()
            self.assertDone(self.report(TEN + 60, 10))
            self.assertMade(6, 4)
            savepoint.rollback()
            self.env.invalidate_all()
        with self.subTest("cancelled, and the lot has changed since"):
            waiting.action_cancel("Done by hand.")
            self.cases_arrive()
            self.assertDone(self.report(TEN + 60, 10, lot="P-2"))
            self.assertMade(6, 4)

    def test_only_the_rest_is_made_of_a_report_that_is_partly_closed(self):
        waiting = self.waiting(TEN, 6)
        self.close_by_hand(TEN + 5, 4)
        self.cases_arrive()
        self.assertDone(self.replay(waiting))
        self.assertMade(4, 2, 0)
        self.assertIn("2 Units of [BATTERY] Battery finished.", waiting.result_text)
        self.assertIn(f"had been finished by hand in {self.order.display_name}", waiting.result_text)
        # what was made for the replay is told, and not there for the next
        self.assertDone(self.report(TEN + 10, 4))
        self.assertMade(4, 2, 4)

    def test_another_lot_by_hand_is_for_a_person(self):
        waiting = self.waiting(TEN, 6)
        self.close_by_hand(TEN + 5, 6, "P-7")
        self.cases_arrive()
        self.assertHeld(self.replay(waiting), "conflict", "as lot P-7 since")
        self.assertMade(6, 0)
        lines = self.order.move_finished_ids.move_line_ids
        self.assertEqual(lines.mfg_sync_told, 0)
        lines.lot_id = lines.lot_id.copy({"name": "P-1"})
        self.assertDone(self.replay(waiting), effect=False)
        self.assertMade(6, 0)

    def test_a_serial_number_by_hand_is_one_piece_of_the_report(self):
        bicycle = self.product("BICYCLE", "serial", 0.0)
        self.make_bom(bicycle)
        self.order = self.make_order(3, bicycle, number="ORD-2")
        data = {"order": "ORD-2", "quantity": 3, "serials": ["SN-1", "SN-2", "SN-3"], "report": "1"}
        waiting = self.tell("mes.production.reported", TEN, **data)
        self.assertHeld(waiting, "early", "[CASE]")
        self.close_by_hand(TEN + 5, 1, "SN-2")
        self.cases_arrive()
        self.assertDone(self.replay(waiting))
        family = compat.family(self.order)
        self.assertEqual(set(family.mapped("state")), {"done"})
        lines = family.move_finished_ids.move_line_ids
        self.assertEqual(sorted(lines.lot_id.mapped("name")), ["SN-1", "SN-2", "SN-3"])
        self.assertEqual(self.on_hand(bicycle), 3)

    def test_a_batch_named_for_an_item_without_lots_says_nothing(self):
        """The terminal always fills one in; the frame has none, and six that were closed are not made again."""
        frame = self.product("FRAME", "none", 0.0)
        self.make_bom(frame)
        self.order = self.make_order(10, frame, number="ORD-2")
        six = {"order": "ORD-2", "quantity": 6, "lot": "B-77", "report": "1"}
        waiting = self.tell("mes.production.reported", TEN, **six)
        self.assertHeld(waiting, "early", "[CASE]")
        rest = self.close_by_hand(TEN + 5, 6)
        self.cases_arrive()
        self.assertDone(self.replay(waiting), effect=False)
        self.assertEqual((self.on_hand(frame), rest.qty_produced), (6, 0))
        four = {"order": "ORD-2", "quantity": 4, "lot": "B-77", "report": "2"}
        self.close_by_hand(TEN + 10, 4, order=rest)
        with self.subTest("all of it is closed"):
            self.assertDone(self.tell("mes.production.reported", TEN + 8, **four), effect=False)
            self.assertEqual(self.on_hand(frame), 10)

    def test_a_serial_number_that_was_closed_before_its_report_is_one_piece_of_it(self):
        bicycle = self.product("BICYCLE", "serial", 0.0)
        self.make_bom(bicycle)
        self.order = self.make_order(4, bicycle, number="ORD-2")
        self.cases_arrive()
        self.close_by_hand(TEN + 5, 1, "SN-2")
        data = {"order": "ORD-2", "quantity": 3, "serials": ["SN-1", "SN-2", "SN-3"], "report": "1"}
        self.assertDone(self.tell("mes.production.reported", TEN + 10, **data))
        lines = compat.family(self.order).move_finished_ids.move_line_ids.filtered(lambda line: line.state == "done")
        self.assertEqual(sorted(lines.lot_id.mapped("name")), ["SN-1", "SN-2", "SN-3"])
        self.assertEqual(lines.mapped("mfg_sync_told"), [1, 1, 1])
        with self.subTest("told once, it is refused as any number that was produced"):
            again = self.tell(
                "mes.production.reported", TEN + 20, order="ORD-2", quantity=1, serials=["SN-2"], report="2"
            )
            self.assertEqual((again.state, self.on_hand(bicycle)), ("dead", 3))

    def test_a_lot_that_was_booked_by_hand_stays(self):
        """What Odoo worked out is a guess; what a person booked is not, and another lot that is told was used too."""
        rest = self.close_by_hand(TEN + 5, 6)
        self.assertEqual(self.consumed(self.order)["CELL", "C-1"], 24)
        issue = {"order": "ORD-1", "item": "CELL", "quantity": 3, "transaction": "T1"}
        self.assertDone(self.tell("mes.material.issued", TEN, lot="C-2", **issue))
        self.assertEqual(self.consumed(self.order)["CELL", "C-1"], 24)
        self.assertEqual(sum(rest.move_raw_ids.move_line_ids.mapped("mfg_sync_told")), 3)
