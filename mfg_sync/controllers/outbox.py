from odoo import http
from odoo.http import request

from ..engine import outbox
from ..engine.delivery import envelope
from ..engine.gate import too_large
from ..engine.working import may_work
from ..protocol import strict_json
from ..protocol.errors import Problem
from .events import RETRY_AFTER, ROUTE, answer, whole_number


class OutboxController(http.Controller):
    """For systems that Odoo can't call: they fetch their messages and acknowledge them (docs/connect.md)."""

    @http.route("/mfg_sync/v1/<string:endpoint>/outbox", methods=["GET"], **ROUTE)
    def get_outbox(self, endpoint, **kw):
        def look(gate, headers, _body):
            if request.httprequest.method == "HEAD":
                # Odoo takes it for a GET: messages would be handed out to whoever only asks whether we are there
                detail = "Fetching hands messages out: use GET. Whether Odoo is there says /mfg_sync/health."
                raise Problem(405, "method", "This method is not for this address", detail, headers={"Allow": "GET"})
            known = gate.authenticate(endpoint, headers)
            connection = _fetched(gate, known)
            limit, after = _limit(request.params.get("limit")), str(request.params.get("after") or "")[:64]
            fetched = {"id": known["id"], "fetch_again": connection.fetch_again}
            rows = outbox.fetch(gate.cr, fetched, limit, after)
            return 200, {
                "events": [strict_json.loads(envelope(row)) for row in rows],
                "next": rows[-1]["uuid"] if len(rows) == limit else None,
                "again_after": connection.fetch_again,
            }

        return answer(endpoint, look)

    @http.route("/mfg_sync/v1/<string:endpoint>/outbox/ack", methods=["POST"], **ROUTE)
    def post_acks(self, endpoint, **kw):
        def settle(gate, headers, body):
            known = gate.authenticate(endpoint, headers, body)
            if len(body) > known["body_limit"]:
                raise too_large(known["body_limit"])
            results = outbox.acknowledge(gate.cr, known["id"], _acks(body))
            good = sum("problem" not in result for result in results)
            return 200 if good == len(results) else 207 if good else 422, {"results": results}

        return answer(endpoint, settle)


def _fetched(gate, known):
    """:raises Problem: 403, messages of this connection are sent; 503, it is paused or stopped"""
    connection = gate.env["mfg.sync.endpoint"].browse(known["id"])
    if connection.delivery != "pull":
        detail = "An Administrator chooses on the connection that the other side fetches them."
        raise Problem(403, "delivery", "Messages of this connection are sent, not fetched", detail)
    if not may_work(connection, "out"):
        detail = f"Nothing is lost; ask again later (not before {RETRY_AFTER} s)."
        raise Problem(503, "paused", "The connection is paused", detail)
    return connection


def _limit(value):
    if value is None:
        return outbox.PRESET_ROWS
    number = whole_number(value, outbox.MAX_ROWS)
    if not number:
        raise Problem(400, "limit", "This limit is not usable", f"limit: 1 to {outbox.MAX_ROWS}.")
    return number


def _acks(body):
    value = strict_json.loads(body)
    acks = value.get("acks") if isinstance(value, dict) else None
    if not isinstance(acks, list) or not acks:
        raise Problem(400, "acks", "This is no list of acknowledgements", 'Send {"acks": [{"uuid": …, "result": …}]}.')
    if len(acks) > outbox.MAX_ROWS:
        raise Problem(413, "too-many", "The list is too long", f"{len(acks)} items; send at most {outbox.MAX_ROWS}.")
    return acks
