"""States and statements: one that is older than what was applied of its subject is kept and changes nothing.

Events are facts and never dropped, however late they come; of a state only the latest is true. Its subject is what the
kind of message says (``subject`` in its schema), else the event's own, else the document of its lane. What its handler
did not take (``taken`` of its result) bears no subject any more and outdates nothing.
"""

from ..compat import _
from . import lanes, pointers
from .repetition import Repeated


def counter(kind, block, data, subject, system_id):
    """What the states of one subject have in common; None for events, and where nothing names a subject."""
    if kind["pattern"] == "event":
        return None
    lane = block.get("lane")
    named = pointers.key(kind["name"], data, block.get("subject")) or subject
    named = named or pointers.text(pointers.get(data, lane["pointer"]) if lane else None)
    return lanes.bounded(f"{system_id}:{kind['name']}:{named}") if named else None


def outdated(cr, rows):
    """Ids of those states that are older than what was applied of their subject; no query where there are none."""
    ids = [row["id"] for row in rows if row["counter"] and row["sequence_no"] is None]
    if not ids:
        return set()
    cr.execute(
        """SELECT m.id FROM mfg_sync_message m WHERE m.id = ANY(%s) AND EXISTS (
               SELECT 1 FROM mfg_sync_message n
               WHERE n.endpoint_id = m.endpoint_id AND n.counter = m.counter AND n.sequence_no IS NULL
                 AND n.sort_time > m.sort_time AND n.state = 'done' AND NOT n.shadow)""",
        [ids],
    )
    return {row_id for (row_id,) in cr.fetchall()}


def elsewhere(rows):
    """Ids of those whose subject is also told of in another lane before: only apart it shows which is newer."""
    lane_of = {}
    states = [row for row in rows if row["counter"] and row["sequence_no"] is None]
    return {row["id"] for row in states if lane_of.setdefault(row["counter"], row["lane"]) != row["lane"]}


def check(cr, message):
    """A result without effect for a state that is older than what was applied, else None."""
    if outdated(cr, [message.row]):
        return Repeated(_("A newer state was applied already; no change needed."))
    return None
