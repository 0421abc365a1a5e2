"""What a controller can't do, around Odoo's WSGI application, for our paths only.

* A limit on chunked bodies: neither series hands the stream to a controller (17 reads all of it, 19 cuts it silently).
* 503 instead of a page with 404 or 500 when the pool, PostgreSQL or the database are missing (promise: never a 500).

Set in ``post_load``, so active where mfg_sync is in server_wide_modules; System check names the line where it is not.
"""
import io
import json
import logging

from odoo import http

_logger = logging.getLogger(__name__)

PREFIX = "/mfg_sync/"
HARD_LIMIT = 10 * 1024 * 1024
active = False


def post_load():
    global active
    if active:
        return
    active = True
    original = http.Application.__call__

    def guarded(self, environ, start_response):
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return original(self, environ, start_response)
        return Guard(lambda *args: original(self, *args)).respond(environ, start_response)

    http.Application.__call__ = guarded


class TooLarge(Exception):
    """The body is over the hard limit."""


class Guard:
    def __init__(self, application):
        self.application = application
        self.status, self.headers = None, []

    def respond(self, environ, start_response):
        try:
            self._buffer(environ)
        except TooLarge:
            return problem(start_response, 413, "too-large", "The request is too large",
                           f"At most {HARD_LIMIT} bytes; send smaller batches.", close=True)
        except OSError:
            return problem(start_response, 400, "body", "The request's body did not arrive whole", close=True)
        try:
            body = self._call(environ)
        except Exception:
            # Odoo's own code around the controller failed: no database, no connection left in the pool
            _logger.warning("mfg_sync: request could not be served", exc_info=True)
            return unavailable(start_response)
        if self._is_page_of_odoo():
            return unavailable(start_response)
        start_response(self.status, self.headers)
        return body

    def _buffer(self, environ):
        """Read the body to the limit, so that Odoo sees one of known length."""
        length = environ.get("CONTENT_LENGTH")
        if length and length.isdigit() and int(length) > HARD_LIMIT:
            raise TooLarge
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        if not chunked:
            return
        body, size = [], 0
        while True:
            part = environ["wsgi.input"].read(65536)
            if not part:
                break
            size += len(part)
            if size > HARD_LIMIT:
                raise TooLarge
            body.append(part)
        environ["wsgi.input"] = io.BytesIO(b"".join(body))
        environ["wsgi.input_terminated"] = False
        environ["CONTENT_LENGTH"] = str(size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)

    def _call(self, environ):
        def start_response(status, headers, exc_info=None):
            self.status, self.headers = status, headers
            return lambda data: None

        iterable = self.application(environ, start_response)
        try:
            # our answers are small; they must be whole before it is known whether they are ours
            return [b"".join(iterable)]
        finally:
            if hasattr(iterable, "close"):
                iterable.close()

    def _is_page_of_odoo(self):
        """Odoo's own HTML answers: 404 without a database, 500, redirects to the database selector."""
        media = dict((name.lower(), value) for name, value in self.headers).get("content-type", "")
        code = int(self.status.split()[0])
        return "html" in media and (code in (404, 500, 502, 503) or 300 <= code < 400)


def unavailable(start_response):
    return problem(start_response, 503, "unavailable", "The database is busy or away",
                   "Nothing was lost; send the same request again later.", retry_after=10)


def problem(start_response, status, code, title, detail="", retry_after=None, close=False):
    words = {400: "Bad Request", 413: "Content Too Large", 503: "Service Unavailable"}
    body = json.dumps({"type": f"urn:mfg-sync:problem:{code}", "title": title, "status": status, "code": code,
                       "detail": detail}).encode()
    headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    if retry_after:
        headers.append(("Retry-After", str(retry_after)))
    if close:
        headers.append(("Connection", "close"))
    start_response(f"{status} {words[status]}", headers)
    return [body]
