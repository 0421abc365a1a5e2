"""The ledger's SQL: rows go in, are claimed, and get their result; one named function each (see also release.py).

All take a cursor and act in its transaction; ids and keys are bound, never formatted in. Times are the database's.
"""

import json
import socket
import time
from contextlib import contextmanager

import psycopg2
from psycopg2 import errorcodes

from odoo import SUPERUSER_ID, api

from .. import compat
from . import figures
from .lanes import bounded, is_of_record, of_external, of_record, split_external

#: name of a worker in the list of attempts, to be filled with its process id
WORKER = f"{socket.gethostname()}:{{}}"

#: these say that somebody else was there first: repeat from a fresh look
RACES = (errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.LOCK_NOT_AVAILABLE)
NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"

#: rows whose turn may come: a pause is a flag that is read here, never an update of rows
PENDING = """mfg_sync_message m
                LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
                WHERE m.state = 'pending' AND NOT COALESCE(f.paused, false) AND NOT COALESCE(s.paused, false)
                  AND NOT COALESCE(f.into_file, false)"""
#: rows that a drain may take when their time has come; what is ready to be fetched is left to the other side
WORKABLE = f"""{PENDING}
                AND NOT (COALESCE(m.ready, false) AND EXISTS (
                    SELECT 1 FROM mfg_sync_endpoint e WHERE e.id = m.endpoint_id AND e.delivery = 'pull'))"""

#: what tells the lane of a row ``m``, to be compared with many at once: so that only the index of open lanes can serve.
#: Before its first ANALYZE (a new database, a restored one) the table looks the same to the planner by any index, and
#: the smallest one that begins with the connection may win: then all rows of the connection are read for each lane
OF_LANE = "(m.lane, m.endpoint_id + 0, m.direction)"

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
    "counter": "text",
    "sequence_no": "int",
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
    "corrects_id": "int",
    "res_model": "text",
    "res_id": "int",
    "document_name": "text",
    "revision": "text",
    "patience_hours": "float8",
}


@contextmanager
def flushed(registry):
    """The superuser's environment in a transaction of its own, whose changes are written before it is committed.

    Odoo 17 writes at a commit through any environment that is still there, and knows them weakly: what was changed
    through one that nobody holds any more would be lost without a word.
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        yield env
        env.flush_all()


def settled(registry, work, attempts=6, repeatable_read=False):
    """Run ``work(cr)`` in one short transaction, again when another one was in the way.

    For what must not get lost and may be repeated as a whole: the result of a request, a step of the sweep.

    :param bool repeatable_read: the isolation Odoo's own methods expect; READ COMMITTED meets fewer races
    """
    for attempt_number in range(attempts):
        try:
            with flushed(registry) as env:
                if not repeatable_read:
                    compat.read_committed(env.cr)
                return work(env.cr)
        except psycopg2.OperationalError as error:
            if error.pgcode not in RACES or attempt_number == attempts - 1:
                raise
            time.sleep(0.05 * 2**attempt_number)


def hashed(text):
    """SQL: the first 128 bits of the SHA-256 of a text, as a uuid: so keys of removed messages are kept."""
    # not MD5, which is switched off on some servers
    return f"left(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), 32)::uuid"


def fact(row):
    """SQL: what a row of the ledger tells, hashed with its system; NULL where nothing says when it is the same."""
    key = f"COALESCE('business_key:' || {row}.business_key, 'look_alike_key:' || {row}.look_alike_key)"
    return hashed(f"{row}.system_id || ':' || {key}")


def insert(cr, rows):
    """Insert rows in one statement; those whose (endpoint, direction, source, id) is there already are left out.

    Their ids rise in the order given, which is the order of those with one ``sort_time``.

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
    # what was told and then removed is not told again; for what comes in the gate looks, since it answers the sender
    untold = f"""WHERE NOT EXISTS (
        SELECT 1 FROM mfg_sync_key k WHERE k.endpoint_id = r.endpoint_id AND k.direction = r.direction
           AND k.identity = {hashed("r.source || chr(10) || r.event_id")})"""
    untold = untold if any(row["direction"] == "out" for row in rows) else ""
    cr.execute(
        f"""INSERT INTO mfg_sync_message ({", ".join(names)}, received, next_attempt_at, patience_until, attempt_count,
                                          accept_look_alike, accept_gap, asked, done_at, create_date,
                                          write_date)
            SELECT {values}, {NOW}, {NOW}, {NOW} + r.patience_hours * interval '1 hour', 0, false, false, false,
                   CASE WHEN r.state NOT IN ('pending', 'held', 'dead') THEN {NOW} END, {NOW}, {NOW}
            FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({record})) WITH ORDINALITY AS r {untold}
            ORDER BY r.ordinality
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


def anything_due(cr, endpoint_id, direction):
    return bool(due_lanes(cr, endpoint_id, direction, 1)) or direction == "out" and has_marks(cr, endpoint_id)


def has_marks(cr, endpoint_id):
    """Whether anything is marked that may be rendered: marks of a paused or a scheduled one wait, and collapse."""
    cr.execute(
        """SELECT 1 FROM mfg_sync_mark k JOIN mfg_sync_flow f ON f.id = k.flow_id AND k.due IS NULL
           WHERE k.endpoint_id = %s AND f.paused IS NOT TRUE LIMIT 1""",
        [endpoint_id],
    )
    return bool(cr.fetchone())


def rehome(cr, lanes):
    """Move the open rows of external lanes to their documents', if the gate put some there while the match was made.

    The gate reads matches without a lock: a row that arrives while a drain makes the match is too late for its move.
    Returns how many rows were moved.
    """
    external = [(lane, *parts) for lane in lanes if (parts := split_external(lane))]
    if not external:
        return 0
    cr.execute(
        f"""UPDATE mfg_sync_message m SET lane = b.res_model || ',' || b.res_id
            FROM (VALUES {", ".join(["(%s, %s, %s, %s)"] * len(external))}) AS v(lane, system_id, entity, external_id)
            JOIN mfg_sync_binding b USING (system_id, entity, external_id)
            WHERE m.lane = v.lane AND m.direction = 'in' AND m.state IN ('pending', 'held', 'dead')""",
        [value for entry in external for value in entry],
    )
    return cr.rowcount


def gather(cr, endpoint_id, lanes):
    """Move into documents' lanes what the gate put into the lanes of their matches meanwhile (see :func:`rehome`).

    Not only when the turn of those lanes comes: rows that arrived later stand in the document's lane already.
    """
    records = [(model, int(res_id)) for model, res_id in (lane.rsplit(",", 1) for lane in lanes if is_of_record(lane))]
    if not records:
        return
    cr.execute(
        """SELECT system_id, entity, external_id, res_model, res_id FROM mfg_sync_binding
           WHERE endpoint_id = %s AND (res_model, res_id) IN %s""",
        [endpoint_id, tuple(records)],
    )
    late = [(of_external(*match[:3]), of_record(*match[3:])) for match in cr.fetchall()]
    if late:
        cr.execute(
            f"""UPDATE mfg_sync_message m SET lane = v.home
                FROM (VALUES {", ".join(["(%s, %s)"] * len(late))}) AS v(lane, home)
                WHERE {OF_LANE} = (v.lane, %s, 'in')
                  AND m.state IN ('pending', 'held', 'dead')""",
            [*(value for entry in late for value in entry), endpoint_id],
        )


def lock_lanes(cr, endpoint_id, direction, lanes, limit=200):
    """The open rows of lanes, each lane in order, as :func:`lanes.plan` wants them; those that are due are locked.

    Lock first, look then: a row that another drain holds is skipped, and a stale look fails before any effect.

    :param int limit: so many rows are locked at the most, the oldest ones
    :return dict: ``{lane: [row]}``, in the order of the lanes given; one without rows that could be locked is left out
    """
    cr.execute(
        f"""SELECT m.id, m.lane FROM mfg_sync_message m
            WHERE m.endpoint_id = %s AND m.direction = %s AND m.lane = ANY(%s)
              AND m.state = 'pending' AND m.next_attempt_at <= {NOW}
            ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED""",
        [endpoint_id, direction, list(lanes), limit],
    )
    locked = dict(cr.fetchall())
    if not locked:
        return {}
    last = {lane: row_id for row_id, lane in locked.items()}
    # later rows block nobody who is locked here, and a lane may be long. OFFSET keeps the planner from comparing each
    # lane with each open row, as it does when it heard last that hardly any is open: 282 ms instead of 1 for 100 lanes
    # in a backlog of 2,000. And + 0 (see OF_LANE) keeps it from reading all rows of the connection for each lane
    cr.execute(
        f"""SELECT m.*, COALESCE(f.paused, false) OR COALESCE(s.paused, false) OR COALESCE(f.into_file, false) AS paused
            FROM mfg_sync_message last
            CROSS JOIN LATERAL (
                SELECT m.* FROM mfg_sync_message m
                WHERE {OF_LANE} = (last.lane, last.endpoint_id, last.direction)
                  AND m.state IN ('pending', 'held', 'dead') AND (m.sort_time, m.id) <= (last.sort_time, last.id)
                OFFSET 0) m
            LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
            WHERE last.id = ANY(%s) ORDER BY m.sort_time, m.id""",
        [list(last.values())],
    )
    found = {lane: [] for lane in lanes if lane in last}
    for row in cr.dictfetchall():
        row["due"] = row["id"] in locked and not row["paused"]
        row["scope"] = row["scope"] or ""
        found[row["lane"]].append(row)
    return found


def block(cr, row_id, blocker):
    """Held behind another row: it needs a person as long as that one does, as it stands now."""
    cr.execute(
        f"""UPDATE mfg_sync_message m
            SET state = 'held', hold_reason = 'blocked', blocker_id = b.id, error_text = NULL, wait_key = NULL,
                needs_person = b.state = 'dead' OR COALESCE(b.needs_person, false) OR m.patience_until < {NOW}
            FROM mfg_sync_message b WHERE m.id = %s AND b.id = %s AND m.state = 'pending'""",
        [row_id, blocker["id"]],
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


#: :func:`finish` for several rows ``r`` at once, up to its last column
_FINISH_MANY = f"""UPDATE mfg_sync_message m SET state = 'done', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, error_class = NULL, error_text = NULL, error_pointer = NULL, shadow = false,
                   result_text = r.result, no_effect = r.no_effect, done_at = {NOW},
                   res_model = COALESCE(r.res_model, m.res_model), res_id = COALESCE(r.res_id, m.res_id),
                   document_name = COALESCE(r.name, m.document_name)"""
_FINISHED = "id int, result text, no_effect boolean, res_model text, res_id int, name text"


def finish_many(cr, results):
    """:func:`finish` for several rows at once.

    :param list results: dicts with ``id, result, no_effect, res_model, res_id, name``
    :return dict: ``{id: lane}``
    """
    cr.execute(
        f"""{_FINISH_MANY} FROM jsonb_to_recordset(%s::jsonb) AS r({_FINISHED})
            WHERE m.id = r.id RETURNING m.id, m.lane""",
        [json.dumps(results)],
    )
    return dict(cr.fetchall())


def finish_tried(cr, results):
    """:func:`finish_many` for rows that were tried just now, which is counted with it: each is written only once.

    What :func:`attempts` writes down of them is to be told so, else they count twice.

    :param list results: as there, and ``started`` of the try (naive UTC, ISO 8601)
    """
    cr.execute(
        f"""WITH tried AS (
                {_FINISH_MANY}, {_count("r.started")}
                FROM jsonb_to_recordset(%s::jsonb) AS r({_FINISHED}, started timestamp)
                WHERE m.id = r.id RETURNING m.id, m.lane, {figures.TRIED}),
            told AS ({figures.APPEND} RETURNING 1)
            SELECT id, lane FROM tried""",
        [json.dumps(results)],
    )
    return dict(cr.fetchall())


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


def attempts(cr, tries, counted=()):
    """Write down tries (:func:`attempt_values`), count them on their rows and in the figures: two statements.

    :param counted: ids of rows on which their try was counted already (:func:`finish_tried`)
    """
    if not tries:
        return
    names = "message_id", "company_id", "started", "duration_ms", "result", "error_class", "http_status", "detail"
    told = [dict(zip((*names, "worker"), entry, strict=True)) for entry in tries]
    # as one value: a list of VALUES with nine bound ones a row takes the server longer to parse than to store
    cr.execute(
        f"""INSERT INTO mfg_sync_attempt (message_id, company_id, started, duration_ms, result, error_class,
                                          http_status, detail, worker, create_date, write_date)
            SELECT r.*, {NOW}, {NOW}
            FROM jsonb_to_recordset(%s::jsonb)
                 AS r(message_id int, company_id int, started timestamp, duration_ms float8, result text,
                      error_class text, http_status int, detail text, worker text)""",
        [json.dumps(told, default=str)],
    )
    left = [entry for entry in tries if entry[0] not in counted]
    if not left:
        return
    cr.execute(
        f"""WITH tried AS (
                UPDATE mfg_sync_message m SET {_count("v.started")}
                FROM unnest(%s::int[], %s::timestamp[]) AS v(id, started) WHERE m.id = v.id
                RETURNING {figures.TRIED}) {figures.APPEND}""",
        [[entry[0] for entry in left], [entry[2] for entry in left]],
    )


def _count(started):
    """SQL: what one more try changes on a row ``m``."""
    return f"attempt_count = m.attempt_count + 1, first_attempt_at = COALESCE(m.first_attempt_at, {started})"


def identify(cr, row_id, business_key):
    """The business key of a message whose fact is known only once it is decoded."""
    cr.execute("UPDATE mfg_sync_message SET business_key = %s WHERE id = %s", [business_key, row_id])


def put(cr, row_id, *, payload, datacontenttype):
    """The bytes an outbound message is sent with; from then on they are the same at every attempt."""
    cr.execute(
        "UPDATE mfg_sync_message SET payload = %s, datacontenttype = %s WHERE id = %s",
        [payload, datacontenttype, row_id],
    )


def before(one, other):
    """SQL: whether a row comes before another one of its lane: by their sender's count of them, else by time."""
    return f"""CASE WHEN {one}.counter = {other}.counter AND {one}.sequence_no <> {other}.sequence_no
                    THEN {one}.sequence_no < {other}.sequence_no
                    ELSE ({one}.sort_time, {one}.id) < ({other}.sort_time, {other}.id) END"""


def with_twins(cr, ids):
    """Which of these rows tell a fact that another row may have told before: those with a :func:`twin`."""
    cr.execute(
        f"""SELECT m.id FROM mfg_sync_message m WHERE m.id = ANY(%s) AND NOT m.accept_look_alike AND (
               m.business_key IS NOT NULL AND EXISTS (
                   SELECT 1 FROM mfg_sync_message t
                   WHERE t.endpoint_id = m.endpoint_id AND t.direction = 'in' AND t.business_key = m.business_key
                     AND t.system_id = m.system_id AND t.id <> m.id
                     AND t.state NOT IN ('cancelled', 'superseded') AND NOT t.shadow
                     AND (t.state = 'done' OR {before("t", "m")}))
               OR m.business_key IS NULL AND m.look_alike_key IS NOT NULL AND EXISTS (
                   SELECT 1 FROM mfg_sync_message t
                   WHERE t.endpoint_id = m.endpoint_id AND t.direction = 'in' AND t.look_alike_key = m.look_alike_key
                     AND t.system_id = m.system_id AND t.id <> m.id
                     AND t.state NOT IN ('cancelled', 'superseded') AND NOT t.shadow
                     AND (t.state = 'done' OR {before("t", "m")}))
               OR COALESCE(m.business_key, m.look_alike_key) IS NOT NULL AND EXISTS (
                   SELECT 1 FROM mfg_sync_key k WHERE k.endpoint_id = m.endpoint_id AND k.fact = {fact("m")}))""",
        [list(ids)],
    )
    return {row_id for (row_id,) in cr.fetchall()}


def twin(cr, row, column):
    """The row of the same system that tells the same fact by its business key (or look-alike key), or None.

    Two systems behind one hub number their facts each for itself: report 1 of the one is not report 1 of the other.
    It comes before this one in the order of lanes, which is one for all: two repetitions that arrive the other way
    round would else wait for each other. Of several one with equal data is taken, a finished one first.
    """
    cr.execute(
        f"""SELECT t.id, t.event_id, t.data_hash, t.state, t.hold_reason, t.document_name, t.res_model, t.res_id
            FROM mfg_sync_message t JOIN mfg_sync_message m ON m.id = %s
            WHERE t.endpoint_id = %s AND t.direction = 'in' AND t.{column} = %s AND t.system_id = %s AND t.id <> m.id
              AND t.state NOT IN ('cancelled', 'superseded') AND NOT t.shadow
              AND (t.state = 'done' OR {before("t", "m")})
            ORDER BY t.data_hash = %s DESC, t.state = 'done' DESC, t.id LIMIT 1""",
        [row[key] for key in ("id", "endpoint_id", column, "system_id", "data_hash")],
    )
    return cr.dictfetchone()


def open_before(cr, row_id, except_waiting_for=""):
    """How many rows of the lane come before this one and are not settled.

    :param except_waiting_for: rows whose wait key starts so are not counted (they wait for this very row)
    """
    cr.execute(
        f"""SELECT count(*) FROM mfg_sync_message m JOIN mfg_sync_message me ON me.id = %s
           WHERE m.endpoint_id = me.endpoint_id AND m.direction = me.direction AND m.lane = me.lane
             AND m.state IN ('pending', 'held', 'dead') AND {before("m", "me")}
             AND NOT (%s <> '' AND starts_with(COALESCE(m.wait_key, ''), %s))""",
        [row_id, except_waiting_for, except_waiting_for],
    )
    return cr.fetchone()[0]
