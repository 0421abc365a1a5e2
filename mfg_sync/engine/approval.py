"""A corrected message that a second person has to agree to: the ledger's SQL of asking and of the answer.

While it waits it is held for ``approval``. Whatever lets rows go by itself names the reasons that it lets go, and this
is none of them; a replay leaves it as it is (release.reopen). So only the answer, a further correction or cancelling
ends it.
"""

from datetime import datetime, timedelta

from ..compat import _
from . import errors
from .ledger import NOW, STILL_TRIED

#: what was tried out is true for so long: a connection may be paused meanwhile
HOLDS_FOR = timedelta(minutes=10)
#: SQL of a row m: it was corrected, its company asks a second person about much, and none has agreed to it yet
_UNSEEN = """m.corrects_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM mfg_sync_approval a WHERE a.message_id = m.id AND a.state = 'approved')
             AND EXISTS (SELECT 1 FROM mfg_sync_endpoint e JOIN res_company c ON c.id = e.company_id
                         WHERE e.id = m.endpoint_id AND e.environment <> 'test'
                           AND c.mfg_sync_second_person_amount > 0)"""
#: SQL of a row m: what of it would be applied has to be looked at before, which is done for one message at a time
ALONE = f"(m.hold_reason IS NOT DISTINCT FROM 'approval' OR ({_UNSEEN}))"
#: SQL: ``estimated_at`` of a row m that has to wait although nothing was tried yet: what was tried out is over
OVER = "CASE WHEN m.estimated_at IS NOT NULL THEN -1 END"


def alone(cr, ids):
    """Which of these are left out where many are replayed."""
    # pylint: disable=sql-injection  # a constant of this file
    cr.execute(f"SELECT m.id FROM mfg_sync_message m WHERE m.id = ANY(%s) AND {ALONE}", [list(ids)])
    return [row_id for (row_id,) in cr.fetchall()]


def ask(cr, row_id, text):
    """It waits for a second person.

    :param str text: what people read on it
    """
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'held', hold_reason = 'approval', needs_person = true, asked = false,
                  shadow = {STILL_TRIED},
                  wait_key = NULL, blocker_id = NULL, error_class = NULL, error_pointer = NULL, error_text = %s
           WHERE id = %s AND state IN ('pending', 'held', 'dead')""",
        [text, row_id],
    )


def agree(cr, row_id, accept_look_alike=None):
    """The second person agrees: due now, with patience anew."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, needs_person = false,
                   shadow = {STILL_TRIED},
                   next_attempt_at = {NOW}, patience_until = GREATEST(patience_until, {NOW} + interval '1 hour'),
                   asked = false, error_text = NULL, accept_look_alike = COALESCE(%s, accept_look_alike),
                   estimated_at = NULL
            WHERE id = %s AND state = 'held' AND hold_reason = 'approval'""",
        [accept_look_alike, row_id],
    )


def refuse(cr, row_id, text, look_alike=False):
    """The second person disagrees: it stays, and with it all that waits behind it, until somebody decides otherwise.

    :param bool look_alike: whether the question is open again if it is the same fact or a new one
    """
    cr.execute(
        """UPDATE mfg_sync_message SET state = %s, hold_reason = %s, error_class = 'approval', error_text = %s
           WHERE id = %s AND state = 'held' AND hold_reason = 'approval'""",
        ["held" if look_alike else "dead", "look_alike" if look_alike else None, text, row_id],
    )


def _is_unseen(cr, row_id):
    # pylint: disable=sql-injection  # a constant of this file
    cr.execute(f"SELECT 1 FROM mfg_sync_message m WHERE m.id = %s AND {_UNSEEN}", [row_id])
    return bool(cr.fetchone())


def estimated(cr, ids, *, small):
    """What these would move was tried out, and is little enough for one person; or no second person can be asked.

    :param bool small: what was tried out holds for the next attempt only (:func:`check`)
    """
    cr.execute(
        f"""UPDATE mfg_sync_message SET estimated_at = CASE WHEN %s THEN attempt_count END, estimated_on = {NOW}
            WHERE id = ANY(%s)""",
        [small, list(ids)],
    )


def not_estimated(cr, ids):
    """Nobody is asked about these as things are (a connection for test): what was tried out before is over, and
    nothing stands that would hold once it is otherwise."""
    cr.execute(
        "UPDATE mfg_sync_message SET estimated_at = NULL, estimated_on = NULL WHERE id = ANY(%s)",
        [list(ids)],
    )


def check(cr, row):
    """A corrected message of little effect is applied at once, or its effect is looked at again.

    It may be much more once what it waited for has come, and nobody would have been asked about that.

    :raises PermanentError: the attempt that it was tried out for is over; or it was corrected before the company wanted
        to be asked, or while its connection was for test, and what it waited for has come since
    """
    if not row["corrects_id"]:
        return
    if row["estimated_at"] is None:
        if row["estimated_on"] is None and _is_unseen(cr, row["id"]):
            raise errors.PermanentError(
                _(
                    "It was corrected before your company asked a second person about much, or while the connection "
                    "was for test. Press “Replay”: it is tried out, and a colleague is asked where that is needed."
                )
            )
        return
    too_late = row["estimated_on"] and datetime.utcnow() - row["estimated_on"] > HOLDS_FOR
    if too_late or row["attempt_count"] > row["estimated_at"]:
        raise errors.PermanentError(
            _(
                "It was corrected, and what it moves was tried out; but it could not be applied at once, and now it "
                "may move more. Press “Replay”: it is tried out again, and a colleague is asked where that is needed."
            )
        )
