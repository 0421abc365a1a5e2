"""How much may cross a connection in a while: what comes in by a token bucket, what goes out by its pace.

One row a connection and direction, which only its own short transactions change: no request and no drain waits for
another's commit to count. All times are the database's, so neither several processes nor wrong clocks of hosts matter.
"""

import math

from odoo.modules.registry import Registry

from .. import compat
from ..protocol import ratelimit
from ..protocol.errors import Problem
from .ledger import NOW

#: what is in the bucket once the time since it was counted is added; the clock may have been set back meanwhile
FILLED = """LEAST(%(burst)s, b.tokens + %(rate)s * GREATEST(0, extract(epoch FROM {now} - b.counted)))"""


def take(dbname, endpoint, events):
    """Take so many events that come in.

    A batch larger than the burst passes when the bucket is full: the bucket owes what is missing, and nothing more
    passes until it has been refilled, so the rate holds in the long run for batches of any size.

    :param dict endpoint: ``id, in_rate`` (events a second, above 0) ``, in_burst`` (events)
    :return dict: headers of the answer
    :raises Problem: 429 with when to come again; nothing was taken
    """
    rate, burst = endpoint["in_rate"], endpoint["in_burst"]
    values = {"id": endpoint["id"], "rate": rate, "burst": float(burst), "events": events}
    with Registry(dbname).cursor() as cr:
        compat.read_committed(cr)
        # after a crash of the database a sender may have some events more: no reason to wait for the disk
        cr.execute("SET LOCAL synchronous_commit = off")
        filled = FILLED.format(now="EXCLUDED.counted")
        cr.execute(
            f"""INSERT INTO mfg_sync_bucket AS b (endpoint_id, direction, tokens, counted)
                VALUES (%(id)s, 'in', %(burst)s - %(events)s, {NOW})
                ON CONFLICT (endpoint_id, direction) DO UPDATE SET
                    tokens = {filled} - %(events)s,
                    counted = CASE WHEN EXCLUDED.counted < b.counted - interval '5 s' THEN EXCLUDED.counted
                                   ELSE GREATEST(b.counted, EXCLUDED.counted) END
                WHERE {filled} >= LEAST(%(burst)s, %(events)s)
                RETURNING tokens""",
            values,
        )
        found = cr.fetchone()
        if found:
            return ratelimit.headers(rate, burst, found[0])
        cr.execute(
            f"""SELECT {FILLED.format(now=NOW)} FROM mfg_sync_bucket b
                WHERE endpoint_id = %(id)s AND direction = 'in'""",
            values,
        )
        (left,) = cr.fetchone()
    wait = max(1, math.ceil((min(events, burst) - left) / rate))
    raise Problem(
        429,
        "rate-limit",
        "More events than this connection takes",
        f"{events} events; it takes {rate:g} a second, at most {burst} at once. Send the same again in {wait} s.",
        headers=ratelimit.headers(rate, burst, left, wait),
    )


def look(cr, endpoint_id):
    """Of what goes out: ``(seconds until the next message may go, whether it is catching up after an outage)``."""
    cr.execute(
        f"""SELECT GREATEST(0, COALESCE(extract(epoch FROM next_at - {NOW}), 0))::float8,
                   back_at IS NOT NULL AND back_at > COALESCE(caught_up_at, '-infinity')
            FROM mfg_sync_bucket WHERE endpoint_id = %s AND direction = 'out'""",
        [endpoint_id],
    )
    return cr.fetchone() or (0.0, False)


def rests_until(cr, endpoint_id, patience):
    """When the next message may go (naive UTC), if that is later than so many seconds; else None.

    Whole seconds, rounded up, as the breaker's: the eta of a job has no fractions.
    """
    cr.execute(
        f"""SELECT date_trunc('second', next_at) + interval '1 second' FROM mfg_sync_bucket
            WHERE endpoint_id = %s AND direction = 'out' AND next_at > {NOW} + %s * interval '1 second'""",
        [endpoint_id, patience],
    )
    found = cr.fetchone()
    return found and found[0]


def put_off(cr, endpoint_id, seconds):
    """The next message may go in so many seconds."""
    _write(cr, endpoint_id, "next_at", f"{NOW} + %s * interval '1 second'", [seconds])


def back(cr, endpoint_id):
    """The other side was away and is back: what has piled up goes at a bounded rate."""
    _write(cr, endpoint_id, "back_at", NOW)


def caught_up(cr, endpoint_id):
    """Nothing of what has piled up is left."""
    _write(cr, endpoint_id, "caught_up_at", NOW)


def _write(cr, endpoint_id, column, value, params=()):
    # the column and the expression are constants above
    cr.execute(  # pylint: disable=sql-injection
        f"""INSERT INTO mfg_sync_bucket (endpoint_id, direction, {column}) VALUES (%s, 'out', {value})
            ON CONFLICT (endpoint_id, direction) DO UPDATE SET {column} = EXCLUDED.{column}""",
        [endpoint_id, *params],
    )
