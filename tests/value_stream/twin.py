"""A twin of the customer's order, made by hand at a site that no connection covers: what it posts must be the same."""

from datetime import datetime, timedelta, timezone

from value_stream import goods
from value_stream.stage import expect, expect_true

#: cents by which a value may differ that is divided by pieces and rounded on the way
ROUNDING = 0.05


def compare(stage):
    """Make the twin and compare what both posted, account by account."""
    order = _by_hand(stage)
    told = "SELECT document_name FROM mfg_sync_message WHERE document_name LIKE %(site)s OR document_name = %(order)s"
    expect("what was told of the site by hand", [], stage.db.rows(told, site="HAND/%", order=order))
    ours = _entries(stage, stage.sale_name, stage.company.warehouse)
    theirs = _entries(stage, order, stage.company.workshop)
    # 19 posts the value of goods with the invoice, 17 with each move
    expect_true("the invoice of the synchronized order posted entries", ours["invoice"])
    for kind in ("invoice", "stock"):
        expect(f"accounts of the {kind} entries", sorted(theirs[kind]), sorted(ours[kind]))
        for account, (debit, credit) in theirs[kind].items():
            found = ours[kind][account]
            near = abs(found[0] - debit) <= ROUNDING and abs(found[1] - credit) <= ROUNDING
            expect_true(f"{kind} entries on {account} are {debit} debit, {credit} credit as by hand", near, found)
        balance = sum(debit - credit for debit, credit in ours[kind].values())
        expect(f"balance of the {kind} entries", 0, round(balance, 2))


def _entries(stage, sale, warehouse):
    """``{"invoice" | "stock": {account: (debit, credit)}}`` of an order: its invoice, and what its site moved."""
    found = {"invoice": {}, "stock": {}}
    for row in stage.db.rows(stage.series.entries, sale=sale, site=warehouse):
        found[row["kind"]][row["account"]] = (float(row["debit"]), float(row["credit"]))
    return found


def _by_hand(stage):
    """Make, deliver and invoice as many bicycles without any message. Returns the name of the order."""
    plan, admin, company = stage.plan, stage.admin, stage.company
    parts = [(plan.frame, f"T{plan.frame}", plan.bicycles), (plan.motor, f"T{plan.motor}", plan.bicycles)]
    parts.append((plan.cell, f"T{plan.cell}", plan.bicycles * plan.cells_per_battery + plan.scrapped))
    *_others, cells = goods.put_away(company, parts, company.workshop_shelf)
    lots = [
        {"name": f"T{serial}", "product_id": company.products[item], "company_id": company.id}
        for serial in plan.serials
        for item in (plan.battery, plan.bicycle)
    ]
    lots = iter(admin.create("stock.lot", lots))
    for number in range(plan.bicycles):
        values = {"product_id": company.products[plan.bicycle], "product_qty": 1}
        values["picking_type_id"] = company.workshop_type
        bicycle = admin.create("mrp.production", values)
        admin.call("mrp.production", "action_confirm", [bicycle])
        open_battery = [
            ("product_id", "=", company.products[plan.battery]),
            ("picking_type_id", "=", company.workshop_type),
            ("state", "not in", ("done", "cancel")),
        ]
        battery = admin.one("mrp.production", open_battery)
        shares = [minutes / plan.bicycles for minutes in plan.battery_minutes]
        if number == 0:
            _scrap(stage, battery, cells)
        _make(stage, battery, next(lots), shares)
        _make(stage, bicycle, next(lots), plan.bicycle_minutes[number])
    return _sell(stage)


def _scrap(stage, production, lot):
    plan, admin, company = stage.plan, stage.admin, stage.company
    values = {"product_id": company.products[plan.cell], "scrap_qty": plan.scrapped, "lot_id": lot}
    values.update(production_id=production, location_id=company.workshop_shelf)
    scrap = admin.create("stock.scrap", values)
    admin.call("stock.scrap", "action_validate", [scrap])
    (found,) = admin.call("stock.scrap", "read", [scrap], ["state", "scrap_qty"])
    expect("the scrap by hand", ("done", plan.scrapped), (found["state"], found["scrap_qty"]))


def _make(stage, production, lot, minutes):
    """Finish a production order with a lot and the minutes of its operations."""
    admin = stage.admin
    admin.call("mrp.production", "action_assign", [production])
    steps = admin.read(
        "mrp.workorder", [("production_id", "=", production)], "workcenter_id", "operation_id", order="operation_id"
    )
    end = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
    loss = admin.read("mrp.workcenter.productivity.loss", [("loss_type", "=", "productive")], "id", limit=1)[0]["id"]
    admin.create(
        "mrp.workcenter.productivity",
        [
            {"workorder_id": step["id"], "workcenter_id": step["workcenter_id"][0], "loss_id": loss}
            | {"date_start": str(end - timedelta(minutes=spent)), "date_end": str(end)}
            for step, spent in zip(steps, minutes, strict=True)
        ],
    )
    admin.call("mrp.production", "write", [production], {"qty_producing": 1, **stage.series.produced(lot)})
    taken = admin.call("stock.move", "search", [("raw_material_production_id", "=", production)])
    admin.call("stock.move", "write", taken, {"picked": True})
    context = {"skip_consumption": True, "skip_backorder": True, "skip_redirection": True}
    admin.call("mrp.production", "button_mark_done", [production], context=context)
    (found,) = admin.call("mrp.production", "read", [production], ["name", "state"])
    expect(f"{found['name']}, made by hand", "done", found["state"])


def _sell(stage):
    plan, admin, company = stage.plan, stage.admin, stage.company
    # served from stock: what was made by hand is there already
    bicycle, to_order = company.products[plan.bicycle], admin.ref(goods.TO_ORDER)
    admin.call("product.product", "write", [bicycle], {"route_ids": [(3, to_order)]})
    line = {"product_id": bicycle, "product_uom_qty": plan.bicycles, "price_unit": plan.price}
    partner = company.partners["walk_in"]
    values = {"partner_id": partner, "warehouse_id": company.workshop, "order_line": [(0, 0, line)]}
    sale = admin.create("sale.order", values)
    admin.call("sale.order", "action_confirm", [sale])
    (order,) = admin.call("sale.order", "read", [sale], ["name", "picking_ids"])
    admin.call("stock.picking", "action_assign", order["picking_ids"])
    admin.call("stock.picking", "button_validate", order["picking_ids"], context={"skip_sms": True})
    states = admin.call("stock.picking", "read", order["picking_ids"], ["state"])
    expect("the delivery made by hand", ["done"], [row["state"] for row in states])
    values = {"advance_payment_method": "delivered", "sale_order_ids": [(6, 0, [sale])]}
    bill = admin.create("sale.advance.payment.inv", values)
    admin.call("sale.advance.payment.inv", "create_invoices", [bill])
    (order,) = admin.call("sale.order", "read", [sale], ["name", "invoice_ids"])
    admin.call("account.move", "action_post", order["invoice_ids"])
    return order["name"]
