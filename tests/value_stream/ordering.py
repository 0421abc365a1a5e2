"""Steps 1 to 4: master data, the customer's order, demand, supply."""

from simulators import x12

from value_stream.stage import SITE, expect, lots_told


def master_data(stage):
    """Items, bills of material and routings go out and come back with the other sides' own ids."""
    plan = stage.plan
    for player in stage.cast.players.values():
        stage.admin.call("mfg.sync.endpoint", "write", [stage.endpoints[player.kind]], {"url": f"{player.url}/events"})
    stage.admin.call("mfg.sync.endpoint", "action_resume", list(stage.endpoints.values()))
    codes = set(stage.company.products)
    for player in (stage.mes, stage.wms):
        items = stage.wait(
            f"items at {player.kind}",
            lambda player=player: {data["item"]["code"]: data for data in player.received("master.item")},
            until=codes.issubset,
        )
        tracking = {code: items[code]["tracking"] for code in codes}
        expect(f"tracking at {player.kind}", {**dict.fromkeys(codes, "lot"), plan.bicycle: "serial"}, tracking)
        stage.acknowledged(player, "master.item")
        for code in codes:
            stage.bound(player, "item", code, "product.product", stage.company.products[code])
    routings = stage.wait(
        "bills of material at mes",
        lambda: {data["item"]["code"]: data for data in stage.mes.received("master.bom")},
        until=set(plan.routings).issubset,
    )
    for item, steps in plan.routings.items():
        told = [(step["name"], step["work_center"]["code"]) for step in routings[item]["operations"]]
        expect(f"routing of {item} at mes", [(name, plan.center_code(center)) for name, center in steps], told)
    parts = {part["item"]["code"]: part["quantity"] for part in routings[plan.battery]["components"]}
    expect(f"components of {plan.battery} at mes", {plan.cell: plan.cells_per_battery}, parts)
    stage.acknowledged(stage.mes, "master.bom")


def customers_order(stage):
    """An X12 850 becomes a confirmed order; an 855 says so to the customer."""
    plan, customer = stage.plan, stage.customer
    street, city, state, postcode = plan.customer_place
    noted = customer.do(
        "order",
        item=plan.bicycle,
        quantity=plan.bicycles,
        price=plan.price,
        us=plan.customer_code,
        them=plan.company_code,
        ship_to=[plan.customer, plan.customer_code, street, city, state, postcode, "US"],
        number=plan.control_number,
    )
    customer.do("send", ids=[noted["id"]])
    (interchange,) = stage.applied(customer, noted["id"])
    expect("parts of the interchange", ["edi.850.v1"], stage.parts(interchange))
    orders = stage.db.rows(
        """SELECT o.id, o.name, o.state, o.partner_id, p.default_code, l.product_uom_qty, l.price_unit
           FROM sale_order o JOIN sale_order_line l ON l.order_id = o.id JOIN product_product p ON p.id = l.product_id
           WHERE o.client_order_ref = %(number)s""",
        number=noted["order"],
    )
    expect(
        f"order {noted['order']} in Odoo",
        [("sale", stage.company.partners["customer"], plan.bicycle, plan.bicycles, plan.price)],
        [
            (o["state"], o["partner_id"], o["default_code"], o["product_uom_qty"], float(o["price_unit"]))
            for o in orders
        ],
    )
    stage.sale, stage.sale_name, stage.order_number = orders[0]["id"], orders[0]["name"], noted["order"]
    acknowledgement = stage.document("855")
    bak, line, status = (x12.first(acknowledgement, name) for name in ("BAK", "PO1", "ACK"))
    expect(
        "the 855 as the customer reads it",
        {
            "order": noted["order"],
            "ours": stage.sale_name,
            "item": plan.bicycle,
            "quantity": plan.bicycles,
            "status": "IA",
        },
        {
            "order": x12.element(bak, 3),
            "ours": x12.element(bak, 8),
            "item": _our_code(line),
            "quantity": float(x12.element(line, 2)),
            "status": x12.element(status, 1),
        },
    )


def demand(stage):
    """Production orders for bicycles and batteries, reserved as far as stock goes; what is missing is bought by 850."""
    plan, db = stage.plan, stage.db
    found = db.rows(
        """SELECT o.id, o.name, p.default_code AS item, o.product_qty, o.state, o.reservation_state
           FROM mrp_production o JOIN product_product p ON p.id = o.product_id"""
    )
    orders = {row["item"]: row for row in found}
    expect(
        "production orders",
        {plan.bicycle: (plan.bicycles, "confirmed"), plan.battery: (plan.bicycles, "confirmed")},
        {item: (float(row["product_qty"]), row["state"]) for item, row in orders.items()},
    )
    expect("number of production orders", 2, len(found))
    expect("cells are reserved for the batteries", "assigned", orders[plan.battery]["reservation_state"])
    stage.orders = {item: {"id": row["id"], "name": row["name"]} for item, row in orders.items()}
    reserved = db.rows(
        """SELECT p.default_code AS item, l.name AS lot, q.reserved_quantity AS reserved FROM stock_quant q
           JOIN stock_location s ON s.id = q.location_id JOIN product_product p ON p.id = q.product_id
           JOIN stock_lot l ON l.id = q.lot_id WHERE s.usage = 'internal'"""
    )
    of_cells = sum(row["reserved"] for row in reserved if row["item"] == plan.cell)
    expect("cells reserved", plan.bicycles * plan.cells_per_battery, float(of_cells))
    on_hand = {(item, lot): quantity for item in (plan.frame, plan.motor) for lot, quantity in plan.stock[item]}
    expect(
        "bought parts on hand are reserved",
        on_hand,
        {(row["item"], row["lot"]): float(row["reserved"]) for row in reserved if row["item"] in plan.bought},
    )
    missing = {item: sum(quantity for _lot, quantity in lots) for item, lots in plan.bought.items()}
    purchase = db.rows(
        """SELECT o.id, o.name, o.state, p.default_code AS item, l.product_qty, l.price_unit FROM purchase_order o
           JOIN purchase_order_line l ON l.order_id = o.id JOIN product_product p ON p.id = l.product_id"""
    )
    requests = {(row["id"], row["state"]) for row in purchase}
    expect("requests for what is missing", ["draft"], [state for _id, state in requests])
    expect("what is bought", missing, {row["item"]: float(row["product_qty"]) for row in purchase})
    stage.purchase, stage.purchase_name = purchase[0]["id"], purchase[0]["name"]
    stage.person("buyer").call("purchase.order", "button_confirm", [stage.purchase])
    taken = stage.wait("the 850 at the supplier", lambda: stage.supplier.do("orders").get(stage.purchase_name))
    expect(
        "the 850 as the supplier reads it",
        {item: (quantity, plan.costs[item]) for item, quantity in missing.items()},
        {line["ids"]["BP"]: (line["quantity"], line["price"]) for line in taken["lines"]},
    )


def supply(stage):
    """An X12 856 announces lots, the warehouse confirms what came; stock, lots and reservations are there."""
    plan, db, wms = stage.plan, stage.db, stage.wms
    notice = stage.supplier.tell(
        "announce", order=stage.purchase_name, lots=plan.bought, number=plan.control_number + 1
    )
    (interchange,) = stage.applied(stage.supplier, notice)
    expect("parts of the interchange", ["edi.856.v1"], stage.parts(interchange))
    lots = {(item, lot): quantity for item, entries in plan.bought.items() for lot, quantity in entries}
    told = stage.wait(
        "the receipt with its lots at wms",
        lambda: [data for data in wms.received("wms.receipt.expected") if lots_told(data) == lots],
    )
    transfer = told[-1]["transfer"]["code"]
    expect("where the receipt is expected", (SITE, stage.purchase_name), (told[-1]["site"], told[-1]["origin"]))
    announced = db.rows(
        """SELECT p.default_code AS item, COALESCE(t.name, l.lot_name) AS lot, l.quantity, o.state
           FROM stock_move_line l JOIN stock_picking o ON o.id = l.picking_id
           JOIN product_product p ON p.id = l.product_id LEFT JOIN stock_lot t ON t.id = l.lot_id
           WHERE o.name = %(name)s""",
        name=transfer,
    )
    found = {(row["item"], row["lot"]): float(row["quantity"]) for row in announced}
    expect("lots of the receipt in Odoo", lots, found)
    expect("state of the receipt", {"assigned"}, {row["state"] for row in announced})
    stage.acknowledged(wms, "wms.receipt.expected")
    counted = [{"item": item, "lot": lot, "quantity": quantity} for (item, lot), quantity in lots.items()]
    stage.applied(wms, wms.tell("received", transfer=transfer, lines=stage.shuffled(counted)))
    expect("the receipt", "done", db.value("SELECT state FROM stock_picking WHERE name = %(name)s", name=transfer))
    on_hand = {key: quantity for key, quantity in stage.on_hand().items() if key in lots}
    expect("lots in stock", lots, on_hand)
    bought = {plan.frame: "assigned", plan.motor: "assigned"}
    order = stage.orders[plan.bicycle]["id"]
    stage.becomes("bought components of the bicycles", bought, lambda: _components(stage, order, list(bought)))


def _our_code(line):
    ids = x12.pairs(line, 6)
    return ids.get("VN") or ids.get("VP")


def _components(stage, order, items):
    """{item: state} of components of a production order."""
    rows = stage.db.rows(
        """SELECT p.default_code AS item, m.state FROM stock_move m JOIN product_product p ON p.id = m.product_id
           WHERE m.raw_material_production_id = %(order)s AND p.default_code = ANY(%(items)s)""",
        order=order,
        items=items,
    )
    return {row["item"]: row["state"] for row in rows}
