"""The same fact under a new id: done without effect when proven, before a person when it only looks so."""

from ..compat import _
from . import errors, remembered, twins


class Repeated:
    """A result without effect, as the drain takes it from a handler (engine/inbound.py, Done)."""

    def __init__(self, text, taken=True):
        self.text, self.record, self.effect, self.announce, self.taken = text, None, False, (), taken


def check(cr, message):
    """A :class:`Repeated` when the message tells what was done before, None when it tells something new.

    :raises LookAlike: it may be the same; a person says
    :raises Early: the same is waiting
    """
    row = message.row
    if row["accept_look_alike"]:
        return None
    if row["business_key"]:
        twin = _twin(cr, row, "business_key")
        if twin and twin["data_hash"] != row["data_hash"]:
            _remember(message, twin)
            raise errors.LookAlike(
                _(
                    "%(kind)s came before as message %(twin)s, with other content. Is it the same fact, or really "
                    "a new one?",
                    kind=message.kind["title"],
                    twin=twin["event_id"],
                )
            )
        if twin and twin["state"] == "done":
            _remember(message, twin)
            text = _("The same fact came before as message %s; no change needed.", twin["event_id"])
            # what repeats a state that was not taken is not taken either; of what was removed nobody knows any more
            return Repeated(text, taken=not twin.get("is_untaken"))
        if twin:
            raise errors.Early(_("The same fact is waiting as message %s.", twin["event_id"]))
    elif row["look_alike_key"]:
        twin = _twin(cr, row, "look_alike_key")
        if twin:
            _remember(message, twin)
            raise errors.LookAlike(
                _(
                    "It looks like message %s, which came before: same document, item and quantity at the same time. "
                    "Is it the same fact, or really a new one?",
                    twin["event_id"],
                )
            )
    return None


def repeats_untaken(cr, row):
    """Whether a row with a business key tells the same fact as a state that its handler did not take."""
    return bool((_twin(cr, row, "business_key", finished=True) or {}).get("is_untaken"))


def _twin(cr, row, column, finished=False):
    """In the ledger, else among what was removed from it; under each name that the system has for the document."""
    keys = [row[column], *twins.otherwise(cr, [row]).get(row["id"], ())]
    return twins.twin(cr, row, column, keys, finished) or remembered.twin(cr, row, column, keys)


def _remember(message, twin):
    if twin["res_id"]:
        message.about.append((twin["res_model"], twin["res_id"]))
