"""A message that holds several facts (an X12 interchange): each becomes a row of its own, linked to it by parent_id."""

from dataclasses import dataclass

from ..compat import _
from ..protocol import strict_json
from ..protocol.errors import Problem
from . import accept, errors, ledger, remembered


@dataclass
class Part:
    """One fact of a message.

    :ivar str kind: name of the kind of message it is
    :ivar str event_id: its id within the sender's source
    :ivar data: its data; of a part that could not be read, whatever helps a person to see what it was
    :ivar SyncError error: why it can't be applied; its row is failed from the start
    """

    kind: str
    event_id: str
    data: object
    error: errors.SyncError = None


def pass_on(env, message, parts):
    """Put the parts into the ledger, in the message's transaction; the drain that applied it applies them next.

    A part that came before (same id, same data) is left out, also in this message. A bad part fails alone.

    :return: ``(taken, failed, known)``: how many are to be applied, could not be read, or came before
    :raises PermanentError: a kind is not switched on for this connection; then none is passed on
    :raises TransientError: another message puts one of them in at this moment; then none is passed on
    """
    source = message.row["source"]
    pairs = {(source, part.event_id) for part in parts}
    before = ledger.identities(env.cr, message.endpoint_id, "in", pairs)
    removed = remembered.identities(env.cr, message.endpoint_id, "in", pairs - before.keys())
    rows, known, hashes = [], 0, {}
    for part in parts:
        row = _row(env, message, part)
        identity = (source, part.event_id)
        twin, gone, here = before.get(identity), removed.get(identity), hashes.setdefault(part.event_id, [])
        if (
            twin
            and twin["data_hash"] == row["data_hash"]
            or gone
            and remembered.agrees(row["data_hash"], gone["data_hash"])
            or row["data_hash"] in here
        ):
            known += 1
            continue
        if twin or gone or here:
            # their numbers began again, a person said that it is really new, or two of this message bear the same one
            row["event_id"] = f"{part.event_id}#{message.id}" + (f".{len(here)}" if here else "")
        here.append(row["data_hash"])
        rows.append(row)
    accept.fill_lanes(env.cr, rows)
    if len(ledger.insert(env.cr, rows)) < len(rows):
        raise errors.TransientError(_("Another message brings the same at this moment; this one is tried again."))
    message.leave(*(row["lane"] for row in rows))
    failed = sum(row.get("state") == "dead" for row in rows)
    return len(rows) - failed, failed, known


def _row(env, message, part):
    try:
        kind, flow = accept.find_flow(env, message.endpoint_id, part.kind)
    except accept.Unknown:
        return _stranger(message, part)
    except accept.NotLive:
        raise errors.PermanentError(
            _(
                "It holds a message of the kind %s, which is retired or not in use yet. Make the kind active, then "
                "replay this message; nothing of it has been applied.",
                part.kind,
            )
        ) from None
    except accept.SwitchedOff:
        known = env["mfg.sync.message.type"]._kind("in", part.kind)
        raise errors.PermanentError(
            _(
                "It holds a %(kind)s (%(name)s), which is not switched on for this connection. Add it to the "
                "synchronizations, then replay this message; nothing of it has been applied.",
                kind=known["title"],
                name=part.kind,
            )
        ) from None
    error = part.error
    if not error:
        try:
            accept.validate(kind, part.data)
        except Problem as problem:
            error = errors.DataError(problem.detail, (problem.errors or [{"pointer": ""}])[0]["pointer"])
    return accept.make_row(
        kind, flow, part.data, occurred=message.row["occurred"], **_origin(message, part), **_failed(error)
    )


def _stranger(message, part):
    """A part of a kind that Odoo doesn't know: kept, failed, so that a person sees that it came."""
    error = part.error or errors.DataError(_("Odoo has no kind of message %s; it was not applied.", part.kind))
    return {
        **_origin(message, part),
        "uuid": accept.new_uuid(),
        "direction": "in",
        "flow_id": message.row["flow_id"],
        "type_name": f"{part.kind}.v1",
        "summary": part.kind,
        "datacontenttype": "application/json",
        "payload": strict_json.dumps(part.data),
        "data_hash": strict_json.content_hash(part.data),
        "content_hash": strict_json.content_hash(part.kind, part.data),
        "_lane": (None, None),
        **_failed(error),
    }


def _origin(message, part):
    return {
        "endpoint_id": message.endpoint_id,
        "system_id": message.system_id,
        "company_id": message.company_id,
        "source": message.row["source"],
        "event_id": part.event_id,
        "parent_id": message.id,
    }


def _failed(error):
    if not error:
        return {}
    return {
        "state": "dead",
        "needs_person": True,
        "error_class": error.error_class,
        "error_text": error.text,
        "error_pointer": error.pointer,
    }
