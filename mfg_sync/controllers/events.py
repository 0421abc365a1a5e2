import logging

import psycopg2
from werkzeug.exceptions import ClientDisconnected

from odoo import http
from odoo.http import request
from odoo.sql_db import PoolError

from .. import compat
from ..engine import ledger, waiting
from ..engine.gate import Gate, too_large
from ..protocol import cloudevents, strict_json
from ..protocol.errors import Problem
from ..wsgi import FORM, FORMS, HARD_LIMIT, NOT_WHOLE, REFUSED
from .trace import trace, where

_logger = logging.getLogger(__name__)

RETRY_AFTER = 10
#: every route of ours: no user of Odoo, no session, no cookie, no CSRF token; the caller proves itself to the gate
ROUTE = {
    "type": "http",
    "auth": "none",
    "csrf": False,
    "save_session": False,
    "readonly": False,
    "max_content_length": HARD_LIMIT,
}
STATUSES = ("accepted", "duplicate")
#: characters of a number in the address
MAX_NUMBER = 40


class EventsController(http.Controller):
    @http.route("/mfg_sync/v1/<string:endpoint>/events", methods=["POST"], **ROUTE)
    def post_events(self, endpoint, **kw):
        """Accept one event or a batch: 202 with a result per event, or what became of each; see docs/connect.md."""
        known = {}

        def receive(gate, headers, body):
            return self._receive(gate, headers, body, known)

        def wait(headers, status, payload):
            return waiting.outcome(request.db, known, headers, status, payload)

        return answer(endpoint, receive, wait)

    @http.route("/mfg_sync/v1/<string:endpoint>/events/<string:uuid>", methods=["GET"], **ROUTE)
    def get_event(self, endpoint, uuid, **kw):
        """What became of a message (our uuid from the 202)."""

        def look(gate, headers, _body):
            known = gate.authenticate(endpoint, headers)
            return 200, gate.lookup(known, uuid[:64])

        return answer(endpoint, look)

    @http.route("/mfg_sync/health", methods=["GET"], **ROUTE)
    def health(self, **kw):
        """Alive, and the database answers. Says nothing that a stranger should not know."""

        def look(gate, _headers, _body):
            gate.cr.execute("SELECT 1")
            return 200, {"status": "ok"}

        return answer("", look)

    @http.route(["/mfg_sync", "/mfg_sync/<path:rest>"], **ROUTE)
    def unknown(self, rest="", **kw):
        """Everything else below our prefix, so that a caller never gets a page of HTML."""

        def look(_gate, _headers, _body):
            raise Problem(
                404,
                "path",
                "There is nothing at this address with this method",
                "Events are posted to /mfg_sync/v1/{connection}/events.",
            )

        return answer("", look)

    @staticmethod
    def _receive(gate, headers, body, known):
        content_type = headers.get("content-type", "")
        # binary mode carries attributes in headers, which the signature does not cover: bearer only
        binary = cloudevents.is_binary(content_type, headers)
        endpoint = gate.authenticate(request.params["endpoint"], headers, None if binary else body)
        known.update(endpoint)
        mode, results = gate.receive(endpoint, body, content_type, headers)
        status, payload = batch(results) if mode == "batch" else single(results[0])
        return status, payload, gate.headers


def single(result):
    if result["status"] == "refused":
        return result["problem"]["status"], result["problem"]
    return (202 if result["status"] == "accepted" else 200), result


def batch(results):
    good = sum(result["status"] in STATUSES for result in results)
    status = 202 if good == len(results) else 207 if good else 422
    return status, {"results": results}


def answer(endpoint, work, after=None):
    """Run ``work(gate, headers, body)`` in a transaction of its own and answer in JSON, whatever happens.

    :param work: returns ``(status, payload)``, or with a dict of further headers
    :param after: ``(headers, status, payload)`` → the same three of the answer, once the work is committed
    """
    body, events = b"", []
    try:
        if not request.db:
            raise Problem(
                503,
                "unavailable",
                "No database is selected for this host name",
                "The server's administrator sets dbfilter or db_name.",
            )
        if REFUSED in request.httprequest.environ or (request.httprequest.content_length or 0) > HARD_LIMIT:
            raise too_large(HARD_LIMIT)
        headers = {name.lower(): value for name, value in request.httprequest.headers.items()}
        _check_form(headers)
        try:
            body = request.httprequest.get_data()
        except ClientDisconnected:
            # the sender's line broke, or it lied about the length: no fault of ours, and nothing for the log of errors
            raise Problem(400, "body", "The request's body did not arrive whole", NOT_WHOLE) from None
        status, payload, *more = run(work, headers, body, events)
        further = dict(*more)
        if after:
            status, payload, applied = after(headers, status, payload)
            further.update(applied)
    except Problem as problem:
        trace(endpoint, body, problem.status, problem.code, where(problem.to_dict()), events)
        return respond(problem.status, problem.to_dict(), **problem.headers)
    except (psycopg2.OperationalError, psycopg2.InterfaceError, PoolError):
        _logger.warning("mfg_sync: the database did not answer", exc_info=True)
        return respond(503, unavailable().to_dict())
    except Exception:
        # a fault of ours must not read as "your message is wrong"; the log has it, the sender keeps the message
        _logger.exception("mfg_sync: a request failed")
        return respond(503, unavailable().to_dict())
    refused = [result["problem"] for result in payload.get("results", [payload]) if "problem" in result]
    if "code" in payload:
        refused = [payload]
    if refused:
        several = f"{len(refused)} of {len(payload['results'])}: " if "results" in payload else ""
        trace(endpoint, body, status, refused[0]["code"], several + where(refused[0]), events)
    return respond(status, payload, **further)


def _check_form(headers):
    """:raises Problem: 415, the body is not written as we read it"""
    if FORM in request.httprequest.environ or cloudevents.media_of(headers.get("content-type")) in FORMS:
        # without our wrapper (wsgi.py) Odoo has parsed the form already; the signed bytes are gone
        raise Problem(415, "media-type", "Forms are not accepted", "Send application/cloudevents+json.")
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        detail = f"Content-Encoding {encoding[:80]!r}: send the body as it is, and sign these bytes."
        raise Problem(
            415, "encoding", "Encoded bodies are not accepted", detail, headers={"Accept-Encoding": "identity"}
        )


def whole_number(value, most):
    """A parameter of the address as a number from 1 to ``most``, zeros in front or not; None when it is none."""
    if not (value and value.isascii() and value.isdigit()) or len(value) > MAX_NUMBER:
        return None
    return int(value) if 1 <= int(value) <= most else None


def run(work, headers, body, events):
    """``work`` in a transaction of its own, again after a race.

    On the cursor that Odoo has opened for the request: nothing else is done in it, and to take another connection from
    the pool costs as much as a query. It is committed before we answer.

    :param list events: filled with those that are refused, as they were read
    """
    own_cr, limits = request.env.cr, {}

    def once():
        # whatever Odoo has read to come here: our first look is a new one
        own_cr.rollback()
        compat.read_committed(own_cr)
        try:
            result = work(Gate(own_cr, limits, events, request.httprequest.remote_addr), headers, body)
            own_cr.commit()
            return result
        finally:
            # what a request that is refused has written: Odoo commits this cursor after us
            own_cr.rollback()

    return ledger.repeated(once)


def unavailable():
    return Problem(503, "unavailable", "The database is busy or away", "Nothing was lost; send the same again later.")


def respond(status, payload, **headers):
    kind = "application/problem+json" if "code" in payload and status >= 400 else "application/json"
    headers = {"Content-Type": kind, "Cache-Control": "no-store", **headers}
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    # our own writer: quantities are Decimals, and stay as exact as they were told
    return request.make_response(strict_json.dumps(payload), headers=list(headers.items()), status=status)
