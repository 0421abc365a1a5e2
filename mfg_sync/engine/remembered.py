"""What is still known of messages that were removed (models/key.py): the same message, and the same fact, years later.

Hashes are kept to 128 bits, so a full one of the ledger is compared by its beginning (:func:`agrees`).
"""

import uuid as uuidlib

from .ledger import NOW, fact, hashed

#: columns of a removed row that a key keeps, in the order of :data:`VALUES`
COLUMNS = """endpoint_id, company_id, type_name, direction, uuid, identity, event_id, content_hash, data_hash, fact,
             state, no_effect, result_text, document_name, res_model, res_id, documents, kept_from, done_at,
             removed_at"""
#: from when on the years count that a row ``m`` is known again
KEPT_FROM = "GREATEST(m.received, m.occurred)"
#: the key of a row ``m`` of the ledger; what was only tried or never applied told no fact
VALUES = f"""m.endpoint_id, m.company_id, m.type_name, m.direction, m.uuid::uuid,
             {hashed("m.source || chr(10) || m.event_id")}, m.event_id, left(m.content_hash, 32)::uuid,
             left(m.data_hash, 32)::uuid,
             CASE WHEN m.state = 'done' AND NOT m.shadow AND m.direction = 'in' THEN {fact("m")} END,
             m.state, m.no_effect OR m.shadow, m.result_text, m.document_name, m.res_model, m.res_id,
             (SELECT jsonb_agg(jsonb_build_array(d.res_model, d.res_id) ORDER BY d.id)
              FROM mfg_sync_document d WHERE d.message_id = m.id),
             {KEPT_FROM}, m.done_at, {NOW}"""


def agrees(full, kept):
    """Whether a hash of the ledger (hex) is the one that was kept (text of a uuid)."""
    return bool(full and kept) and full.startswith(kept.replace("-", ""))


def identities(cr, endpoint_id, direction, pairs):
    """Keys of these (source, id) pairs: ``{(source, event_id): {uuid, content_hash, data_hash, state}}``."""
    if not pairs:
        return {}
    cr.execute(
        f"""SELECT v.source, v.event_id, k.uuid::text, k.content_hash::text, k.data_hash::text, k.state
            FROM (VALUES {", ".join(["(%s, %s)"] * len(pairs))}) AS v(source, event_id)
            JOIN mfg_sync_key k ON k.endpoint_id = %s AND k.direction = %s
             AND k.identity = {hashed("v.source || chr(10) || v.event_id")} AND k.event_id = v.event_id""",
        [*(value for pair in pairs for value in pair), endpoint_id, direction],
    )
    return {(row["source"], row["event_id"]): row for row in cr.dictfetchall()}


def take_back(cr, uuids):
    """Rows that were put into the ledger in this transaction, and turn out to be known: they never came."""
    cr.execute("DELETE FROM mfg_sync_message WHERE uuid = ANY(%s) AND attempt_count = 0", [list(uuids)])


def twin(cr, row, column, keys):
    """What :func:`twins.twin` gives, of a removed message that told the same fact; None without any.

    One with equal data first. ``data_hash`` is the row's own where it agrees.
    """
    cr.execute(
        f"""SELECT event_id, data_hash::text, state, document_name, res_model, res_id FROM mfg_sync_key
           WHERE endpoint_id = %s AND fact = ANY(ARRAY(SELECT {hashed("told")} FROM unnest(%s) told))
           ORDER BY data_hash = left(%s, 32)::uuid DESC NULLS LAST, id LIMIT 1""",
        [row["endpoint_id"], [f"{row['system_id']}:{column}:{key}" for key in keys], row["data_hash"]],
    )
    found = cr.dictfetchone()
    if found and agrees(row["data_hash"], found["data_hash"]):
        found["data_hash"] = row["data_hash"]
    return found


def lookup(cr, endpoint_id, uuid):
    """The key of a removed message that came in, by our uuid of it; None when there is none."""
    try:
        asked = str(uuidlib.UUID(uuid))
    except ValueError:
        return None
    cr.execute(
        """SELECT uuid::text, event_id, type_name, state, no_effect, result_text, done_at, removed_at
           FROM mfg_sync_key WHERE uuid = %s AND endpoint_id = %s AND direction = 'in'""",
        [asked, endpoint_id],
    )
    return cr.dictfetchone()
