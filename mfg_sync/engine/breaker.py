"""The breaker of a connection's line: closed, open until a time, then half-open, where one message goes as a probe.

It counts different messages that failed one after the other because of the line or the other side as a whole
(:class:`errors.LineError`). One message that always fails is not counted twice: it has its growing interval, and what
is wrong with it must not keep the others from being sent (promise 3).

The state is a row of its own that no foreign key points to: rows of the ledger point to the connection, and a user's
transaction that inserts one would fail if the connection had been changed since its snapshot. Only the delivery, which
works alone on its connection, changes it, in the short transaction that writes a result. No state says "a probe is on
its way": a worker killed with one leaves the breaker as it was, and the next one probes.
"""

from . import bucket, retry
from .ledger import NOW

#: seconds between two probes at the most; a Retry-After may ask for more, up to the cap of every retry
PROBE_CAP = 900.0


def rests_until(cr, endpoint_id):
    """When the next probe is due (naive UTC); None when it is due now or the breaker is closed."""
    cr.execute(f"SELECT probe_at FROM mfg_sync_line WHERE endpoint_id = %s AND probe_at > {NOW}", [endpoint_id])
    found = cr.fetchone()
    return found and found[0]


def is_open(cr, endpoint_id):
    """Whether what is sent now is a probe (or has to wait for one)."""
    cr.execute("SELECT 1 FROM mfg_sync_line WHERE endpoint_id = %s AND probe_at IS NOT NULL", [endpoint_id])
    return bool(cr.fetchone())


def failed(cr, endpoint_id, row_id, *, text, after, first_probe, retry_after=None):
    """The line has failed with this message.

    :param int after: so many messages in a row open the breaker; 0 = it never opens
    :param float first_probe: seconds that the first probe waits at the most
    :return: seconds until the next probe; None while the breaker stays closed
    """
    if after <= 0:
        return None
    cr.execute(
        """INSERT INTO mfg_sync_line (endpoint_id, failing, probes) VALUES (%s, jsonb_build_array(%s), 0)
           ON CONFLICT (endpoint_id) DO UPDATE SET failing = mfg_sync_line.failing || CASE
               WHEN mfg_sync_line.failing @> EXCLUDED.failing OR mfg_sync_line.probe_at IS NOT NULL THEN '[]'::jsonb
               ELSE EXCLUDED.failing END
           RETURNING jsonb_array_length(failing), probe_at IS NOT NULL, probes""",
        [endpoint_id, row_id],
    )
    count, was_open, probes = cr.fetchone()
    if not was_open and count < after:
        return None
    seconds = retry.delay(probes, first_probe, retry_after, cap=PROBE_CAP)
    # whole seconds, rounded up: the eta of a job has no fractions, and one that comes too early would be for nothing
    cr.execute(
        f"""UPDATE mfg_sync_line SET probes = probes + 1, reason = %s, opened = COALESCE(opened, {NOW}),
                   probe_at = date_trunc('second', {NOW} + %s * interval '1 second') + interval '1 second'
            WHERE endpoint_id = %s RETURNING extract(epoch FROM probe_at - {NOW})::float8""",
        [text, seconds, endpoint_id],
    )
    return cr.fetchone()[0]


def answered(cr, endpoint_id):
    """The other side has answered: whatever it said, the line works."""
    cr.execute("DELETE FROM mfg_sync_line WHERE endpoint_id = %s RETURNING probe_at", [endpoint_id])
    found = cr.fetchone()
    if found and found[0]:
        # it was away: what has piled up must not overrun who has just come back
        bucket.back(cr, endpoint_id)
