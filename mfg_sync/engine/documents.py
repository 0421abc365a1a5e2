"""Which documents a message is about, and the status row of each: kept by those who change rows of the ledger."""

import json

from .lanes import of_record
from .ledger import NOW


def link(cr, message_id, records):
    """:param records: pairs (model, id)"""
    link_many(cr, {message_id: records})


def link_many(cr, about):
    """:param dict about: ``{message id: pairs (model, id)}``"""
    rows = [(message_id, *record) for message_id, records in about.items() for record in dict.fromkeys(records)]
    if rows:
        cr.execute(
            f"""INSERT INTO mfg_sync_document (message_id, res_model, res_id)
                VALUES {", ".join(["(%s, %s, %s)"] * len(rows))} ON CONFLICT DO NOTHING""",
            [value for row in rows for value in row],
        )


def merged(cr, model, gone_ids, stays_id):
    """Records were merged into one: what was said about them is about that one, and holds and matches follow.

    In SQL: holds and messages are changed by nobody, and a hold that named a record that is gone would keep nothing.
    """
    values = {
        "model": model,
        "gone": list(gone_ids),
        "stays": stays_id,
        "pairs": [json.dumps([[model, res_id]]) for res_id in gone_ids],
        "lanes": [of_record(model, res_id) for res_id in gone_ids],
        "lane": of_record(model, stays_id),
    }
    of_gone = "res_model = %(model)s AND res_id = ANY(%(gone)s)"
    cr.execute(f"SELECT DISTINCT message_id FROM mfg_sync_document WHERE {of_gone}", values)
    values["about"] = [row_id for (row_id,) in cr.fetchall()]
    cr.execute(
        """INSERT INTO mfg_sync_document (message_id, res_model, res_id)
           SELECT unnest(%(about)s::int[]), %(model)s, %(stays)s ON CONFLICT DO NOTHING""",
        values,
    )
    for table in ("mfg_sync_document", "mfg_sync_status"):
        cr.execute(f"DELETE FROM {table} WHERE {of_gone}", values)
    cr.execute(f"UPDATE mfg_sync_message SET res_id = %(stays)s WHERE id = ANY(%(about)s::int[]) AND {of_gone}", values)
    # what is open about them goes on in one order
    cr.execute(
        """UPDATE mfg_sync_message SET lane = %(lane)s
           WHERE lane = ANY(%(lanes)s) AND state IN ('pending', 'held', 'dead')""",
        values,
    )
    cr.execute(
        f"""UPDATE mfg_sync_key SET res_id = CASE WHEN {of_gone} THEN %(stays)s ELSE res_id END,
                   documents = (SELECT jsonb_agg(CASE WHEN jsonb_build_array(d) <@ ANY(%(pairs)s::jsonb[])
                                                 THEN jsonb_build_array(%(model)s, %(stays)s) ELSE d END)
                                FROM jsonb_array_elements(documents) d)
            WHERE documents @> ANY(%(pairs)s::jsonb[])""",
        values,
    )
    cr.execute(
        f"UPDATE mfg_sync_hold SET res_id = %(stays)s, document = %(model)s || ',' || %(stays)s WHERE {of_gone}", values
    )
    cr.execute(f"UPDATE mfg_sync_binding SET res_id = %(stays)s WHERE {of_gone}", values)
    refresh_statuses(cr, values["about"])


def _tell_blocked(cr, message_ids):
    """Each needs a person as long as that one does behind which it waits, and when its own patience has ended.

    OFFSET: nearly always nothing waits behind them, and the messages themselves are not read to find that out.
    """
    cr.execute(
        f"""WITH RECURSIVE behind AS (
                SELECT m.id, b.state = 'dead' OR b.needs_person OR m.patience_until < {NOW} AS needs
                FROM (SELECT id, patience_until, blocker_id FROM mfg_sync_message
                      WHERE blocker_id = ANY(%s) AND state = 'held' AND hold_reason = 'blocked' OFFSET 0) m
                JOIN mfg_sync_message b ON b.id = m.blocker_id
                UNION
                SELECT m.id, behind.needs OR m.patience_until < {NOW}
                FROM mfg_sync_message m JOIN behind ON m.blocker_id = behind.id
                WHERE m.state = 'held' AND m.hold_reason = 'blocked')
            UPDATE mfg_sync_message m SET needs_person = behind.needs
            FROM behind WHERE m.id = behind.id AND m.needs_person IS DISTINCT FROM behind.needs RETURNING m.id""",
        [list(message_ids)],
        log_exceptions=False,
    )
    return [row_id for (row_id,) in cr.fetchall()]


def refresh_statuses(cr, message_ids):
    """Status rows of all documents of these messages: worst open message, else not told, else in sync.

    First what is blocked behind them is brought in line: it needs a person as long as its blocker does.

    Two workers may finish two messages of one document at once. So the status row is locked before anybody looks at
    its messages, and written even if it says what it said: whoever has an older snapshot fails then and looks again.
    That is no error of the server, so its log has none; what is one is told by whom it reaches.
    """
    if not message_ids:
        return
    message_ids = [*message_ids, *_tell_blocked(cr, message_ids)]
    cr.execute(
        """SELECT s.res_model, s.res_id FROM mfg_sync_status s
           JOIN mfg_sync_document d ON d.res_model = s.res_model AND d.res_id = s.res_id
           WHERE d.message_id = ANY(%s) ORDER BY s.res_model, s.res_id FOR NO KEY UPDATE OF s""",
        [message_ids],
        log_exceptions=False,
    )
    locked = set(cr.fetchall())
    if not _write_statuses(cr, message_ids) <= locked:
        # somebody has put a first one in the meantime, and what they finished was read before that
        _write_statuses(cr, message_ids)


#: SQL: message ``m`` about document ``d`` was to be told, a person cancelled it, nothing of its kind was told since,
#: and nothing that was can have been removed
_UNTOLD = f"""m.direction = 'out' AND m.state = 'cancelled' AND EXISTS (
                 SELECT 1 FROM mfg_sync_flow f WHERE f.id = m.flow_id
                   AND (COALESCE(f.row_days, 0) <= 0 OR m.done_at > {NOW} - f.row_days * interval '1 day'))
             AND NOT EXISTS (
                 SELECT 1 FROM mfg_sync_document e JOIN mfg_sync_message n ON n.id = e.message_id
                 WHERE (e.res_model, e.res_id) = (d.res_model, d.res_id) AND n.flow_id = m.flow_id
                   AND n.direction = 'out' AND n.id > m.id AND n.state <> 'cancelled' AND NOT n.shadow)"""


def _write_statuses(cr, message_ids):
    """Returns the documents that had one already: pairs (model, id)."""
    cr.execute(
        f"""INSERT INTO mfg_sync_status (res_model, res_id, company_id, status, reason, message_id,
                                         create_date, write_date)
            SELECT DISTINCT ON (d.res_model, d.res_id) d.res_model, d.res_id, m.company_id,
                   CASE WHEN u.untold THEN 'untold' WHEN m.state NOT IN ('pending', 'held', 'dead') THEN 'in_sync'
                        WHEN m.needs_person THEN 'needs_you' ELSE 'waiting' END,
                   CASE WHEN u.untold THEN m.result_text
                        WHEN m.state IN ('pending', 'held', 'dead') THEN m.error_text END, m.id, {NOW}, {NOW}
            FROM mfg_sync_document d JOIN mfg_sync_message m ON m.id = d.message_id
            CROSS JOIN LATERAL (SELECT {_UNTOLD}) u(untold)
            WHERE (d.res_model, d.res_id) IN (
                      SELECT res_model, res_id FROM mfg_sync_document WHERE message_id = ANY(%s))
              AND NOT m.shadow
            ORDER BY d.res_model, d.res_id, m.state IN ('pending', 'held', 'dead') DESC, m.needs_person DESC,
                     m.hold_reason = 'blocked' NULLS FIRST, u.untold DESC, m.id DESC
            ON CONFLICT (res_model, res_id) DO UPDATE
                SET status = EXCLUDED.status, reason = EXCLUDED.reason, message_id = EXCLUDED.message_id,
                    write_date = EXCLUDED.write_date
            RETURNING res_model, res_id, xmax = 0""",
        [message_ids],
        log_exceptions=False,
    )
    return {(model, res_id) for model, res_id, is_new in cr.fetchall() if not is_new}
