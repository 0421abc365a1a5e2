"""What a connection still has to work off, and how fast it does lately: for people, by comparing sets of rows."""

from .claim import PENDING, TELLS
from .ledger import NOW

#: the rate is that of the shortest of these last seconds in which enough has been done to tell
WINDOWS = (10, 60, 300)
ENOUGH = 20
#: so many of the newest attempts of all connections are looked at, at the most
NEWEST = 10000


def due(cr, endpoint_ids):
    """``{(connection id, direction): how many messages could be worked off now}``; marks are messages to be."""
    cr.execute(
        f"""SELECT endpoint_id, direction, sum(n)::int FROM (
                SELECT m.endpoint_id, m.direction, count(*) AS n FROM {PENDING}
                  AND m.endpoint_id = ANY(%s) AND m.next_attempt_at <= {NOW} GROUP BY 1, 2
                UNION ALL
                SELECT k.endpoint_id, 'out', count(DISTINCT (k.flow_id, k.res_model, k.res_id)) FROM mfg_sync_mark k
                JOIN mfg_sync_flow f ON f.id = k.flow_id AND {TELLS}
                WHERE k.endpoint_id = ANY(%s) GROUP BY 1) found
            GROUP BY 1, 2""",
        [list(endpoint_ids), list(endpoint_ids)],
    )
    return {(endpoint_id, direction): count for endpoint_id, direction, count in cr.fetchall()}


def rates(cr, endpoint_ids):
    """``{(connection id, direction): messages a second that were finished lately}``; without those that finished none.

    What the other side fetches counts as it is handed out: its acknowledgement is no attempt of ours.
    """
    counts = ", ".join(f"count(*) FILTER (WHERE a.age <= {seconds})" for seconds in WINDOWS)
    cr.execute(
        f"""SELECT m.endpoint_id, m.direction, {counts}
            FROM (SELECT message_id, result, extract(epoch FROM {NOW} - create_date) AS age FROM mfg_sync_attempt
                  ORDER BY id DESC LIMIT %s) a
            JOIN mfg_sync_message m ON m.id = a.message_id JOIN mfg_sync_endpoint e ON e.id = m.endpoint_id
            WHERE a.age <= {WINDOWS[-1]} AND m.endpoint_id = ANY(%s)
              AND (a.result = 'done' OR m.direction = 'out' AND e.delivery = 'pull')
            GROUP BY 1, 2""",
        [NEWEST, list(endpoint_ids)],
    )
    found = {}
    for endpoint_id, direction, *done in cr.fetchall():
        windows = list(zip(WINDOWS, done, strict=True))
        seconds, count = next((window for window in windows if window[1] >= ENOUGH), windows[-1])
        if count:
            found[endpoint_id, direction] = count / seconds
    return found
