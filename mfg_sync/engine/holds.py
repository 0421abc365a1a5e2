"""Legal holds (models/hold.py), as retention asks for them: in the statement that removes, so none is overlooked."""

from .ledger import NOW

#: a hold ``h`` is neither lifted nor over
STANDS = f"h.lifted_at IS NULL AND (h.until IS NULL OR h.until >= ({NOW})::date)"

#: everything of a synchronization (or connection) ``f`` is held: nothing of it needs to be looked at
WHOLE = f"""EXISTS (SELECT 1 FROM mfg_sync_hold h
                    WHERE {STANDS} AND h.company_id = f.company_id
                      AND (h.scope = 'connection' AND h.endpoint_id = f.endpoint_id
                           OR h.scope = 'kind' AND h.type_id = f.type_id
                              AND (h.endpoint_id IS NULL OR h.endpoint_id = f.endpoint_id)))"""

#: a hold ``h`` covers a row ``m`` of the ledger, or a part of it: what an interchange held can't be shown without it
_COVERS = f"""{STANDS} AND h.company_id = m.company_id
              AND (h.scope = 'connection' AND h.endpoint_id = m.endpoint_id
                   OR h.scope = 'kind' AND h.type_id = m.type_id
                      AND (h.endpoint_id IS NULL OR h.endpoint_id = m.endpoint_id)
                   OR h.scope = 'document' AND EXISTS (
                       SELECT 1 FROM mfg_sync_document d
                       WHERE d.res_model = h.res_model AND d.res_id = h.res_id AND d.message_id IN (
                           SELECT m.id UNION ALL SELECT part.id FROM mfg_sync_message part WHERE part.parent_id = m.id))
                   OR h.scope = 'messages' AND EXISTS (
                       SELECT 1 FROM mfg_sync_hold_message held WHERE held.hold_id = h.id AND held.message_id IN (
                           SELECT m.id UNION ALL SELECT part.id FROM mfg_sync_message part WHERE part.parent_id = m.id))
                  )"""
HELD = f"EXISTS (SELECT 1 FROM mfg_sync_hold h WHERE {_COVERS})"

#: a key ``m`` of a removed message is held: by its connection, or by a document it was about
KEY_HELD = f"""EXISTS (SELECT 1 FROM mfg_sync_hold h
                       WHERE {STANDS} AND h.company_id = m.company_id
                         AND (h.scope = 'connection' AND h.endpoint_id = m.endpoint_id
                              OR h.scope = 'kind' AND (h.endpoint_id IS NULL OR h.endpoint_id = m.endpoint_id)
                                 AND EXISTS (SELECT 1 FROM mfg_sync_message_type t
                                             WHERE t.id = h.type_id AND t.direction = m.direction
                                               AND t.name || '.v' || t.version = m.type_name)
                              OR h.scope = 'document'
                                 AND m.documents @> jsonb_build_array(jsonb_build_array(h.res_model, h.res_id))))"""


def standing(cr, message_ids):
    """``{message id: [hold id]}`` of the holds that keep these messages."""
    cr.execute(
        f"""SELECT m.id, array_agg(h.id ORDER BY h.id) FROM mfg_sync_message m JOIN mfg_sync_hold h ON {_COVERS}
            WHERE m.id = ANY(%s) GROUP BY m.id""",
        [list(message_ids)],
    )
    return dict(cr.fetchall())


def left_behind(cr, kind_ids):
    """What would be left behind if the code of these kinds of messages went.

    :return: ``(open messages, held ones)``, each in words by connection (``2 of MES hall 1``) or None
    """
    found = []
    for condition in ("m.state IN ('pending', 'held', 'dead')", HELD):
        cr.execute(
            f"""SELECT string_agg(c.count || ' of ' || e.name, ', ' ORDER BY e.name)
                FROM (SELECT m.endpoint_id, count(*) FROM mfg_sync_message m
                      WHERE m.type_id = ANY(%s) AND {condition} GROUP BY m.endpoint_id) c
                JOIN mfg_sync_endpoint e ON e.id = c.endpoint_id""",
            [list(kind_ids)],
        )
        found += cr.fetchone()
    return tuple(found)
