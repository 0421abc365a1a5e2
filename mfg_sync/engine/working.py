"""Whether anything may be done on a connection now: what waits for a person, and what waits for time."""

from . import breaker, bucket
from .pace import PATIENCE

#: SQL: whether somebody has stopped a connection
STOPPED = "(paused OR NOT active OR (breaker_open AND %(direction)s = 'out'))"


def may_work(endpoint, direction="in"):
    """Whether anything may be applied (or sent) on a connection; if not, it waits for a person, who wakes us then."""
    return bool(
        endpoint
        and endpoint.active
        and not endpoint.paused
        and endpoint.stamp_ok
        and endpoint.user_id.active
        and not (direction == "out" and (endpoint.breaker_open or _nobody_listens(endpoint)))
        and not is_neutralized(endpoint.env)
    )


def _nobody_listens(endpoint):
    """Whether all applications behind a connection are paused: a hub's goes on as long as one of them is not."""
    systems = endpoint.system_ids
    return bool(systems) and all(systems.mapped("paused"))


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
