"""Waking the drains: after commit, without a job per message.

A drain holds a session advisory lock while it works and looks once more after it let go. So whoever wants it woken asks
whether the lock is held: then the drain will see what was committed; free means that a job is needed. A message
committed in between waits for the sweep, a minute at most. A sender's request asks by taking the lock shared, in a
statement by itself: that costs a tenth of reading pg_locks, which looks through all locks of the server. A drain that
meets one of these waits for it to pass.
"""

import logging
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.modules.registry import Registry

from .. import compat
from . import documents, ledger
from .working import STOPPED, is_stopped, may_work, rests_until

_logger = logging.getLogger(__name__)

#: first key of our two-key advisory locks, one a direction; the second key is the endpoint
LOCKS = {"in": 0x6D66_6731, "out": 0x6D66_6732}
#: the lock that queue_job's runner holds for each database it serves (queue_job/jobrunner/runner.py)
RUNNER_LOCK = 2293787760715711918
#: a job handed to a worker begins at once; one that has not by then may never do so: the worker or its database is gone
BEGUN = timedelta(seconds=2)
#: queue_job's runner takes such a job back after this time, but looks only when a job makes it (else once a minute)
TAKEN_BACK = timedelta(seconds=11)
#: SQL: a row where a drain holds its lock
AT_WORK = """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock' AND objsubid = 2
               AND classid = %(lock)s AND objid = %(endpoint)s
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
METHODS = {"in": ("_job_apply", "root.mfg_sync.apply"), "out": ("_job_deliver", "root.mfg_sync.deliver")}


def after_commit(cr, endpoint_id, *directions, refresh=()):
    """Wake the drains of a connection once the transaction of ``cr`` is committed; a rolled back one wakes nobody.

    :param refresh: ids of messages whose documents get their status then
    """
    data = cr.postcommit.data
    if "mfg_sync_wake" not in data:
        data["mfg_sync_wake"], data["mfg_sync_refresh"] = set(), set()
        cr.postcommit.add(lambda: _wake_all(cr, data.pop("mfg_sync_wake", ()), data.pop("mfg_sync_refresh", ())))
    data["mfg_sync_wake"].update((endpoint_id, direction) for direction in directions)
    data["mfg_sync_refresh"].update(refresh)


def _wake_all(cr, wanted, refresh):
    registry = Registry(cr.dbname)
    try:
        if compat.is_read_committed(cr):
            # the gate's: while a drain is at work, or a person has stopped the connection, a sender need not wait for a
            # second way to the database to be told that nobody is to be woken. Not on a cursor of Odoo's isolation:
            # what its owner reads next would be as old as this question
            with compat.each_by_itself(cr):
                wanted = {pair for pair in wanted if _may_want(cr, *pair)}
        if refresh:
            _refresh(registry, refresh)
        if wanted:
            with ledger.flushed(registry) as env:
                wake(env, wanted)
    except Exception:
        # whatever it was, the work is committed and the sweep finds it; the caller's own commit must not fail for it
        _logger.warning("mfg_sync: could not wake the workers, the sweep will", exc_info=True)


def _refresh(registry, message_ids):
    try:
        # however long somebody holds a status: of a message that nobody need look at the sweep would not write it
        ledger.settled(registry, lambda cr: documents.refresh_statuses(cr, sorted(message_ids)))
    except Exception:
        # whoever is to be woken must be woken all the same
        _logger.warning("mfg_sync: statuses of documents could not be written", exc_info=True)


def _may_want(cr, endpoint_id, direction):
    """:func:`is_running` and :func:`is_stopped` in one query: whether neither is so.

    The lock is let go with the statement, which is a transaction by itself: a sender who is stopped here, or whose
    machine is gone, must not stand in the way of drains.
    """
    cr.execute(
        f"""SELECT 1 FROM mfg_sync_endpoint WHERE id = %(endpoint)s AND NOT COALESCE({STOPPED}, false)
              AND pg_try_advisory_xact_lock_shared(%(lock)s, %(endpoint)s)""",
        {"endpoint": endpoint_id, "direction": direction, "lock": LOCKS[direction]},
    )
    return bool(cr.fetchone())


def wake(env, wanted):
    """Enqueue a job for each (endpoint id, direction) whose drain is not at work and may work.

    Who ends a pause or mends what stopped a connection wakes it himself. Where the other side does not answer, one job
    for the time of the next probe is enough, whatever is committed until then.

    :param env: superuser environment: jobs run as the engine; business effects never do (engine/drain.py)
    """
    endpoint = env["mfg.sync.endpoint"]
    wanted = [
        pair
        for pair in sorted(wanted)
        # the cheaper questions first: in busy times, and on a paused connection, they are the only ones
        if not is_running(env.cr, *pair)
        and not is_stopped(env.cr, *pair)
        and may_work(endpoint.browse(pair[0]), pair[1])
    ]
    if not wanted:
        return
    resting = {pair: rests_until(env.cr, *pair) for pair in wanted}
    if not runner_answers(env.cr):
        cron = env.ref("mfg_sync.cron_sweep", raise_if_not_found=False)
        # what rests is found by the cron's own minute: a call for each commit would only pile up
        if cron and not all(resting.values()):
            cron._trigger()
        return
    for endpoint_id, direction in wanted:
        enqueue(env, endpoint_id, direction, resting[endpoint_id, direction])


def later(env, endpoint_id, direction, eta=None):
    """Have a drain work again: now (``eta`` None) or at ``eta`` (UTC, naive), by a job or else by the cron."""
    if runner_answers(env.cr):
        enqueue(env, endpoint_id, direction, eta)
        return
    cron = env.ref("mfg_sync.cron_sweep", raise_if_not_found=False)
    if cron:
        cron._trigger(at=eta)


def enqueue(env, endpoint_id, direction, eta=None):
    """:param eta: datetime (UTC, naive) of the next due time, for one job then"""
    method, channel = METHODS[direction]
    key = _key(endpoint_id, direction) + (":later" if eta else "")
    endpoint = env["mfg.sync.endpoint"].browse(endpoint_id)
    delayed = endpoint.with_delay(channel=channel, identity_key=key, eta=eta, max_retries=0)
    job = getattr(delayed, method)()
    if job.state == "enqueued":
        _have_it_taken_back(env, endpoint_id, direction, job, eta)
    elif eta:
        # the one job with this key may have been for a later time; the runner hears of the change by a trigger
        env["queue.job"].search([("identity_key", "=", key), ("state", "=", "pending"), ("eta", ">", eta)]).write(
            {"eta": eta}
        )


def _have_it_taken_back(env, endpoint_id, direction, job, eta):
    """See to a job that stands in the way of ours and may never begin, by the runner's own means."""
    waited = fields.Datetime.now() - job.date_enqueued
    if waited >= TAKEN_BACK:
        env.cr.execute("SELECT pg_notify('queue_job', %s)", [job.uuid])
    elif waited >= BEGUN and not eta:
        enqueue(env, endpoint_id, direction, job.date_enqueued + TAKEN_BACK)


def runner_answers(cr):
    """Whether a queue_job runner serves this database now."""
    cr.execute(
        """SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
             AND classid = %s AND objid = %s
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())""",
        [RUNNER_LOCK >> 32, RUNNER_LOCK & 0xFFFFFFFF],
    )
    return bool(cr.fetchone())


def is_running(cr, endpoint_id, direction):
    cr.execute(AT_WORK, {"lock": LOCKS[direction], "endpoint": endpoint_id})
    return bool(cr.fetchone())


def others_wait(cr, endpoint_id, direction):
    """Whether a job of ours waits for a slot: who only lingers gives way to it.

    Not one for the same drain, which would find the lock taken and go; and the runner needs a moment for each job.
    """
    cr.execute(
        """SELECT 1 FROM queue_job WHERE state IN ('pending', 'enqueued') AND channel LIKE 'root.mfg_sync%%'
             AND identity_key <> %s AND COALESCE(eta, date_created) < now() AT TIME ZONE 'UTC' - interval '300 ms'
           LIMIT 1""",
        [_key(endpoint_id, direction)],
    )
    return bool(cr.fetchone())


def _key(endpoint_id, direction):
    return f"mfg_sync:{direction}:{endpoint_id}"


def try_lock(cr, endpoint_id, direction):
    """Take the lock of a drain for the session of ``cr``. Returns whether it has it; another drain has it otherwise."""
    key = [LOCKS[direction], endpoint_id]
    cr.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
    if cr.fetchone()[0]:
        return True
    if is_running(cr, endpoint_id, direction):
        return False
    # a sender's question (:func:`_may_want`): whoever asks from now on is told that a drain is at work
    try:
        with cr.savepoint(flush=False):
            cr.execute("SET LOCAL lock_timeout = '1s'")
            cr.execute("SELECT pg_advisory_lock(%s, %s)", key, log_exceptions=False)
    except psycopg2.errors.LockNotAvailable:
        # another drain came first. The server may still have given us the lock in the moment in which the time was
        # over, and a session's lock stays whatever is rolled back
        unlock(cr, endpoint_id, direction)
        return False
    return True


def unlock(cr, endpoint_id, direction):
    cr.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS[direction], endpoint_id])
