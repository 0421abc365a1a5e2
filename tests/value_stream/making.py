"""Steps 5 to 9: release, the floor, quality, stock, and what a person must decide."""

from value_stream.stage import expect, expect_true

PLAN = "FINAL"


def release(stage):
    """Orders are released while the MES does not exist; they wait, are tried again, and arrive once."""
    mes, planner = stage.mes, stage.person("planner")
    stage.quiet()
    mes.kill()
    for order in stage.orders.values():
        planner.call("mrp.production", "button_plan", [order["id"]])
    waiting = stage.wait(
        "each release has met a refused connection",
        lambda: _attempts(stage),
        until=lambda found: len(found) == len(stage.orders) and all(tries for tries in found.values()),
    )
    for name, tries in waiting.items():
        refused = {(error, status, "refused" in detail) for error, status, detail in tries}
        expect(f"attempts to tell of {name} while no MES is there", {("transient", 0, True)}, refused)
    mes.start()
    mes.listen()
    stage.told(mes, "mes.order.released", len(stage.orders))
    released = {data["order"]["code"]: data for data in mes.received("mes.order.released")}
    expect("orders at the MES", {order["name"] for order in stage.orders.values()}, set(released))
    for item, order in stage.orders.items():
        steps = [step["name"] for step in released[order["name"]]["operations"]]
        expect(f"operations of {order['name']}", [name for name, _center in stage.plan.routings[item]], steps)
    stage.acknowledged(mes, "mes.order.released")
    for name, tries in _attempts(stage).items():
        successes = [status for error, status, _detail in tries if not error]
        expect(f"successes of {name} after {len(tries) - 1} failures", [202], successes)
        expect_true(f"{name} failed before it arrived", len(tries) > 1)
    arrivals = [entry["data"]["order"]["code"] for entry in mes.arrived("mes.order.released")]
    expect("arrivals in the MES's own log", sorted(released), sorted(arrivals))
    for order in stage.orders.values():
        stage.bound(mes, "production", order["name"], "mrp.production", order["id"])


def _attempts(stage):
    """{order: [(error class or None, HTTP status, detail), …]} of the releases, oldest first."""
    found = {}
    for row in stage.db.rows(
        """SELECT m.document_name, a.error_class, COALESCE(a.http_status, 0) AS status, COALESCE(a.detail, '') AS detail
           FROM mfg_sync_message m JOIN mfg_sync_attempt a ON a.message_id = m.id
           WHERE m.type_name = 'mes.order.released.v1' ORDER BY a.id"""
    ):
        found.setdefault(row["document_name"], []).append((row["error_class"], row["status"], row["detail"].lower()))
    return found


def floor(stage):
    """Batteries and the first bicycle are made: what is reported is in Odoo once, whatever came twice or too early."""
    plan = stage.plan
    _down(stage)
    _batteries(stage)
    _bicycle(stage, 0)
    order = stage.orders[plan.battery]
    found = stage.db.value("SELECT state FROM mrp_production WHERE id = %(id)s", id=order["id"])
    expect(f"state of {order['name']}", "done", found)
    cells = dict(plan.cells_used())
    used = stage.used()
    expect("cells consumed, by lot", cells, {lot: used.pop((plan.cell, lot), 0) for lot in cells})
    bicycle = {(plan.frame, plan.lot_of(plan.frame, 0)): 1, (plan.motor, plan.lot_of(plan.motor, 0)): 1}
    bicycle[plan.battery, plan.battery_lot] = 1
    expect("consumed for the first bicycle", bicycle, used)
    expect("minutes of the work centers on the batteries", plan.battery_minutes, stage.minutes(plan.battery))
    expect("minutes on the first bicycle", plan.bicycle_minutes[0], stage.minutes(plan.bicycle))
    scraps = stage.db.rows(
        """SELECT p.default_code AS item, l.name AS lot, s.scrap_qty, s.state FROM stock_scrap s
           JOIN product_product p ON p.id = s.product_id JOIN stock_lot l ON l.id = s.lot_id"""
    )
    expect(
        "scrap",
        [(plan.cell, plan.scrap_lot(), plan.scrapped, "done")],
        [(row["item"], row["lot"], float(row["scrap_qty"]), row["state"]) for row in scraps],
    )
    stops = stage.db.rows(
        """SELECT c.name, round(extract(epoch FROM p.date_end - p.date_start) / 60) AS minutes, p.description
           FROM mrp_workcenter_productivity p JOIN mrp_workcenter c ON c.id = p.workcenter_id
           WHERE p.workorder_id IS NULL"""
    )
    expect("standstills", [(plan.down_at, plan.down_minutes)], [(stop["name"], int(stop["minutes"])) for stop in stops])
    expect_true("the standstill tells its reason", plan.down_reason in stops[0]["description"], stops[0]["description"])
    produced = {key: quantity for key, quantity in stage.on_hand().items() if key[0] in plan.routings}
    expect(
        "finished and in stock",
        {(plan.battery, plan.battery_lot): plan.bicycles - 1, (plan.bicycle, plan.serials[0]): 1},
        produced,
    )


def _down(stage):
    plan, mes = stage.plan, stage.mes
    words = {"work_center": plan.center_code(plan.down_at), "minutes": plan.down_minutes}
    stage.applied(mes, mes.tell("down", **words, reason=plan.down_reason))


def _batteries(stage):
    """All facts of the battery order, two of them in the wrong order and twice, one more under a new id."""
    plan, mes = stage.plan, stage.mes
    order = stage.orders[plan.battery]["name"]
    facts = [mes.do("started", order=order, step=0)]
    facts += [
        mes.do("issued", order=order, step=0, item=plan.cell, lot=lot, quantity=used) for lot, used in plan.cells_used()
    ]
    facts += [
        mes.do(
            "scrapped",
            order=order,
            item=plan.cell,
            lot=plan.scrap_lot(),
            quantity=plan.scrapped,
            reason=plan.scrap_reason,
        ),
        mes.do("completed", order=order, step=0, good=plan.bicycles, minutes=plan.battery_minutes[0]),
        mes.do("started", order=order, step=1),
        mes.do("completed", order=order, step=1, good=plan.bicycles, minutes=plan.battery_minutes[1]),
        mes.do("produced", order=order, quantity=plan.bicycles, lot=plan.battery_lot),
    ]
    early, late = sorted(plan.dice.sample(range(len(facts)), 2))
    # the later one comes first, and is looked at, before the earlier one is even sent
    mes.do("send", ids=[facts[late]] * 2)
    stage.wait(f"{facts[late]} was looked at", lambda: stage.state(mes, facts[late]) != "pending")
    mes.do("send", ids=[fact for place, fact in enumerate(facts) if place != late] + [facts[early]])
    rows = stage.applied(mes, *facts)
    again = mes.do("again_under_new_id", id=plan.dice.choice(facts))
    mes.do("send", ids=[again])
    (row,) = stage.applied(mes, again)
    expect("a fact that comes again under a new id", True, row["no_effect"])
    repeated = [
        entry["id"] for entry in mes.log() if entry["what"] == "sent" and entry["answer"].get("status") == "duplicate"
    ]
    expect("facts that Odoo answered as known", {facts[early], facts[late]}, set(repeated))
    expect("rows of the ledger for these facts", len(facts), len({row["id"] for row in rows}))


def _bicycle(stage, number, unit=None):
    """Make one bicycle, as the floor tells it. Returns the messages; with a strange unit the frame's is the first."""
    plan, mes = stage.plan, stage.mes
    order = stage.orders[plan.bicycle]["name"]
    minutes, told = plan.bicycle_minutes[number], []

    def tell(action, **words):
        told.append(mes.tell(action, order=order, **words))

    def issue(step, item, **words):
        tell("issued", step=step, item=item, lot=plan.lot_of(item, number), quantity=1, report=number, **words)

    issue(0, plan.frame, **({"unit": unit} if unit else {}))
    for step, part in enumerate((plan.motor, plan.battery, None)):
        tell("started", step=step, report=number)
        if part:
            issue(step, part)
        tell("completed", step=step, good=1, minutes=minutes[step], report=number)
    tell("produced", quantity=1, serials=[plan.serials[number]], report=number)
    if not unit:
        stage.applied(mes, *told)
    return told


def quality(stage):
    """A failed inspection holds the finished lot: no reservation, no way out; rework and a passed one release it."""
    plan, mes, clerk = stage.plan, stage.mes, stage.person("clerk")
    serial = plan.serials[0]
    words = {"lot": serial, "item": plan.bicycle, "plan": PLAN}
    stage.delivery = stage.db.value(
        "SELECT id FROM stock_picking WHERE origin = %(order)s AND state NOT IN ('done', 'cancel')",
        order=stage.sale_name,
    )
    stage.becomes("reserved for the delivery before the inspection", 1, lambda: stage.reserved(stage.delivery))
    stage.applied(mes, mes.tell("inspected", **words, sample="1", result="fail", reason=plan.fault))
    expect("the lot after it failed", "hold", stage.quality(serial))
    stage.becomes(
        "the failed lot at wms", "hold", lambda: stage.lots_at_wms(plan.bicycle).get(serial, {}).get("status")
    )
    clerk.call("stock.picking", "action_assign", [stage.delivery])
    expect("reserved for the delivery while the lot is held", 0, stage.reserved(stage.delivery))
    _try_to_ship(stage, clerk, serial)
    stage.applied(mes, mes.tell("inspected", **words, sample="2", result="pass", reason="Reworked"))
    expect("the lot after rework", "released", stage.quality(serial))
    stage.becomes("reserved for the delivery after rework", 1, lambda: stage.reserved(stage.delivery))


def _try_to_ship(stage, clerk, serial):
    """A clerk who takes the held lot all the same is refused, and told why."""
    move = clerk.one(
        "stock.move", [("picking_id", "=", stage.delivery)], "id", "product_id", "location_id", "location_dest_id"
    )
    lot = clerk.one("stock.lot", [("name", "=", serial)])
    line = clerk.create(
        "stock.move.line",
        {
            "move_id": move["id"],
            "picking_id": stage.delivery,
            "product_id": move["product_id"][0],
            "location_id": move["location_id"][0],
            "location_dest_id": move["location_dest_id"][0],
            "lot_id": lot,
            "quantity": 1,
            "picked": True,
        },
    )
    text = stage.refused(
        lambda: clerk.call("stock.picking", "button_validate", [stage.delivery], context={"skip_backorder": True})
    )
    expect_true("the refusal names lot and reason", serial in text and stage.plan.fault in text, text)
    clerk.call("stock.move.line", "unlink", [line])
    clerk.call("stock.move", "write", [move["id"]], {"picked": False})
    state = stage.db.value("SELECT state FROM stock_picking WHERE id = %(id)s", id=stage.delivery)
    expect_true("the delivery is still open", state not in ("done", "cancel"), state)


def stock(stage):
    """Finished goods are on the shelves, and the warehouse is told of all that is there."""
    plan = stage.plan
    stage.quiet()
    expect("bicycles in stock", 1, stage.on_hand().get((plan.bicycle, plan.serials[0])))
    for item in stage.company.products:
        told = {lot: entry["quantity"] for lot, entry in stage.lots_at_wms(item).items()}
        ours = {lot: quantity for (code, lot), quantity in stage.on_hand().items() if code == item}
        expect(f"stock of {item} as the warehouse knows it", ours, told)
    expect("the finished bicycle at wms", "released", stage.lots_at_wms(plan.bicycle)[plan.serials[0]]["status"])


def strange_unit(stage):
    """A unit nobody knows stops one fact, not the order; a planner reads why, a steward adds the unit, it goes on."""
    plan, mes = stage.plan, stage.mes
    issue, *rest = _bicycle(stage, 1, unit=plan.strange_unit)
    *others, produced = rest
    stage.applied(mes, *others)
    stage.becomes("the issue in the strange unit", "held: reference", lambda: stage.state(mes, issue))
    row = stage.row(mes, issue)
    expect("it needs a person", True, row["needs_person"])
    for word in (plan.strange_unit, plan.frame, "Units", "mapping"):
        expect_true(f"its reason names {word}", word in row["error_text"], row["error_text"])
    expect("the MES is told so when it asks", True, mes.do("outcome", id=issue)["needs_person"])
    stage.becomes("the last report waits until the order can close", "held: early", lambda: stage.state(mes, produced))
    order = stage.orders[plan.bicycle]
    badge = stage.person("planner").one(
        "mrp.production", [("id", "=", order["id"])], "mfg_sync_status", "mfg_sync_reason"
    )
    expect("the order's badge, as the planner sees it", "needs_you", badge["mfg_sync_status"])
    expect_true("the badge tells the reason", plan.strange_unit in badge["mfg_sync_reason"], badge["mfg_sync_reason"])
    steward = stage.person("steward")
    unit = stage.admin.ref("uom.product_uom_unit")
    entry = {"endpoint_id": stage.endpoints["mes"], "kind": "uom", "code": plan.strange_unit, "uom_id": unit}
    steward.create("mfg.sync.value.map", entry)
    stage.applied(mes, issue, produced)
    tries = stage.db.rows(
        "SELECT result FROM mfg_sync_attempt WHERE message_id = %(id)s ORDER BY id", id=stage.row(mes, issue)["id"]
    )
    *before, last = [tried["result"] for tried in tries]
    expect("attempts to apply the issue", ({"reference"}, "done"), (set(before), last))
    used = stage.used()
    for item in (plan.frame, plan.motor):
        lots = {plan.lot_of(item, number) for number in range(plan.bicycles)}
        expect(f"{item} consumed in all", plan.bicycles, sum(used.get((item, lot), 0) for lot in lots))
    expect("bicycles in stock", 1, stage.on_hand().get((plan.bicycle, plan.serials[1])))
    minutes = [sum(pair) for pair in zip(*plan.bicycle_minutes, strict=True)]
    expect("minutes on both bicycles", minutes, stage.minutes(plan.bicycle))
