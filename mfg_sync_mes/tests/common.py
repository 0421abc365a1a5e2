from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.tests.common import SyncCase

MES_KINDS = (
    "mes.operation.started",
    "mes.operation.completed",
    "mes.material.issued",
    "mes.scrap.reported",
    "mes.downtime.reported",
    "mes.production.reported",
    "quality.inspection.completed",
    "sync.acknowledged",
)
#: what the service user of a MES needs, as the kinds of messages say
SERVICE_GROUPS = "mrp.group_mrp_user,stock.group_stock_user,analytic.group_analytic_accounting"
#: when the shift began, on the day the stories play
SHIFT = "2026-03-02T{:02d}:{:02d}:00Z"


def at(minutes):
    """Time on the floor, minutes after six in the morning."""
    return SHIFT.format(6 + minutes // 60, minutes % 60)


class MesCase(SyncCase):
    """A plant that makes batteries of cells and cases in two operations, and its MES."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1", groups=SERVICE_GROUPS)
        cls.add_flows(cls.endpoint, *MES_KINDS, direction="in")
        cls.plant(cls.env.company)

    @classmethod
    def plant(cls, company):
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id
        cls.category = cls.env["product.category"].create({"name": "Average", "property_cost_method": "average"})
        cls.battery = cls.product("BATTERY", "lot", 0.0)
        cls.cell = cls.product("CELL", "lot", 2.0)
        cls.case = cls.product("CASE", "none", 5.0)
        cls.assembly, cls.testing = cls.env["mrp.workcenter"].create(
            [
                {"name": "Assembly", "code": "ASM", "costs_hour": 60.0, "company_id": company.id},
                {"name": "Testing", "code": "TST", "costs_hour": 120.0, "company_id": company.id},
            ]
        )
        cls.bom = cls.make_bom(cls.battery)
        cls.cells = cls.receive(cls.cell, "C-1", 100)
        cls.more_cells = cls.receive(cls.cell, "C-2", 100)
        cls.receive(cls.case, None, 100)

    @classmethod
    def product(cls, code, tracking, cost):
        return cls.env["product.product"].create(
            compat.storable(
                {
                    "name": code.capitalize(),
                    "default_code": code,
                    "tracking": tracking,
                    "standard_price": cost,
                    "categ_id": cls.category.id,
                }
            )
        )

    @classmethod
    def make_bom(cls, product):
        bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "code": f"B-{product.default_code}",
                "product_qty": 1,
                "operation_ids": [
                    (
                        0,
                        0,
                        {"name": "Assemble", "workcenter_id": cls.assembly.id, "time_cycle_manual": 3, "sequence": 1},
                    ),
                    (0, 0, {"name": "Test", "workcenter_id": cls.testing.id, "time_cycle_manual": 1, "sequence": 2}),
                ],
            }
        )
        cls.env["mrp.bom.line"].create(
            [
                {
                    "bom_id": bom.id,
                    "product_id": cls.cell.id,
                    "product_qty": 4,
                    "operation_id": bom.operation_ids[0].id,
                },
                {"bom_id": bom.id, "product_id": cls.case.id, "product_qty": 1},
            ]
        )
        return bom

    @classmethod
    def receive(cls, product, lot_name, quantity, location=None):
        lot = cls.env["stock.lot"]
        if lot_name:
            lot = lot.create({"name": lot_name, "product_id": product.id, "company_id": cls.env.company.id})
        cls.env["stock.quant"]._update_available_quantity(product, location or cls.stock, quantity, lot_id=lot or None)
        return lot

    @classmethod
    def make_order(cls, quantity, product=None, number=None):
        """A planned order; ``number`` is how the MES calls it."""
        product = product or cls.battery
        order = cls.env["mrp.production"].create({"product_id": product.id, "product_qty": quantity})
        order.action_confirm()
        order.action_assign()
        order.button_plan()
        if number:
            cls.bind_order(order, number)
        return order

    @classmethod
    def bind_order(cls, order, number, endpoint=None):
        cls.bind("production", order, number, endpoint)

    @classmethod
    def bind(cls, entity, record, external_id, endpoint=None):
        """The MES calls a record by an id of its own."""
        endpoint = endpoint or cls.endpoint
        cls.env["mfg.sync.binding"]._bind(
            endpoint_id=endpoint.id,
            system_id=endpoint.system_ids.id,
            company_id=endpoint.company_id.id,
            entity=entity,
            external_id=external_id,
            record=record,
        )

    def tell(self, kind, when=None, /, endpoint=None, **data):
        """One message of the MES, applied; ``when`` in minutes after the start of the shift."""
        return self.apply(endpoint or self.endpoint, kind, data, time=None if when is None else at(when))

    def accept_at(self, kind, when, /, **data):
        return self.accept(self.endpoint, kind, data, time=at(when))

    def steps(self, order):
        """Its work orders in the sequence of the routing; Odoo 17 sorts them by their dates."""
        return order.workorder_ids.sorted(lambda workorder: workorder.operation_id.sequence)

    def assertDone(self, message, effect=True):
        self.assertEqual(
            (message.state, message.no_effect),
            ("done", not effect),
            (message.summary, message.hold_reason, message.error_text, message.result_text),
        )

    def assertHeld(self, message, reason, text=""):
        self.assertEqual(
            (message.state, message.hold_reason), ("held", reason), (message.error_text, message.result_text)
        )
        self.assertIn(text, message.error_text or "")

    def on_hand(self, product, lot=None, location=None):
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "child_of", (location or self.stock).id)]
        )
        if lot:
            quants = quants.filtered(lambda quant: quant.lot_id == lot)
        return sum(quants.mapped("quantity"))

    def consumed(self, *orders):
        """``{(item, lot): quantity}`` of done component lines."""
        totals = {}
        for order in orders:
            for line in order.move_raw_ids.move_line_ids.filtered(
                lambda line: line.state == "done" and line.location_dest_id.usage == "production"
            ):
                key = (line.product_id.default_code, line.lot_id.name or "")
                totals[key] = totals.get(key, 0.0) + line.quantity_product_uom
        return totals

    def value_of(self, order):
        """What the finished goods of an order are worth."""
        return sum(
            compat.move_value(move)
            for move in order.move_finished_ids.filtered(
                lambda move: move.state == "done" and move.location_id.usage == "production"
            )
        )
