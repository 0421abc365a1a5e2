"""What became of messages that came in, as their sender is told."""


def find(cr, endpoint_id, uuids):
    """``{uuid: what became of it}`` of those that are messages of this connection."""
    cr.execute(
        """SELECT m.uuid, m.event_id, m.source, m.type_name, m.state, m.hold_reason, m.needs_person, m.error_text,
                  m.error_pointer, m.result_text, m.no_effect, m.shadow, m.received, m.done_at
           FROM mfg_sync_message m WHERE m.uuid = ANY(%s) AND m.endpoint_id = %s AND m.direction = 'in'""",
        [[uuid.replace("\x00", " ") for uuid in uuids], endpoint_id],
    )
    return {row["uuid"]: _told(row) for row in cr.dictfetchall()}


def _told(row):
    answer = {
        "uuid": row["uuid"],
        "id": row["event_id"],
        "source": row["source"],
        "type": row["type_name"],
        "state": row["state"],
        "received": f"{row['received'].isoformat()}Z",
    }
    optional = {
        "reason": row["hold_reason"],
        "detail": row["error_text"],
        "pointer": row["error_pointer"],
        "result": row["result_text"],
        "done": row["done_at"] and f"{row['done_at'].isoformat()}Z",
        "needs_person": (row["needs_person"] and not row["shadow"]) or None,
        "no_effect": row["no_effect"] or None,
        # its synchronization is not live: nothing was changed by it
        "tried_only": row["shadow"] or None,
    }
    return {**answer, **{key: value for key, value in optional.items() if value is not None}}
