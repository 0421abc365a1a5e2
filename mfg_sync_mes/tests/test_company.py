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
