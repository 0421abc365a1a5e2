"""Quantities told as totals so far: they only grow, and an older one that arrives late adds nothing."""

from decimal import Decimal

from ..compat import _
from ..protocol import strict_json
from .errors import Conflict


def is_overtaken(cr, message, records, names, same=()):
    """Whether a total that happened later was applied already, so that this one has nothing to add.

    :param records: documents that messages of this kind were applied to (``res_model``, ``res_id`` of the ledger)
    :param names: keys of the data that are totals
    :param same: keys that must be equal for two messages to tell the total of the same thing (the lot)
    :raises Conflict: a total is lower than an earlier one, or higher than a later one
    """
    message.look_at_ledger()
    cr.execute(
        """SELECT event_id, sort_time, payload FROM mfg_sync_message
           WHERE res_model = %s AND res_id = ANY(%s) AND endpoint_id = %s AND system_id = %s AND type_id = %s
             AND scope = %s AND state = 'done' AND NOT shadow AND id <> %s
             AND payload IS NOT NULL  -- content goes before the message does
           ORDER BY sort_time DESC, id DESC""",
        [
            records._name,
            records.ids,
            message.endpoint_id,
            message.system_id,
            message.row["type_id"],
            message.row["scope"] or "",
            message.id,
        ],
    )
    overtaken = False
    for event_id, sort_time, payload in cr.fetchall():
        data = strict_json.loads(payload)
        if any(data.get(key) != message.data.get(key) for key in (*same, "unit")):
            continue
        later = sort_time > message.row["sort_time"]
        for name in names:
            ours, theirs = (Decimal(str(each.get(name) or 0)) for each in (message.data, data))
            if later and ours > theirs or not later and ours < theirs:
                raise Conflict(
                    _(
                        "The total %(name)s is %(ours)s here and %(theirs)s in message %(other)s, which happened "
                        "%(when)s. Totals only grow: ask which is right, book the difference by hand and cancel this "
                        "message.",
                        name=name,
                        ours=ours,
                        theirs=theirs,
                        other=event_id,
                        when=_("later") if later else _("before"),
                    ),
                    pointer=f"/data/{name}",
                )
        overtaken = overtaken or later
    return overtaken
