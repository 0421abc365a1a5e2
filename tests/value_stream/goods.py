"""What the company makes, of what, how, and what lies on its shelves at the start."""

MAKE = "mrp.route_warehouse0_manufacture"
BUY = "purchase_stock.route_warehouse0_buy"
TO_ORDER = "stock.route_warehouse0_mto"
#: of the supplier; Odoo buys what is needed within it, so it reaches beyond the day that the customer wants
LEAD_DAYS = 14


def build(company):
    _items(company)
    _routings(company)
    _stock(company)


def _items(company):
    plan, admin = company.plan, company.admin
    values = {"name": "Electric bicycles", "property_cost_method": "average", "property_valuation": "real_time"}
    category = admin.create("product.category", values)
    make, buy, to_order = admin.refs([MAKE, BUY, TO_ORDER])
    made, bought = [(6, 0, [make, to_order])], [(6, 0, [buy])]
    items = {
        plan.bicycle: {"name": f"Electric bicycle {plan.model}", "tracking": "serial", "list_price": plan.price},
        plan.battery: {"name": f"Battery pack {plan.model}", "tracking": "lot", "sale_ok": False},
        plan.frame: {"name": f"Frame {plan.model}", "tracking": "lot", "sale_ok": False},
        plan.motor: {"name": f"Hub motor {plan.model}", "tracking": "lot", "sale_ok": False},
        plan.cell: {"name": "Battery cell", "tracking": "lot", "sale_ok": False},
        plan.saddle: {"name": f"Saddle {plan.model}", "tracking": "lot"},
    }
    for code, item in items.items():
        item.update(default_code=code, categ_id=category, purchase_ok=code in plan.costs)
        if code in plan.costs:
            seller = {"partner_id": company.partners["supplier"], "price": plan.costs[code], "delay": LEAD_DAYS}
            item.update(standard_price=plan.costs[code], seller_ids=[(0, 0, seller)], route_ids=bought)
        else:
            item.update(route_ids=made)
    ids = admin.create("product.product", [company.series.storable(item) for item in items.values()])
    company.products = dict(zip(items, ids, strict=True))
    # what is missing of these is bought as soon as an order needs it
    rule = {"location_id": company.shelf, "trigger": "auto", "product_min_qty": 0, "product_max_qty": 0}
    parts = [{**rule, "product_id": company.products[code]} for code in (plan.frame, plan.motor)]
    admin.create("stock.warehouse.orderpoint", parts)


def _routings(company):
    plan, admin = company.plan, company.admin
    ids = admin.create(
        "mrp.workcenter",
        [
            {"name": name, "code": plan.center_code(name), "costs_hour": cost, "time_start": 0, "time_stop": 0}
            for name, cost in plan.cost_hour.items()
        ],
    )
    company.work_centers = dict(zip(plan.cost_hour, ids, strict=True))
    known = admin.read("product.product", [("id", "in", list(company.products.values()))], "product_tmpl_id")
    templates = {row["id"]: row["product_tmpl_id"][0] for row in known}
    parts = {
        plan.battery: {plan.cell: plan.cells_per_battery},
        plan.bicycle: {plan.frame: 1, plan.motor: 1, plan.battery: 1},
    }
    admin.create(
        "mrp.bom",
        [
            {"product_tmpl_id": templates[company.products[item]], "code": f"{item}-A", "consumption": "flexible"}
            | {"bom_line_ids": [(0, 0, _part(company, *part)) for part in parts[item].items()]}
            | {"operation_ids": [(0, 0, _operation(company, item, index)) for index in range(len(steps))]}
            for item, steps in plan.routings.items()
        ],
    )


def _part(company, code, quantity):
    return {"product_id": company.products[code], "product_qty": quantity}


def _operation(company, item, index):
    name, center = company.plan.routings[item][index]
    minutes = company.plan.planned[item][index]
    return {
        "name": name,
        "workcenter_id": company.work_centers[center],
        "sequence": 10 * (index + 1),
        "time_mode": "manual",
        "time_cycle_manual": minutes,
    }


def _stock(company):
    stock = [(item, lot, quantity) for item, entries in company.plan.stock.items() for lot, quantity in entries]
    put_away(company, stock, company.shelf)


def put_away(company, stock, location):
    """Count items in for the first time, (item code, lot, quantity) each; returns the ids of the lots."""
    admin, products = company.admin, company.products
    lots = [{"name": lot, "product_id": products[item], "company_id": company.id} for item, lot, _quantity in stock]
    ids = admin.create("stock.lot", lots)
    values = [
        {"product_id": products[item], "location_id": location, "lot_id": lot_id, "inventory_quantity": quantity}
        for (item, _lot, quantity), lot_id in zip(stock, ids, strict=True)
    ]
    counting = {"inventory_mode": True}
    quants = admin.create("stock.quant", values, context=counting)
    admin.call("stock.quant", "action_apply_inventory", quants, context=counting)
    return ids
