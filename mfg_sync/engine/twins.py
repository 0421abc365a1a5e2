"""The ledger's SQL of rows beside a row: those that tell the same fact, and those that come before it in its lane."""

from . import lanes, pointers
from .claim import OF_LANE
from .ledger import hashed

#: whether a row ``m`` has told something that had an effect: a repetition of it must be known
TOLD = "m.direction = 'in' AND m.state = 'done' AND NOT m.no_effect AND NOT m.shadow"


def before(one, other):
    """SQL: whether a row comes before another one of its lane: by their sender's count of them, else by time."""
    return f"""CASE WHEN {one}.counter = {other}.counter AND {one}.sequence_no <> {other}.sequence_no
                    THEN {one}.sequence_no < {other}.sequence_no
                    ELSE ({one}.sort_time, {one}.id) < ({other}.sort_time, {other}.id) END"""


def otherwise(cr, rows):
    """Keys of rows as if each called its document by another name that its system has for it.

    :param list rows: dicts of the ledger
    :return: ``{id: [key, …]}`` of those whose document has several names
    """
    homes = {}
    for row in rows:
        if _key(row) and lanes.is_of_record(row["lane"]):
            model, _comma, res_id = row["lane"].rpartition(",")
            homes.setdefault((row["system_id"], model, int(res_id)), []).append(row)
    if not homes:
        return {}
    cr.execute(
        """SELECT system_id, res_model, res_id, array_agg(external_id ORDER BY id) FROM mfg_sync_binding
           WHERE (system_id, res_model, res_id) IN %s GROUP BY 1, 2, 3 HAVING count(*) > 1""",
        [tuple(homes)],
    )
    found = {}
    for *home, names in cr.fetchall():
        for row in homes[tuple(home)]:
            keys = pointers.renamed(_key(row), row["type_name"].rpartition(".v")[0], names)
            if keys:
                found[row["id"]] = keys
    return found


def _key(row):
    return row["business_key"] or row["look_alike_key"]


def with_twins(cr, rows):
    """Which of these rows tell a fact that another row may have told before: those with a :func:`twin`."""
    also = otherwise(cr, rows)
    told = [(row["id"], key) for row in rows if _key(row) for key in (_key(row), *also.get(row["id"], ()))]
    if not told:
        return set()

    def exists(column):
        return f"""EXISTS (SELECT 1 FROM mfg_sync_message t
                           WHERE t.endpoint_id = m.endpoint_id AND t.direction = 'in' AND t.{column} = v.key
                             AND t.system_id = m.system_id AND t.id <> m.id
                             AND t.state NOT IN ('cancelled', 'superseded') AND NOT t.shadow
                             AND (t.state = 'done' OR {before("t", "m")}))"""

    column = "CASE WHEN m.business_key IS NULL THEN 'look_alike_key' ELSE 'business_key' END"
    cr.execute(
        f"""SELECT DISTINCT m.id FROM unnest(%s, %s) AS v(id, key) JOIN mfg_sync_message m ON m.id = v.id
            WHERE NOT m.accept_look_alike AND (
               m.business_key IS NOT NULL AND {exists("business_key")}
               OR m.business_key IS NULL AND {exists("look_alike_key")}
               OR EXISTS (SELECT 1 FROM mfg_sync_key k WHERE k.endpoint_id = m.endpoint_id
                          AND k.fact = {hashed(f"m.system_id || ':' || {column} || ':' || v.key")}))""",
        [list(entries) for entries in zip(*told, strict=True)],
    )
    return {row_id for (row_id,) in cr.fetchall()}


def twin(cr, row, column, keys, finished=False):
    """The row of the same system that tells the same fact by its business key (or look-alike key), or None.

    Two systems behind one hub number their facts each for itself: report 1 of the one is not report 1 of the other.
    It comes before this one in the order of lanes, which is one for all: two repetitions that arrive the other way
    round would else wait for each other. Of several one with equal data is taken, a finished one first.

    :param list keys: the row's own, and those of :func:`otherwise`
    :param finished: only one that was done
    """
    cr.execute(
        f"""SELECT t.id, t.event_id, t.data_hash, t.state, t.hold_reason, t.document_name, t.res_model, t.res_id,
                   t.counter IS NULL AND m.counter IS NOT NULL AS is_untaken
            FROM mfg_sync_message t JOIN mfg_sync_message m ON m.id = %s
            WHERE t.endpoint_id = %s AND t.direction = 'in' AND t.{column} = ANY(%s) AND t.system_id = %s
              AND t.id <> m.id AND t.state NOT IN ('cancelled', 'superseded') AND NOT t.shadow
              AND (t.state = 'done' OR NOT %s AND {before("t", "m")})
            ORDER BY t.data_hash = %s DESC, t.state = 'done' DESC, t.id LIMIT 1""",
        [row["id"], row["endpoint_id"], keys, row["system_id"], finished, row["data_hash"]],
    )
    return cr.dictfetchone()


def open_before(cr, row_id, except_waiting_for=""):
    """How many rows of the lane come before this one and are not settled.

    :param except_waiting_for: rows whose wait key starts so are not counted (they wait for this very row)
    """
    cr.execute(
        f"""SELECT count(*) FROM mfg_sync_message m JOIN mfg_sync_message me ON me.id = %s
           WHERE {OF_LANE} = (me.lane, me.endpoint_id, me.direction)
             AND m.state IN ('pending', 'held', 'dead') AND NOT m.shadow AND {before("m", "me")}
             AND NOT (%s <> '' AND starts_with(COALESCE(m.wait_key, ''), %s))""",
        [row_id, except_waiting_for, except_waiting_for],
    )
    return cr.fetchone()[0]
