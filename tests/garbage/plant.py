"""The connections that bad input comes to, with real documents behind them: what could be half done is there."""

import itertools
import json

import requests
from bench.shop import Shop
from border.plant import Plant, wait_for

FLOOR_KINDS = (
    "mes.downtime.reported",
    "quality.inspection.completed",
    "wms.receipt.confirmed",
    "wms.shipment.confirmed",
    "stock.statement",
    "sync.acknowledged",
    "sync.test",
)
EDI_GROUPS = (
    "base.group_user",
    "sales_team.group_sale_salesman_all_leads",
    "base.group_partner_manager",
    "stock.group_stock_user",
    "purchase.group_purchase_user",
    "account.group_account_invoice",
)
WRONG = "NO-SUCH-THING"


def only_our_cron(instance):
    """Odoo's own rounds (mails, reordering, cleaning) would change what is watched."""
    instance.sql(
        """UPDATE ir_cron SET active = false WHERE id NOT IN (
               SELECT res_id FROM ir_model_data WHERE module = 'mfg_sync' AND model = 'ir.cron')"""
    )


def examples(instance, names):
    """``{kind: [example of its data]}`` as its schema tells them."""
    kinds = instance.call(
        "mfg.sync.message.type", "search_read", [("direction", "=", "in"), ("name", "in", names)], ["name", "schema"]
    )
    return {kind["name"]: json.loads(kind["schema"])["examples"] for kind in kinds}


def bearer(plant):
    return "Authorization", f"Bearer {plant.token}"


class Floor(Shop):
    """The MES and warehouse system of a shop: orders, a receipt, items and lots that exist.

    :ivar poisoned: ``(kind, data, pointer, value)``: data of real documents, and the one thing that is wrong with it
    """

    def __init__(self, instance, series):
        super().__init__(instance, series, "garbage")
        call = instance.call
        kinds = call("mfg.sync.message.type", "search", [("name", "in", FLOOR_KINDS), ("direction", "=", "in")])
        flows = [{"endpoint_id": self.endpoint, "type_id": kind, "mode": "live"} for kind in kinds]
        call("mfg.sync.flow", "create", flows)
        names = call("mfg.sync.flow", "search_read", [("endpoint_id", "=", self.endpoint)], ["type_id"])
        types = call("mfg.sync.message.type", "read", [flow["type_id"][0] for flow in names], ["name"])
        self.examples = self._of_other_orders(examples(instance, [kind["name"] for kind in types]))
        self.real = [order.name for order in self.orders(20)]
        self.receipt = self._receipt()
        self.numbers_used = itertools.count(1)

    @staticmethod
    def _of_other_orders(found):
        """The examples name orders as Odoo does: here they must be nobody's."""
        return json.loads(json.dumps(found).replace("WH/MO/", "THEIR/MO/"))

    def _receipt(self):
        call = self.instance.call
        (house,) = call("stock.warehouse", "search_read", [], ["in_type_id", "lot_stock_id"], limit=1)
        places = {"location_id": self.ref("stock.stock_location_suppliers"), "location_dest_id": self.shelf}
        moves = [{"product_id": self.items[part], "product_uom_qty": 5, **places}
                 | ({"name": part} if self.is_17 else {}) for part in ("BOLT", "GREASE")]  # fmt: skip
        picking = call(
            "stock.picking",
            "create",
            {"picking_type_id": house["in_type_id"][0], **places, "move_ids": [(0, 0, move) for move in moves]},
        )
        call("stock.picking", "action_confirm", [picking])
        return call("stock.picking", "read", [picking], ["name"])[0]["name"]

    def poisoned(self):
        """Data that is right but for one thing that Odoo finds late: ``(kind, data, poison)``.

        :return: poison is a function that puts the wrong thing in, whatever else was done to the data
        """
        number = str(next(self.numbers_used))
        order = {"order": self.real[int(number) % len(self.real)]}
        code = self.letters
        bolt, grease = f"{code}-BOLT", f"{code}-GREASE"
        issue = {**order, "item": f"{code}-SHAFT", "lot": "SHAFT-1", "quantity": 1, "transaction": number}
        lines = [{"item": bolt, "quantity": 2}, {"item": grease, "quantity": 1}]
        downtime = {"work_center": f"{code}-L", "started": "2026-03-02T08:00:00Z", "reason": "Equipment Failure"}
        started, completed = {**order, "operation": "10"}, {**order, "operation": "10", "good": 10, "minutes": 4}
        return [
            ("mes.material.issued", issue, _setting("item", WRONG)),
            ("mes.material.issued", issue, _setting("lot", WRONG)),
            ("mes.material.issued", issue, _setting("unit", WRONG)),
            ("mes.operation.started", started, _setting("operation", "999")),
            ("mes.operation.completed", completed, _setting("operation", "999")),
            ("mes.scrap.reported", {**issue, "reason": "Dented"}, _setting("item", WRONG)),
            ("mes.scrap.reported", {**issue, "reason": "Dented"}, _setting("lot", WRONG)),
            ("mes.production.reported", {**order, "quantity": 10, "lot": f"G{number}"}, _setting("unit", WRONG)),
            ("mes.downtime.reported", downtime, _setting("ended", "2026-03-02T07:00:00Z")),
            ("quality.inspection.completed", {"lot": "SHAFT-1", "result": "fail", "plan": number},
             _setting("item", WRONG)),
            ("wms.receipt.confirmed", {"transfer": self.receipt, "receipt": number, "lines": lines}, _last_line),
            ("stock.statement", {"site": "WH", "as_of": "2026-03-02T18:00:00Z", "lines": lines}, _last_line),
        ]  # fmt: skip


def _setting(name, value):
    return lambda data: {**data, name: value} if isinstance(data, dict) else data


def _last_line(data):
    if not isinstance(data, dict):
        return data
    lines = data.get("lines")
    return {**data, "lines": [*(lines if isinstance(lines, list) else []), {"item": WRONG, "quantity": 1}]}


class Partner(Plant):
    """A customer that sends X12, and takes whatever is lenient enough to be read."""

    def __init__(self, instance, floor):
        super().__init__(instance, "garbage-edi", ("edi.x12", "edi.850", "edi.856"), EDI_GROUPS)
        call = instance.call
        customer = call("res.partner", "create", {"name": "Northwind Outdoor", "is_company": True})
        self.set(partner_id=customer, x12_our_id="RIDGELINE", x12_their_id="NORTHWIND",
                 x12_leniency_ids=[(6, 0, call("mfg.sync.x12.leniency", "search", []))])  # fmt: skip
        self.item = f"{floor.letters}-BOLT"
        self.numbers_used = itertools.count(100_000)


class Fetcher(Plant):
    """A system behind a firewall, with messages that are ready for it; some were handed out.

    :ivar handed: uuids of messages that were handed out and are not acknowledged
    """

    def __init__(self, instance):
        super().__init__(instance, "garbage-pull", ("master.item",))
        self.set(delivery="pull", fetch_again=86400)
        told = [self.tell() for _each in range(4)]
        for uuid in told:
            wait_for("the message is ready", lambda uuid=uuid: self.row(uuid=uuid)["ready"], 60)
        answer = requests.get(instance.url + self.path("outbox"), headers=dict([bearer(self)]), timeout=30)
        assert {event["id"] for event in answer.json()["events"]} == set(told)
        self.handed = told

    def path(self, what):
        return f"/mfg_sync/v1/{self.code}/{what}"
