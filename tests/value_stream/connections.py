"""The company's people and its connections, each with a service user of least privilege."""

import json
import secrets

OUT, IN = "out", "in"
#: what crosses each connection
KINDS = {
    "mes": {
        OUT: ["master.item", "master.bom", "mes.order.released"],
        IN: [
            "sync.acknowledged",
            "mes.operation.started",
            "mes.operation.completed",
            "mes.material.issued",
            "mes.scrap.reported",
            "mes.downtime.reported",
            "mes.production.reported",
            "quality.inspection.completed",
        ],
    },
    "wms": {
        OUT: ["master.item", "wms.receipt.expected", "wms.shipment.requested", "stock.available"],
        IN: ["sync.acknowledged", "wms.receipt.confirmed", "wms.shipment.confirmed", "stock.statement"],
    },
    "supplier": {OUT: ["edi.850"], IN: ["sync.acknowledged", "edi.x12", "edi.856"]},
    "customer": {OUT: ["edi.855", "edi.856", "edi.810"], IN: ["sync.acknowledged", "edi.x12", "edi.850"]},
}
#: the people of the plant and what they may do
PEOPLE = {
    "planner": "mrp.group_mrp_user",
    "buyer": "purchase.group_purchase_user",
    "clerk": "stock.group_stock_user",
    "steward": "mfg_sync.group_steward",
}


def build(company):
    """Make people and connections; their passwords and keys go into the instance file."""
    _people(company)
    types = {
        (row["direction"], row["name"]): row
        for row in company.admin.read("mfg.sync.message.type", [], "name", "direction", "schema")
    }
    kinds = {
        kind: [types[direction, name] for direction, names in ways.items() for name in names]
        for kind, ways in KINDS.items()
    }
    # a service user may do what its kinds of messages say they need, and nothing else
    users = _users(
        company, [(f"Service of {kind}", f"service-{kind}", _groups(rows), {}) for kind, rows in kinds.items()]
    )
    plan = company.plan
    names = {"mes": "MES hall 1", "wms": "Warehouse system", "supplier": plan.supplier, "customer": plan.customer}
    sources = {kind: f"urn:{kind}:{plan.company_code.lower()}" for kind in KINDS}
    company.admin.create(
        "mfg.sync.endpoint",
        [
            {"name": names[kind], "code": f"{kind}1", "kind": kind, "environment": "test", "in_plant": True}
            | {"user_id": user, "partner_id": company.partners.get(kind, False), "first_retry": 1.0, "paused": True}
            | _x12(company, kind)
            | {"system_ids": [(0, 0, {"name": names[kind], "source": sources[kind]})]}
            | {"flow_ids": [(0, 0, _flow(company, row)) for row in kinds[kind]]}
            for kind, user in zip(KINDS, users, strict=True)
        ],
    )
    keys = [{"code": f"{kind}1", "kind": kind, "source": sources[kind], **_keys(company, f"{kind}1")} for kind in KINDS]
    company.instance.save(endpoints=keys)


def _x12(company, kind):
    """How both name themselves in the envelopes of interchanges."""
    theirs = {"supplier": company.plan.supplier_code, "customer": company.plan.customer_code}
    return {"x12_our_id": company.plan.company_code, "x12_their_id": theirs[kind]} if kind in theirs else {}


def _flow(company, row):
    return {"type_id": row["id"], "mode": "live", "site_ids": [(6, 0, [company.warehouse])]}


def _people(company):
    people = {role: {"login": f"{role}@bicycles.example", "password": secrets.token_urlsafe(12)} for role in PEOPLE}
    _users(
        company,
        [
            (f"{role.capitalize()} of the plant", known["login"], {PEOPLE[role]}, {"password": known["password"]})
            for role, known in people.items()
        ],
    )
    company.instance.save(people=people)


def _users(company, users):
    """Make users of (name, login, XML ids of groups, more values); returns their ids."""
    named = sorted({"base.group_user"}.union(*(groups for _name, _login, groups, _more in users)))
    ids = dict(zip(named, company.admin.refs(named), strict=True))
    return company.admin.create(
        "res.users",
        [
            {"name": name, "login": login, "email": f"{login.partition('@')[0]}@bicycles.example", **more}
            | {company.series.user_groups: [(6, 0, [ids[group] for group in {"base.group_user", *groups}])]}
            for name, login, groups, more in users
        ],
        context={"no_reset_password": True},
    )


def _groups(rows):
    return {group for row in rows for group in json.loads(row["schema"])["x-mfg-sync"].get("groups", [])}


def _keys(company, code):
    uses = {"secret": "in_secret", "outgoing_secret": "out_secret", "token": "in_token"}
    return {field: company.admin.call("mfg.sync.credential", "set_key", code, use) for field, use in uses.items()}
