"""A plant that makes pumps and kits, built over RPC, and what happens on its floor: told by messages or by a script."""

import itertools
import uuid
from datetime import datetime, timedelta

from bench.frame import Failure
from bench.plant import BenchPlant

KINDS = (
    "mes.operation.started",
    "mes.operation.completed",
    "mes.material.issued",
    "mes.scrap.reported",
    "mes.production.reported",
)
GROUPS = ("mrp.group_mrp_user", "stock.group_stock_user", "analytic.group_analytic_accounting")
PIECES = 10
#: component: (pieces in a pump, kept by lots)
PARTS = {"SHAFT": (1, True), "SEAL": (2, True), "BOLT": (8, False), "GREASE": (1, False)}
SHIFT = datetime(2026, 3, 2, 6)


class Shop(BenchPlant):
    """The connection of a MES, with pumps (parts by lot, two operations) and kits (neither) to make.

    :ivar is_17: whether fields are those of 17.0
    """

    numbers = itertools.count(1)

    def __init__(self, instance, series, code="shop"):
        super().__init__(instance, code, KINDS, GROUPS)
        self.is_17 = series.startswith("17")
        self.letters = code.upper()
        self._build()

    # -- what is there

    def _build(self):
        call = self.instance.call
        location = call("stock.warehouse", "search_read", [], ["lot_stock_id", "company_id"], limit=1)[0]
        self.shelf, self.company = location["lot_stock_id"][0], location["company_id"][0]
        names = [f"{self.letters}-{name}" for name in ("PUMP", "KIT", *PARTS)]
        lots = [True, True, *(by_lot for _count, by_lot in PARTS.values())]
        ids = call("product.product", "create", [self._item(*item) for item in zip(names, lots, strict=True)])
        self.items = dict(zip(("PUMP", "KIT", *PARTS), ids, strict=True))
        by_lot = [name for name, (_count, lot) in PARTS.items() if lot]
        values = [{"name": f"{name}-1", "product_id": self.items[name], "company_id": self.company} for name in by_lot]
        self.lots = dict(zip(by_lot, call("stock.lot", "create", values), strict=True))
        quants = [{"product_id": self.items[name], "location_id": self.shelf, "inventory_quantity": 10**6}
                  | ({"lot_id": self.lots[name]} if name in self.lots else {}) for name in PARTS]  # fmt: skip
        counting = {"context": {"inventory_mode": True}}
        call("stock.quant", "action_apply_inventory", call("stock.quant", "create", quants, **counting), **counting)
        center = {"name": f"{self.letters} line", "code": f"{self.letters}-L", "costs_hour": 60}
        self.center = call("mrp.workcenter", "create", center)
        parts = [
            (0, 0, {"product_id": self.items[name], "product_qty": count}) for name, (count, _lot) in PARTS.items()
        ]
        steps = [(0, 0, {"name": name, "workcenter_id": self.center, "sequence": number, "time_mode": "manual",
                         "time_cycle_manual": 2}) for number, name in enumerate(("Assemble", "Test"), 1)]  # fmt: skip
        loose = [part for part, (_count, lot) in zip(parts, PARTS.values(), strict=True) if not lot]
        templates = call("product.product", "read", ids[:2], ["product_tmpl_id"])
        self.boms = call("mrp.bom", "create", [
            {"product_tmpl_id": template["product_tmpl_id"][0], "product_qty": 1, "consumption": "flexible",
             "bom_line_ids": lines, "operation_ids": operations}
            for template, lines, operations in zip(templates, (parts, loose), (steps, []), strict=True)])  # fmt: skip

    def _item(self, code, by_lot):
        kind = {"detailed_type": "product"} if self.is_17 else {"type": "consu", "is_storable": True}
        tracking = "lot" if by_lot else "none"
        return {"name": code, "default_code": code, "tracking": tracking, "standard_price": 2, **kind}

    def orders(self, count, what="PUMP"):
        """So many confirmed orders of ten pieces: ``[Order, …]``, with the ids a script would have looked up."""
        call = self.instance.call
        values = {"product_id": self.items[what], "product_qty": PIECES, "bom_id": self.boms[what == "KIT"]}
        ids = call("mrp.production", "create", [values] * count)
        call("mrp.production", "action_confirm", ids)
        fields = ["name", "move_raw_ids", "workorder_ids", "production_location_id", "location_src_id"]
        found = {entry["id"]: entry for entry in call("mrp.production", "read", ids, fields)}
        raws = [move for entry in found.values() for move in entry["move_raw_ids"]]
        product_of = {move["id"]: move["product_id"][0] for move in call("stock.move", "read", raws, ["product_id"])}
        return [Order(self, found[order], product_of, next(self.numbers)) for order in ids]

    # -- what became of it

    def outcome(self, orders):
        """What orders came to, without their names: equal for two sets of orders that had the same facts.

        ``(state, pieces finished, consumed by item, scrapped, work orders finished, lots of components)``, sorted
        """
        rows = self.instance.sql(
            """SELECT o.state,
                   (SELECT sum(l.quantity) FROM stock_move m JOIN stock_move_line l ON l.move_id = m.id
                    WHERE m.production_id = o.id AND m.state = 'done' AND l.lot_id IS NOT NULL) AS made,
                   (SELECT array_agg(p.default_code || ' ' || q.lot || ' ' || q.quantity ORDER BY p.default_code, q.lot)
                    FROM (SELECT l.product_id, COALESCE(t.name, '') AS lot, sum(l.quantity)::int AS quantity
                          FROM stock_move m JOIN stock_move_line l ON l.move_id = m.id
                          LEFT JOIN stock_lot t ON t.id = l.lot_id
                          WHERE m.raw_material_production_id = o.id AND l.picked AND m.scrap_id IS NULL
                          GROUP BY 1, 2) q JOIN product_product p ON p.id = q.product_id) AS used,
                   (SELECT sum(s.scrap_qty) FROM stock_scrap s
                    WHERE s.production_id = o.id AND s.state = 'done') AS scrapped,
                   (SELECT array_agg(w.state ORDER BY w.id)
                    FROM mrp_workorder w WHERE w.production_id = o.id) AS steps
               FROM mrp_production o WHERE o.id = ANY(%s)""",
            [[order.id for order in orders]],
        )
        return sorted(repr(list(row.values())) for row in rows)


class Order:
    """A production order, the facts of its making as messages, and the same facts as calls of a script."""

    def __init__(self, shop, values, product_of, number):
        self.shop, self.number = shop, number
        self.id, self.name = values["id"], values["name"]
        self.steps = sorted(values["workorder_ids"])
        self.source, self.target = values["location_src_id"][0], values["production_location_id"][0]
        names = {product: name for name, product in shop.items.items()}
        self.moves = {names[product_of[move]]: move for move in values["move_raw_ids"]}
        self.clock, self.taken = SHIFT + timedelta(minutes=number), dict.fromkeys(PARTS, 0)

    # -- as messages

    def tell(self, kind, **data):
        self.clock += timedelta(seconds=30)
        time = f"{self.clock.isoformat()}Z"
        event_id = f"{self.number}-{uuid.uuid4().hex[:12]}"
        return self.shop.event(event_id, type=f"{kind}.v1", data={"order": self.name, **data}, time=time)

    def started(self, step):
        return self.tell("mes.operation.started", operation=f"{10 * (step + 1)}")

    def completed(self, step):
        return self.tell("mes.operation.completed", operation=f"{10 * (step + 1)}", good=PIECES)

    def issued(self, part, share=1):
        """:param share: one issue in so many of what the order needs"""
        lot = {"lot": f"{part}-1"} if part in self.shop.lots else {}
        item, transaction = f"{self.shop.letters}-{part}", uuid.uuid4().hex[:12]
        quantity = PARTS[part][0] * PIECES / share
        return self.tell("mes.material.issued", item=item, quantity=quantity, transaction=transaction, **lot)

    def scrapped(self):
        item, transaction = f"{self.shop.letters}-BOLT", uuid.uuid4().hex[:12]
        return self.tell("mes.scrap.reported", item=item, quantity=1, transaction=transaction)

    def closed(self):
        return self.tell("mes.production.reported", quantity=PIECES, lot=f"P{self.number}", report="1")

    # -- the same by a script

    def do_started(self, script, step):
        script.call("mrp.workorder", "button_start", [self.steps[step]])

    def do_completed(self, script, step):
        script.call("mrp.workorder", "button_finish", [self.steps[step]])

    def do_issued(self, script, part, share=1):
        # what is reserved gives way to what was taken: one call, since the script remembers what it told before
        self.taken[part] += PARTS[part][0] * PIECES / share
        line = {"product_id": self.shop.items[part], "lot_id": self.shop.lots.get(part, False), "picked": True,
                "quantity": self.taken[part], "location_id": self.source, "location_dest_id": self.target}  # fmt: skip
        values = {"move_line_ids": [(5, 0, 0), (0, 0, line)], "manual_consumption": True, "picked": True}
        script.call("stock.move", "write", [self.moves[part]], values)

    def do_scrapped(self, script):
        scrap = script.call("stock.scrap", "create", {
            "product_id": self.shop.items["BOLT"], "scrap_qty": 1, "production_id": self.id,
            "location_id": self.source})  # fmt: skip
        script.call("stock.scrap", "action_validate", [scrap])

    def do_closed(self, script, what="PUMP"):
        product = self.shop.items[what]
        values = {"name": f"P{self.number}", "product_id": product, "company_id": self.shop.company}
        lot = script.call("stock.lot", "create", values)
        made = {"lot_producing_id": lot} if self.shop.is_17 else {"lot_producing_ids": [(6, 0, [lot])]}
        script.call("mrp.production", "write", [self.id], made)
        asked = {"skip_backorder": True, "skip_consumption": True, "skip_redirection": True}
        answer = script.call("mrp.production", "button_mark_done", [self.id], context=asked)
        if isinstance(answer, dict) and answer.get("res_model"):
            raise Failure(f"Odoo asks the script instead of closing {self.name}: {answer['res_model']}")


#: of ten events of an order four are issues, two starts, two completions, one is scrap, one the closing
MIX = (
    ("started", 0),
    ("issued", "SHAFT"),
    ("issued", "SEAL"),
    ("completed", 0),
    ("started", 1),
    ("issued", "BOLT"),
    ("issued", "GREASE"),
    ("scrapped",),
    ("completed", 1),
    ("closed",),
)


def shift(orders):
    """What happens to these orders in a shift, side by side: ``[(order, fact, *arguments), …]``."""
    return [(order, *fact) for fact in MIX for order in orders]


def told(facts):
    """Facts as events."""
    return [getattr(order, name)(*arguments) for order, name, *arguments in facts]


def done_by(script, facts):
    """Facts as calls of a script, one after the other."""
    for order, name, *arguments in facts:
        getattr(order, f"do_{name}")(script, *arguments)
