"""Runs of scheduled synchronizations: begun when they are due, ended when what they tell is under way or in a file.

Changes wait as marks (models/mark.py) whose time is far away; a run lets them go. When a run is next is a row of its
own (mfg.sync.schedule) that no foreign key points to: PostgreSQL refuses a mark in somebody's REPEATABLE READ
transaction when the row it points to was changed since that began.
"""

import logging

from . import files, ledger, wake
from .claim import TELLS
from .ledger import NOW
from .working import may_work

_logger = logging.getLogger(__name__)

#: for so many seconds a mark of a scheduled synchronization is collected: until a run takes it
UNTIL_RUN = 100 * 366 * 86400
#: so many records are marked by one statement
AT_ONCE = 10000


def begin_due(env):
    """The sweep's part: begin the runs that are due, each by itself."""
    with env.registry.cursor() as cr:
        due = due_flows(cr)
    for flow_id in due:
        try:
            ledger.settled(env.registry, lambda cr, id=flow_id: begin(env(cr=cr), id), repeatable_read=True)
        except Exception:
            # one that can't begin (a filter that no longer fits) must not keep the others from it (promise 3)
            _logger.exception("mfg_sync: the run of synchronization %s could not begin", flow_id)


def let_go_collected(cr):
    """Marks whose time has come, with the later ones of the same record: what is told then is the state after both.

    Also those that were collected for a synchronization which is in real time by now.
    """
    # pylint: disable=sql-injection  # a constant of the ledger
    cr.execute(
        f"""UPDATE mfg_sync_mark m SET due = NULL FROM mfg_sync_mark first
            WHERE first.due <= {NOW} AND m.due IS NOT NULL
              AND (m.flow_id, m.res_model, m.res_id) = (first.flow_id, first.res_model, first.res_id)"""
    )
    cr.execute(
        """UPDATE mfg_sync_mark SET due = NULL WHERE due IS NOT NULL
           AND flow_id IN (SELECT id FROM mfg_sync_flow WHERE pattern = 'real' AND direction = 'out')"""
    )


def due_flows(cr):
    """Scheduled synchronizations whose run is due; those whose last one has not ended are not."""
    # pylint: disable=sql-injection  # a constant of the ledger
    cr.execute(
        f"""SELECT f.id FROM mfg_sync_flow f LEFT JOIN mfg_sync_schedule s ON s.flow_id = f.id
            WHERE f.pattern = 'scheduled' AND f.active AND f.mode <> 'off' AND NOT COALESCE(f.paused, false)
              AND (s.next_run IS NULL OR s.next_run <= {NOW})
              AND NOT EXISTS (SELECT 1 FROM mfg_sync_run r WHERE r.flow_id = f.id AND r.state = 'begun')
            ORDER BY s.next_run, f.sequence, f.id"""
    )
    return [flow_id for (flow_id,) in cr.fetchall()]


def begin(env, flow_id):
    """Begin the run that is due, one for all that were missed, and say when the next one is."""
    flow = env["mfg.sync.flow"].browse(flow_id).exists()
    if not may_work(flow.endpoint_id):
        # the time stays: one run when it may work again
        return
    if not flow.type_id._is_live():
        # its addon is gone, and may come back; so may a kind that is retired
        return
    env.cr.execute(
        f"""SELECT next_run FROM mfg_sync_schedule WHERE flow_id = %s AND next_run <= {NOW}
            FOR UPDATE SKIP LOCKED""",
        [flow_id],
    )
    due = env.cr.fetchone()
    if due:
        env["mfg.sync.run"]._begin(flow)
    flow._plan_run(due and due[0])


def let_go(cr, flow_id):
    """What waits for a run of a synchronization is told now."""
    cr.execute("UPDATE mfg_sync_mark SET due = NULL WHERE flow_id = %s AND due IS NOT NULL", [flow_id])


def mark_all(cr, flow, records):
    """Have all of these told, also what has not changed: one mark each, in few statements.

    :param dict flow: see mfg.sync.flow._outbound
    """
    cr.execute("UPDATE mfg_sync_mark SET again = true WHERE flow_id = %s", [flow["id"]])
    for start in range(0, len(records), AT_ONCE):
        cr.execute(
            f"""INSERT INTO mfg_sync_mark (flow_id, endpoint_id, company_id, res_model, res_id, marked, again)
                SELECT %(flow)s, %(endpoint)s, %(company)s, %(model)s, r.id, {NOW}, true
                FROM unnest(%(ids)s) WITH ORDINALITY AS r(id, place)
                WHERE NOT EXISTS (SELECT 1 FROM mfg_sync_mark m WHERE m.flow_id = %(flow)s
                                  AND m.res_model = %(model)s AND m.res_id = r.id)
                ORDER BY r.place""",
            {
                "flow": flow["id"],
                "endpoint": flow["endpoint_id"],
                "company": flow["company_id"],
                "model": records._name,
                "ids": records.ids[start : start + AT_ONCE],
            },
        )


def end(env, endpoint_id, with_content):
    """The delivery's part, when no mark is left to be told: end the runs of a connection, and write their files.

    A connection without schedules costs a look into a cache.

    :param with_content: ``(env, row, touched)`` → the row with its bytes, or None when it is settled otherwise
    """
    if not any(
        flow["endpoint_id"] == endpoint_id and flow["collects"] == UNTIL_RUN
        for flow in env["mfg.sync.flow"]._outbound().values()
    ):
        return
    env.cr.execute(
        f"""SELECT r.id FROM mfg_sync_run r JOIN mfg_sync_flow f ON f.id = r.flow_id AND {TELLS}
           WHERE r.endpoint_id = %s AND r.state = 'begun'
             AND NOT EXISTS (SELECT 1 FROM mfg_sync_mark m WHERE m.flow_id = r.flow_id AND m.due IS NULL)
           ORDER BY r.id FOR UPDATE OF r SKIP LOCKED""",
        [endpoint_id],
    )
    for run in env["mfg.sync.run"].browse([run_id for (run_id,) in env.cr.fetchall()]):
        if run.flow_id.into_file:
            files.write(env, run, with_content)
        else:
            run._end(count_told(env.cr, run))


def count_told(cr, run):
    cr.execute(
        "SELECT count(*) FROM mfg_sync_message WHERE flow_id = %s AND direction = 'out' AND id > %s AND NOT shadow",
        [run.flow_id.id, run.first_message],
    )
    return cr.fetchone()[0]


def now(cr):
    """The database's clock, which everything that is due is compared with (naive UTC, whole seconds)."""
    # pylint: disable=sql-injection  # as above
    cr.execute(f"SELECT date_trunc('second', {NOW})")
    return cr.fetchone()[0]


def wake_delivery(cr, endpoint_id):
    wake.after_commit(cr, endpoint_id, "out")
