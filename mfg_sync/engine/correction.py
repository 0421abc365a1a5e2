"""A corrected message: a row of its own that takes the place of the one it corrects, in the same transaction.

The original stays as it came, and is closed, so that their keys don't clash. It keeps its id: the sender's resend of it
is still a duplicate.
"""

import json
from datetime import timedelta

from . import accept, ledger
from .claim import OF_LANE

#: between the original's id and the number that makes the id of its correction
SUFFIX = "#corrected-"


def lock(cr, row_id):
    """The row of an inbound message that waits for a person or for a record, locked; None when it does not (any more).

    A drain that is working on it is waited for: what it made of it counts, and Odoo then repeats the request.
    """
    cr.execute(
        """SELECT m.* FROM mfg_sync_message m WHERE m.id = %s AND m.direction = 'in'
             AND (m.needs_person OR m.state = 'held' AND m.hold_reason = 'reference')
             AND m.state IN ('pending', 'held', 'dead') AND m.hold_reason IS DISTINCT FROM 'blocked'
           FOR NO KEY UPDATE""",
        [row_id],
    )
    return cr.dictfetchone()


def columns(cr, row_id, kind, flow, data):
    """What stands in the ledger otherwise once the content is corrected, to try that out (engine/dry_run.py)."""
    cr.execute("SELECT m.* FROM mfg_sync_message m WHERE m.id = %s", [row_id])
    corrected = make(cr, cr.dictfetchone(), kind, flow, data)
    names = ("payload", "data_hash", "business_key", "look_alike_key", "lane", "scope", "closing")
    names += ("counter", "sequence_no")
    return {**{name: corrected[name] for name in names}, "accept_look_alike": False}


def put(cr, row_id, changed):
    """Write columns of :func:`columns` into the ledger, in a transaction that is taken back."""
    if changed:
        names = ", ".join(f"{name} = %({name})s" for name in changed)
        # pylint: disable=sql-injection  # names of this file
        cr.execute(f"UPDATE mfg_sync_message SET {names} WHERE id = %(row_id)s", {**changed, "row_id": row_id})


def make(cr, row, kind, flow, data):
    """The row of the corrected message, in the lane of the document that its content names.

    :param dict row: the original, as :func:`lock` gives it
    :param dict kind: as the catalogue has it
    :param dict flow: as mfg.sync.flow has it
    """
    corrected = accept.make_row(
        kind,
        flow,
        data,
        endpoint_id=row["endpoint_id"],
        system_id=row["system_id"],
        company_id=row["company_id"],
        event_id=f"{row['event_id'].partition(SUFFIX)[0]}{SUFFIX}{row['id']}",
        source=row["source"],
        subject=row["subject"],
        occurred=row["occurred"],
        media=row["datacontenttype"],
        attributes=json.loads(row["attributes"] or "{}"),
        parent_id=row["parent_id"],
        corrects_id=row["id"],
        # what came while it was live is not only tried since it was corrected after a step back
        shadow=row["shadow"] and flow["mode"] == "shadow",
        # it keeps its number, also where the synchronization counts no more or only since
        sequence_no=row["sequence_no"],
    )
    accept.fill_lanes(cr, [corrected])
    if row["sequence_no"] is not None and corrected["counter"] != row["counter"]:
        # what they counted of one document has no place in the count of another
        corrected.update(counter=None, sequence_no=None)
    return corrected


def insert(cr, row, corrected):
    """Put the corrected message into the ledger, with the place in time of the original.

    :param dict row: the original, as :func:`lock` gives it
    :param dict corrected: as :func:`make` gives it
    :return: its row id; None when there is one with its id already
    """
    corrected["sort_time"] = _place(cr, row, corrected["lane"]).isoformat()
    row_id = ledger.insert(cr, [corrected]).get(corrected["uuid"])
    if row_id and corrected["lane"] == row["lane"]:
        # the documents of the original show that something is still to come; those of another lane are not known yet
        cr.execute(
            """INSERT INTO mfg_sync_document (message_id, res_model, res_id)
               SELECT %s, res_model, res_id FROM mfg_sync_document WHERE message_id = %s ON CONFLICT DO NOTHING""",
            [row_id, row["id"]],
        )
    return row_id


def _place(cr, row, lane):
    """The time that puts the corrected row where the original stood in its lane.

    Rows of the same time are ordered by their ids, and the new id is the highest: a moment earlier it is before those
    that came after the original. What came before it and is still open had let the original pass.
    """
    cr.execute(
        f"""SELECT 1 FROM mfg_sync_message m WHERE {OF_LANE} = (%s, %s, 'in')
              AND m.state IN ('pending', 'held', 'dead') AND m.sort_time = %s AND m.id > %s LIMIT 1""",
        [lane, row["endpoint_id"], row["sort_time"], row["id"]],
    )
    return row["sort_time"] - timedelta(microseconds=1 if cr.fetchone() else 0)
