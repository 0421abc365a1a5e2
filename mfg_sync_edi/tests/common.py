import json

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.tests.common import SyncCase

from ..x12 import documents, read

CUSTOMER_IN = ("edi.x12", "edi.850")
CUSTOMER_OUT = ("edi.855", "edi.856", "edi.810")
CUSTOMER_GROUPS = ",".join(
    (
        "stock.group_stock_user",
        "account.group_account_invoice",
        "sales_team.group_sale_salesman_all_leads",
        "base.group_partner_manager",
    )
)
SUPPLIER_IN = ("edi.x12", "edi.856")
SUPPLIER_OUT = ("edi.850",)
SUPPLIER_GROUPS = "stock.group_stock_user,purchase.group_purchase_user"


class EdiCase(SyncCase):
    """A bicycle maker, a customer and a supplier, each with a connection of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        country = cls.env.ref("base.us")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Northwind Outdoor", "is_company": True, "country_id": country.id}
        )
        cls.supplier = cls.env["res.partner"].create(
            {"name": "Motor Works", "is_company": True, "country_id": country.id}
        )
        cls.bike = cls.make_item("RC-GRAVEL-54", list_price=1300.0, barcode="810000120017")
        cls.wheel = cls.make_item("RC-WHEEL", list_price=90.0)
        cls.motor = cls.make_item("MOTOR-250", tracking="lot", list_price=0.0)
        cls.at_customer = cls.make_connection(
            "northwind", cls.customer, "NORTHWIND", CUSTOMER_GROUPS, CUSTOMER_IN, CUSTOMER_OUT
        )
        cls.at_supplier = cls.make_connection(
            "motorworks", cls.supplier, "MOTORWORKS", SUPPLIER_GROUPS, SUPPLIER_IN, SUPPLIER_OUT
        )

    @classmethod
    def make_item(cls, code, **values):
        return cls.env["product.product"].create(
            compat.storable({"name": code.title(), "default_code": code, "invoice_policy": "delivery", **values})
        )

    @classmethod
    def make_connection(cls, code, partner, their_id, groups, inbound, outbound, **values):
        endpoint = cls.make_endpoint(
            code,
            groups=groups,
            kinds=(),
            partner_id=partner.id,
            x12_our_id="RIDGELINE",
            x12_their_id=their_id,
            **values,
        )
        cls.add_flows(endpoint, *inbound, direction="in")
        cls.add_flows(endpoint, *outbound, direction="out")
        return endpoint

    # -- the other side

    @staticmethod
    def interchange(*sets, sender="NORTHWIND", control=4711, usage="T", functional="PO", date="260302"):
        """X12 as a partner writes it, by hand and not by our writer; a set is ``(code, control, [segment, …])``."""
        lines = [
            f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{'RIDGELINE':<15}"
            f"*{date}*0915*U*00401*{control:09}*0*{usage}*>",
            f"GS*{functional}*{sender}*RIDGELINE*20{date}*0915*{control}*X*004010",
        ]
        for code, number, segments in sets:
            lines += [f"ST*{code}*{number}", *segments, f"SE*{len(segments) + 2}*{number}"]
        lines += [f"GE*{len(sets)}*{control}", f"IEA*1*{control:09}"]
        return "~\n".join(lines) + "~\n"

    @staticmethod
    def order(number, *lines, control="0001", ship_to=(), purpose="00", wanted="20260330", more=()):
        """An 850; a line is ``(quantity, unit, price, qualifier, item, …)``."""
        segments = [f"BEG*{purpose}*SA*{number}**20260302", "CUR*BY*USD", f"DTM*002*{wanted}", *more, *ship_to]
        for place, (quantity, unit, price, *items) in enumerate(lines, start=1):
            segments.append(f"PO1*{place}*{quantity}*{unit}*{price}*PE*" + "*".join(items))
        return "850", control, [*segments, f"CTT*{len(lines)}"]

    def take(self, text, endpoint=None, **kw):
        """An interchange arrives and is applied; returns its row."""
        return self.apply(endpoint or self.at_customer, "edi.x12", text, datacontenttype="application/EDI-X12", **kw)

    def told(self, kind, endpoint=None):
        """What was captured for a partner, oldest first."""
        endpoint = endpoint or (self.at_supplier if kind == "edi.850" else self.at_customer)
        return (
            self.captured()
            .filtered(lambda row: row.endpoint_id == endpoint and row.type_name == f"{kind}.v1")
            .sorted("id")
        )

    def sent(self, row):
        """The interchange of a message and its document, read strictly, once the drain has looked at it."""
        self.deliver(row.endpoint_id)
        row.invalidate_recordset()
        self.assertEqual(row.datacontenttype, "application/EDI-X12", row.error_text)
        ((interchange, _group, transaction),) = read(json.loads(row.payload)).transaction_sets()
        return interchange, documents.decode(transaction)

    def sale(self, number):
        return self.env["sale.order"].search([("client_order_ref", "=", number)])

    def ship(self, order):
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty
            move.picked = True
        picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def stock(self, product, quantity, lot=None):
        location = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(product, location, quantity, lot_id=lot)
