"""What is older than it is kept goes: contents first, then rows, then what was remembered of them.

A step is a short transaction of its own: some hundred rows, those that somebody works on passed over, and no long wait
for a lock: a person or a drain never waits for it longer than that. Between two steps it rests as long as the step
took. A killed run leaves what it committed, counted (models/removal.py), and the next one goes on.

Only what is finished goes, and nothing that an open message points to: its parent, what it waits behind, what it
corrects, what tells the same fact. What is on legal hold stays, and so does what came last of its kind where something
stands on it.
"""

import logging
import time
from collections import deque
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api

from . import ledger, remembered
from .holds import HELD, KEY_HELD, WHOLE
from .ledger import NOW, RACES
from .twins import TOLD

_logger = logging.getLogger(__name__)

#: rows of a step, and seconds of a call of the cron
STEP, SECONDS = 500, 60
#: what a call could not do is begun again after
AGAIN = timedelta(minutes=5)
#: a step rests as long as it took, and this long at the most
REST_SECONDS = 0.5

#: finished rows ``m`` that nothing open points to
FREE = """m.state IN ('done', 'cancelled', 'superseded')
          AND NOT EXISTS (SELECT 1 FROM mfg_sync_message o WHERE o.parent_id = m.id AND o.state IN {open})
          AND NOT EXISTS (SELECT 1 FROM mfg_sync_message o WHERE o.blocker_id = m.id AND o.state IN {open})
          AND NOT EXISTS (SELECT 1 FROM mfg_sync_message o WHERE o.corrects_id = m.id AND o.state IN {open})
          AND NOT EXISTS (SELECT 1 FROM mfg_sync_message o WHERE o.endpoint_id = m.endpoint_id
                          AND o.direction = m.direction AND o.business_key = m.business_key AND o.state IN {open})
          AND NOT EXISTS (SELECT 1 FROM mfg_sync_message o WHERE o.endpoint_id = m.endpoint_id
                          AND o.direction = m.direction AND o.look_alike_key = m.look_alike_key
                          AND o.state IN {open})""".format(open="('pending', 'held', 'dead')")

#: the law asks for no more of a row ``m``: by its own kind, whatever its synchronization says
LAW_IS_OVER = f"""m.done_at < {NOW} - COALESCE((SELECT kind.legal_days FROM mfg_sync_message_type kind
                                              WHERE kind.id = m.type_id), 0) * interval '1 day'"""

# ARRAY: a plan may run a subquery of IN once for each row, and then its LIMIT bounds nothing
CONTENTS = f"""UPDATE mfg_sync_message SET payload = NULL, attributes = NULL, content_removed_at = {NOW}
               WHERE id = ANY(ARRAY(SELECT m.id FROM mfg_sync_message m
                            WHERE m.flow_id = %(flow)s AND m.content_removed_at IS NULL
                              AND m.done_at < {NOW} - %(days)s * interval '1 day'
                              AND (m.done_at, m.id) > (%(after_time)s, %(after_id)s)
                              AND {FREE} AND {LAW_IS_OVER} AND NOT {HELD}
                            ORDER BY m.done_at, m.id LIMIT %(step)s FOR NO KEY UPDATE OF m SKIP LOCKED))
               RETURNING done_at, id"""

# A row goes after its parts; one that a person decided about stays, without content, as long as it is known again: who
# decided what, and about what, is not forgotten earlier. The last statement of a site and system is what the two sides
# agreed about last. Of a subject the latest state told stays: what is told next is compared with it (capture.py). Of a
# count the highest number that was done stays, with what came after it, and of a subject the latest state applied, as
# long as messages are known again: else a late one would look new, and the next one as if others were missing. As long
# their system keeps the names that it has for a document: the same may be told again under another one (twins.py).
ROWS = f"""WITH gone AS (
               DELETE FROM mfg_sync_message WHERE id = ANY(ARRAY(
                   SELECT m.id FROM mfg_sync_message m
                   WHERE m.flow_id = %(flow)s AND m.content_removed_at IS NOT NULL
                     AND m.done_at < {NOW} - %(days)s * interval '1 day'
                     AND (m.done_at, m.id) > (%(after_time)s, %(after_id)s)
                     AND {FREE} AND {LAW_IS_OVER} AND NOT {HELD}
                     AND NOT EXISTS (SELECT 1 FROM mfg_sync_message part WHERE part.parent_id = m.id)
                     AND (m.done_at < {NOW} - %(years)s * interval '1 year'
                          OR NOT EXISTS (SELECT 1 FROM mfg_sync_decision d WHERE d.message_id = m.id))
                     AND NOT EXISTS (
                         SELECT 1 FROM mfg_sync_statement s WHERE s.message_id = m.id AND NOT EXISTS (
                             SELECT 1 FROM mfg_sync_statement later
                             WHERE later.warehouse_id = s.warehouse_id AND later.as_of > s.as_of
                               AND later.system_id IS NOT DISTINCT FROM s.system_id))
                     AND (%(pattern)s <> 'state' OR m.subject IS NULL OR m.shadow OR EXISTS (
                         SELECT 1 FROM mfg_sync_message later
                         WHERE later.flow_id = m.flow_id AND later.direction = 'out' AND later.subject = m.subject
                           AND NOT later.shadow AND later.id > m.id))
                     AND (m.counter IS NULL OR m.done_at < {NOW} - %(years)s * interval '1 year' OR EXISTS (
                         SELECT 1 FROM mfg_sync_message later
                         WHERE later.endpoint_id = m.endpoint_id AND later.counter = m.counter AND later.state = 'done'
                           AND CASE WHEN m.sequence_no IS NOT NULL
                                    THEN later.sequence_no > m.sequence_no AND NOT (later.shadow AND later.no_effect)
                                    ELSE later.sort_time > m.sort_time AND NOT later.shadow END))
                   ORDER BY m.done_at, m.id LIMIT %(step)s FOR UPDATE OF m SKIP LOCKED))
               RETURNING *),
           kept AS (INSERT INTO mfg_sync_key ({remembered.COLUMNS})
                    SELECT {remembered.VALUES} FROM gone m ON CONFLICT DO NOTHING),
           told AS (UPDATE mfg_sync_binding b SET removed_told = GREATEST(b.removed_told, t.kept_from)
                    FROM (SELECT d.res_model, d.res_id, m.system_id, max({remembered.KEPT_FROM}) AS kept_from
                          FROM gone m JOIN mfg_sync_document d ON d.message_id = m.id WHERE {TOLD} GROUP BY 1, 2, 3) t
                    WHERE (b.res_model, b.res_id, b.system_id) = (t.res_model, t.res_id, t.system_id)
                      AND b.entity = ANY(%(documents)s)),
           statements AS (DELETE FROM mfg_sync_statement s USING gone WHERE s.message_id = gone.id)
           SELECT done_at, id FROM gone"""

KEYS = f"""DELETE FROM mfg_sync_key WHERE id = ANY(ARRAY(
               SELECT m.id FROM mfg_sync_key m
               WHERE m.endpoint_id = %(endpoint)s AND m.kept_from < {NOW} - %(years)s * interval '1 year'
                 AND NOT {KEY_HELD}
               LIMIT %(step)s FOR UPDATE SKIP LOCKED))
           RETURNING done_at, id"""


class Retention:
    """One call of the cron.

    :ivar step: so many rows in a transaction
    """

    def __init__(self, registry, seconds=SECONDS, step=STEP):
        self.registry, self.seconds, self.step = registry, seconds, step

    def run(self):
        """Remove until nothing is old enough or the time is over. Returns whether nothing is left to do."""
        end, left = time.monotonic() + self.seconds, deque(ledger.settled(self.registry, self._tasks))
        while left and time.monotonic() < end:
            task, began = left.popleft(), time.monotonic()
            # in turn: what piled up in one synchronization must not keep the others' past for ever
            if self._more(task):
                left.append(task)
            time.sleep(min(time.monotonic() - began, REST_SECONDS))
        return not left

    def _tasks(self, cr):
        """Statements with their values: contents of each synchronization, then rows, then keys of each connection."""
        # pylint: disable=sql-injection  # the condition is a constant
        cr.execute(
            f"""SELECT f.id AS flow, f.endpoint_id AS endpoint, f.company_id AS company, e.key_years AS years,
                       t.pattern,
                       CASE WHEN f.payload_days > 0 THEN GREATEST(f.payload_days, t.legal_days) END AS contents,
                       CASE WHEN f.row_days > 0 THEN GREATEST(f.row_days, f.payload_days, t.legal_days) END AS messages
                FROM mfg_sync_flow f JOIN mfg_sync_endpoint e ON e.id = f.endpoint_id
                JOIN mfg_sync_message_type t ON t.id = f.type_id
                WHERE NOT {WHOLE} ORDER BY f.id"""
        )
        flows = cr.dictfetchall()
        cr.execute(
            f"""SELECT f.id AS endpoint, f.company_id AS company, f.key_years AS years, NULL::int AS flow
                FROM (SELECT e.*, e.id AS endpoint_id, NULL::int AS type_id FROM mfg_sync_endpoint e) f
                WHERE NOT {WHOLE} ORDER BY f.id"""
        )
        endpoints = cr.dictfetchall()
        named = list(api.Environment(cr, SUPERUSER_ID, {})["mfg.sync.resolver"]._documents())
        return [
            *(
                {**flow, "count": "contents", "sql": CONTENTS, "days": flow["contents"]}
                for flow in flows
                if flow["contents"]
            ),
            *(
                {**flow, "count": "messages", "sql": ROWS, "days": flow["messages"], "documents": named}
                for flow in flows
                if flow["messages"]
            ),
            *({**endpoint, "count": "keys", "sql": KEYS} for endpoint in endpoints),
        ]

    def _more(self, task):
        """One step of a task. Returns whether there may be more to do for it."""
        try:
            last = ledger.settled(self.registry, lambda cr: self._step(cr, task), attempts=2)
        except psycopg2.OperationalError as error:
            if error.pgcode not in RACES:
                raise
            _logger.info("mfg_sync: retention gives way in synchronization %s", task["flow"])
            return False
        if last:
            task["after_time"], task["after_id"] = last
        return bool(last)

    def _step(self, cr, task):
        """Remove some and count them. Returns time and id of the last one; None: there was not a step's worth left."""
        # whoever holds a lock longer than this is worked for by the next call; below a deadlock's detection (1 s), so
        # that it is never a drain or a person who has to begin again
        cr.execute("SET LOCAL lock_timeout = '200ms'")
        # what it looks like to the planner is dear enough to be compiled, which takes longer than the step
        cr.execute("SET LOCAL jit = off")
        cr.execute(task["sql"], {"after_time": "-infinity", "after_id": 0, "step": self.step, **task})
        removed = cr.fetchall()
        if not removed:
            return None
        cr.execute(
            f"""INSERT INTO mfg_sync_removal (day, company_id, endpoint_id, flow_id, {task["count"]})
                VALUES (({NOW})::date, %s, %s, %s, %s)
                ON CONFLICT (day, endpoint_id, COALESCE(flow_id, 0)) DO UPDATE
                    SET {task["count"]} = COALESCE(mfg_sync_removal.{task["count"]}, 0) + EXCLUDED.{task["count"]}""",
            [task["company"], task["endpoint"], task["flow"], len(removed)],
        )
        return max(removed) if len(removed) == self.step else None
