"""Statements too large for one request: their bytes come in parts, and become one message when all of them are there.

The upload's id and the number of a part stand in the address, which no signature covers. So the sender closes with the
hash of the whole in a body that is signed: parts that were exchanged on the way give another hash.
All take a cursor and act in its transaction; the row of an upload is locked by whoever adds to it or closes it.
"""

import hashlib
import re

import psycopg2

from ..protocol.errors import Problem
from .ledger import NOW

NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
MAX_PARTS = 1000
#: uploads of a connection that are begun and not completed: so much disk a sender that always begins anew may fill
MAX_OPEN = 10
#: so long after its last part an upload is given up, or forgotten when it was completed
KEPT = "interval '1 day'"
#: so long a request waits for another one at the same upload. To add a part takes a moment; to complete a large one
#: takes seconds, and each that waited for that would keep a worker from all others
PATIENCE = "2s"
#: so many missing parts are named in an answer
NAMED = 100


#: SQL: an upload of a connection that is still known
KNOWN = f"SELECT * FROM mfg_sync_upload WHERE endpoint_id = %s AND name = %s AND touched > {NOW} - {KEPT}"


def look(cr, endpoint_id, name):
    """The row of an upload; None when there is none (any more)."""
    cr.execute(KNOWN, [endpoint_id, name])
    return cr.dictfetchone()


def find(cr, endpoint_id, name):
    """As :func:`look`, and the row is locked.

    :raises Problem: 503 another request has it, and does not let go of it soon
    """
    return _soon(cr, f"{KNOWN} FOR UPDATE", [endpoint_id, name])


def _soon(cr, query, params):
    """Execute what locks an upload, but wait no longer than :data:`PATIENCE`.

    :return: the first row as a dict, or None
    :raises Problem: 503
    """
    cr.execute("SET LOCAL lock_timeout = %s", [PATIENCE])
    try:
        cr.execute(query, params, log_exceptions=False)
    except psycopg2.errors.LockNotAvailable:
        detail = "Most likely it is being completed. Nothing was lost; send the same again later."
        raise Problem(503, "busy", "Another request is at this upload", detail) from None
    row = cr.dictfetchone() if cr.description else None
    # what comes after it in this transaction waits as it always does
    cr.execute("SET LOCAL lock_timeout = DEFAULT")
    return row


def put(cr, endpoint, kind_name, name, number, count, body, limit):
    """Keep one part; the first to arrive begins the upload, whichever it is.

    :param dict endpoint: ``id, company_id``
    :param int number: of the part, from 1 to ``count``
    :param int limit: bytes that all parts together may have
    :return: ``(upload row, whether the part is new)``
    :raises Problem: 503 as of :func:`find`; 409 it contradicts what came before; 413 the whole grows too large; 429 too
        many are begun
    """
    upload = _begun(cr, endpoint, kind_name, name, count)
    if (upload["kind_name"], upload["parts"]) != (kind_name, count):
        detail = f"upload {name!r} was begun with {upload['parts']} parts of {upload['kind_name']}; take a new id."
        raise Problem(409, "upload", "The upload was begun otherwise", detail)
    digest = hashlib.sha256(body).hexdigest()
    cr.execute("SELECT sha256 FROM mfg_sync_upload_part WHERE upload_id = %s AND number = %s", [upload["id"], number])
    before = cr.fetchone()
    if upload["message_uuid"] and not before:
        # the content went into the message; what it was in parts is not kept
        return upload, False
    if before:
        if before[0] != digest:
            detail = f"part {number} of upload {name!r} has SHA-256 {before[0]}; other content needs a new id."
            raise Problem(409, "other-content", "This part came before with other content", detail)
        return upload, False
    cr.execute(
        "SELECT COALESCE(sum(octet_length(content)), 0) FROM mfg_sync_upload_part WHERE upload_id = %s", [upload["id"]]
    )
    if cr.fetchone()[0] + len(body) > limit:
        raise Problem(413, "too-large", "The statement is too large", f"All parts together have at most {limit} bytes.")
    cr.execute(
        """INSERT INTO mfg_sync_upload_part (upload_id, company_id, number, sha256, content)
           VALUES (%s, %s, %s, %s, %s)""",
        [upload["id"], endpoint["company_id"], number, digest, psycopg2.Binary(body)],
    )
    return upload, True


def _begun(cr, endpoint, kind_name, name, count):
    cr.execute(
        f"DELETE FROM mfg_sync_upload WHERE endpoint_id = %s AND name = %s AND touched <= {NOW} - {KEPT}",
        [endpoint["id"], name],
    )
    # who comes second waits here for the first, so parts of one upload are counted one after the other
    upload = _soon(
        cr,
        f"""INSERT INTO mfg_sync_upload (endpoint_id, company_id, kind_name, name, parts, begun, touched)
            VALUES (%s, %s, %s, %s, %s, {NOW}, {NOW})
            ON CONFLICT (endpoint_id, name) DO UPDATE SET touched = EXCLUDED.touched RETURNING *, xmax = 0 AS is_new""",
        [endpoint["id"], endpoint["company_id"], kind_name, name, count],
    )
    if upload["is_new"]:
        cr.execute(
            "SELECT count(*) FROM mfg_sync_upload WHERE endpoint_id = %s AND message_uuid IS NULL", [endpoint["id"]]
        )
        if cr.fetchone()[0] > MAX_OPEN:
            detail = f"{MAX_OPEN} are begun and not completed: complete them or give them up (DELETE)."
            raise Problem(429, "too-many-uploads", "Too many uploads are begun", detail)
    return upload


def missing(cr, upload):
    """Numbers of the parts that are not there, the first :data:`NAMED` of them; none when it is completed."""
    if upload["message_uuid"]:
        return []
    cr.execute(
        """SELECT n FROM generate_series(1, %s) n
           WHERE NOT EXISTS (SELECT 1 FROM mfg_sync_upload_part p WHERE p.upload_id = %s AND p.number = n)
           ORDER BY n LIMIT %s""",
        [upload["parts"], upload["id"], NAMED],
    )
    return [number for (number,) in cr.fetchall()]


def whole(cr, upload, digest):
    """The bytes of all parts in their order.

    :param str digest: SHA-256 (hex) that the sender says they have
    :raises Problem: 409 parts are missing; 422 they have another hash
    """
    absent = missing(cr, upload)
    if absent:
        detail = f"Parts {', '.join(map(str, absent))} of {upload['parts']}: send them, then complete it again."
        raise Problem(409, "parts-missing", "Not all parts have arrived", detail)
    cr.execute("SELECT content FROM mfg_sync_upload_part WHERE upload_id = %s ORDER BY number", [upload["id"]])
    body = b"".join(bytes(content) for (content,) in cr.fetchall())
    found = hashlib.sha256(body).hexdigest()
    if found != digest:
        detail = f"The parts together have SHA-256 {found}, sha256 says {digest}; send what differs under a new id."
        raise Problem(422, "hash", "The parts do not make up what was announced", detail)
    return body


def complete(cr, upload, digest, message_uuid):
    """The message has the content now: the parts go, the upload says for a day what became of it."""
    cr.execute("DELETE FROM mfg_sync_upload_part WHERE upload_id = %s", [upload["id"]])
    cr.execute(
        f"UPDATE mfg_sync_upload SET sha256 = %s, message_uuid = %s, touched = {NOW} WHERE id = %s",
        [digest, message_uuid, upload["id"]],
    )


def give_up(cr, endpoint_id, name):
    """Forget an upload that was begun, with its parts; one that was completed stays what it is.

    :raises Problem: 503 as of :func:`find`
    """
    _soon(
        cr,
        "DELETE FROM mfg_sync_upload WHERE endpoint_id = %s AND name = %s AND message_uuid IS NULL",
        [endpoint_id, name],
    )


def forget_old(cr, limit=20):
    """Let go what nobody has added to for a day."""
    cr.execute(
        f"""DELETE FROM mfg_sync_upload WHERE id = ANY(ARRAY(
                SELECT id FROM mfg_sync_upload WHERE touched <= {NOW} - {KEPT} LIMIT %s FOR UPDATE SKIP LOCKED))""",
        [limit],
    )
