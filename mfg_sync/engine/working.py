"""Whether anything may be done on a connection now: what waits for a person, and what waits for time."""

from . import breaker, bucket, setback
from .pace import PATIENCE

#: SQL: whether somebody has stopped a connection
STOPPED = "(paused OR NOT active OR (breaker_open AND %(direction)s = 'out'))"
#: what :func:`may_work` reads, of which changes may not have been written yet
READ = {
    "mfg.sync.endpoint": ["active", "paused", "breaker_open", "environment", "stamp", "user_id"],
    "mfg.sync.system": ["active", "paused", "endpoint_id"],
    "res.users": ["active"],
}


def may_work(endpoint, direction="in"):
    """Whether anything may be applied (or sent) on a connection; if not, it waits for a person, who wakes us then.

    In one query that reads no more than it needs: a drain asks before each of its chunks. Of one that was deleted, or
    of which all applications are paused (a hub's goes on as long as one of them is not), nothing may.
    """
    env = endpoint.env
    if not endpoint.id or is_neutralized(env):
        return False
    for model, names in READ.items():
        env[model].flush_model(names)
    env.cr.execute(
        f"""SELECT e.environment, e.stamp, {setback.COUNT} AS sweeps FROM mfg_sync_endpoint e
            JOIN res_users u ON u.id = e.user_id AND u.active
            WHERE e.id = %(endpoint)s AND e.active AND NOT COALESCE(e.paused, false)
              AND (%(direction)s = 'in' OR NOT COALESCE(e.breaker_open, false)
                   AND (SELECT bool_and(COALESCE(s.paused, false)) FROM mfg_sync_system s
                        WHERE s.endpoint_id = e.id AND s.active) IS NOT TRUE)""",
        {"endpoint": endpoint.id, "direction": direction},
    )
    found = env.cr.dictfetchone()
    _instance, dbname, uuid = endpoint._stamp_parts()
    return bool(found) and setback.is_home(dbname, uuid, found)


def is_stopped(cr, endpoint_id, direction="in"):
    """Whether somebody has stopped a connection: what a sender's request can ask in one query before it asks all."""
    cr.execute(
        f"SELECT 1 FROM mfg_sync_endpoint WHERE id = %(endpoint)s AND {STOPPED}",
        {"endpoint": endpoint_id, "direction": direction},
    )
    return bool(cr.fetchone())


def rests_until(cr, endpoint_id, direction):
    """Until when (naive UTC) nothing is tried: the other side does not answer, or bears no more; None: now is fine."""
    if direction != "out":
        return None
    rests = breaker.rests_until(cr, endpoint_id), bucket.rests_until(cr, endpoint_id, PATIENCE)
    return max(filter(None, rests), default=None)


def is_neutralized(env):
    return bool(env["ir.config_parameter"].get_param("database.is_neutralized"))
