"""Replaying many: in transactions of their own, a few hundred each, so that neither people nor drains wait for all."""

from ..models.message import OPEN
from . import approval, ledger, release

BATCH = 200
#: so many at once at the most, while a person waits for the page
LIMIT = 20000


def replay(env, ids, reason=None):
    """Replay messages as the person of ``env``; what is finished, or being worked on just now, is left alone.

    So is what a second person may have to agree to: that is tried out before, one at a time (models/second_person.py).

    :param ids: of messages, in the order in which they are to be tried
    :return: how many are tried again
    """

    def batch(cr, wanted):
        # pylint: disable=sql-injection  # a constant of engine/approval.py
        cr.execute(
            f"""SELECT m.id FROM mfg_sync_message m WHERE m.id = ANY(%s) AND m.state = ANY(%s) AND NOT {approval.ALONE}
                ORDER BY m.sort_time, m.id FOR NO KEY UPDATE OF m SKIP LOCKED""",
            [wanted, list(OPEN)],
        )
        taken = env(cr=cr)["mfg.sync.message"].browse(row_id for (row_id,) in cr.fetchall())
        if taken:
            taken._decide("replay", lambda: release.reopen(cr, taken.ids), reason)
        return len(taken)

    ids = list(ids)
    return sum(
        ledger.settled(env.registry, lambda cr, wanted=ids[start : start + BATCH]: batch(cr, wanted))
        for start in range(0, len(ids), BATCH)
    )
