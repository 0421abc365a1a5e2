"""The way out for systems that Odoo can't call: they fetch what the drain made ready, and acknowledge it.

No state "handed out" is ever committed: a row that was handed out stays pending, and ``next_attempt_at`` says when it
is handed out again, with the same id (at least once). What comes after it in its lane waits until it is acknowledged.
"""

import os
from datetime import datetime

from ..compat import _
from ..protocol.errors import Problem
from . import claim, documents, figures, lanes, release, verdicts, wake
from .claim import PENDING
from .ledger import NOW, WORKER

BATCH = 50
MAX_ROWS = 1000
PRESET_ROWS = 100
MAX_REASON = 500


def prepare(env, endpoint_id, with_content):
    """The drain's part: render and encode what is due, so that nobody who fetches makes us render.

    :param with_content: ``(env, row, touched)`` → the row with its bytes, or None when it is settled otherwise
    :return: how many rows were looked at
    """
    env.cr.execute(
        f"""SELECT m.* FROM {PENDING} AND m.endpoint_id = %s AND m.direction = 'out' AND m.next_attempt_at <= {NOW}
              AND m.ready IS NOT TRUE
            ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED""",
        [endpoint_id, BATCH],
    )
    rows, touched = env.cr.dictfetchall(), []
    for row in rows:
        if with_content(env, row, touched):
            env.cr.execute("UPDATE mfg_sync_message SET ready = true WHERE id = %s", [row["id"]])
            if row["res_id"]:
                documents.link(env.cr, row["id"], [(row["res_model"], row["res_id"])])
            touched.append(row["id"])
    documents.refresh_statuses(env.cr, touched)
    return len(rows)


def fetch(cr, endpoint, limit, after=None):
    """Hand out at most ``limit`` rows, the oldest of each lane; invisible then for the connection's time.

    :param dict endpoint: ``id, fetch_again`` (seconds)
    :param str after: uuid of a message of this connection; only lanes with messages after it are looked at
    :return: rows of the ledger, oldest lane first
    :raises Problem: 400, ``after`` is no message of this connection
    """
    position = _position(cr, endpoint["id"], after)
    rows, blocked, seen = [], [], set()
    while len(rows) < limit:
        fresh = [lane for lane in _lanes(cr, endpoint["id"], limit, position) if lane not in seen]
        if not fresh:
            break
        for lane in fresh[: limit - len(rows)]:
            seen.add(lane)
            runnable, behind = lanes.plan(claim.lock_lanes(cr, endpoint["id"], "out", [lane]).get(lane, ()))
            # of a lane one at a time: the next is handed out when this one is acknowledged
            handed = [row for row in runnable[:1] if row["ready"]]
            rows += handed
            for row in handed:
                _hide(cr, row["id"], endpoint["fetch_again"])
            blocked += behind
            blocked += [(row, handed[0]) for row in runnable[1:] if handed and lanes.blocks(handed[0], row)]
    verdicts.attempts(
        cr,
        [
            verdicts.attempt_values(
                row["id"],
                started=datetime.utcnow(),
                duration_ms=0.0,
                result="pending",
                worker=WORKER.format(os.getpid()),
                detail=_("Handed out to the other side."),
            )
            for row in rows
        ],
    )
    documents.refresh_statuses(cr, [*claim.block(cr, blocked), *(row["id"] for row in rows)])
    return rows


def _position(cr, endpoint_id, after):
    if not after:
        return None
    cr.execute(
        "SELECT sort_time, id FROM mfg_sync_message WHERE uuid = %s AND endpoint_id = %s AND direction = 'out'",
        [after.replace("\x00", " "), endpoint_id],
    )
    found = cr.fetchone()
    if not found:
        raise Problem(400, "cursor", "This cursor is not known", "after: take `next` of the answer before, or none.")
    return found


def _lanes(cr, endpoint_id, limit, position):
    sort_time, row_id = position or (datetime.min, 0)
    cr.execute(
        f"""SELECT lane FROM (
                SELECT m.lane, m.sort_time, m.id FROM {PENDING}
                  AND m.endpoint_id = %s AND m.direction = 'out' AND m.next_attempt_at <= {NOW} AND m.ready
                  AND (m.sort_time, m.id) > (%s, %s)
                ORDER BY m.sort_time, m.id LIMIT %s) due
            GROUP BY lane ORDER BY min(sort_time), min(id)""",
        [endpoint_id, sort_time, row_id, limit],
    )
    return [lane for (lane,) in cr.fetchall()]


def _hide(cr, row_id, seconds):
    cr.execute(
        f"UPDATE mfg_sync_message SET next_attempt_at = {NOW} + %s * interval '1 second' WHERE id = %s",
        [seconds, row_id],
    )


def acknowledge(cr, endpoint_id, acks):
    """Settle what the other side says it has done, or refuses.

    :param list acks: ``{"uuid", "result": "done" | "refused", "reason"}``; reason is needed with refused
    :return list: of each ``index, uuid, status`` (done, refused, superseded), or ``problem``
    """
    results, wanted = [], {}
    for index, ack in enumerate(acks):
        results.append({"index": index, "status": "refused"})
        try:
            wanted[index] = _checked(ack)
            results[index] = {"index": index, "uuid": ack["uuid"]}
        except Problem as problem:
            results[index]["problem"] = problem.to_dict()
    rows = _lock(cr, endpoint_id, {uuid for uuid, _result, _reason in wanted.values()})
    touched, freed = [], set()
    for index, (uuid, result, reason) in wanted.items():
        try:
            results[index]["status"] = _settle(cr, rows.get(uuid), result, reason, touched, freed)
        except Problem as problem:
            results[index].update(status="refused", problem=problem.to_dict())
    figures.settled(cr, touched)
    touched += release.release_lanes(cr, endpoint_id, "out", sorted(freed))
    documents.refresh_statuses(cr, touched)
    cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = ANY(%s) AND ready IS NOT TRUE LIMIT 1", [touched])
    if cr.fetchone():
        wake.after_commit(cr, endpoint_id, "out")
    return results


def _checked(ack):
    if not isinstance(ack, dict) or not isinstance(ack.get("uuid"), str) or len(ack["uuid"]) > 64:
        raise Problem(422, "ack", "This is no acknowledgement", "uuid: the id of an event that was fetched.")
    result, reason = ack.get("result"), ack.get("reason")
    if result not in ("done", "refused"):
        raise Problem(422, "ack", "This is no acknowledgement", "result is done or refused.")
    if result == "refused" and not (isinstance(reason, str) and reason.strip()):
        raise Problem(422, "ack", "This is no acknowledgement", "refused needs a reason that a person can act on.")
    return ack["uuid"].replace("\x00", " "), result, (reason or "").strip()[:MAX_REASON] if result == "refused" else ""


def _lock(cr, endpoint_id, uuids):
    """Rows of this connection that were handed out, locked in one order so that two requests can't deadlock."""
    cr.execute(
        """SELECT id, uuid, lane, state, result_text, error_text, error_class FROM mfg_sync_message
           WHERE uuid = ANY(%s) AND endpoint_id = %s AND direction = 'out' AND ready AND attempt_count > 0
           ORDER BY id FOR NO KEY UPDATE""",
        [sorted(uuids), endpoint_id],
    )
    return {row["uuid"]: row for row in cr.dictfetchall()}


def _settle(cr, row, result, reason, touched, freed):
    """:raises Problem: 404 unknown (also other connections'), 409 it was settled in another way"""
    if not row:
        raise Problem(404, "message", "There is no such message on this connection", "It was not handed out here.")
    if row["state"] in ("pending", "held"):
        touched.append(row["id"])
        if result == "done":
            verdicts.finish(cr, row["id"], result=_("Acknowledged by the other side."))
            freed.add(row["lane"])
            row["state"] = "done"
        else:
            _refuse(cr, row["id"], _("The other side refuses: %s", reason))
            row.update(state="dead", error_class="permanent")
        return result
    if row["state"] == "superseded" or (row["state"], result) in (("done", "done"), ("dead", "refused")):
        return row["state"] if row["state"] == "superseded" else result
    if row["state"] == "cancelled":
        told = _("A person cancelled it meanwhile: %s", row["result_text"] or "")
        raise Problem(409, "cancelled", "This message was cancelled", told)
    raise Problem(409, "settled", "This message was acknowledged otherwise before", f"It is {row['state']}.")


def _refuse(cr, row_id, text):
    """Dead also from held: what stands before it in its lane came after it was handed out."""
    cr.execute(
        """UPDATE mfg_sync_message SET state = 'dead', hold_reason = NULL, blocker_id = NULL, wait_key = NULL,
                  needs_person = true, error_text = %s, error_class = 'permanent' WHERE id = %s""",
        [text, row_id],
    )
