"""The ledger's SQL of whose turn it is: what is due, lanes that are locked for one worker, what waits behind others.

All take a cursor and act in its transaction; ids and keys are bound, never formatted in. Times are the database's.
"""

from .approval import OVER
from .lanes import is_of_record, of_external, of_record, split_external
from .ledger import NOW
from .working import STOPPED

#: rows whose turn may come: a pause is a flag that is read here, never an update of rows
PENDING = """mfg_sync_message m
                LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
                WHERE m.state = 'pending' AND NOT COALESCE(f.paused, false) AND NOT COALESCE(s.paused, false)
                  AND NOT COALESCE(f.into_file, false)"""
#: rows that a drain may take when their time has come; what is ready to be fetched is left to the other side
WORKABLE = f"""{PENDING}
                AND NOT (COALESCE(m.ready, false) AND EXISTS (
                    SELECT 1 FROM mfg_sync_endpoint e WHERE e.id = m.endpoint_id AND e.delivery = 'pull'))"""
#: SQL of a synchronization ``f``: its marks are told. Those of a paused, archived or switched off one wait
TELLS = "f.paused IS NOT TRUE AND f.mode <> 'off' AND f.active"
#: what tells the lane of a row ``m``, to be compared with many at once: so that only the index of open lanes can serve.
#: Before its first ANALYZE (a new database, a restored one) the table looks the same to the planner by any index, and
#: the smallest one that begins with the connection may win: then all rows of the connection are read for each lane
OF_LANE = "(m.lane, m.endpoint_id + 0, m.direction)"
#: what is looked at of rows that stand before others, also by numbers.py: a lane may be long, and contents are large
STANDING = """m.id, m.lane, m.endpoint_id, m.system_id, m.flow_id, m.type_id, m.source, m.counter, m.sequence_no,
              m.sort_time, m.state, m.hold_reason, m.blocker_id, m.needs_person, m.scope, m.closing, m.shadow"""


def due_rows(cr, endpoint_id, direction, limit):
    """The oldest rows that are due, oldest first; paused systems and flows are passed over.

    :return: a ``(lane, sort_time, id)`` for each
    """
    cr.execute(
        f"""SELECT m.lane, m.sort_time, m.id FROM {WORKABLE}
              AND m.endpoint_id = %s AND m.direction = %s AND m.next_attempt_at <= {NOW}
            ORDER BY m.sort_time, m.id LIMIT %s""",
        [endpoint_id, direction, limit],
    )
    return cr.fetchall()


def lanes_of(rows):
    """The lanes of rows that :func:`due_rows` gives, the one with the oldest first."""
    return list(dict.fromkeys(lane for lane, _sort_time, _id in rows))


def due_lanes(cr, endpoint_id, direction, limit):
    """Lanes of the oldest rows that are due, oldest first."""
    return lanes_of(due_rows(cr, endpoint_id, direction, limit))


def may_still_go(cr, ids):
    """Which of these rows, claimed a while ago, are still to be sent: nobody has settled or paused them since."""
    cr.execute(
        f"""SELECT m.id FROM {PENDING} AND m.id = ANY(%(ids)s)
              AND EXISTS (SELECT 1 FROM mfg_sync_endpoint WHERE id = m.endpoint_id AND NOT COALESCE({STOPPED}, false))
              AND (SELECT bool_and(COALESCE(paused, false)) FROM mfg_sync_system
                   WHERE endpoint_id = m.endpoint_id AND active) IS NOT TRUE""",
        {"ids": list(ids), "direction": "out"},
    )
    return {row_id for (row_id,) in cr.fetchall()}


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
        f"""SELECT 1 FROM mfg_sync_mark k JOIN mfg_sync_flow f ON f.id = k.flow_id AND k.due IS NULL
            WHERE k.endpoint_id = %s AND {TELLS} LIMIT 1""",
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


def lock_lanes(cr, endpoint_id, direction, lanes, limit=200, until=None):
    """The open rows of lanes, each lane in order, as :func:`lanes.plan` wants them; those that are due are locked.

    Lock first, look then: a row that another drain holds is skipped, and a stale look fails before any effect. Paused
    ones are not locked: they would use up the limit.

    :param int limit: so many rows are locked at the most, the oldest ones
    :param until: ``(sort_time, id)`` of the last one that may be locked
    :return dict: ``{lane: [row]}``, in the order of the lanes given; one without rows that could be locked is left out.
        Of rows that are not locked there is what :data:`STANDING` names
    """
    cr.execute(
        f"""SELECT m.* FROM {PENDING}
              AND m.endpoint_id = %s AND m.direction = %s AND m.lane = ANY(%s) AND m.next_attempt_at <= {NOW}
              {"AND (m.sort_time, m.id) <= (%s, %s)" if until else ""}
            ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED""",
        [endpoint_id, direction, list(lanes), *(until or ()), limit],
    )
    locked = cr.dictfetchall()
    if not locked:
        return {}
    last = {row["lane"]: row["id"] for row in locked}
    # later rows block nobody who is locked here, and a lane may be long. OFFSET keeps the planner from comparing each
    # lane with each open row, as it does when it heard last that hardly any is open: 282 ms instead of 1 for 100 lanes
    # in a backlog of 2,000. And + 0 (see OF_LANE) keeps it from reading all rows of the connection for each lane
    cr.execute(
        f"""SELECT m.*, COALESCE(f.paused, false) OR COALESCE(s.paused, false) OR COALESCE(f.into_file, false) AS paused
            FROM mfg_sync_message last
            CROSS JOIN LATERAL (
                SELECT {STANDING} FROM mfg_sync_message m
                WHERE {OF_LANE} = (last.lane, last.endpoint_id, last.direction)
                  AND m.state IN ('pending', 'held', 'dead') AND (m.sort_time, m.id) <= (last.sort_time, last.id)
                OFFSET 0) m
            LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
            WHERE last.id = ANY(%s) AND m.id <> ALL(%s)""",
        [list(last.values()), [row["id"] for row in locked]],
    )
    standing = [{**row, "due": False} for row in cr.dictfetchall()]
    for row in locked:
        row.update(due=True, paused=False)
    rows = sorted(standing + locked, key=lambda row: (row["sort_time"], row["id"])) if standing else locked
    found = {lane: [] for lane in lanes if lane in last}
    for row in rows:
        row["scope"] = row["scope"] or ""
        found[row["lane"]].append(row)
    return found


def block(cr, pairs):
    """Hold rows behind others: each needs a person as long as that one does, as it stands now.

    :param list pairs: ``(row, its blocker)``; a blocker may be a row of another pair
    :return list: their ids
    """
    left = list(pairs)
    while left:
        # one behind another one of them: after that one has been written
        later = {row["id"] for row, _blocker in left}
        now = [(row["id"], blocker["id"]) for row, blocker in left if blocker["id"] not in later]
        cr.execute(
            f"""UPDATE mfg_sync_message m
                SET state = 'held', hold_reason = 'blocked', blocker_id = b.id, error_text = NULL, wait_key = NULL,
                    estimated_at = {OVER},
                    needs_person = b.state = 'dead' OR COALESCE(b.needs_person, false) OR m.patience_until < {NOW}
                FROM unnest(%s, %s) AS pair(id, blocker) JOIN mfg_sync_message b ON b.id = pair.blocker
                WHERE m.id = pair.id AND m.state = 'pending'""",
            [[row_id for row_id, _blocker in now], [blocker for _row_id, blocker in now]],
        )
        left = [(row, blocker) for row, blocker in left if blocker["id"] in later]
    return [row["id"] for row, _blocker in pairs]
