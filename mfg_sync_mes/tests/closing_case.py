from odoo.tests import new_test_user

from odoo.addons.mfg_sync import compat

from .common import SERVICE_GROUPS, MesCase


class ClosingCase(MesCase):
    """An order, a planner who sets its components in Odoo, and a floor that reports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.planner = new_test_user(cls.env, "closing_planner", groups=SERVICE_GROUPS)

    def of(self, product, order):
        return order.move_raw_ids.filtered(lambda move: move.product_id == product)

    def complete(self, number, good):
        for minute, operation in ((10, "10"), (20, "20")):
            self.assertDone(self.tell("mes.operation.completed", minute, order=number, operation=operation, good=good))

    def issue(self, minute, quantity, lot="C-1", number="ORD-1", item="CELL"):
        names = {"lot": lot} if lot else {}
        return self.tell(
            "mes.material.issued", minute, order=number, item=item, quantity=quantity, transaction=f"T{minute}", **names
        )

    def report(self, number, quantity, lot="P-1", report="1"):
        return self.tell("mes.production.reported", 30, order=number, quantity=quantity, lot=lot, report=report)

    def set_cases(self, order, quantity):
        """As the order's form saves it."""
        move = self.of(self.case, order)
        values = {"quantity": quantity, "manual_consumption": True, "picked": True}
        order.with_user(self.planner).write({"move_raw_ids": [(1, move.id, values)]})

    def set_cells(self, order, **lots):
        """As the details of a component save it."""
        move = self.of(self.cell, order).with_user(self.planner)
        move.move_line_ids.unlink()
        found = {"C_1": self.cells, "C_2": self.more_cells}
        move.move_line_ids = [
            (0, 0, {**move._prepare_move_line_vals(quantity=0), "lot_id": found[name].id, "quantity": quantity})
            for name, quantity in lots.items()
        ]
        move.write({"manual_consumption": True, "picked": True})

    def close_by_hand(self, order):
        """All of it, as a person does it on the order's form."""
        values = {"name": "P-9", "product_id": order.product_id.id, "company_id": order.company_id.id}
        compat.set_producing_lots(order, self.env["stock.lot"].create(values))
        order.qty_producing = order.product_qty
        order._set_qty_producing()
        order.move_raw_ids.picked = True
        order.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(order.state, "done")

    def blocked(self, number, flexibility="strict"):
        self.bom.consumption = flexibility
        order = self.make_order(2, number=number)
        self.assertEqual(order.consumption, flexibility)
        return order
