from odoo.tests import tagged

from .common import MES_KINDS, SERVICE_GROUPS, MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestCompany(MesCase):
    """Two companies on one database, each with its MES: neither reaches into the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.make_order(2)
        cls.other = cls.env["res.company"].create({"name": "Other works"})
        cls.foreign = cls.make_endpoint("mes2", groups=SERVICE_GROUPS, company=cls.other)
        cls.add_flows(cls.foreign, *MES_KINDS, direction="in")

    def test_orders_lots_and_work_centers_of_others_are_not_known(self):
        facts = [
            ("mes.operation.started", {"order": self.order.name, "operation": "10"}),
            ("mes.production.reported", {"order": self.order.name, "quantity": 1, "lot": "P-1"}),
            ("mes.downtime.reported", {"work_center": "ASM", "started": "2026-03-02T06:00:00Z", "reason": "x"}),
            (
                "quality.inspection.completed",
                {"lot": "C-1", "item": "CELL", "plan": "a", "sample": "1", "result": "fail"},
            ),
        ]
        for kind, data in facts:
            message = self.tell(kind, 1, endpoint=self.foreign, **data)
            self.assertHeld(message, "reference", "is not known")
        self.assertEqual((self.order.state, self.cells.mfg_sync_quality), ("confirmed", "released"))
        self.assertFalse(self.order.workorder_ids.time_ids)

    def test_a_match_of_one_connection_is_none_of_another(self):
        self.bind_order(self.order, "ORD-1")
        self.assertHeld(
            self.tell("mes.operation.started", 1, endpoint=self.foreign, order="ORD-1", operation="10"),
            "reference",
            "ORD-1",
        )
        self.assertDone(self.tell("mes.operation.started", 1, order="ORD-1", operation="10"))

    def test_the_floor_of_one_site_reports_nothing_about_the_orders_of_another(self):
        hall = self.env["stock.warehouse"].create({"name": "Hall 2", "code": "H2"})
        flows = self.endpoint.flow_ids.filtered(lambda flow: flow.direction == "in")
        flows.site_ids = hall
        order, facts = self.make_order(2, number="ORD-7"), {"order": "ORD-7"}
        refused = [
            self.tell("mes.operation.started", 1, operation="10", **facts),
            self.tell("mes.material.issued", 2, item="CASE", quantity=2, **facts),
            self.tell("mes.production.reported", 3, quantity=2, lot="P-1", **facts),
        ]
        for message in refused:
            self.assertEqual((message.state, message.error_class), ("dead", "data"), message.error_text)
            self.assertEqual((message.res_model, message.res_id), ("mrp.production", order.id))
            self.assertIn(f"{order.name} belongs to the site {self.warehouse.name}", message.error_text)
            self.assertIn("its sites are Hall 2", message.error_text)
        self.assertEqual((order.state, order.workorder_ids.time_ids.ids), ("confirmed", []))
        flows.site_ids |= self.warehouse
        refused[0].action_replay()
        self.drain(self.endpoint)
        self.assertDone(refused[0])

    def test_an_order_is_of_the_site_where_it_is_made_wherever_its_components_lie(self):
        hall = self.env["stock.warehouse"].create({"name": "Hall 2", "code": "H2"})
        order = self.make_order(2, number="ORD-7")
        order.location_src_id = hall.lot_stock_id
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.operation.started")
        flow.site_ids = order.picking_type_id.warehouse_id
        self.assertNotEqual(order.picking_type_id.warehouse_id, hall)
        self.assertDone(self.tell("mes.operation.started", 1, order="ORD-7", operation="10"))

    def test_only_orders_of_the_operation_types_chosen_are_reported_about(self):
        flow = self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.operation.started")
        flow.picking_type_ids = self.warehouse.manu_type_id.copy({"name": "Repairs", "sequence_code": "REP"})
        self.make_order(2, number="ORD-7")
        message = self.tell("mes.operation.started", 1, order="ORD-7", operation="10")
        self.assertEqual((message.state, message.error_class), ("dead", "data"), message.error_text)
        self.assertIn("Repairs", message.error_text)
