"""Figures of each synchronization by minute, hour and day: how much crossed the border, how late, what came of it.

Append and compact: who tries or settles messages inserts rows of his own (:data:`APPEND`, in the statement that counts
the attempts anyway), and updates none, so drains never wait for each other. One scheduled action makes one row of many
(:func:`compact`): what is deleted comes back summed in the same transaction, so a killed one loses and doubles nothing;
what is appended meanwhile is not seen, not deleted, and summed the next time. All rows may be summed as they stand:
views are right before and after.
"""

from . import quantiles

#: seconds between two buckets of the histograms; the last one has no end
BOUNDS = quantiles.BOUNDS
#: fresher ones are left alone (drains at work append to this minute), and minutes and hours last so long
FRESH, MINUTES, HOURS = "1 minute", "2 days", "90 days"
#: so many rows begin a step
STEP = 5000
SUMS = ("received", "done", "no_effect", "held", "dead", "attempts", "size", "late_count", "late_sum", "took_sum")
MOST = ("late_max", "took_max")

#: one moment for a whole statement: a minute must not end within it
_NOW = "(statement_timestamp() AT TIME ZONE 'UTC')"

#: what :data:`APPEND` needs of a row ``m`` of the ledger that was tried, as ``tried``
TRIED = """m.flow_id, m.endpoint_id, m.company_id, m.direction, m.received, m.occurred, m.state, m.no_effect, m.done_at,
           m.shadow, octet_length(m.payload) AS bytes, m.attempt_count = 1 AS first, 1 AS tries"""


def _bucket(seconds):
    return f"width_bucket({seconds}, ARRAY{list(BOUNDS)}::float8[])"


def _histogram(bucket):
    return f"ARRAY[{', '.join(f'count(*) FILTER (WHERE {bucket} = {number})' for number in range(len(BOUNDS) + 1))}]"


#: what arrived counts in the minute of its arrival, told at its first try; the rest in the minute of the try
APPEND = f"""
    INSERT INTO mfg_sync_figure (period, start, compacted, flow_id, endpoint_id, company_id, direction, received, done,
                                 no_effect, held, dead, attempts, size, late_count, late_sum, late_max, took_sum,
                                 took_max, late_histogram, took_histogram)
    SELECT 'minute', minute, false, flow_id, endpoint_id, company_id, direction,
           count(*) FILTER (WHERE arrived), count(took), count(*) FILTER (WHERE took IS NOT NULL AND no_effect),
           count(*) FILTER (WHERE NOT arrived AND state = 'held' AND NOT shadow),
           count(*) FILTER (WHERE NOT arrived AND state = 'dead' AND NOT shadow),
           sum(CASE WHEN arrived THEN 0 ELSE tries END), COALESCE(sum(bytes) FILTER (WHERE arrived), 0) / 1024.0,
           count(late), COALESCE(sum(late), 0), COALESCE(max(late), 0), COALESCE(sum(took), 0), COALESCE(max(took), 0),
           {_histogram("late_bucket")}, {_histogram("took_bucket")}
    FROM (SELECT each.*, {_bucket("late")} AS late_bucket, {_bucket("took")} AS took_bucket FROM (
              SELECT tried.*, date_trunc('minute', received) AS minute, true AS arrived, NULL::float8 AS took,
                     extract(epoch FROM GREATEST(received - occurred, interval '0'))::float8 AS late
              FROM tried WHERE first
              UNION ALL
              SELECT tried.*, date_trunc('minute', {_NOW}), false, CASE WHEN state = 'done' AND NOT shadow
                         THEN extract(epoch FROM GREATEST(done_at - received, interval '0'))::float8 END, NULL
              FROM tried) each
          OFFSET 0) each
    WHERE flow_id IS NOT NULL
    GROUP BY flow_id, endpoint_id, company_id, direction, minute"""


def settled(cr, ids):
    """Count messages that were finished without a try: acknowledged by the other side, or settled by a person."""
    cr.execute(
        f"""WITH tried AS (SELECT m.flow_id, m.endpoint_id, m.company_id, m.direction, m.received, m.occurred, m.state,
                                  m.no_effect, m.done_at, m.shadow, octet_length(m.payload) AS bytes,
                                  m.attempt_count = 0 AS first, 0 AS tries
                           FROM mfg_sync_message m WHERE m.id = ANY(%s)) {APPEND}""",
        [list(ids)],
    )


#: fresh rows, and those that are older than their period lasts
_DUE = f"""SELECT flow_id, direction, {{period}} AS period, date_trunc({{period}}, start) AS start FROM (
               SELECT * FROM mfg_sync_figure
               WHERE NOT compacted AND start < {_NOW} - interval '{FRESH}' ORDER BY start LIMIT %(step)s) fresh
           UNION
           SELECT flow_id, direction, {{period}}, date_trunc({{period}}, start) FROM (
               SELECT * FROM mfg_sync_figure
               WHERE compacted AND (period = 'minute' AND start < date_trunc('hour', {_NOW} - interval '{MINUTES}')
                                    OR period = 'hour' AND start < date_trunc('day', {_NOW} - interval '{HOURS}'))
               ORDER BY start LIMIT %(step)s) aged""".format(
    period=f"""CASE WHEN start < date_trunc('day', {_NOW} - interval '{HOURS}') THEN 'day'
                    WHEN start < date_trunc('hour', {_NOW} - interval '{MINUTES}') THEN 'hour' ELSE 'minute' END"""
)


def _added(histogram):
    return f"ARRAY[{', '.join(f'sum({histogram}[{number}])::int' for number in range(1, len(BOUNDS) + 2))}]"


def compact(cr, step=STEP):
    """Sum up what is due, in this transaction. Returns how many rows became fewer.

    A row that somebody else takes at the same time is summed by whoever deleted it. A row of the same synchronization
    and time that was summed before is taken as well, so that one stays.
    """
    cr.execute(
        f"""WITH due AS ({_DUE}),
                 taken AS (DELETE FROM mfg_sync_figure f USING due
                           WHERE f.flow_id = due.flow_id AND f.direction = due.direction
                             AND f.start >= due.start AND f.start < due.start + ('1 ' || due.period)::interval
                           RETURNING f.*, due.period AS into_period, due.start AS into_start)
            SELECT into_period AS period, into_start AS start, flow_id, endpoint_id, company_id, direction,
                   {", ".join(f"sum({name}) AS {name}" for name in SUMS)},
                   {", ".join(f"max({name}) AS {name}" for name in MOST)},
                   {_added("late_histogram")} AS late_histogram, {_added("took_histogram")} AS took_histogram,
                   count(*) AS rows
            FROM taken GROUP BY into_period, into_start, flow_id, endpoint_id, company_id, direction""",
        {"step": step},
    )
    sums = cr.dictfetchall()
    for row in sums:
        row["took_half"] = quantiles.quantile(row["took_histogram"], 0.5, row["took_max"])
        row["took_most"] = quantiles.quantile(row["took_histogram"], 0.95, row["took_max"])
        row["late_most"] = quantiles.quantile(row["late_histogram"], 0.95, row["late_max"])
    if not sums:
        return 0
    rows = sum(row.pop("rows") for row in sums)
    names = list(sums[0])
    cr.execute(
        f"""INSERT INTO mfg_sync_figure (compacted, {", ".join(names)})
            VALUES {", ".join([f"(true, {', '.join(['%s'] * len(names))})"] * len(sums))}""",
        [row[name] for row in sums for name in names],
    )
    return rows - len(sums)
