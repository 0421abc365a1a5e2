"""The ledger's SQL, letting go: what waited can be looked at again, and what a person or a later state closes."""

import json
import logging

from odoo.modules.registry import Registry

from .. import compat
from ..compat import _
from . import documents, figures, ledger, repetition, verdicts, wake
from .claim import OF_LANE
from .lanes import bounded, of_external
from .ledger import NOW, STILL_TRIED

_logger = logging.getLogger(__name__)

#: so many keys and matches of a person's transaction are let go in one of ours
AT_ONCE = 500


def when_committed(cr, wait_keys, moves=()):
    """What waits for these keys is due again once the transaction of ``cr``, a person's, is committed.

    Not in it: its view is as old as it is, and an import of matches takes minutes. A row that a drain or the sweep has
    written meanwhile would make the import fail, and all that the rows concern would wait for its end. What a process
    that is killed between the two leaves waiting is looked at by the sweep.

    :param moves: matches ``(system id, entity, their id)``: what came under this id goes on in the lane of its record
    """
    if not compat.commits(cr):
        documents.refresh_statuses(cr, _let_go(cr, wait_keys, moves))
        return
    data = cr.postcommit.data
    if "mfg_sync_release" not in data:
        data["mfg_sync_release"], data["mfg_sync_moves"] = [], []
        cr.postcommit.add(
            lambda: _release_all(cr.dbname, data.pop("mfg_sync_release", ()), data.pop("mfg_sync_moves", ()))
        )
    data["mfg_sync_release"].extend(wait_keys)
    data["mfg_sync_moves"].extend(moves)


def _release_all(dbname, wait_keys, moves):
    for start in range(0, max(len(wait_keys), len(moves)), AT_ONCE):
        part = slice(start, start + AT_ONCE)

        def let_go(cr, keys=wait_keys[part], some=moves[part]):
            return _let_go(cr, keys, some)

        _apart(dbname, let_go)


def _apart(dbname, let_go):
    """:param let_go: of a cursor → ids of rows whose documents stand otherwise now"""
    try:
        let = _soon(dbname, let_go)
        # a status that somebody holds must not keep them from their turn; when they are done it is written anyway
        _soon(dbname, lambda cr: documents.refresh_statuses(cr, let))
    except Exception:
        # what the person did is committed, and must not look as if it had failed
        _logger.warning("mfg_sync: could not let go what waited, the sweep will", exc_info=True)


def _soon(dbname, work):
    """Somebody's long transaction must not keep the person waiting who has saved his work."""
    return ledger.settled(Registry(dbname), work, attempts=2, lock_timeout="800ms")


def _let_go(cr, wait_keys, moves):
    # by the match as it is committed: it may have been taken back, or made again, in the transaction that told us
    move(cr, moves)
    return _due_again(cr, wait_keys)


def move(cr, matches):
    """What came under these ids goes on in the lanes of their records, as the matches stand for ``cr``.

    :param matches: ``(system id, entity, their id)``
    """
    if not matches:
        return
    values = [
        {"lane": of_external(*match), "system": match[0], "entity": match[1], "code": match[2]} for match in matches
    ]
    cr.execute(
        f"""UPDATE mfg_sync_message m SET lane = b.res_model || ',' || b.res_id
            FROM jsonb_to_recordset(%s::jsonb) AS v(lane text, system int, entity text, code text)
            JOIN mfg_sync_binding b ON (b.system_id, b.entity, b.external_id) = (v.system, v.entity, v.code)
            WHERE {OF_LANE} = (v.lane, b.endpoint_id, 'in') AND m.state IN ('pending', 'held', 'dead')""",
        [json.dumps(values)],
    )


def another_way(cr, endpoint_ids):
    """What waits to be told by these connections goes the way that was chosen now, and waits for no try of the other.

    Once the transaction of ``cr``, a person's, is committed (see :func:`when_committed`). A row that is on its way at
    this moment comes back with its next try.
    """
    if compat.commits(cr):
        dbname = cr.dbname
        cr.postcommit.add(lambda: _apart(dbname, lambda own_cr: _due_another_way(own_cr, endpoint_ids)))
    else:
        documents.refresh_statuses(cr, _due_another_way(cr, endpoint_ids))


def _due_another_way(cr, endpoint_ids):
    cr.execute(
        f"""UPDATE mfg_sync_message SET next_attempt_at = {NOW}, error_text = NULL, error_class = NULL
            WHERE id = ANY(ARRAY(SELECT id FROM mfg_sync_message
                                 WHERE endpoint_id = ANY(%s) AND direction = 'out' AND state = 'pending'
                                   AND (next_attempt_at > {NOW} OR error_text IS NOT NULL)
                                 FOR NO KEY UPDATE SKIP LOCKED))
            RETURNING id, endpoint_id""",
        [list(endpoint_ids)],
    )
    rows = cr.fetchall()
    for endpoint_id in {endpoint_id for _row, endpoint_id in rows}:
        wake.after_commit(cr, endpoint_id, "out")
    return [row_id for row_id, _endpoint in rows]


def release(cr, wait_keys):
    """Rows that wait for one of these keys are due again."""
    documents.refresh_statuses(cr, _due_again(cr, wait_keys))


def _due_again(cr, wait_keys):
    """Returns ids of rows whose documents stand otherwise now."""
    if not wait_keys:
        return []
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, needs_person = false,
                   next_attempt_at = {NOW}
            WHERE state = 'held' AND wait_key = ANY(%s) RETURNING id, endpoint_id""",
        [[bounded(key) for key in wait_keys]],
    )
    rows = cr.fetchall()
    for endpoint_id in {endpoint_id for _row, endpoint_id in rows}:
        wake.after_commit(cr, endpoint_id, "in")
    return [row_id for row_id, _endpoint in rows]


def release_lanes(cr, endpoint_id, direction, lanes):
    """A row of each of these lanes has been finished: what was blocked, early or waited for a reference is due again.

    Not what waits for the mapping: only its entry can help there. ``+ 0`` as in claim.OF_LANE.
    """
    if not lanes:
        return []
    cr.execute(
        f"""UPDATE mfg_sync_message m
            SET state = 'pending', hold_reason = NULL, blocker_id = NULL, needs_person = false,
                   next_attempt_at = {NOW}
            WHERE m.endpoint_id + 0 = %s AND m.direction = %s AND m.lane = ANY(%s) AND m.state = 'held'
              AND (hold_reason = 'early' OR (hold_reason = 'reference' AND error_class <> 'mapping')
                   OR (hold_reason = 'blocked' AND NOT EXISTS (
                     SELECT 1 FROM mfg_sync_message b
                     WHERE b.id = m.blocker_id AND b.state IN ('pending', 'held', 'dead'))))
            RETURNING id""",
        [endpoint_id, direction, list(lanes)],
    )
    return [row_id for (row_id,) in cr.fetchall()]


def let_pass(cr, ids):
    """These rows may have stepped aside since others were blocked behind them: only what closes waits for that."""
    cr.execute(
        f"""UPDATE mfg_sync_message m SET state = 'pending', hold_reason = NULL, blocker_id = NULL,
                   needs_person = false, next_attempt_at = {NOW}
            FROM mfg_sync_message b
            WHERE b.id = ANY(%s) AND b.state = 'held' AND b.hold_reason IN ('early', 'reference')
              AND m.blocker_id = b.id AND m.state = 'held' AND m.hold_reason = 'blocked' AND NOT m.closing
            RETURNING m.id""",
        [list(ids)],
    )
    return [row_id for (row_id,) in cr.fetchall()]


def reopen(cr, ids, accept_look_alike=None, accept_gap=None):
    """A person replays: due now, with patience anew; the blocked ones behind are let go by the drain.

    What was only tried is applied, once its synchronization is live. Not what waits for a second person: only that one
    lets it go (engine/approval.py).
    """
    _lock_open(cr, ids)
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, next_attempt_at = {NOW},
                   patience_until = GREATEST(patience_until, {NOW} + interval '1 hour'), asked = false,
                   shadow = {STILL_TRIED},
                   accept_look_alike = COALESCE(%s, accept_look_alike), accept_gap = COALESCE(%s, accept_gap)
            WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead') AND hold_reason IS DISTINCT FROM 'approval'""",
        [accept_look_alike, accept_gap, list(ids)],
    )


def only_tried(why):
    """What is said of a message that came before its synchronization was live.

    :param str why: why it waited or failed when it was tried, if it did
    """
    return _("It was only tried, and not applied: %s", why) if why else _("It was only tried, and not applied.")


def end_tried(cr, limit):
    """What was tried of synchronizations that are not in shadow any more, and waits or failed, is done.

    People booked it by hand, or did not: nobody is asked, and :func:`apply_tried` is theirs. Returns the ids.
    """
    cr.execute(
        """SELECT m.id, m.direction, m.error_text FROM mfg_sync_message m
           LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id AND f.mode = 'shadow' AND f.active
           WHERE m.shadow AND m.state IN ('held', 'dead') AND m.hold_reason IS DISTINCT FROM 'approval'
             AND f.id IS NULL
           LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED""",
        [limit],
    )
    rows = cr.fetchall()
    for row_id, direction, why in rows:
        text = only_tried(why) if direction == "in" else _("Shadow: not sent.")
        verdicts.finish(cr, row_id, result=text, no_effect=True, shadow=True)
    return [row_id for row_id, _direction, _why in rows]


def apply_tried(cr, ids):
    """What came in and was only tried is to be applied, in the place in time that it has."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', shadow = false, no_effect = false, result_text = NULL,
                   done_at = NULL, asked = false, next_attempt_at = {NOW},
                   patience_until = GREATEST(patience_until, {NOW} + interval '1 hour')
            WHERE id = ANY(%s) AND state = 'done' AND shadow AND direction = 'in' AND payload IS NOT NULL""",
        [list(ids)],
    )


def let_go_gaps(cr, endpoint_ids, flow_ids):
    """What these synchronizations hold behind a missing number is looked at again: they count otherwise now."""
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = 'pending', hold_reason = NULL, needs_person = false,
                   next_attempt_at = {NOW}
            WHERE endpoint_id = ANY(%s) AND direction = 'in' AND flow_id = ANY(%s) AND state = 'held'
              AND hold_reason = 'gap' RETURNING id""",
        [list(endpoint_ids), list(flow_ids)],
    )
    documents.refresh_statuses(cr, [row_id for (row_id,) in cr.fetchall()])


def cancel(cr, ids, reason):
    documents.refresh_statuses(cr, _close(cr, ids, "cancelled", reason, no_effect=True))


def finish_same(cr, ids, result):
    """A person says that these tell what came before.

    What tells the same as a state that its handler did not take is not taken either, and makes no other one old.
    """
    _lock_open(cr, ids)
    cr.execute(
        """SELECT * FROM mfg_sync_message WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead')
           AND business_key IS NOT NULL AND counter IS NOT NULL AND sequence_no IS NULL""",
        [list(ids)],
    )
    untaken = [row["id"] for row in cr.dictfetchall() if repetition.repeats_untaken(cr, row)]
    cr.execute("UPDATE mfg_sync_message SET counter = NULL WHERE id = ANY(%s)", [untaken])
    documents.refresh_statuses(cr, _close(cr, ids, "done", result, no_effect=True))


def supersede(cr, flow_id, inserted, result, only_dead=False):
    """Open states of the same subjects that are older than these new rows are not told any more. Returns their ids.

    :param bool only_dead: only those that failed
    """
    if not inserted:
        return []
    cr.execute(
        """SELECT id FROM mfg_sync_message WHERE flow_id = %s AND direction = 'out'
           AND state = ANY(%s) AND NOT id = ANY(%s)
           AND subject IN (SELECT subject FROM mfg_sync_message WHERE id = ANY(%s))""",
        [flow_id, ["dead"] if only_dead else ["pending", "held", "dead"], inserted, inserted],
    )
    return _close(cr, [row_id for (row_id,) in cr.fetchall()], "superseded", result, no_effect=True)


def supersede_subjects(cr, flow_id, subjects, result):
    """Open states of these subjects are not told any more: the other side has said since how it is.

    :return: ids of rows whose documents stand otherwise now
    """
    cr.execute(
        """SELECT id FROM mfg_sync_message WHERE flow_id = %s AND direction = 'out' AND subject = ANY(%s)
           AND state IN ('pending', 'held', 'dead')""",
        [flow_id, list(subjects)],
    )
    return _close(cr, [row_id for (row_id,) in cr.fetchall()], "superseded", result, no_effect=True)


def _lock_open(cr, ids):
    """Lock these rows in the one order that is everybody's, as far as they are open.

    An UPDATE takes them as it finds them, and whoever comes with the same ones from the other side is turned away.
    """
    cr.execute(
        """SELECT id FROM mfg_sync_message WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead')
           ORDER BY id FOR NO KEY UPDATE""",
        [list(ids)],
    )


def _close(cr, ids, state, result, no_effect):
    """Returns ids of rows whose documents stand otherwise now."""
    _lock_open(cr, ids)
    cr.execute(
        f"""UPDATE mfg_sync_message SET state = %s, hold_reason = NULL, wait_key = NULL, blocker_id = NULL,
                   needs_person = false, result_text = %s, no_effect = %s, done_at = {NOW}
            WHERE id = ANY(%s) AND state IN ('pending', 'held', 'dead') RETURNING id, endpoint_id, direction, lane""",
        [state, result, no_effect, list(ids)],
    )
    closed = cr.fetchall()
    figures.settled(cr, [row_id for row_id, *_lane in closed])
    released = list(ids)
    for endpoint_id, direction, lane in sorted({tuple(lane) for _row_id, *lane in closed}):
        released += release_lanes(cr, endpoint_id, direction, [lane])
    return released
