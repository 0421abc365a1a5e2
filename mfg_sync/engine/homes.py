"""A document has one lane, however a sender names it: by Odoo's number, or by an id of his own.

What names no match goes into a lane of that name. Before anything of such a lane is applied the name is looked up, and
matched for good: else a message that failed would leave no match, and one that calls the document otherwise would pass
it, or tell the same once more (twins.py looks for what was told under all names of a document).
"""

import time
from types import SimpleNamespace

import psycopg2

from . import claim, release
from .lanes import of_record, split_external
from .ledger import RACES

#: so long a match waits for a person who decides about one of the messages: the others are not to wait with it
PATIENCE = "20ms"
#: so many such matches a look passes over; nothing behind the next one is applied then
RACES_PASSED = 25


def settle(chunk, rows):
    """Match the documents that these rows name and Odoo knows; what is said of them moves into their lanes.

    :param chunk: its ``service_env`` looks the names up: whom the service user may not see he does not match. Its
        ``until`` is set before the first row whose name could not be looked up
    :param list rows: as :func:`claim.due_rows` gives them
    :return: ``(how many were matched, lanes that may be applied now)``. Names that met another transaction are left
        out, with the lane of their document: they come again
    """
    kinds = chunk.service_env["mfg.sync.resolver"]._documents()
    found = claim.lanes_of(rows)
    named = {lane: parts for lane in found if (parts := split_external(lane)) and parts[1] in kinds}
    wanted = _wanted(chunk, named) if named else ()
    if not wanted:
        return 0, found
    begun, matched, raced = time.monotonic(), 0, {}
    # half of it: a name that nobody knows is looked up once more, by the handler of its message
    end = begun + (chunk.clock.polite_end - begun) / 2
    chunk.cr.execute("SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [PATIENCE])
    usual, _short = chunk.cr.fetchone()
    for position, lane in enumerate(wanted):
        if position and time.monotonic() >= end:
            rows = _before(chunk, rows, lane)
            break
        looked = time.monotonic()
        made, home = _match(chunk, *named[lane])
        if made is not None:
            matched += made
        elif matched:
            # nobody waits for what has moved while others are waited for; a fresh look follows
            break
        elif home and len(raced) < RACES_PASSED:
            raced[lane] = home
            # the names behind it have their time all the same
            end += time.monotonic() - looked
        else:
            rows = _before(chunk, rows, lane)
            break
    chunk.cr.execute("SELECT set_config('lock_timeout', %s, true)", [usual])
    chunk.clock.spent_looking(time.monotonic() - begun)
    return matched, [lane for lane in claim.lanes_of(rows) if lane not in raced and lane not in raced.values()]


def _before(chunk, rows, lane):
    """The rows before the first one of this lane, which may name any document: what is behind must not pass it."""
    rows = rows[: next(place for place, row in enumerate(rows) if row[0] == lane)]
    if rows:
        chunk.until = rows[-1][1:]
    return rows


def _match(chunk, system_id, entity, external_id):
    """``(whether a document could be matched, its lane)``; None: another transaction was in the way.

    Without a lane it was so already when the document was looked up.
    """
    home = None
    ours = {"endpoint_id": chunk.endpoint.id, "system_id": system_id, "company_id": chunk.endpoint.company_id.id}
    asks = SimpleNamespace(**ours, bound={})
    resolver = chunk.service_env["mfg.sync.resolver"]
    try:
        with chunk.cr.savepoint():
            record = resolver.find(asks, entity, external_id, "")
            home = of_record(record._name, record.id)
            # sudo: matches are the engine's; the service user needs no right to make them by hand
            matches = chunk.service_env["mfg.sync.binding"].sudo()
            made = matches._bind(**ours, entity=entity, external_id=external_id, record=record)
            release.release(chunk.cr, [f"{entity}:{external_id}"])
        return made, home
    except psycopg2.OperationalError as error:
        if error.pgcode not in RACES:
            raise
        return None, home
    except Exception:
        # the handler of the message meets the same, and it is said there: no other message is kept from its turn
        return False, home


def _wanted(chunk, named):
    """Those lanes whose names are not matched and in which something is to be applied: what is only tried matches
    nothing."""
    chunk.cr.execute(
        f"""SELECT v.lane FROM unnest(%s, %s, %s, %s) AS v(lane, system_id, entity, external_id)
            WHERE NOT EXISTS (SELECT 1 FROM mfg_sync_binding b
                              WHERE (b.system_id, b.entity, b.external_id) = (v.system_id, v.entity, v.external_id))
              AND EXISTS (SELECT 1 FROM mfg_sync_message m
                          JOIN mfg_sync_flow f ON (f.endpoint_id, f.type_id) = (m.endpoint_id, m.type_id)
                           AND f.active AND f.mode = 'live'
                          WHERE {claim.OF_LANE} = (v.lane, %s, 'in') AND m.state = 'pending'
                            AND NOT m.shadow)""",
        [*map(list, zip(*((lane, *parts) for lane, parts in named.items()), strict=True)), chunk.endpoint.id],
    )
    found = {lane for (lane,) in chunk.cr.fetchall()}
    # the oldest first
    return [lane for lane in named if lane in found]
