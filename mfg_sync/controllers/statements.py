import re

from odoo import http
from odoo.http import request

from ..engine import accept, uploads
from ..engine.gate import switched_off, too_large
from ..protocol import cloudevents, strict_json
from ..protocol.errors import Problem
from .events import ROUTE, answer, single, whole_number

PATH = "/mfg_sync/v1/<string:endpoint>/statements/<string:kind>"
_SHA256 = re.compile(r"[0-9a-f]{64}")
MIB = 1024 * 1024


class StatementsController(http.Controller):
    """The other side's truth, in one request or in parts: what is complete becomes one message (docs/connect.md)."""

    @http.route(PATH, methods=["POST"], **ROUTE)
    def post_statement(self, endpoint, kind, **kw):
        def receive(gate, headers, body):
            media = headers.get("content-type", "")
            name, part = request.params.get("upload"), request.params.get("part")
            # binary mode carries attributes in headers, which the signature does not cover: bearer only
            binary = name is None and cloudevents.is_binary(media, headers)
            known = gate.authenticate(endpoint, headers, None if binary else body)
            if len(body) > known["body_limit"]:
                raise too_large(known["body_limit"])
            kind_name = _statement(gate, known, kind)
            if name is None:
                return single(_take(gate, known, kind_name, body, media, headers))
            name = _name(name)
            if part is None:
                return _complete(gate, known, kind_name, name, body)
            return _put(gate, known, kind_name, name, part, body)

        return answer(endpoint, receive)

    @http.route(PATH, methods=["GET"], **ROUTE)
    def get_upload(self, endpoint, kind, **kw):
        def look(gate, headers, _body):
            known = gate.authenticate(endpoint, headers)
            kind_name, name = _statement(gate, known, kind), _name(request.params.get("upload"))
            upload = _known_upload(gate, known, kind_name, name, uploads.look)
            return 200, _told(gate, upload)

        return answer(endpoint, look)

    @http.route(PATH, methods=["DELETE"], **ROUTE)
    def delete_upload(self, endpoint, kind, **kw):
        def give_up(gate, headers, _body):
            known = gate.authenticate(endpoint, headers)
            name = _name(request.params.get("upload"))
            uploads.give_up(gate.cr, known["id"], name)
            return 200, {"upload": name}

        return answer(endpoint, give_up)


def _statement(gate, known, word):
    """Name of the kind of statement that the address names.

    :raises Problem: 403 it is not switched on; 422 it is no statement
    """
    gate.refused[:] = [{"type": word}]
    name, major = cloudevents.split_type(word)
    try:
        kind, _flow = accept.find_flow(gate.env, known["id"], name, major)
    except accept.SwitchedOff as off:
        raise switched_off(word, off) from None
    if kind["pattern"] != "statement":
        detail = f"Send {name} to /mfg_sync/v1/{known['code']}/events."
        raise Problem(422, "type", "This kind of message is no statement", detail)
    return name


def _take(gate, known, kind_name, body, media, headers, limit=None):
    """One complete statement → its result, as for an event."""
    if cloudevents.mode_of(media, headers) == "batch":
        raise Problem(415, "media-type", "A statement comes alone", f"Send one event as {cloudevents.STRUCTURED}.")
    _mode, results = gate.receive(
        {**known, "body_limit": limit or known["body_limit"]}, body, media, headers, kind_name
    )
    return results[0]


def _put(gate, known, kind_name, name, part, body):
    number, count = _number("part", part), _number("of", request.params.get("of"))
    if number > count:
        raise Problem(400, "part", "This part can't be", f"part {number} of {count}.")
    if not body:
        raise Problem(400, "part", "The part is empty", f"part {number} of {count} has no bytes.")
    upload, new = uploads.put(gate.cr, known, kind_name, name, number, count, body, _limit(gate, known))
    status = "accepted" if new else "duplicate"
    return 202 if new else 200, {"status": status, "part": number, **_told(gate, upload)}


def _complete(gate, known, kind_name, name, body):
    wanted = strict_json.loads(body)
    digest = wanted.get("sha256") if isinstance(wanted, dict) else None
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise Problem(
            400, "sha256", "This does not complete an upload", 'Send {"sha256": "64 hex digits of the whole"}.'
        )
    upload = _known_upload(gate, known, kind_name, name)
    if upload["message_uuid"]:
        if upload["sha256"] != digest:
            detail = f"upload {name!r} was completed with SHA-256 {upload['sha256']}; a new statement needs a new id."
            raise Problem(409, "other-content", "This upload was completed with other content", detail)
        return 200, {"index": 0, "status": "duplicate", "uuid": upload["message_uuid"]}
    whole = uploads.whole(gate.cr, upload, digest)
    result = _take(gate, known, kind_name, whole, cloudevents.STRUCTURED, {}, _limit(gate, known))
    if result["status"] != "refused":
        uploads.complete(gate.cr, upload, digest, result["uuid"])
    return single(result)


def _known_upload(gate, known, kind_name, name, find=uploads.find):
    upload = find(gate.cr, known["id"], name)
    if not upload or upload["kind_name"] != kind_name:
        detail = "It was never begun, or its last part came more than a day ago."
        raise Problem(404, "upload", "There is no such upload on this connection", detail)
    return upload


def _told(gate, upload):
    told = {"upload": upload["name"], "of": upload["parts"], "missing": uploads.missing(gate.cr, upload)}
    return {**told, "uuid": upload["message_uuid"]} if upload["message_uuid"] else told


def _limit(gate, known):
    return gate.env["mfg.sync.endpoint"].browse(known["id"]).statement_limit * MIB


def _name(value):
    if not (isinstance(value, str) and uploads.NAME.fullmatch(value)):
        raise Problem(400, "upload", "This id of an upload is not usable", "1 to 64 letters, digits and . _ : -")
    return value


def _number(name, value):
    number = whole_number(value, uploads.MAX_PARTS)
    if not number:
        raise Problem(400, "part", "This part can't be", f"{name}: a number from 1 to {uploads.MAX_PARTS}.")
    return number
