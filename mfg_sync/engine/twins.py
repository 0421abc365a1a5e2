"""The ledger's SQL of rows beside a row: those that tell the same fact, and those that come before it in its lane."""

from .claim import OF_LANE
from .ledger import fact


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
        f"""SELECT t.id, t.event_id, t.data_hash, t.state, t.hold_reason, t.document_name, t.res_model, t.res_id,
                   t.counter IS NULL AND m.counter IS NOT NULL AS is_untaken
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
           WHERE {OF_LANE} = (me.lane, me.endpoint_id, me.direction)
             AND m.state IN ('pending', 'held', 'dead') AND {before("m", "me")}
             AND NOT (%s <> '' AND starts_with(COALESCE(m.wait_key, ''), %s))""",
        [row_id, except_waiting_for, except_waiting_for],
    )
    return cr.fetchone()[0]
