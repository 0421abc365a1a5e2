"""What is kept of a request that was refused, for "but we sent it": who, when, why, and the names of what was in it."""

import hashlib
import logging

from odoo.http import request
from odoo.modules.registry import Registry

from .. import compat
from ..models.refused import SLOTS
from ..wsgi import REFUSED

_logger = logging.getLogger(__name__)

#: the largest size that a trace can tell
MAX_SIZE = 2**31 - 1
#: characters kept of the kinds, the sources and the ids of what was refused; the ids are what people look for
MAX_NAMES, MAX_IDS = 250, 2000


def where(problem):
    """What a trace may say of a problem: its detail may quote values of the payload, so only what names the fields."""
    return ", ".join(error["pointer"] for error in problem.get("errors", ()))[:200] or problem["title"]


def trace(endpoint, body, status, code, detail, events=()):
    """A bounded trace of a refusal, without payload; its own short transaction, and never a reason to fail.

    :param events: what was refused, as it was read; none where nobody has proven who they are
    """
    if not request.db or status == 503:
        return
    called = _clean(endpoint)[:64]
    values = {
        "slots": SLOTS,
        # behind a proxy it may hold what a stranger wrote
        "remote": _clean(request.httprequest.remote_addr or "")[:64] or None,
        "called": called,
        "status": status,
        "code": code,
        "detail": _clean(detail)[:250],
        "type": _names(events, "type", MAX_NAMES),
        "source": _names(events, "source", MAX_NAMES),
        "ids": _names(events, "id", MAX_IDS),
        # a sender may announce any length; the column is an integer
        "size": min(request.httprequest.environ.get(REFUSED, len(body)), MAX_SIZE),
        "hash": hashlib.sha256(body).hexdigest() if body else None,
    }
    try:
        with Registry(request.db).cursor() as cr:
            compat.read_committed(cr)
            cr.execute(
                """INSERT INTO mfg_sync_refused (slot, refused, remote, endpoint_code, company_id, http_status, code,
                                                 detail, event_type, source, event_ids, size, body_hash)
                   SELECT nextval('mfg_sync_refused_slot') %% %(slots)s, now() AT TIME ZONE 'UTC', %(remote)s,
                          %(called)s, (SELECT company_id FROM mfg_sync_endpoint WHERE code = %(called)s), %(status)s,
                          %(code)s, %(detail)s, %(type)s, %(source)s, %(ids)s, %(size)s, %(hash)s
                   ON CONFLICT (slot) DO UPDATE SET refused = EXCLUDED.refused, remote = EXCLUDED.remote,
                       endpoint_code = EXCLUDED.endpoint_code, company_id = EXCLUDED.company_id,
                       http_status = EXCLUDED.http_status, code = EXCLUDED.code, detail = EXCLUDED.detail,
                       event_type = EXCLUDED.event_type, source = EXCLUDED.source, event_ids = EXCLUDED.event_ids,
                       size = EXCLUDED.size, body_hash = EXCLUDED.body_hash""",
                values,
            )
    except Exception:
        _logger.warning("mfg_sync: the trace of a refused request could not be kept", exc_info=True)


def _names(events, attribute, most):
    """What the events say of one attribute, each word once: ``a, b, c``; cut, with the number of those left out."""
    words = dict.fromkeys(
        _clean(event[attribute][:most])
        for event in events
        if isinstance(event, dict) and isinstance(event.get(attribute), str)
    )
    kept, length = [], 0
    for word in words:
        length += len(word) + 2
        if length > most and kept:
            return f"{', '.join(kept)} (+ {len(words) - len(kept)})"
        kept.append(word)
    return ", ".join(kept) or None


def _clean(text):
    """As PostgreSQL keeps it: a refused event may hold a NUL."""
    return text.replace("\x00", " ")
