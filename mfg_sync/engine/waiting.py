"""A sender that waits for the outcome: ``Prefer: wait=N`` (RFC 7240) on events, after they were accepted and committed.

The drain that was woken applies them, in its order, with its rights, in a slot that the channels count: a request that
applied by itself would add to the load that the channels bound, and work off the backlog of others on its sender's
time. So a request only waits, and looks now and then; no transaction is open between two looks.

Each who waits keeps a worker of the server busy. So there are numbered places, a quarter of the workers, and some for
each connection; a place is a session's advisory lock: all processes on the database count the same ones, and a killed
worker's place is free at once. Who finds none is answered as if it had not asked.
"""

import logging
import re
import time
from contextlib import contextmanager

from odoo.modules.registry import Registry
from odoo.tools import config

from .. import compat
from . import outcomes

_logger = logging.getLogger(__name__)

#: first keys of our advisory locks: of a place (the second key is its number), and of a connection's first place (the
#: second key is the connection; its further places are counted on)
PLACES, OF_CONNECTION = 0x6D66_6733, 0x6D66_6800
#: nobody waits longer, whatever a connection allows
MOST_SECONDS = 30
#: places where the server has threads instead of workers (development): requests beside them are not kept waiting
THREADED_PLACES = 4
#: the first look comes after so long, the later ones after up to so long
FIRST_LOOK, LAST_LOOK = 0.03, 0.25
#: one preference of a header (RFC 7240): token, value or quoted value, parameters
WAIT = re.compile(r"""(?:^|,)\s*wait\s*=\s*("?)(\d{1,9})\1\s*(?=[,;]|$)""", re.IGNORECASE)


def asked(headers):
    """Seconds that the sender is ready to wait; 0: it did not say so."""
    found = WAIT.search(headers.get("prefer", ""))
    return int(found[2]) if found else 0


def places():
    return config["workers"] // 4 if config["workers"] else THREADED_PLACES


def outcome(dbname, endpoint, headers, status, payload):
    """Wait until the accepted messages of an answer are settled, and say what became of each.

    :param dict endpoint: ``id, paused, wait_seconds, wait_requests``
    :return: ``(status, payload, headers)``; those given (and no header) where nobody can or needs to wait
    """
    usual = status, payload, {}
    seconds = min(asked(headers), endpoint["wait_seconds"], MOST_SECONDS)
    uuids = [result["uuid"] for result in payload.get("results", [payload]) if "uuid" in result]
    if seconds <= 0 or not uuids or endpoint["paused"]:
        return usual
    try:
        with Registry(dbname).cursor() as own_cr:
            compat.read_committed(own_cr)
            with _place(own_cr, endpoint) as found:
                if not found or not _settled(own_cr, uuids, time.monotonic() + seconds):
                    return usual
                told = outcomes.find(own_cr, endpoint["id"], uuids)
    except Exception:
        # they are accepted: whatever happens now, the sender must not be told otherwise
        _logger.warning("mfg_sync: could not wait for the outcome", exc_info=True)
        return usual
    applied = {"Preference-Applied": f"wait={seconds}"}
    if "results" not in payload:
        return 200, {**payload, **told.get(payload["uuid"], {})}, applied
    results = [{**result, **told.get(result.get("uuid"), {})} for result in payload["results"]]
    return 200 if status == 202 else status, {**payload, "results": results}, applied


@contextmanager
def _place(own_cr, endpoint):
    """Whether there is a place to wait, as long as it is taken."""
    most, held = places(), []
    try:
        of_all = [(PLACES, number) for number in range(most)]
        of_connection = [
            (OF_CONNECTION + number, endpoint["id"]) for number in range(min(endpoint["wait_requests"], most))
        ]
        taken = _first_free(own_cr, of_connection, held) and _first_free(own_cr, of_all, held)
        own_cr.commit()
        yield taken
    finally:
        # a query may have failed; the connection goes back to the pool, and must take no place along
        own_cr.rollback()
        for key in held:
            own_cr.execute("SELECT pg_advisory_unlock(%s, %s)", key)


def _first_free(cr, keys, held):
    for key in keys:
        cr.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if cr.fetchone()[0]:
            held.append(key)
            return True
    return False


def _settled(own_cr, uuids, deadline):
    """Wait until nothing more happens to them by itself. False: the time is over, or a pause keeps one of them.

    One that retention has removed (a late resend) was settled long ago.
    """
    pause = FIRST_LOOK
    while True:
        own_cr.execute(
            """SELECT COALESCE(bool_and(m.state NOT IN ('pending', 'held')
                                      OR m.state = 'held' AND m.needs_person), true),
                      bool_or(m.state = 'pending' AND (COALESCE(f.paused, false) OR COALESCE(s.paused, false)))
               FROM mfg_sync_message m
               LEFT JOIN mfg_sync_flow f ON f.id = m.flow_id LEFT JOIN mfg_sync_system s ON s.id = m.system_id
               WHERE m.uuid = ANY(%s)""",
            [uuids],
        )
        settled, kept = own_cr.fetchone()
        # nothing is open while it sleeps; the session's lock stays, and the next look has a snapshot of its own
        own_cr.commit()
        left = deadline - time.monotonic()
        if settled or kept or left <= 0:
            return bool(settled)
        time.sleep(min(pause, left))
        pause = min(pause * 1.5, LAST_LOOK)
