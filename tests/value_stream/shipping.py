"""Steps 10 and 11: shipment, invoice, cost, and the comparison of stock."""

from simulators import x12

from value_stream import twin
from value_stream.stage import SITE, expect, expect_true, lots_told

#: cents by which a value may differ that is divided by pieces and rounded on the way
ROUNDING = 0.05


def shipment(stage):
    """The warehouse confirms with a tracking number: delivery done, invoice posted, 856 and 810 at the customer."""
    plan, db, wms = stage.plan, stage.db, stage.wms
    name = db.value("SELECT name FROM stock_picking WHERE id = %(id)s", id=stage.delivery)
    wanted = {(plan.bicycle, serial): 1 for serial in plan.serials}
    requests = stage.wait(
        "both bicycles are requested from wms",
        lambda: [data for data in wms.received("wms.shipment.requested") if lots_told(data) == wanted],
    )
    requested = requests[-1]
    expect("what is requested", (name, stage.sale_name), (requested["transfer"]["code"], requested["origin"]))
    expect("where it goes", plan.customer_place[1], requested["partner"]["city"])
    stage.acknowledged(wms, "wms.shipment.requested")
    stage.bound(wms, "transfer", name, "stock.picking", stage.delivery)
    lines = [{"item": plan.bicycle, "lot": serial, "quantity": 1} for serial in plan.serials]
    words = {"carrier": plan.carrier, "tracking": plan.tracking}
    stage.applied(wms, wms.tell("shipped", transfer=name, lines=stage.shuffled(lines), **words))
    found = db.rows(
        """SELECT o.state, o.carrier_tracking_ref AS tracking, l.name AS serial FROM stock_picking o
           JOIN stock_move_line m ON m.picking_id = o.id JOIN stock_lot l ON l.id = m.lot_id WHERE o.id = %(id)s""",
        id=stage.delivery,
    )
    expect(
        "the delivery",
        {("done", plan.tracking, serial) for serial in plan.serials},
        {(row["state"], row["tracking"], row["serial"]) for row in found},
    )
    notice, bill = stage.document("856"), stage.document("810")
    _ship_notice(stage, notice)
    _invoice(stage, bill)
    _cost(stage)
    twin.compare(stage)


def _ship_notice(stage, notice):
    serials = {
        value
        for segment in notice
        for value in ([*x12.pairs(segment, 2).values()] if segment[0] == "LIN" else segment[2:3])
        if value in stage.plan.serials
    }
    expect(
        "the 856 as the customer reads it",
        {"order": stage.order_number, "pieces": stage.plan.bicycles, "serials": set(stage.plan.serials)},
        {
            "order": x12.element(x12.first(notice, "PRF"), 1),
            "pieces": sum(float(x12.element(segment, 2)) for segment in notice if segment[0] == "SN1"),
            "serials": serials,
        },
    )
    said = {element for segment in notice for element in segment}
    expect_true("the 856 names the tracking number", stage.plan.tracking in said, sorted(said))


def _invoice(stage, bill):
    """The invoice in Odoo and as the customer reads it."""
    plan = stage.plan
    rows = stage.db.rows(
        """SELECT m.id, m.name, m.state, m.amount_total, u.login AS made_by,
                  sum(l.debit) AS debit, sum(l.credit) AS credit FROM account_move m
           JOIN account_move_line l ON l.move_id = m.id JOIN res_users u ON u.id = m.create_uid
           WHERE m.invoice_origin = %(order)s AND m.move_type = 'out_invoice' GROUP BY m.id, u.login""",
        order=stage.sale_name,
    )
    expect("invoices of the order", 1, len(rows))
    invoice = rows[0]
    expect("the invoice", ("posted", "service-customer"), (invoice["state"], invoice["made_by"]))
    expect("debit of the invoice", invoice["credit"], invoice["debit"])
    big, line, total = (x12.first(bill, name) for name in ("BIG", "IT1", "TDS"))
    expect(
        "the 810 as the customer reads it",
        {
            "invoice": invoice["name"],
            "order": stage.order_number,
            "quantity": plan.bicycles,
            "price": plan.price,
            "total": round(float(invoice["amount_total"]) * 100),
        },
        {
            "invoice": x12.element(big, 2),
            "order": x12.element(big, 4),
            "quantity": float(x12.element(line, 2)),
            "price": float(x12.element(line, 4)),
            "total": int(x12.element(total, 1)),
        },
    )


def _cost(stage):
    """What the bicycles cost is their parts and the time of the work centers, in batteries and bicycles alike."""
    plan = stage.plan

    def labour(item, minutes):
        centers = [center for _name, center in plan.routings[item]]
        return sum(spent / 60 * plan.cost_hour[center] for spent, center in zip(minutes, centers, strict=True))

    cells = plan.bicycles * plan.cells_per_battery * plan.costs[plan.cell]
    batteries = cells + labour(plan.battery, plan.battery_minutes)
    parts = plan.bicycles * (plan.costs[plan.frame] + plan.costs[plan.motor])
    bicycles = batteries + parts + sum(labour(plan.bicycle, minutes) for minutes in plan.bicycle_minutes)
    for item, expected in ((plan.battery, batteries), (plan.bicycle, bicycles)):
        found = float(stage.db.value(stage.series.finished_value, item=item, site=stage.company.warehouse))
        expect_true(
            f"cost of {item} with its work centers is {expected:.2f}", abs(found - expected) < ROUNDING, f"{found:.2f}"
        )


def comparison(stage):
    """The warehouse states its stock: one place differs, as planted, and only that."""
    plan, wms = stage.plan, stage.wms
    stage.quiet()
    statement = wms.tell("stated", site=SITE, miscount=plan.miscounted)
    (row,) = stage.applied(wms, statement)
    lines = stage.db.rows(
        """SELECT p.default_code AS item, l.name AS lot, s.theirs, s.ours, s.difference, s.state
           FROM mfg_sync_statement t JOIN mfg_sync_statement_line s ON s.statement_id = t.id
           JOIN product_product p ON p.id = s.product_id LEFT JOIN stock_lot l ON l.id = s.lot_id
           WHERE t.message_id = %(message)s""",
        message=row["id"],
    )
    compared = {(line["item"], line["lot"]): float(line["ours"]) for line in lines}
    expect("what was compared", stage.on_hand(), compared)
    expect(
        "variances",
        [(plan.miscounted["item"], plan.miscounted["lot"], plan.miscounted["difference"])],
        [(line["item"], line["lot"], float(line["difference"])) for line in lines if line["state"] != "agrees"],
    )
