"""Messages that their sender counts (CloudEvents ``sequence``), where the synchronization says: counted per document.

The count belongs to one system and one document, as that system names it. Counted rows share out by their numbers the
places that they have in their lane; the others keep theirs. What comes after a missing number is held until that number
arrives, whatever becomes of it then, or until a person goes on without it. What was done says that everything before it
was settled: a lower number that arrives late is applied when it comes. Lanes without counted rows cost no query.
"""

import json

from ..compat import _
from . import documents
from .approval import OVER
from .claim import OF_LANE, STANDING
from .lanes import is_of_record
from .ledger import NOW

#: what a PostgreSQL integer holds; a longer number is none that anybody counts documents with
HIGHEST = 2**31 - 1


def number_of(sequence):
    """The number of a ``sequence`` attribute, written plainly or with zeros in front; None where it is none."""
    text = "" if sequence is None else str(sequence)
    if not (text.isascii() and text.isdigit()):
        return None
    return int(text) if int(text) <= HIGHEST else None


def counted_of(env, rows):
    """Those of these rows that are counted, as their synchronizations say now: from the cache."""
    numbered = [row for row in rows if row["sequence_no"] is not None]
    return [row for row in numbered if _flow(env, row).get("is_counted")]


def in_turn(rows, counted):
    """Rows of a lane, in order of time, in the order in which they are applied.

    :param list counted: :func:`counted_of` these (and others)
    """
    ids, places, result = {row["id"] for row in counted}, {}, list(rows)
    for place, row in enumerate(result):
        if row["id"] in ids:
            places.setdefault(row["counter"], []).append(place)
    for taken in places.values():
        # sorting keeps the order of time of those that bear the same number
        for place, row in zip(
            taken, sorted((result[place] for place in taken), key=lambda row: row["sequence_no"]), strict=True
        ):
            rows[place] = row
    return rows


def arrange(env, found, limit):
    """Bring counted rows of locked lanes into the order of their numbers; hold those that come after a missing one.

    What is held behind an open row that comes after all of them is marked (``waits_beyond``, see lanes.py).

    :param dict found: ``{lane: [row]}`` as :func:`claim.lock_lanes` gives them; changed in place
    :param int limit: so many rows are locked more at the most
    :return list: ids of rows that were held, or are due again because their gap has closed
    """
    changed = _by_number(env, found, limit)
    _look_beyond(env.cr, [row for rows in found.values() for row in rows])
    return changed


def _by_number(env, found, limit):
    """What :func:`arrange` does and returns, but for what it marks."""
    counted = counted_of(env, [row for rows in found.values() for row in rows])
    if not counted:
        return []
    counted += _add_those_behind(env, found, counted, limit)
    for rows in found.values():
        in_turn(rows, counted)
    reached = _reached(env, counted)
    let_go = _let_go(env.cr, counted, reached)
    for row in counted:
        if row["id"] in let_go:
            # letting them go has locked them: their turn is now, before that of higher numbers
            row.update(let_go[row["id"]], due=not row["paused"])
    for rows in found.values():
        _leave(rows)
    late = [row for row in counted if row["state"] == "pending" and row["due"] and _is_behind_gap(row, reached)]
    return [*let_go, *_hold(env, late, reached)]


def _look_beyond(cr, rows):
    """Mark those that are held behind open rows which come after all these: numbers put them there."""
    blocked = [row for row in rows if row["hold_reason"] == "blocked"]
    away = {row["blocker_id"] for row in blocked} - {row["id"] for row in rows} if blocked else set()
    if away:
        cr.execute(
            "SELECT id FROM mfg_sync_message WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead')", [list(away)]
        )
        beyond = {row_id for (row_id,) in cr.fetchall()}
        for row in blocked:
            row["waits_beyond"] = row["blocker_id"] in beyond


def missing(env, rows):
    """``{id: what is missing before it}`` of open rows, for people: without a word about those that miss nothing."""
    counted = counted_of(env, rows)
    reached = _reached(env, counted) if counted else {}
    return {row["id"]: _words(env, row, reached) for row in counted if _is_behind_gap(row, reached)}


def _flow(env, row):
    return env["mfg.sync.flow"]._inbound().get((row["endpoint_id"], row["type_id"])) or {}


def _add_those_behind(env, found, counted, limit):
    """Open rows of later times may bear lower numbers: their turn is before. Returns them, the lowest ones locked.

    Those that are due and beyond the limit are ``left``: they are for another chunk, and so is what comes after them.
    """
    highest = {}
    for row in counted:
        key = row["lane"], row["counter"]
        highest[key] = max(highest.get(key, 0), row["sequence_no"])
    last = {lane: rows[-1] for lane, rows in found.items() if rows}
    env.cr.execute(
        f"""SELECT m.*, COALESCE(f.paused, false) OR COALESCE(s.paused, false) AS paused
           FROM jsonb_to_recordset(%(counts)s::jsonb)
                AS c(lane text, counter text, highest int, last_time timestamp, last_id int)
           CROSS JOIN LATERAL (
               SELECT {STANDING}, m.state = 'pending' AND m.next_attempt_at <= {NOW} AS is_due
               FROM mfg_sync_message m
               WHERE {OF_LANE} = (c.lane, %(endpoint)s, 'in')
                 AND m.state IN ('pending', 'held', 'dead') AND (m.sort_time, m.id) > (c.last_time, c.last_id)
                 AND m.counter = c.counter AND m.sequence_no < c.highest
               OFFSET 0) m
           LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
           ORDER BY m.sort_time, m.id""",
        {
            "endpoint": counted[0]["endpoint_id"],
            "counts": json.dumps(
                [
                    {
                        "lane": lane,
                        "counter": counter,
                        "highest": number,
                        "last_time": last[lane]["sort_time"].isoformat(),
                        "last_id": last[lane]["id"],
                    }
                    for (lane, counter), number in highest.items()
                ]
            ),
        },
    )
    behind = [{**row, "due": False, "scope": row["scope"] or ""} for row in env.cr.dictfetchall()]
    for row in behind:
        found[row["lane"]].append(row)
    behind = counted_of(env, behind)
    due = sorted((row for row in behind if row["is_due"] and not row["paused"]), key=lambda row: row["sequence_no"])
    locked = _lock(env.cr, [row["id"] for row in due[:limit]])
    for position, row in enumerate(due):
        row.update(locked.get(row["id"], ()), left=position >= limit, due=row["id"] in locked)
        row["scope"] = row["scope"] or ""
    return behind


def _lock(cr, ids):
    """Those of these rows that nobody else holds: ``{id: row}``; a stale look fails, as in :func:`claim.lock_lanes`."""
    if not ids:
        return {}
    cr.execute(
        """SELECT * FROM mfg_sync_message WHERE id = ANY(%s)
           ORDER BY sort_time, id FOR NO KEY UPDATE SKIP LOCKED""",
        [ids],
    )
    return {row["id"]: row for row in cr.dictfetchall()}


def _leave(rows):
    """What is counted and comes after a row that is ``left`` is left as well.

    :param list rows: of one lane, in the order in which they are applied
    """
    left = set()
    for row in rows:
        if row.get("left"):
            left.add(row["counter"])
        elif row["counter"] in left:
            row["due"] = False


def _reached(env, counted):
    """``{counter: (the last number before the first that is missing, the next that has come)}``; None: none is missing.

    Counted from what was done, or from where a person went on, or from the number with which the synchronization says
    that documents begin; else from the lowest that came. What was ended as tried says nothing of what is before it: it
    may have waited for that.
    """
    first = {}
    for row in counted:
        first[row["counter"]] = max(first.get(row["counter"], 0), _flow(env, row)["first_number"])
    env.cr.execute(
        """WITH counts AS (
               SELECT c.counter, GREATEST(NULLIF(c.first, 0) - 1, done.number,
                   (SELECT max(m.sequence_no) - 1 FROM mfg_sync_message m
                    WHERE m.endpoint_id = %(endpoint)s AND m.counter = c.counter AND m.accept_gap
                      AND m.sequence_no > COALESCE(done.number, -1))) AS base
               FROM jsonb_to_recordset(%(counts)s::jsonb) AS c(counter text, first int)
               CROSS JOIN LATERAL (
                   SELECT max(m.sequence_no) AS number FROM mfg_sync_message m
                   WHERE m.endpoint_id = %(endpoint)s AND m.counter = c.counter AND m.state = 'done'
                     AND NOT (m.shadow AND m.no_effect)) done),
           numbers AS (
               SELECT c.counter, m.number, row_number() OVER (PARTITION BY c.counter ORDER BY m.number) AS place,
                      COALESCE(c.base, min(m.number) OVER (PARTITION BY c.counter) - 1) AS base
               FROM counts c LEFT JOIN LATERAL (
                   SELECT DISTINCT m.sequence_no AS number FROM mfg_sync_message m
                   WHERE m.endpoint_id = %(endpoint)s AND m.counter = c.counter AND m.sequence_no > COALESCE(c.base, -1)
               ) m ON true)
           SELECT counter, base + count(*) FILTER (WHERE number - place = base) AS reached,
                  min(number) FILTER (WHERE number - place > base) AS following
           FROM numbers GROUP BY counter, base""",
        {
            "endpoint": counted[0]["endpoint_id"],
            "counts": json.dumps([{"counter": counter, "first": number} for counter, number in first.items()]),
        },
    )
    return {counter: (reached, following) for counter, reached, following in env.cr.fetchall()}


def _is_behind_gap(row, reached):
    last, following = reached[row["counter"]]
    return following is not None and row["sequence_no"] > last


def _let_go(cr, counted, reached):
    """Rows of these lanes whose missing number has arrived are due again. Returns ``{id: row}``."""
    cr.execute(
        f"""UPDATE mfg_sync_message m
            SET state = 'pending', hold_reason = NULL, error_text = NULL, error_class = NULL, needs_person = false,
                next_attempt_at = {NOW}
            FROM jsonb_to_recordset(%s::jsonb) AS r(counter text, last int)
            WHERE m.endpoint_id + 0 = %s AND m.direction = 'in' AND m.lane = ANY(%s) AND m.state = 'held'
              AND m.hold_reason = 'gap' AND m.counter = r.counter AND m.sequence_no <= r.last RETURNING m.*""",
        [
            json.dumps([{"counter": counter, "last": last} for counter, (last, _following) in reached.items()]),
            counted[0]["endpoint_id"],
            sorted({row["lane"] for row in counted}),
        ],
    )
    return {row["id"]: {**row, "scope": row["scope"] or ""} for row in cr.dictfetchall()}


def _hold(env, rows, reached):
    """Hold rows behind a gap and say which number is missing; patience decides when a person is asked."""
    if not rows:
        return []
    held = [{"id": row["id"], "text": _words(env, row, reached)} for row in rows]
    env.cr.execute(
        f"""UPDATE mfg_sync_message m
            SET state = 'held', hold_reason = 'gap', error_text = r.text, error_class = 'gap', error_pointer = NULL,
                wait_key = NULL, blocker_id = NULL, needs_person = m.patience_until < {NOW},
                estimated_at = {OVER},
                next_attempt_at = {NOW} + interval '1 hour'
            FROM jsonb_to_recordset(%s::jsonb) AS r(id int, text text)
            WHERE m.id = r.id AND m.state = 'pending' RETURNING m.id, m.needs_person""",
        [json.dumps(held)],
    )
    after = {row_id: {"needs_person": needs} for row_id, needs in env.cr.fetchall()}
    about = {}
    for row in rows:
        row.update(state="held", hold_reason="gap", due=False, **after[row["id"]])
        if is_of_record(row["lane"]) and not row["shadow"]:
            # its handler has not said yet what it is about; the document must not look as if all were told
            model, _comma, res_id = row["lane"].rpartition(",")
            about[row["id"]] = [(model, int(res_id))]
    documents.link_many(env.cr, about)
    return list(after)


def _words(env, row, reached):
    last, following = reached[row["counter"]]
    document = row["counter"].split(":", 2)[-1]
    system = env["mfg.sync.system"].browse(row["system_id"]).name or row["source"]
    if following - last == 2:
        return _(
            "Message %(number)s of %(document)s is missing: ask %(system)s to send it again, or go on without it.",
            number=last + 1,
            document=document,
            system=system,
        )
    return _(
        "Messages %(first)s to %(last)s of %(document)s are missing: ask %(system)s to send them again, or go on "
        "without them.",
        first=last + 1,
        last=following - 1,
        document=document,
        system=system,
    )
