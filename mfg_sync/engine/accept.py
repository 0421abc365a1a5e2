"""From one message to one row of the ledger: the same for what comes over HTTP and for the parts of what came (X12)."""

import json
import uuid as uuidlib

from ..models import message_type
from ..protocol import strict_json
from ..protocol.errors import Problem
from . import lanes, numbers, pointers, states

MAX_ERRORS = 5


class SwitchedOff(Exception):
    """The kind of message is not switched on for this connection."""


class Unknown(SwitchedOff):
    """There is no such kind of message, for nobody: it is misspelt, or its addon is not installed."""


class NotLive(SwitchedOff):
    """The kind of message is retired, or a draft yet: nothing new of it is taken from anybody."""


def new_uuid():
    return str(uuidlib.uuid4())


def find_flow(env, endpoint_id, name, major=None):
    """``(kind, flow)`` of a kind of message on a connection, as the catalogue and mfg.sync.flow keep them.

    Who names no version means the lowest one that is live on the connection, else the lowest that is tried there: a
    later one, or the end of the first, must not move those who send it.

    :raises SwitchedOff: there is none that is on
    """
    kinds, inbound = env["mfg.sync.message.type"]._versions("in", name, major), env["mfg.sync.flow"]._inbound()
    found = [(kind, inbound[endpoint_id, kind["id"]]) for kind in kinds if (endpoint_id, kind["id"]) in inbound]
    if found:
        return min(found, key=lambda pair: (pair[1]["mode"] != "live", pair[0]["version"]))
    if kinds:
        raise SwitchedOff(name)
    known = env["mfg.sync.message.type"]._served().values()
    asked = ("in", name, major) if major else ("in", name)
    if any((kind["direction"], kind["name"], kind["version"])[: len(asked)] == asked for kind in known):
        raise NotLive(name)
    raise Unknown(name)


def validate(kind, data):
    """:raises Problem: 422 with pointer, value and expectation of the first findings"""
    validator = message_type.validator(kind["text"])
    plain = json.loads(strict_json.dumps(data))
    if validator.is_valid(plain):
        return
    errors = []
    for error in validator.iter_errors(plain):
        errors.append(
            {"pointer": "/data" + "".join(f"/{part}" for part in error.instance_path), "detail": error.message[:300]}
        )
        if len(errors) == MAX_ERRORS:
            break
    raise Problem(
        422,
        "schema",
        "The data does not fit the kind of message",
        f"{kind['name']}.v{kind['version']}: {errors[0]['pointer']}: {errors[0]['detail']}",
        errors,
    )


def make_row(
    kind,
    flow,
    data,
    *,
    endpoint_id,
    system_id,
    company_id,
    event_id,
    source,
    subject=None,
    occurred=None,
    media=None,
    attributes=None,
    **more,
):
    """A row for :func:`ledger.insert`, its lane still to be filled by :func:`fill_lanes`.

    :param datetime occurred: naive UTC, or None
    :param more: further columns (``parent_id``, ``state`` …)
    """
    block = message_type.block(kind["text"])
    when = occurred and occurred.isoformat()
    return {
        "uuid": new_uuid(),
        "direction": "in",
        "endpoint_id": endpoint_id,
        "system_id": system_id,
        "company_id": company_id,
        "flow_id": flow["id"],
        "type_id": kind["id"],
        "type_name": f"{kind['name']}.v{kind['version']}",
        "event_id": event_id,
        "source": source,
        "subject": subject,
        "occurred": when,
        "sort_time": when,
        "datacontenttype": media or "application/json",
        "payload": strict_json.dumps(data),
        "attributes": json.dumps(attributes or {}, default=str),
        "content_hash": strict_json.content_hash(kind["name"], kind["version"], subject, when, data),
        "data_hash": strict_json.content_hash(data),
        "business_key": pointers.key(kind["name"], data, block.get("business_key")),
        "look_alike_key": pointers.key(kind["name"], data, block.get("look_alike"), occurred),
        "scope": pointers.scope(data, block.get("scope")),
        "closing": bool(block.get("closing")),
        "summary": pointers.sentence(block.get("summary"), data) or kind["title"],
        "patience_hours": flow["patience_hours"],
        "counter": states.counter(kind, block, data, subject, system_id),
        "sequence_no": numbers.number_of((attributes or {}).get("sequence")) if flow["is_counted"] else None,
        # whatever becomes of the synchronization since: until it is live people book by hand
        "shadow": flow["mode"] == "shadow",
        "_lane": (block.get("lane"), data),
        **more,
    }


def fill_lanes(cr, rows):
    """The lane of each row: the record its document is bound to, else the document's external id, else its own."""
    wanted = {}
    for row in rows:
        rule, data = row.pop("_lane")
        value = pointers.text(pointers.get(data, rule["pointer"])) if rule else ""
        if value:
            row["lane"] = lanes.of_external(row["system_id"], rule["entity"], value)
            if row.get("sequence_no") is not None:
                # what they call the document: its lane changes when a match is made, what is counted does not
                row["counter"] = row["lane"]
            wanted[row["lane"]] = (row["system_id"], rule["entity"], value)
        else:
            row["lane"], row["sequence_no"] = row["uuid"], None
    if not wanted:
        return
    cr.execute(
        """SELECT system_id, entity, external_id, res_model, res_id FROM mfg_sync_binding
           WHERE (system_id, entity, external_id) IN %s""",
        [tuple(set(wanted.values()))],
    )
    bound = {lanes.of_external(*found[:3]): lanes.of_record(*found[3:]) for found in cr.fetchall()}
    for row in rows:
        row["lane"] = bound.get(row["lane"], row["lane"])
