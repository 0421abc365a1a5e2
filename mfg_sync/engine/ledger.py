"""The ledger's SQL: every place that writes rows of mfg_sync_message, one named function each.

All take a cursor and act in its transaction; ids and keys are bound, never formatted in. Times are the database's.
"""

import json
import time

import psycopg2
from psycopg2 import errorcodes

from .. import compat
from .lanes import bounded, split_external

#: these say that somebody else was there first: repeat from a fresh look
RACES = (errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.LOCK_NOT_AVAILABLE)
NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"

#: rows that a drain may take when their time has come: a pause is a flag that is read here, never an update of rows
WORKABLE = """mfg_sync_message m
                LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
                WHERE m.state = 'pending' AND NOT COALESCE(f.paused, false) AND NOT COALESCE(s.paused, false)"""

INSERT_COLUMNS = {
    "uuid": "text",
    "direction": "text",
    "endpoint_id": "int",
    "system_id": "int",
    "company_id": "int",
    "flow_id": "int",
    "type_id": "int",
    "type_name": "text",
    "event_id": "text",
    "source": "text",
    "subject": "text",
    "summary": "text",
    "occurred": "timestamp",
    "sort_time": "timestamp",
    "datacontenttype": "text",
    "payload": "text",
    "attributes": "text",
    "content_hash": "text",
    "data_hash": "text",
    "business_key": "text",
    "look_alike_key": "text",
    "lane": "text",
    "scope": "text",
    "closing": "boolean",
    "state": "text",
    "shadow": "boolean",
    "no_effect": "boolean",
    "result_text": "text",
    "error_class": "text",
    "error_text": "text",
    "error_pointer": "text",
    "needs_person": "boolean",
    "parent_id": "int",
    "res_model": "text",
    "res_id": "int",
    "document_name": "text",
    "revision": "text",
    "patience_hours": "float8",
}


def settled(registry, work, attempts=6, repeatable_read=False):
    """Run ``work(cr)`` in one short transaction, again when another one was in the way.

    For what must not get lost and may be repeated as a whole: the result of a request, a step of the sweep.

    :param bool repeatable_read: the isolation Odoo's own methods expect; READ COMMITTED meets fewer races
    """
    for attempt_number in range(attempts):
        try:
            with registry.cursor() as cr:
                if not repeatable_read:
                    compat.read_committed(cr)
                return work(cr)
        except psycopg2.OperationalError as error:
            if error.pgcode not in RACES or attempt_number == attempts - 1:
                raise
            time.sleep(0.05 * 2**attempt_number)


def insert(cr, rows):
    """Insert rows in one statement; those whose (endpoint, direction, source, id) is there already are left out.

    :param list rows: dicts with keys of :data:`INSERT_COLUMNS`; missing ones are NULL or the column's preset
    :return dict: ``{uuid: id}`` of what was inserted
    """
    if not rows:
        return {}
    presets = {
        "scope": "",
        "closing": False,
        "state": "pending",
        "shadow": False,
        "no_effect": False,
        "needs_person": False,
        "patience_hours": 72.0,
    }
    names = [name for name in INSERT_COLUMNS if name != "patience_hours"]
    record = ", ".join(f"{name} {kind}" for name, kind in INSERT_COLUMNS.items())
    values = ", ".join(f"COALESCE(r.sort_time, {NOW})" if name == "sort_time" else f"r.{name}" for name in names)
    cr.execute(
        f"""INSERT INTO mfg_sync_message ({", ".join(names)}, received, next_attempt_at, patience_until, attempt_count,
                                          accept_look_alike, asked, done_at, create_date, write_date)
            SELECT {values}, {NOW}, {NOW}, {NOW} + r.patience_hours * interval '1 hour', 0, false, false,
                   CASE WHEN r.state NOT IN ('pending', 'held', 'dead') THEN {NOW} END, {NOW}, {NOW}
            FROM jsonb_to_recordset(%s::jsonb) AS r({record})
            ON CONFLICT DO NOTHING RETURNING uuid, id""",
        [json.dumps([{**presets, **row} for row in rows])],
    )
    return dict(cr.fetchall())


def identities(cr, endpoint_id, direction, pairs):
    """Rows that hold these (source, id) pairs: ``{(source, event_id): {uuid, content_hash, data_hash, state}}``."""
    if not pairs:
        return {}
    cr.execute(
        """SELECT source, event_id, uuid, content_hash, data_hash, state FROM mfg_sync_message
           WHERE endpoint_id = %s AND direction = %s AND (source, event_id) IN %s""",
        [endpoint_id, direction, tuple(pairs)],
    )
    return {(row["source"], row["event_id"]): row for row in cr.dictfetchall()}


def due_lanes(cr, endpoint_id, direction, limit):
    """Lanes of the oldest rows that are due, oldest first; paused systems and flows are passed over."""
    cr.execute(
        f"""SELECT lane FROM (
                SELECT m.lane, m.sort_time, m.id FROM {WORKABLE}
                  AND m.endpoint_id = %s AND m.direction = %s AND m.next_attempt_at <= {NOW}
                ORDER BY m.sort_time, m.id LIMIT %s) due
            GROUP BY lane ORDER BY min(sort_time), min(id)""",
        [endpoint_id, direction, limit],
    )
    return [lane for (lane,) in cr.fetchall()]


def next_due(cr, endpoint_id, direction):
    """``(when the next row is due, whether that is now)`` of what a drain may take; ``(None, None)`` without any."""
    cr.execute(
        f"""SELECT min(m.next_attempt_at), min(m.next_attempt_at) <= {NOW} FROM {WORKABLE}
              AND m.endpoint_id = %s AND m.direction = %s""",
        [endpoint_id, direction],
    )
    return cr.fetchone()


def has_marks(cr, endpoint_id):
    cr.execute("SELECT 1 FROM mfg_sync_mark WHERE endpoint_id = %s LIMIT 1", [endpoint_id])
    return bool(cr.fetchone())


def rehome(cr, lane):
    """Move the open rows of an external lane to its document's, if the gate put one there while the match was made.

    The gate reads matches without a lock: a row that arrives while a drain makes the match is too late for its move.
    Returns whether there was something to move.
    """
    parts = split_external(lane)
    if not parts:
        return False
    cr.execute(
        """UPDATE mfg_sync_message m SET lane = b.res_model || ',' || b.res_id FROM mfg_sync_binding b
           WHERE b.system_id = %s AND b.entity = %s AND b.external_id = %s AND m.lane = %s
             AND m.direction = 'in' AND m.state IN ('pending', 'held', 'dead')""",
        [*parts, lane],
    )
    return bool(cr.rowcount)


def lock_lane(cr, endpoint_id, direction, lane, limit=200):
    """The open rows of a lane in order, as :func:`lanes.plan` wants them; those that are due are locked.

    Lock first, look then: a row that another drain holds is skipped, and a stale look fails before any effect.
    """
    cr.execute(
        f"""SELECT m.id FROM mfg_sync_message m WHERE m.endpoint_id = %s AND m.direction = %s AND m.lane = %s
              AND m.state = 'pending' AND m.next_attempt_at <= {NOW}
            ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
        [endpoint_id, direction, lane, limit],
    )
    locked = [row_id for (row_id,) in cr.fetchall()]
    if not locked:
        return []
    # later rows block nobody who is locked here, and a lane may be long
    cr.execute(
        """SELECT m.*, COALESCE(f.paused, false) OR COALESCE(s.paused, false) AS paused
            FROM mfg_sync_message m
            LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
            WHERE m.endpoint_id = %s AND m.direction = %s AND m.lane = %s AND m.state IN ('pending', 'held', 'dead')
              AND (m.sort_time, m.id) <= (SELECT sort_time, id FROM mfg_sync_message WHERE id = %s)
            ORDER BY m.sort_time, m.id""",
        [endpoint_id, direction, lane, locked[-1]],
    )
    rows, locked = cr.dictfetchall(), set(locked)
    for row in rows:
        row["due"] = row["id"] in locked and not row["paused"]
        row["scope"] = row["scope"] or ""
    return rows


def block(cr, row_id, blocker):
    needs = blocker["state"] == "dead" or bool(blocker.get("needs_person"))
    cr.execute(
        """UPDATE mfg_sync_message SET state = 'held', hold_reason = 'blocked', blocker_id = %s, needs_person = %s,
                  error_text = NULL, wait_key = NULL WHERE id = %s AND state = 'pending'""",
        [blocker["id"], needs, row_id],
    )


def finish(cr, row_id, *, result, no_effect=False, shadow=False, record=None, name=None):
    """Done. Returns the lane, which a match made by the handler may have changed."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'done', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, error_class = NULL, error_text = NULL, error_pointer = NULL, result_text = %s,
                   no_effect = %s, shadow = %s, done_at = {NOW}, res_model = COALESCE(%s, res_model),
                   res_id = COALESCE(%s, res_id), document_name = COALESCE(%s, document_name) WHERE id = %s
            RETURNING lane""",
        [result, no_effect, shadow, record and record[0], record and record[1], name, row_id],
    )
    return cr.fetchone()[0]


def hold(
    cr, row_id, *, reason, wait_key, text, pointer, error_class, needs_person, shadow=False, record=None, name=None
):
    """Set aside or before a person. ``next_attempt_at`` is when the sweep looks again: after 1 min, doubling to 1 h."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'held', hold_reason = %s, wait_key = %s, error_text = %s,
                   error_pointer = %s, error_class = %s, needs_person = %s OR patience_until < {NOW}, blocker_id = NULL,
                   shadow = %s,
                   next_attempt_at = {NOW} + LEAST(interval '1 hour',
                                                  interval '1 minute' * power(2, LEAST(attempt_count, 6))),
                   res_model = COALESCE(%s, res_model), res_id = COALESCE(%s, res_id),
                   document_name = COALESCE(%s, document_name) WHERE id = %s AND state = 'pending'""",
        [
            reason,
            bounded(wait_key) if wait_key else None,
            text,
            pointer,
            error_class,
            needs_person,
            shadow,
            record and record[0],
            record and record[1],
            name,
            row_id,
        ],
    )


def retry(cr, row_id, *, seconds, text, error_class, shadow=False):
    """Pending again later, or before a person when patience has ended.

    :return: the new state; None when a person has closed the row meanwhile (a request in flight holds no lock)
    """
    cr.execute(
        f"""UPDATE mfg_sync_message SET error_text = %s, error_class = %s, shadow = %s,
                   state = CASE WHEN patience_until < {NOW} THEN 'dead' ELSE 'pending' END,
                   needs_person = patience_until < {NOW}, next_attempt_at = {NOW} + %s * interval '1 second'
            WHERE id = %s AND state = 'pending' RETURNING state""",
        [text, error_class, shadow, seconds, row_id],
    )
    found = cr.fetchone()
    return found and found[0]


def explain(cr, row_id, *, text, error_class):
    """The row stays as it is and says why nothing happens to it (its connection has stopped)."""
    cr.execute(
        "UPDATE mfg_sync_message SET error_text = %s, error_class = %s WHERE id = %s AND state = 'pending'",
        [text, error_class, row_id],
    )


def kill(cr, row_id, *, text, pointer, error_class, shadow=False, record=None, name=None):
    cr.execute(
        """UPDATE mfg_sync_message SET state = 'dead', hold_reason = NULL, wait_key = NULL, needs_person = true,
                  shadow = %s, error_text = %s, error_pointer = %s, error_class = %s,
                   res_model = COALESCE(%s, res_model),
                  res_id = COALESCE(%s, res_id), document_name = COALESCE(%s, document_name)
            WHERE id = %s AND state = 'pending'""",
        [shadow, text, pointer, error_class, record and record[0], record and record[1], name, row_id],
    )


def attempt_values(row, *, started, duration_ms, result, worker, error_class=None, http_status=None, detail=None):
    """One try, for :func:`attempts`; ``started`` is naive UTC."""
    return row["id"], row["company_id"], started, duration_ms, result, error_class, http_status, detail, worker


def attempts(cr, tries):
    """Write down tries (:func:`attempt_values`) and count them on their rows: two statements, however many."""
    if not tries:
        return
    one = "(%s, %s, %s::timestamp, %s::float8, %s, %s, %s::int, %s, %s)"
    cr.execute(
        f"""INSERT INTO mfg_sync_attempt (message_id, company_id, started, duration_ms, result, error_class,
                                          http_status,
                                          detail, worker, create_date, write_date)
            SELECT v.*, {NOW}, {NOW}
            FROM (VALUES {", ".join([one] * len(tries))}) AS v""",
        [value for entry in tries for value in entry],
    )
    cr.execute(
        f"""UPDATE mfg_sync_message m SET attempt_count = m.attempt_count + 1,
                   first_attempt_at = COALESCE(m.first_attempt_at, v.started)
            FROM (VALUES {", ".join(["(%s, %s::timestamp)"] * len(tries))}) AS v(id, started) WHERE m.id = v.id""",
        [value for entry in tries for value in (entry[0], entry[2])],
    )


def identify(cr, row_id, business_key):
    """The business key of a message whose fact is known only once it is decoded."""
    cr.execute("UPDATE mfg_sync_message SET business_key = %s WHERE id = %s", [business_key, row_id])


def put(cr, row_id, *, payload, datacontenttype):
    """The bytes an outbound message is sent with; from then on they are the same at every attempt."""
    cr.execute(
        "UPDATE mfg_sync_message SET payload = %s, datacontenttype = %s WHERE id = %s",
        [payload, datacontenttype, row_id],
    )


def twins(cr, row, column):
    """Earlier rows of the connection that tell the same fact by their business key (or look-alike key)."""
    cr.execute(
        f"""SELECT id, event_id, data_hash, state, hold_reason, document_name, res_model, res_id FROM mfg_sync_message
            WHERE endpoint_id = %s AND direction = 'in' AND {column} = %s AND id <> %s
              AND state NOT IN ('cancelled', 'superseded') AND NOT shadow AND (id < %s OR state = 'done')
            ORDER BY id LIMIT 5""",
        [row["endpoint_id"], row[column], row["id"], row["id"]],
    )
    return cr.dictfetchall()


# -- letting go: what waited can be looked at again


def release(cr, wait_keys):
    """Rows that wait for one of these keys are due again. Returns ids of their connections."""
    if not wait_keys:
        return []
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, needs_person = false,
                   next_attempt_at = {NOW}
            WHERE state = 'held' AND wait_key = ANY(%s) RETURNING id, endpoint_id""",
        [[bounded(key) for key in wait_keys]],
    )
    rows = cr.fetchall()
    if rows:
        from . import wake  # the wake module imports this one

        refresh_statuses(cr, [row_id for row_id, _endpoint in rows])
        for endpoint_id in {endpoint_id for _row, endpoint_id in rows}:
            wake.after_commit(cr, endpoint_id, "in")
    return sorted({endpoint_id for _row, endpoint_id in rows})


def release_lanes(cr, endpoint_id, direction, lanes):
    """A row of each of these lanes has been finished: what was blocked, early or waited for a reference is due again.

    Not what waits for the mapping: only its entry can help there.
    """
    if not lanes:
        return []
    cr.execute(
        f"""UPDATE mfg_sync_message m
            SET state = 'pending', hold_reason = NULL, blocker_id = NULL, needs_person = false,
                   next_attempt_at = {NOW}
            WHERE endpoint_id = %s AND direction = %s AND lane = ANY(%s) AND state = 'held'
              AND (hold_reason = 'early' OR (hold_reason = 'reference' AND error_class <> 'mapping')
                   OR (hold_reason = 'blocked' AND NOT EXISTS (
                     SELECT 1 FROM mfg_sync_message b
                     WHERE b.id = m.blocker_id AND b.state IN ('pending', 'held', 'dead'))))
            RETURNING id""",
        [endpoint_id, direction, list(lanes)],
    )
    return [row_id for (row_id,) in cr.fetchall()]


def open_before(cr, row_id, except_waiting_for=""):
    """How many rows of the lane come before this one and are not settled.

    :param except_waiting_for: rows whose wait key starts so are not counted (they wait for this very row)
    """
    cr.execute(
        """SELECT count(*) FROM mfg_sync_message m JOIN mfg_sync_message me ON me.id = %s
           WHERE m.endpoint_id = me.endpoint_id AND m.direction = me.direction AND m.lane = me.lane
             AND m.state IN ('pending', 'held', 'dead') AND (m.sort_time, m.id) < (me.sort_time, me.id)
             AND NOT (%s <> '' AND starts_with(COALESCE(m.wait_key, ''), %s))""",
        [row_id, except_waiting_for, except_waiting_for],
    )
    return cr.fetchone()[0]


def reopen(cr, ids, accept_look_alike=None):
    """A person replays: due now, with patience anew; the blocked ones behind are let go by the drain."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, next_attempt_at = {NOW},
                   patience_until = GREATEST(patience_until, {NOW} + interval '1 hour'), asked = false,
                   accept_look_alike = COALESCE(%s, accept_look_alike)
            WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead')""",
        [accept_look_alike, list(ids)],
    )


def cancel(cr, ids, reason):
    _close(cr, ids, "cancelled", reason, no_effect=True)


def finish_same(cr, ids, result):
    _close(cr, ids, "done", result, no_effect=True)


def supersede(cr, flow_id, inserted, result):
    """Open states of the same subjects that are older than these new rows are not told any more."""
    cr.execute(
        """SELECT id FROM mfg_sync_message WHERE flow_id = %s AND direction = 'out'
           AND state IN ('pending', 'held', 'dead') AND NOT id = ANY(%s)
           AND subject IN (SELECT subject FROM mfg_sync_message WHERE id = ANY(%s))""",
        [flow_id, inserted, inserted],
    )
    _close(cr, [row_id for (row_id,) in cr.fetchall()], "superseded", result, no_effect=True)


def _close(cr, ids, state, result, no_effect):
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = %s, hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, result_text = %s, no_effect = %s, done_at = {NOW}
            WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead') RETURNING endpoint_id, direction, lane""",
        [state, result, no_effect, list(ids)],
    )
    released = list(ids)
    for endpoint_id, direction, lane in set(cr.fetchall()):
        released += release_lanes(cr, endpoint_id, direction, [lane])
    refresh_statuses(cr, released)


# -- documents and their status


def link_documents(cr, message_id, records):
    """:param records: pairs (model, id)"""
    records = list(dict.fromkeys(records))
    if records:
        cr.execute(
            f"""INSERT INTO mfg_sync_document (message_id, res_model, res_id)
                VALUES {", ".join(["(%s, %s, %s)"] * len(records))} ON CONFLICT DO NOTHING""",
            [value for model, res_id in records for value in (message_id, model, res_id)],
        )


def _tell_blocked(cr, message_ids):
    cr.execute(
        f"""WITH RECURSIVE behind AS (
                SELECT m.id, b.state = 'dead' OR b.needs_person AS needs FROM mfg_sync_message m
                JOIN mfg_sync_message b ON b.id = m.blocker_id
                WHERE b.id = ANY(%s) AND m.state = 'held' AND m.hold_reason = 'blocked'
                UNION
                SELECT m.id, behind.needs FROM mfg_sync_message m JOIN behind ON m.blocker_id = behind.id
                WHERE m.state = 'held' AND m.hold_reason = 'blocked')
            UPDATE mfg_sync_message m SET needs_person = behind.needs OR m.patience_until < {NOW}
            FROM behind WHERE m.id = behind.id
              AND m.needs_person IS DISTINCT FROM (behind.needs OR m.patience_until < {NOW}) RETURNING m.id""",
        [list(message_ids)],
    )
    return [row_id for (row_id,) in cr.fetchall()]


def refresh_statuses(cr, message_ids):
    """Status rows of all documents of these messages: worst open message, else in sync.

    First what is blocked behind them is brought in line: it needs a person as long as its blocker does.
    """
    if not message_ids:
        return
    message_ids = [*message_ids, *_tell_blocked(cr, message_ids)]
    cr.execute(
        f"""INSERT INTO mfg_sync_status (res_model, res_id, company_id, status, reason, message_id,
                                         create_date, write_date)
            SELECT DISTINCT ON (d.res_model, d.res_id) d.res_model, d.res_id, m.company_id,
                   CASE WHEN m.state NOT IN ('pending', 'held', 'dead') THEN 'in_sync'
                        WHEN m.needs_person THEN 'needs_you' ELSE 'waiting' END,
                   CASE WHEN m.state IN ('pending', 'held', 'dead') THEN m.error_text END, m.id, {NOW}, {NOW}
            FROM mfg_sync_document d JOIN mfg_sync_message m ON m.id = d.message_id
            WHERE (d.res_model, d.res_id) IN (
                      SELECT res_model, res_id FROM mfg_sync_document WHERE message_id = ANY(%s))
              AND NOT m.shadow
            ORDER BY d.res_model, d.res_id, m.state IN ('pending', 'held', 'dead') DESC, m.needs_person DESC,
                     m.hold_reason = 'blocked' NULLS FIRST, m.id DESC
            ON CONFLICT (res_model, res_id) DO UPDATE
                SET status = EXCLUDED.status, reason = EXCLUDED.reason, message_id = EXCLUDED.message_id,
                    write_date = EXCLUDED.write_date
                WHERE (mfg_sync_status.status, mfg_sync_status.reason, mfg_sync_status.message_id)
                      IS DISTINCT FROM (EXCLUDED.status, EXCLUDED.reason, EXCLUDED.message_id)""",
        [list(message_ids)],
    )
