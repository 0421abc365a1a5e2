"""The demo company, built over RPC as an implementer would by hand: it assembles electric bicycles.

    python -m value_stream.company --instance FILE [--seed N]

Items, routings, partners, stock, people with their rights, and a connection with a service user for each other side;
keys are written into the instance file. Nothing is sent before somebody enters addresses and resumes the connections.
"""

import argparse
import random
import time

from value_stream import connections, goods
from value_stream.odoo import Instance
from value_stream.plan import Plan
from value_stream.series import Series
from value_stream.stage import SITE


class Company:
    """What was built, by our own names.

    :ivar partners: ids by role: customer, supplier, walk_in
    :ivar products: ids of product.product by item code
    :ivar work_centers: ids by name
    :ivar warehouse: id; `shelf` is the id of its stock location
    :ivar workshop: id of a second one that no connection covers, with its shelf and production type
    """

    def __init__(self, instance, plan):
        self.instance, self.plan = instance, plan
        self.admin = instance.admin
        self.series = Series(self.admin)
        self.partners, self.products, self.work_centers = {}, {}, {}
        self.id = self.warehouse = self.shelf = None

    def build(self, connected=None):
        """:param connected: called once the other sides' keys are in the instance file"""
        self._settings()
        self._partners()
        connections.build(self)
        if connected:
            connected()
        goods.build(self)

    def _settings(self):
        admin = self.admin
        self.id = admin.one("res.company", [])
        settings = admin.create("res.config.settings", {"group_stock_production_lot": True, "group_mrp_routings": True})
        admin.call("res.config.settings", "execute", [settings])
        # customers get what they order in one delivery
        admin.call("ir.default", "set", "sale.order", "picking_policy", "one")
        admin.call("stock.route", "write", [admin.ref("stock.route_warehouse0_mto")], {"active": True})
        found = admin.one("stock.warehouse", [], "id", "lot_stock_id")
        self.warehouse, self.shelf = found["id"], found["lot_stock_id"][0]
        admin.call("stock.warehouse", "write", [self.warehouse], {"mfg_sync_site_code": SITE})
        # a second site that no connection covers: what is done there is done by hand
        self.workshop = admin.create("stock.warehouse", {"name": "Workshop", "code": "HAND"})
        fields = ["lot_stock_id", "manu_type_id"]
        (found,) = admin.call("stock.warehouse", "read", [self.workshop], fields)
        self.workshop_shelf, self.workshop_type = (found[field][0] for field in fields)

    def _partners(self):
        plan, admin = self.plan, self.admin
        us = [("country_id.code", "=", "US")]
        states = {row["code"]: row["id"] for row in admin.read("res.country.state", us, "code")}
        country = admin.ref("base.us")
        who = {
            "customer": (plan.customer, plan.customer_code, plan.customer_place),
            "supplier": (plan.supplier, plan.supplier_code, plan.supplier_place),
            "walk_in": (plan.walk_in, False, plan.customer_place),
        }
        ids = admin.create(
            "res.partner",
            [
                {"name": name, "ref": code, "is_company": True, "street": street, "city": city, "zip": postcode}
                | {"state_id": states[state], "country_id": country}
                for name, code, (street, city, state, postcode) in who.values()
            ],
        )
        self.partners = dict(zip(who, ids, strict=True))


def main():
    parser = argparse.ArgumentParser(prog="python -m value_stream.company", description=__doc__.partition("\n")[0])
    parser.add_argument("--instance", required=True)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    started = time.monotonic()
    instance = Instance(options.instance)
    Company(instance, Plan(seed)).build()
    print(f"  {time.monotonic() - started:6.1f} s  set up the demo company (seed {seed})", flush=True)


if __name__ == "__main__":
    main()
