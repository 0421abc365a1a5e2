"""What is applied at once ends as what is applied one by one: moves, lots, stock, times, values, words, what is told.

The batches are the same at each run; ``MFG_SYNC_MERGING_EXAMPLES=500`` draws so many other ones.
"""

import os
from contextlib import contextmanager
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine import clock, drain

from .common import MesCase

EXAMPLES = int(os.environ.get("MFG_SYNC_MERGING_EXAMPLES") or 0)
OUTWARD = ("stock.available", "wms.shipment.requested", "wms.receipt.expected", "mes.order.released", "master.item")
ORDERS = 3

issue = st.fixed_dictionaries(
    {
        "order": st.integers(0, ORDERS - 1),
        "item": st.sampled_from((("CELL", "C-1"), ("CELL", "C-2"), ("CASE", None), ("BOX", None), ("GLUE", None))),
        "quantity": st.sampled_from((1, 2, 2, 3, 8, 0.25, 0.333, 40)),
        "operation": st.sampled_from((None, None, "10")),
    }
)
closing = st.fixed_dictionaries(
    {
        "order": st.integers(0, ORDERS - 1),
        "quantity": st.sampled_from((2, 2, 2, 2, 1, 3)),
        "lot": st.sampled_from((None, "P-1", "P-2")),
    }
)
batch = st.fixed_dictionaries(
    {
        "kinds": st.lists(st.sampled_from(("BATTERY", "KIT", "KIT", "PACK")), min_size=ORDERS, max_size=ORDERS),
        "issues": st.lists(issue, max_size=8),
        "closings": st.lists(closing, min_size=1, max_size=4),
        "completed": st.booleans(),
        "awaited": st.sampled_from((False, False, True)),
        "cumulative": st.sampled_from((False, False, False, True)),
    }
)


@contextmanager
def one_by_one(env):
    """The handlers that merge do as all others: one after the other."""
    loop = env.registry["mfg.sync.handler"].apply_many
    with (
        patch.object(env.registry["mfg.sync.handler.material.issued"], "apply_many", loop),
        patch.object(env.registry["mfg.sync.handler.production.reported"], "apply_many", loop),
    ):
        yield


def first_difference(found, expected, where=""):
    """``(where it is, found, expected)`` of two nests of dicts and sequences; None when they are equal."""
    if found == expected:
        return None
    if isinstance(expected, dict):
        pairs = [(name, found.get(name), value) for name, value in expected.items()]
    elif isinstance(expected, (list, tuple)) and len(found) == len(expected):
        pairs = [(number, *pair) for number, pair in enumerate(zip(found, expected, strict=True))]
    else:
        return where, found, expected
    return next(first_difference(ours, theirs, f"{where}/{name}") for name, ours, theirs in pairs if ours != theirs)


@tagged("post_install", "-at_install", "mfg_sync")
class TestMerging(MesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kit, cls.pack = cls.product("KIT", "lot", 0), cls.product("PACK", "none", 0)
        cls.box, cls.glue = cls.product("BOX", "none", 1.37), cls.product("GLUE", "none", 0.11)
        cls.kit.categ_id = cls.env["product.category"].create({"name": "Standard", "property_cost_method": "standard"})
        cls.receive(cls.box, None, 37)
        cls.receive(cls.glue, None, 1000)
        for made, parts in ((cls.kit, {cls.box: 2, cls.glue: 0.5}), (cls.pack, {cls.kit: 1, cls.box: 1})):
            lines = [(0, 0, {"product_id": part.id, "product_qty": count}) for part, count in parts.items()]
            cls.env["mrp.bom"].create(
                {
                    "product_tmpl_id": made.product_tmpl_id.id,
                    "product_qty": 1,
                    "consumption": "flexible",
                    "bom_line_ids": lines,
                }
            )
        cls.receive(cls.kit, "K-1", 3)
        teller = cls.make_endpoint("wms1", groups="stock.group_stock_user,mrp.group_mrp_user", url="http://127.0.0.1/")
        cls.add_flows(teller, *OUTWARD, direction="out")
        cls.chunk_seconds = 1000

    def setUp(self):
        super().setUp()
        self.time_chunks(self.chunk_seconds)
        self.presses = []
        press, presses = type(self.env["mrp.production"]).button_mark_done, self.presses

        def noted(orders):
            presses.append(len(orders))
            return press(orders)

        self.patch(type(self.env["mrp.production"]), "button_mark_done", noted)

    def drain(self, endpoint):
        """As long as it takes: what a slow machine leaves for the next drain would be a difference."""
        self.env.flush_all()
        with self.own_cursors():
            drain.Drain(self.env.registry, endpoint.id).run(seconds=1000)

    # -- a batch, applied in a transaction that is taken back

    def outcome(self, drawn, merged):
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            orders = self._accept(drawn)
            if merged:
                self.drain(self.endpoint)
            else:
                with one_by_one(self.env):
                    self.drain(self.endpoint)
            self.env.cr.precommit.run()
            return self._state(orders)
        finally:
            self.env.invalidate_all()
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.env.registry.clear_cache()

    def _accept(self, drawn):
        self.counter, mode = 0, "cumulative" if drawn["cumulative"] else "delta"
        self.endpoint.flow_ids.filtered("can_total").quantity_mode = mode
        products = {"BATTERY": self.battery, "KIT": self.kit, "PACK": self.pack}
        orders = [self.make_order(2, products[kind], f"ORD-{n}") for n, kind in enumerate(drawn["kinds"])]
        for number, order in enumerate(orders):
            # the next one of a sequence is not taken back with the rest
            order.name = f"WH/MO/9{number:04}"
        if drawn["awaited"]:
            self._deliver_to_a_customer()
        if not drawn["completed"]:
            self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.operation.completed").mode = "off"
        minute = 0
        for number, kind in enumerate(drawn["kinds"]):
            for operation in ("10", "20") if kind == "BATTERY" and drawn["completed"] else ():
                minute += 1
                self.accept_at("mes.operation.completed", minute, order=f"ORD-{number}", operation=operation, good=2)
        for number, fact in enumerate(drawn["issues"]):
            item, lot = fact["item"]
            data = {"order": f"ORD-{fact['order']}", "item": item, "quantity": fact["quantity"]}
            more = {"lot": lot} if lot else {}
            if fact["operation"] and drawn["kinds"][fact["order"]] == "BATTERY":
                more["operation"] = fact["operation"]
            self.accept_at("mes.material.issued", 10 + number, transaction=f"T{number}", **data, **more)
        for number, fact in enumerate(drawn["closings"]):
            data = {"order": f"ORD-{fact['order']}", "quantity": fact["quantity"], "report": f"R{number}"}
            lot = fact["lot"] or f"L-{number}"
            more = {} if drawn["kinds"][fact["order"]] == "PACK" else {"lot": lot}
            self.accept_at("mes.production.reported", 30 + number, **data, **more)
        return orders

    def _deliver_to_a_customer(self):
        customers = self.env.ref("stock.stock_location_customers")
        place = {"location_id": self.stock.id, "location_dest_id": customers.id}
        picking = self.env["stock.picking"].create(
            {"name": "OUT-1", "picking_type_id": self.warehouse.out_type_id.id, **place}
        )
        vals = compat.move_vals(
            self.env, "KIT", product_id=self.kit.id, product_uom_qty=9, picking_id=picking.id, **place
        )
        self.env["stock.move"].create(vals)
        picking.action_confirm()
        picking.action_assign()

    # -- what everything came to, without the ids of what was made

    def _state(self, orders):
        family = self.env["mrp.production"].concat(*(compat.family(order) for order in orders))
        products = self.battery | self.cell | self.case | self.kit | self.pack | self.box | self.glue
        quants = self.env["stock.quant"].search([("product_id", "in", products.ids)])
        return {
            "orders": [self._order(order) for order in family],
            "stock": sorted(
                (quant.product_id.name, quant.lot_id.name or "", quant.location_id.complete_name,
                 round(quant.quantity, 6), round(quant.reserved_quantity, 6))
                for quant in quants if quant.quantity or quant.reserved_quantity
            ),
            "prices": products.mapped("standard_price"),
            "messages": self._messages(),
            "told": self._told(),
        }  # fmt: skip

    def _order(self, order):
        moves = order.move_raw_ids | order.move_finished_ids
        lines = moves.move_line_ids
        return {
            "name": (order.name, order.state, order.product_qty, order.qty_produced, order.mfg_sync_status),
            "finished": order.state == "done" and order.date_finished,
            "lots": compat.producing_lots(order).mapped("name"),
            "lines": sorted(
                (line.product_id.name, line.lot_id.name or "", line.location_id.complete_name, line.state, line.picked,
                 line.quantity, line.mfg_sync_told, line.mfg_sync_worked_out, str(line.mfg_sync_occurred))
                for line in lines
            ),
            "moves": sorted(
                (move.product_id.name, move.state, move.product_uom_qty, move.quantity,
                 round(compat.move_value(move), 2) if move.state == "done" else 0.0) for move in moves
            ),
            "genealogy": sorted(
                (line.product_id.name, sorted(line.consume_line_ids.mapped("product_id.name"))) for line in lines
            ),
            "steps": [(step.state, step.qty_produced, round(step.duration, 2)) for step in self.steps(order)],
        }  # fmt: skip

    def _messages(self):
        self.env.cr.execute(
            """SELECT m.event_id, m.state, m.hold_reason, m.wait_key, m.needs_person, m.no_effect, m.result_text,
                      m.error_text, m.document_name, m.attempt_count, ARRAY(
                          SELECT d.res_model || COALESCE(o.name, '') FROM mfg_sync_document d
                          LEFT JOIN mrp_production o ON o.id = d.res_id AND d.res_model = 'mrp.production'
                          WHERE d.message_id = m.id ORDER BY 1)
               FROM mfg_sync_message m WHERE m.endpoint_id = %s ORDER BY m.id""",
            [self.endpoint.id],
        )
        return self.env.cr.fetchall()

    def _told(self):
        self.env.cr.execute("SELECT DISTINCT flow_id, res_model, res_id FROM mfg_sync_mark ORDER BY 1, 2, 3")
        marks = [mark for mark in self.env.cr.fetchall() if mark[1] != "stock.lot"]
        told = self.env["mfg.sync.message"].search([("direction", "=", "out")], order="id")
        return marks, sorted((row.type_name, row.document_name or "", row.revision, row.state) for row in told)

    # -- what must hold

    def test_any_batch_ends_as_one_by_one(self):
        sizes = []

        @settings(
            max_examples=EXAMPLES or 5,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(drawn=batch)
        def ends_the_same(drawn):
            expected = self.outcome(drawn, merged=False)
            self.presses.clear()
            found = self.outcome(drawn, merged=True)
            sizes.extend(self.presses)
            assert not (difference := first_difference(found, expected)), (difference, drawn)

        ends_the_same()
        self.assertGreater(max(sizes), 1, "none of the batches had something to merge")

    def test_orders_of_a_night_are_closed_with_one_press_of_the_button(self):
        orders = [self.make_order(2, self.kit, f"ORD-{number}") for number in range(5)]
        for number in range(5):
            self.accept_at("mes.production.reported", number, order=f"ORD-{number}", quantity=2, lot=f"L-{number}")
        self.presses.clear()
        self.drain(self.endpoint)
        self.assertEqual(([order.state for order in orders], self.presses), (["done"] * 5, [5]))
        self.assertEqual([f"{order.date_finished:%H:%M}" for order in orders], [f"06:0{number}" for number in range(5)])

    def test_while_people_may_work_no_run_of_closings_is_longer_than_they_may_wait(self):
        """The button gives way to nobody before all are done, also to who begins after nobody was there."""
        self.patch(drain, "STOCK_SECONDS", 0)
        orders = [self.make_order(2, self.kit, f"ORD-{number}") for number in range(3)]
        for number in range(3):
            self.accept_at("mes.production.reported", number, order=f"ORD-{number}", quantity=2, lot=f"L-{number}")
        self.presses.clear()
        with patch.object(clock, "others_at_work", lambda cr, own: False):
            self.drain(self.endpoint)
        self.assertEqual(([order.state for order in orders], self.presses), (["done"] * 3, [1, 1, 1]))

    def test_orders_that_use_more_than_there_is_are_told_apart(self):
        """37 boxes are enough for the first three orders of 12; the fourth waits for more."""
        orders = [self.make_order(6, self.kit, f"ORD-{number}") for number in range(4)]
        for order in orders:
            order.do_unreserve()
        told = [
            self.accept_at("mes.production.reported", n, order=f"ORD-{n}", quantity=6, lot=f"L-{n}") for n in range(4)
        ]
        self.drain(self.endpoint)
        self.assertEqual([message.state for message in told], ["done"] * 3 + ["held"])
        self.assertHeld(told[3], "early", "not in stock")
        self.assertEqual(self.on_hand(self.box), 1)

    def test_what_one_order_makes_for_the_next_is_worth_what_it_cost(self):
        self.env["stock.quant"].search([("product_id", "=", self.kit.id)]).sudo().unlink()
        self.kit.categ_id = self.category
        self.make_order(2, self.kit, "ORD-0")
        pack = self.make_order(2, self.pack, "ORD-1")
        self.accept_at("mes.production.reported", 0, order="ORD-0", quantity=2, lot="K-2")
        self.accept_at("mes.material.issued", 1, order="ORD-1", item="KIT", lot="K-2", quantity=2, transaction="T1")
        self.accept_at("mes.production.reported", 2, order="ORD-1", quantity=2)
        self.presses.clear()
        self.drain(self.endpoint)
        self.assertEqual((pack.state, self.presses), ("done", [1, 1]))
        self.assertAlmostEqual(self.value_of(pack), 2 * (2 * 1.37 + 0.5 * 0.11) + 2 * 1.37, 1)

    def test_orders_of_one_item_at_average_cost_are_closed_one_by_one(self):
        self.kit.categ_id = self.category
        orders = [self.make_order(2, self.kit, f"ORD-{number}") for number in range(2)]
        for number in range(2):
            self.accept_at("mes.production.reported", number, order=f"ORD-{number}", quantity=2, lot=f"L-{number}")
        self.presses.clear()
        self.drain(self.endpoint)
        self.assertEqual(self.presses, [1, 1])
        for order in orders:
            self.assertAlmostEqual(self.value_of(order), 2 * (2 * 1.37 + 0.5 * 0.11), 1)

    def test_two_orders_do_not_take_the_same_pieces(self):
        for number in range(2):
            self.make_order(10, number=f"ORD-{number}")
        told = [
            self.accept_at("mes.material.issued", n, order=f"ORD-{n}", item="CASE", quantity=60, transaction=f"T{n}")
            for n in range(2)
        ]
        self.drain(self.endpoint)
        self.assertEqual([message.state for message in told], ["done", "held"])
        self.assertHeld(told[1], "early", "20.0 Units of")

    def test_the_first_piece_has_the_lot_that_was_told_first_whatever_was_reserved(self):
        told = [{"order": 0, "item": ("CELL", lot), "quantity": 4, "operation": None} for lot in ("C-2", "C-1")]
        drawn = {"kinds": ["BATTERY"], "issues": told, "closings": [{"order": 0, "quantity": 1, "lot": None}]}
        drawn |= {"completed": True, "awaited": False, "cumulative": False}
        expected, found = (self.outcome(drawn, merged) for merged in (False, True))
        self.assertFalse(first_difference(found, expected))
        (first, _rest) = expected["orders"]
        used = [(item, lot) for item, lot, _place, state, *_more in first["lines"] if state == "done"]
        self.assertIn(("Cell", "C-2"), used)
        self.assertNotIn(("Cell", "C-1"), used)

    def test_a_run_of_issues_is_one_line_a_lot(self):
        order = self.make_order(10, number="ORD-0")
        told = [
            self.accept_at(
                "mes.material.issued", n, order="ORD-0", item="CELL", lot=lot, quantity=4, transaction=f"T{n}"
            )
            for n, lot in enumerate(["C-1", "C-2"] * 4)
        ]
        lines, made = type(self.env["stock.move.line"]), []
        create = lines.create

        def noted(records, vals_list):
            made.append(len(vals_list))
            return create(records, vals_list)

        with patch.object(lines, "create", noted):
            self.drain(self.endpoint)
        for message in told:
            self.assertDone(message)
            self.assertIn("4 Units of", message.result_text)
        found = {
            line.lot_id.name: line.mfg_sync_told for line in order.move_raw_ids.move_line_ids if line.mfg_sync_told
        }
        self.assertEqual((found, made), ({"C-1": 16, "C-2": 16}, [2]))
        self.assertEqual(told[0].document_name, order.name)
