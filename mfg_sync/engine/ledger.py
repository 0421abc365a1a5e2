"""The ledger's SQL: rows go in. Whose turn it is: claim.py; what became of them: verdicts.py; who goes on: release.py.

All take a cursor and act in its transaction; ids and keys are bound, never formatted in. Times are the database's.
"""

import json
import random
import socket
import time
from contextlib import contextmanager
from functools import cache

import psycopg2
from psycopg2 import errorcodes

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from .. import compat

#: name of a worker in the list of attempts, to be filled with its process id
WORKER = f"{socket.gethostname()}:{{}}"

#: these say that somebody else was there first: repeat from a fresh look
RACES = (errorcodes.SERIALIZATION_FAILURE, errorcodes.DEADLOCK_DETECTED, errorcodes.LOCK_NOT_AVAILABLE)
NOW = "(clock_timestamp() AT TIME ZONE 'UTC')"
#: SQL: ``shadow`` of a row that a person lets go: what came while its synchronization was in shadow is tried until it
#: is live; what was only to be looked at is never sent
STILL_TRIED = """(shadow AND (direction = 'out' OR NOT EXISTS (
                      SELECT 1 FROM mfg_sync_flow f
                      WHERE f.endpoint_id = mfg_sync_message.endpoint_id AND f.type_id = mfg_sync_message.type_id
                        AND f.active AND f.mode = 'live')))"""

INSERT_COLUMNS = {
    "uuid": "text",
    "direction": "text",
    "endpoint_id": "int",
    "system_id": "int",
    "company_id": "int",
    "flow_id": "int",
    "type_id": "int",
    "type_name": "text",
    "event_id": "text",
    "source": "text",
    "subject": "text",
    "summary": "text",
    "occurred": "timestamp",
    "sort_time": "timestamp",
    "datacontenttype": "text",
    "payload": "text",
    "attributes": "text",
    "content_hash": "text",
    "data_hash": "text",
    "business_key": "text",
    "counter": "text",
    "sequence_no": "int",
    "look_alike_key": "text",
    "lane": "text",
    "scope": "text",
    "closing": "boolean",
    "state": "text",
    "shadow": "boolean",
    "no_effect": "boolean",
    "result_text": "text",
    "error_class": "text",
    "error_text": "text",
    "error_pointer": "text",
    "needs_person": "boolean",
    "parent_id": "int",
    "corrects_id": "int",
    "res_model": "text",
    "res_id": "int",
    "document_name": "text",
    "revision": "text",
    "patience_hours": "float8",
}


@contextmanager
def flushed(registry):
    """The superuser's environment in a transaction of its own, whose changes are written before it is committed.

    Odoo 17 writes at a commit through any environment that is still there, and knows them weakly: what was changed
    through one that nobody holds any more would be lost without a word.
    """
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        yield env
        env.flush_all()


def superuser(cr):
    return api.Environment(cr, SUPERUSER_ID, {})


def up_to_date(cr):
    """The superuser's environment, knowing what other processes have changed of what is cached (synchronizations …).

    Odoo looks for that once a request, and a drain works for 20 s in one. It is looked for once the transaction has its
    view: what is in it was accepted before, so under what is known here. And where something has changed, the view is
    taken anew: from an older one the caches would be filled with what was, and nothing would empty them again.
    """
    registry = Registry(cr.dbname)
    while True:
        known = registry.registry_sequence, dict(registry.cache_sequences)
        cr.execute("SELECT 1")
        current = compat.check_signaling(registry, cr)
        if current is registry and known == (registry.registry_sequence, registry.cache_sequences):
            return superuser(cr)
        registry = current
        cr.rollback()
        cr.reset()


def repeated(work, attempts=6):
    """``work()``, a transaction, again from a fresh look when another one was in the way."""
    for attempt_number in range(attempts):
        try:
            return work()
        except psycopg2.OperationalError as error:
            if error.pgcode not in RACES or attempt_number == attempts - 1:
                raise
        # apart from each other, or they meet again
        time.sleep(random.uniform(0.2, 1) * 0.05 * 2**attempt_number)


def settled(registry, work, attempts=6, repeatable_read=False, lock_timeout=None):
    """Run ``work(cr)`` in one short transaction, again when another one was in the way.

    For what must not get lost and may be repeated as a whole: the result of a request, a step of the sweep.

    :param bool repeatable_read: the isolation Odoo's own methods expect; READ COMMITTED meets fewer races
    :param str lock_timeout: so long it waits for who holds a row, however long that one holds it; None: without end
    """

    def once():
        with flushed(registry) as env:
            if not repeatable_read:
                compat.read_committed(env.cr)
            if lock_timeout:
                env.cr.execute("SET LOCAL lock_timeout = %s", [lock_timeout])
            return work(env.cr)

    return repeated(once, attempts)


def hashed(text):
    """SQL: the first 128 bits of the SHA-256 of a text, as a uuid: so keys of removed messages are kept."""
    # not MD5, which is switched off on some servers
    return f"left(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), 32)::uuid"


def fact(row):
    """SQL: what a row of the ledger tells, hashed with its system; NULL where nothing says when it is the same."""
    key = f"COALESCE('business_key:' || {row}.business_key, 'look_alike_key:' || {row}.look_alike_key)"
    return hashed(f"{row}.system_id || ':' || {key}")


#: SQL of columns that a row has nothing for
_NONE = {name: f"CAST(NULL AS {kind})" for name, kind in INSERT_COLUMNS.items()}
#: of a row to be inserted, where nothing else is said
PRESETS = {
    "scope": "",
    "closing": False,
    "state": "pending",
    "shadow": False,
    "no_effect": False,
    "needs_person": False,
    "patience_hours": 72.0,
}
#: SQL of what a row gets that is inserted, from its other values
COMPUTED = {
    "sort_time": "COALESCE({sort_time}, {arrived})",
    "received": NOW,
    "next_attempt_at": NOW,
    "patience_until": f"{NOW} + {{patience_hours}} * interval '1 hour'",
    "attempt_count": "0",
    "accept_look_alike": "false",
    "accept_gap": "false",
    "asked": "false",
    "done_at": f"CASE WHEN {{state}} NOT IN ('pending', 'held', 'dead') THEN {NOW} END",
    "create_date": NOW,
    "write_date": NOW,
}
#: SQL: it was not told and removed since, and whose it is was not deleted since this process looked: a foreign key of
#: ours must not make a user's save fail
UNTOLD = f"""WHERE NOT EXISTS (
    SELECT 1 FROM mfg_sync_key k WHERE k.endpoint_id = {{endpoint_id}} AND k.direction = {{direction}}
       AND k.identity = {hashed("{source} || chr(10) || {event_id}")})
  AND ({{flow_id}} IS NULL OR EXISTS (SELECT 1 FROM mfg_sync_flow f WHERE f.id = {{flow_id}}))"""


def insert(cr, rows):
    """Insert rows in one statement; those whose (endpoint, direction, source, id) is there already are left out.

    What is told is about the document it was made of; what comes in says itself what it is about, once it is applied.

    Their ids rise in the order given, which is the order of those with one ``sort_time``, and so do the times of those
    that bring none. They go in by their identity, the order that is one for all: two that bring the same in different
    orders would wait for each other, and one of them be turned away.

    :param list rows: dicts with keys of :data:`INSERT_COLUMNS`; missing ones are NULL or the column's preset
    :return dict: ``{uuid: id}`` of what was inserted
    """
    if not rows:
        return {}
    rows = [{**PRESETS, **{name: value for name, value in row.items() if value is not None}} for row in rows]
    # what was told and then removed is not told again; for what comes in the gate looks, since it answers the sender
    untold = any(row["direction"] == "out" for row in rows)
    if len(rows) == 1:
        cr.execute(_insert_one(untold, tuple(name for name in INSERT_COLUMNS if name in rows[0])), rows[0])
    else:
        cr.execute(_insert_many(untold), [json.dumps(rows)])
    return dict(cr.fetchall())


@cache
def _insert_one(untold, names):
    """SQL for what most requests and most changes of documents bring, with what a row has bound by name.

    :func:`_insert_many` takes the server four times as long to understand: it learns each column at three levels.

    :param names: those of :data:`INSERT_COLUMNS` that the row has; all others are NULL
    """
    cells = {name: f"CAST(%({name})s AS {INSERT_COLUMNS[name]})" for name in names}
    source = UNTOLD.format(**{**_NONE, **cells}) if untold else ""
    return _insert("nextval('mfg_sync_message_id_seq')", cells, NOW, source, untold)


@cache
def _insert_many(untold):
    """SQL, with a list of rows bound as JSON: each value bound would take longer to parse than to store."""
    cells = {name: f"r.{name}" for name in INSERT_COLUMNS}
    record = ", ".join(f"{name} {kind}" for name, kind in INSERT_COLUMNS.items())
    # a clock that is too coarse must not give two of them one time
    source = f"""FROM (SELECT nextval('mfg_sync_message_id_seq') AS id,
                              {NOW} + ordinality * interval '1 microsecond' AS arrived, *
                       FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS ({record})) WITH ORDINALITY AS given
                       ORDER BY ordinality) AS r {UNTOLD.format(**cells) if untold else ""}
                 ORDER BY r.source, r.event_id"""
    return _insert("r.id", cells, "r.arrived", source, untold)


def _insert(row_id, cells, arrived, source, told):
    """
    :param dict cells: SQL of :data:`INSERT_COLUMNS`; those that are missing are NULL
    :param bool told: whether there may be rows that are told, and so are about their documents
    """
    every = {**_NONE, **cells}
    computed = {name: form.format(**every, arrived=arrived) for name, form in COMPUTED.items()}
    values = {"id": row_id, **cells, **computed}
    # no column: it says when patience ends
    del values["patience_hours"]
    row = f"""INSERT INTO mfg_sync_message ({", ".join(values)}) SELECT {", ".join(values.values())} {source}
              ON CONFLICT DO NOTHING RETURNING uuid, id"""
    if not told:
        return row
    return f"""WITH row AS ({row}, direction, res_model, res_id),
                    about AS (INSERT INTO mfg_sync_document (message_id, res_model, res_id)
                              SELECT id, res_model, res_id FROM row
                              WHERE direction = 'out' AND res_model IS NOT NULL AND res_id IS NOT NULL)
               SELECT uuid, id FROM row"""


def identities(cr, endpoint_id, direction, pairs):
    """Rows that hold these (source, id) pairs.

    :return: ``{(source, event_id): {uuid, content_hash, data_hash, state, shadow}}``
    """
    if not pairs:
        return {}
    cr.execute(
        """SELECT source, event_id, uuid, content_hash, data_hash, state, shadow FROM mfg_sync_message
           WHERE endpoint_id = %s AND direction = %s AND (source, event_id) IN %s""",
        [endpoint_id, direction, tuple(pairs)],
    )
    return {(row["source"], row["event_id"]): row for row in cr.dictfetchall()}


def identify(cr, row_id, business_key):
    """The business key of a message whose fact is known only once it is decoded."""
    cr.execute("UPDATE mfg_sync_message SET business_key = %s WHERE id = %s", [business_key, row_id])


def put(cr, row_id, *, payload, datacontenttype):
    """The bytes an outbound message is sent with; from then on they are the same at every attempt."""
    cr.execute(
        "UPDATE mfg_sync_message SET payload = %s, datacontenttype = %s WHERE id = %s",
        [payload, datacontenttype, row_id],
    )
