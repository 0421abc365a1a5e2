from odoo import sql_db
from odoo.tests import tagged

from .common import MesCase

#: what the ORM searches for each field that is written, where no inverse leads it to what is in its cache
SEARCHES = (
    '"stock_move"."raw_material_production_id" IN',
    '"stock_move"."production_id" IN',
    '"mrp_workorder_dependencies_rel"',
)


@tagged("post_install", "-at_install", "mfg_sync")
class TestReads(MesCase):
    """What a message costs: Odoo's buttons are called as they are, and asked for no more than they need."""

    def test_a_start_looks_for_the_components_once_and_not_for_each_field_that_is_written(self):
        order = self.make_order(10, number="ORD-1")
        message = self.accept_at("mes.operation.started", 0, order="ORD-1", operation="10")
        self.env.flush_all()
        self.env.invalidate_all()
        counts, execute = dict.fromkeys(SEARCHES, 0), sql_db.Cursor.execute

        def counted(cursor, query, *args, **kwargs):
            for each in SEARCHES:
                counts[each] += each in str(query)
            return execute(cursor, query, *args, **kwargs)

        self.patch(sql_db.Cursor, "execute", counted)
        self.drain(self.endpoint)
        self.assertEqual((message.state, order.state), ("done", "progress"))
        for each, count in counts.items():
            self.assertLess(count, 8, each)

    def test_a_match_whose_item_is_gone_is_none(self):
        """A planner deleted an item that was never used; the MES goes on to call it by its own id."""
        order = self.make_order(10, number="ORD-1")
        spare = self.product("SPARE", "none", 1.0)
        self.bind("item", spare, "M-77")
        self.env.cr.execute("DELETE FROM product_product WHERE id = %s", [spare.id])
        self.env.invalidate_all()
        message = self.tell("mes.material.issued", 5, order="ORD-1", item="M-77", quantity=1)
        self.assertEqual((message.state, message.hold_reason, message.wait_key), ("held", "reference", "item:M-77"))
        self.assertEqual(order.state, "confirmed")
