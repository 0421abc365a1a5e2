import json

from odoo import Command

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.tests.common import SyncCase

KINDS = (
    "sync.acknowledged",
    "wms.receipt.expected",
    "wms.shipment.requested",
    "stock.available",
    "wms.receipt.confirmed",
    "wms.shipment.confirmed",
)


class WmsCase(SyncCase):
    """A plant with a warehouse system: its service user may do what a stock user may, and nothing more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.supplier = cls.env["res.partner"].create({"name": "Frames Ltd", "ref": "SUP-1"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Wheels Inc", "ref": "CUST-1", "street": "1 Main St", "city": "Springfield", "zip": "12345"}
        )
        cls.frame = cls.make_item("FRAME", tracking="lot")
        cls.bell = cls.make_item("BELL")
        cls.endpoint = cls.make_endpoint("wms1", groups="stock.group_stock_user", kinds=KINDS)

    @classmethod
    def make_item(cls, code, **values):
        return cls.env["product.product"].create(
            compat.storable({"name": code.title(), "default_code": code, **values})
        )

    @classmethod
    def make_picking(cls, code, partner, *quantities, confirm=True):
        """A transfer of ``(product, quantity)`` pairs, as a person makes it."""
        picking_type = cls.warehouse.in_type_id if code == "incoming" else cls.warehouse.out_type_id
        supplier, customer = (
            cls.env.ref("stock.stock_location_suppliers"),
            cls.env.ref("stock.stock_location_customers"),
        )
        stock = cls.warehouse.lot_stock_id
        source, dest = (supplier, stock) if code == "incoming" else (stock, customer)
        picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": partner.id,
                "location_id": source.id,
                "location_dest_id": dest.id,
                "move_ids": [
                    Command.create(
                        compat.move_vals(
                            cls.env,
                            product.name,
                            product_id=product.id,
                            product_uom_qty=quantity,
                            product_uom=product.uom_id.id,
                            location_id=source.id,
                            location_dest_id=dest.id,
                        )
                    )
                    for product, quantity in quantities
                ],
            }
        )
        if confirm:
            picking.action_confirm()
            picking.action_assign()
        return picking

    @classmethod
    def receipt(cls, *quantities, **kw):
        return cls.make_picking("incoming", cls.supplier, *quantities, **kw)

    @classmethod
    def delivery(cls, *quantities, **kw):
        return cls.make_picking("outgoing", cls.customer, *quantities, **kw)

    @classmethod
    def put(cls, product, quantity, lot_name=None, location=None):
        """Stock that is there already. Returns its lot."""
        lot = cls.env["stock.lot"]
        if lot_name:
            values = {"name": lot_name, "product_id": product.id, "company_id": cls.env.company.id}
            lot = lot.search([("name", "=", lot_name), ("product_id", "=", product.id)]) or lot.create(values)
        cls.env["stock.quant"]._update_available_quantity(
            product, location or cls.warehouse.lot_stock_id, quantity, lot_id=lot or None
        )
        return lot

    def on_hand(self, product, lot_name=None):
        domain = [("product_id", "=", product.id), ("location_id", "child_of", self.warehouse.view_location_id.id)]
        if lot_name:
            domain.append(("lot_id.name", "=", lot_name))
        return sum(self.env["stock.quant"].search(domain).mapped("quantity"))

    def received(self, picking, number, *lines, **kw):
        return self.apply(
            self.endpoint,
            "wms.receipt.confirmed",
            {
                "transfer": picking if isinstance(picking, str) else picking.name,
                "receipt": number,
                "lines": [
                    dict(zip(("item", "quantity", "lot"), line, strict=False)) if isinstance(line, tuple) else line
                    for line in lines
                ],
            },
            **kw,
        )

    def shipped(self, picking, number, *lines, tracking=None, carrier=None):
        data = {
            "transfer": picking if isinstance(picking, str) else picking.name,
            "shipment": number,
            "lines": [dict(zip(("item", "quantity", "lot"), line, strict=False)) for line in lines],
        }
        if tracking:
            data["tracking"] = tracking
        if carrier:
            data["carrier"] = carrier
        return self.apply(self.endpoint, "wms.shipment.confirmed", data)

    def assert_done(self, message, effect=True):
        self.assertEqual((message.state, message.no_effect), ("done", not effect), message.error_text)

    def assert_state(self, message, state, reason=False):
        self.assertEqual(
            (message.state, message.hold_reason), (state, reason), message.error_text or message.result_text
        )

    def told(self, kind, record=None):
        """Data of what was put into the ledger for the other side, oldest first."""
        rows = self.captured().filtered(lambda row: row.type_name == f"{kind}.v1")
        if record:
            rows = rows.filtered(lambda row: (row.res_model, row.res_id) == (record._name, record.id))
        return [json.loads(row.payload) for row in rows]

    def acknowledge(self, record, entity, external_id):
        """The other side says how it names what it was told."""
        row = self.captured().filtered(lambda row: (row.res_model, row.res_id) == (record._name, record.id))[-1]
        self.assert_done(
            self.apply(
                self.endpoint,
                "sync.acknowledged",
                {"message": row.uuid, "result": "accepted", "ids": [{"entity": entity, "id": external_id}]},
            )
        )
