"""Documents of a small plant, made over RPC, and what a person does by hand where an addon refused a message."""

from contextlib import contextmanager
from itertools import count

from border.plant import SAYS_SOMETHING, Plant, wait_for

MES = ("mes.operation.started", "mes.operation.completed", "mes.production.reported", "mes.material.issued",
       "mes.scrap.reported")  # fmt: skip
MES_GROUPS = ("mrp.group_mrp_user", "stock.group_stock_user", "analytic.group_analytic_accounting")
EDI_GROUPS = ("stock.group_stock_user", "account.group_account_invoice", "sales_team.group_sale_salesman_all_leads",
              "base.group_partner_manager", "purchase.group_purchase_user")  # fmt: skip
#: what a message could have an effect on: all of it must be as before when it was refused
TABLES = ("mrp_production", "mrp_workorder", "mrp_workcenter_productivity", "stock_move", "stock_move_line",
          "stock_quant", "stock_lot", "stock_picking", "stock_scrap", "sale_order", "sale_order_line", "account_move",
          "account_move_line", "mail_message", "mfg_sync_binding")  # fmt: skip
#: who has checked what the addon wants checked goes on so
CHECKED = {"mfg_refusals_checked": True}


class Shop:
    def __init__(self, instance):
        self.instance, self.call, self.sql = instance, instance.call, instance.sql
        self.numbers = count(1)
        self.mes = Plant(instance, "mes1", MES, MES_GROUPS)
        self.wms = Plant(instance, "wms1", ("wms.receipt.confirmed",), ("stock.group_stock_user",))
        self.edi = Plant(instance, "edi1", ("edi.850", "edi.810"), EDI_GROUPS)
        self.customer = self.call("res.partner", "create", {"name": "Northwind Outdoor", "is_company": True})
        self.edi.set(partner_id=self.customer, x12_our_id="RIDGELINE", x12_their_id="NORTHWIND", delivery="pull")
        (self.warehouse,) = self.call("stock.warehouse", "search_read", [], ["lot_stock_id", "in_type_id"], limit=1)
        self.stock = self.warehouse["lot_stock_id"][0]
        self.frame, self.wheel, self.bell = (self.item(code) for code in ("FRAME", "WHEEL", "BELL"))
        for product in (self.wheel, self.bell):
            self.put(product, 100)
        self.welded, self.plain = self.bom("BIKE", operation=True), self.bom("TRIKE", operation=False)

    def number(self, prefix):
        return f"{prefix}-{next(self.numbers)}"

    def item(self, code):
        fields = self.call("product.product", "fields_get", [], ["type"])
        kept = {"is_storable": True} if "is_storable" in fields else {"detailed_type": "product"}
        values = {"name": code.title(), "default_code": code, "invoice_policy": "delivery", "list_price": 10.0, **kept}
        return self.call("product.product", "create", values)

    def put(self, product, quantity):
        values = {"product_id": product, "location_id": self.stock, "inventory_quantity": quantity}
        quant = self.call("stock.quant", "create", values, context={"inventory_mode": True})
        self.call("stock.quant", "action_apply_inventory", [quant])

    def bom(self, code, operation):
        product = self.item(code)
        (template,) = self.call("product.product", "read", [product], ["product_tmpl_id"])
        values = {"product_tmpl_id": template["product_tmpl_id"][0], "product_qty": 1,
                  "bom_line_ids": [(0, 0, {"product_id": self.wheel, "product_qty": 2})]}  # fmt: skip
        if operation:
            center = self.call("mrp.workcenter", "create", {"name": "Welding"})
            values["operation_ids"] = [(0, 0, {"name": "Weld", "workcenter_id": center, "time_cycle_manual": 5})]
        self.call("mrp.bom", "create", values)
        return product

    def order(self, product, quantity=2):
        """``(id, name)`` of a planned production order."""
        order = self.call("mrp.production", "create", {"product_id": product, "product_qty": quantity})
        for button in ("action_confirm", "action_assign", "button_plan"):
            self.call("mrp.production", button, [order])
        return order, self.call("mrp.production", "read", [order], ["name"])[0]["name"]

    def workorder(self, order):
        return self.call("mrp.workorder", "search", [("production_id", "=", order)])

    def receipt(self, quantity, confirm=True):
        """``(id, name)`` of a transfer that frames come in with."""
        supplier = self.mes.ref("stock.stock_location_suppliers")
        places = {"location_id": supplier, "location_dest_id": self.stock}
        move = {"product_id": self.frame, "product_uom_qty": quantity, **places}
        if "name" in self.call("stock.move", "fields_get", [], ["type"]):
            move["name"] = "Frame"
        picking = self.call("stock.picking", "create", {
            "picking_type_id": self.warehouse["in_type_id"][0], "move_ids": [(0, 0, move)], **places})  # fmt: skip
        if confirm:
            self.call("stock.picking", "action_confirm", [picking])
        return picking, self.call("stock.picking", "read", [picking], ["name"])[0]["name"]

    def sale(self, reference):
        """A confirmed order of a bell, by hand; its id."""
        order = self.call("sale.order", "create", {
            "partner_id": self.customer, "client_order_ref": reference,
            "order_line": [(0, 0, {"product_id": self.bell, "product_uom_qty": 1})]})  # fmt: skip
        self.call("sale.order", "action_confirm", [order], context=CHECKED)
        return order

    def ship(self, order):
        pickings = self.call("stock.picking", "search", [("sale_id", "=", order)])
        self.call("stock.picking", "action_assign", pickings)
        self.call("stock.picking", "button_validate", pickings, context={**CHECKED, "skip_sms": True})
        return pickings[0]

    # -- what happens to messages

    @contextmanager
    def stop(self, button, way):
        """As long as it stands the button refuses in that way, but for who has checked."""
        stop = self.call("mfg.refusals.stop", "create", {"button": button, "way": way})
        try:
            yield
        finally:
            self.call("mfg.refusals.stop", "unlink", [stop])

    def tell(self, plant, kind, data):
        """Send a message; its row once something has become of it."""
        event = plant.event(type=f"{kind}.v1", data=data)
        answer = plant.post(event)
        assert answer.status_code == 202, answer.text
        return self.settled(plant, event_id=event["id"])

    def settled(self, plant, **values):
        return wait_for(
            f"something becomes of {values}",
            lambda: (row := plant.row(endpoint_id=plant.endpoint, **values)) and row["state"] != "pending" and row,
            30,
        )

    def replay(self, plant, row):
        self.call("mfg.sync.message", "action_replay", [row["id"]])
        return self.settled(plant, id=row["id"])

    def everything(self):
        """The rows of the tables that messages have effects on: ``{table: {id: content}}``."""
        content = {}
        for table in TABLES:
            # what Odoo says about other things meanwhile, as in a digest, is none
            said, models = "WHERE model = ANY(%s)", [[name.replace("_", ".") for name in TABLES]]
            where, params = (said, models) if table == "mail_message" else ("", [])
            where = f"WHERE {SAYS_SOMETHING}" if table == "mfg_sync_binding" else where
            rows = self.sql(f"SELECT id, t::text AS content FROM {table} t {where}", params)
            content[table] = {row["id"]: row["content"] for row in rows}
        return content

    def one(self, query, *params):
        return next(iter(self.sql(query, params)[0].values()))
