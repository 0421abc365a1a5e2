from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mfg_sync import compat

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestSerials(MesCase):
    """Bicycles have serial numbers: one order each on 17, several in one order on 19; the MES need not know."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bicycle = cls.product("BICYCLE", "serial", 0.0)
        cls.make_bom(cls.bicycle)
        cls.order = cls.make_order(3, cls.bicycle, number="ORD-1")

    def test_a_serial_that_several_fit_is_asked_about_and_none_is_made(self):
        serials = self.env["stock.lot"]
        two = serials.create(
            [{"name": name, "product_id": self.bicycle.id, "company_id": self.env.company.id} for name in ("A", "B")]
        )
        with patch.object(type(self.env["mfg.sync.resolver"]), "_find_lot", lambda *asked, **narrow: two):
            reported = self.tell("mes.production.reported", 5, order="ORD-1", quantity=1, serials=["SN-1"], report="1")
        self.assertHeld(reported, "reference", "fits several records")
        self.assertEqual((reported.wait_key, serials.search_count([("name", "=", "SN-1")])), ("lot:SN-1", 0))

    def complete(self, good, report, minute):
        for operation in ("10", "20"):
            self.assertDone(
                self.tell(
                    "mes.operation.completed",
                    minute,
                    order="ORD-1",
                    operation=operation,
                    good=good,
                    report=report,
                    minutes=6,
                )
            )

    def made(self):
        """``{serial number: cells used for its order, by piece}``"""
        family = compat.family(self.order).filtered(lambda order: order.state == "done")
        lines = family.move_finished_ids.move_line_ids.filtered(lambda line: line.state == "done")
        return sorted(lines.lot_id.mapped("name"))

    def test_all_at_once(self):
        self.complete(3, "1", 30)
        self.assertDone(
            self.tell("mes.production.reported", 31, order="ORD-1", quantity=3, serials=["E1", "E2", "E3"], report="1")
        )
        family = compat.family(self.order)
        self.assertEqual(set(family.mapped("state")), {"done"})
        self.assertEqual(len(family), 3 if compat.IS_17 else 1)
        self.assertEqual(self.made(), ["E1", "E2", "E3"])
        self.assertEqual((self.on_hand(self.bicycle), self.on_hand(self.cell)), (3, 188))
        self.assertAlmostEqual(sum(self.value_of(order) for order in family), 12 * 2 + 3 * 5 + 6 + 12, 2)

    def test_one_by_one(self):
        self.tell("mes.operation.started", 0, order="ORD-1", operation="10", report="1")
        for number in (1, 2, 3):
            self.assertDone(
                self.tell(
                    "mes.material.issued",
                    number * 10,
                    order="ORD-1",
                    item="CELL",
                    lot="C-2",
                    quantity=4,
                    transaction=f"T{number}",
                )
            )
            self.complete(1, str(number), number * 10 + 1)
            self.assertDone(
                self.tell(
                    "mes.production.reported",
                    number * 10 + 2,
                    order="ORD-1",
                    quantity=1,
                    lot=f"E{number}",
                    report=str(number),
                )
            )
            self.assertEqual(self.on_hand(self.bicycle), number)
        family = compat.family(self.order)
        self.assertEqual((len(family), set(family.mapped("state"))), (3, {"done"}))
        self.assertEqual(self.made(), ["E1", "E2", "E3"])
        self.assertEqual(self.consumed(*family), {("CELL", "C-2"): 12, ("CASE", ""): 3})
        # each bicycle bears its own minutes
        self.assertEqual([round(self.value_of(order), 2) for order in family], [4 * 2 + 5 + 6 + 12] * 3)

    def test_as_many_numbers_as_pieces(self):
        wrong = self.tell(
            "mes.production.reported", 31, order="ORD-1", quantity=3, serials=["E1", "E2", "E1"], report="1"
        )
        self.assertEqual((wrong.state, wrong.error_pointer), ("dead", "/data/serials"))
        self.assertFalse(self.env["stock.lot"].search([("name", "=", "E1")]))

    def test_a_number_that_was_produced_before_is_refused(self):
        self.assertDone(self.tell("mes.production.reported", 1, order="ORD-1", quantity=1, serials=["E1"], report="1"))
        again = self.tell("mes.production.reported", 2, order="ORD-1", quantity=1, serials=["E1"], report="2")
        self.assertEqual(again.state, "dead")
        self.assertIn("produced", again.error_text)
        self.assertEqual(self.on_hand(self.bicycle), 1)
