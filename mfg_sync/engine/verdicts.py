"""The ledger's SQL of what became of rows: done, held, tried again later, failed; and of the tries.

All take a cursor and act in its transaction; ids and keys are bound, never formatted in. Times are the database's.
"""

import json

from . import figures
from .lanes import bounded
from .ledger import NOW

#: SQL: a state that its handler did not take is no longer one of its subject (states.py); a number stays a number
_COUNTER = "CASE WHEN {untaken} AND m.sequence_no IS NULL THEN NULL ELSE m.counter END"


def finish(cr, row_id, *, result, no_effect=False, untaken=False, shadow=False, record=None, name=None):
    """Done. Returns the lane, which a match made by the handler may have changed.

    :param bool untaken: its handler did not take what it says of a state: it makes no other one old
    """
    cr.execute(
        f"""UPDATE mfg_sync_message m SET state = 'done', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, error_class = NULL, error_text = NULL, error_pointer = NULL, result_text = %s,
                   no_effect = %s, counter = {_COUNTER.format(untaken="%s")}, shadow = %s, done_at = {NOW},
                   res_model = COALESCE(%s, res_model),
                   res_id = COALESCE(%s, res_id), document_name = COALESCE(%s, document_name) WHERE id = %s
            RETURNING lane""",
        [result, no_effect, untaken, shadow, record and record[0], record and record[1], name, row_id],
    )
    return cr.fetchone()[0]


#: :func:`finish` for several rows ``r`` at once, up to its last column
_FINISH_MANY = f"""UPDATE mfg_sync_message m SET state = 'done', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, error_class = NULL, error_text = NULL, error_pointer = NULL, shadow = false,
                   result_text = r.result, no_effect = r.no_effect, counter = {_COUNTER.format(untaken="r.untaken")},
                   done_at = {NOW},
                   res_model = COALESCE(r.res_model, m.res_model), res_id = COALESCE(r.res_id, m.res_id),
                   document_name = COALESCE(r.name, m.document_name)"""
_FINISHED = "id int, result text, no_effect boolean, untaken boolean, res_model text, res_id int, name text"


def finish_many(cr, results):
    """:func:`finish` for several rows at once.

    :param list results: dicts with ``id, result, no_effect, untaken, res_model, res_id, name``
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


def attempt_values(row_id, *, started, duration_ms, result, worker, error_class=None, http_status=None, detail=None):
    """One try, for :func:`attempts`; ``started`` is naive UTC."""
    return row_id, started, duration_ms, result, error_class, http_status, detail, worker


def attempts(cr, tries, counted=()):
    """Write down tries (:func:`attempt_values`), count them on their rows and in the figures: two statements.

    :param counted: ids of rows on which their try was counted already (:func:`finish_tried`)
    """
    if not tries:
        return
    names = "message_id", "started", "duration_ms", "result", "error_class", "http_status", "detail"
    told = [dict(zip((*names, "worker"), entry, strict=True)) for entry in tries]
    # as one value: a list of VALUES with eight bound ones a row takes the server longer to parse than to store
    cr.execute(
        f"""INSERT INTO mfg_sync_attempt (message_id, started, duration_ms, result, error_class, http_status,
                                          detail, worker, create_date, write_date)
            SELECT r.*, {NOW}, {NOW}
            FROM jsonb_to_recordset(%s::jsonb)
                 AS r(message_id int, started timestamp, duration_ms float8, result text, error_class text,
                      http_status int, detail text, worker text)""",
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
        [[entry[0] for entry in left], [entry[1] for entry in left]],
    )


def _count(started):
    """SQL: what one more try changes on a row ``m``."""
    return f"attempt_count = m.attempt_count + 1, first_attempt_at = COALESCE(m.first_attempt_at, {started})"
