"""What a controller can't do, around Odoo's WSGI application, for our paths only.

* A limit on chunked bodies: neither series hands the stream to a controller (17 reads all of it, 19 cuts it silently).
* Forms and a parameter ``self`` are kept from Odoo, which would read them by itself and fail over them.
* 503 instead of a page with 404 or 500 when the pool, PostgreSQL or the database are missing (promise: never a 500).

Set in ``post_load``, so active where mfg_sync is in server_wide_modules; System check names the line where it is not.
"""

import io
import json
import logging
from urllib.parse import unquote_plus, urlsplit

from odoo import http

_logger = logging.getLogger(__name__)

PREFIX = "/mfg_sync"
HARD_LIMIT = 10 * 1024 * 1024
#: so much of a body that is too large is read away, so that a sender who writes first can read our answer
DRAIN_LIMIT = 4 * HARD_LIMIT
#: key in the environment under which the controller finds the size of a body that was refused, for the answer and trace
REFUSED = "mfg_sync.refused_size"
#: and under this one that the body was a form
FORM = "mfg_sync.form"
#: how the types begin that Odoo parses by itself, before the signed bytes can be looked at
FORMS = ("application/x-www-form-urlencoded", "application/x-url-encoded", "multipart/form-data")
#: a length of so many digits is too large whatever follows; Python refuses to read one of thousands
LENGTH_DIGITS = 20
active = False


def post_load():
    global active
    if active:
        return
    active = True
    original = http.Application.__call__

    def guarded(self, environ, start_response):
        # also //mfg_sync, which Odoo would answer with a page that leads elsewhere
        path = f"/{environ.get('PATH_INFO', '').lstrip('/')}"
        if path != PREFIX and not path.startswith(f"{PREFIX}/"):
            return original(self, environ, start_response)
        return Guard(lambda *args: original(self, *args)).respond(environ, start_response)

    http.Application.__call__ = guarded


#: what Odoo or werkzeug itself refuses in a request, as problems
PAGES = {
    400: ("request", "The request is not valid HTTP", "A header or the address can't be read."),
    405: ("method", "This method is not for this address", "Events are posted, what became of them is asked by GET."),
    413: ("too-large", "The request is too large", f"At most {HARD_LIMIT} bytes; send smaller batches."),
}
#: what no address of ours holds, and how it is called
ODD = {"\n": "a line break", "//": "two slashes in a row"}
#: said of a body that ends too early, here and by the controller
NOT_WHOLE = (
    "It ended before the length that was told, or its chunks don't add up. Nothing of it was taken: send it again."
)


class Guard:
    def __init__(self, application):
        self.application = application
        self.status, self.headers = None, []

    def respond(self, environ, start_response):
        if not self._names_a_host(environ):
            return problem(start_response, 400, *PAGES[400][:2], "Host: this is no name with a port.", close=True)
        try:
            self._buffer(environ)
        except OSError:
            return problem(
                start_response, 400, "body", "The request's body did not arrive whole", NOT_WHOLE, close=True
            )
        for odd, word in ODD.items():
            if odd in environ["PATH_INFO"]:
                # Odoo has no route for it, or answers with a page that leads elsewhere: not for want of a database
                return problem(
                    start_response, 404, "path", "There is nothing at this address", f"It holds {word}.", close=True
                )
        self._set_aside(environ)
        try:
            body = self._call(environ)
        except Exception:
            # Odoo's own code around the controller failed: no database, no connection left in the pool
            _logger.warning("mfg_sync: request could not be served", exc_info=True)
            return unavailable(start_response)
        code = int(self.status.split()[0])
        if self._is_page_of_odoo(code):
            if code in PAGES:
                return problem(start_response, code, *PAGES[code], close=True)
            return unavailable(start_response)
        if REFUSED in environ:
            # there may be more of the body on the line: it can't carry another request
            self.headers.append(("Connection", "close"))
        start_response(self.status, self.headers)
        return body

    @staticmethod
    def _names_a_host(environ):
        """Whether the Host header can be read: Odoo 19 fails over one that can't, as if the server were broken."""
        try:
            return urlsplit(f"//{environ.get('HTTP_HOST', '')}").port != 0
        except ValueError:
            return False

    def _buffer(self, environ):
        """Read the body to the limit, so that Odoo sees one of known length."""
        chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        length = environ.get("CONTENT_LENGTH") or "0"
        digits = length.lstrip("0")[:LENGTH_DIGITS]
        length = int(digits) if digits and length.isascii() and length.isdigit() else 0
        if not chunked and length <= HARD_LIMIT:
            return
        stream, body, size = environ["wsgi.input"], [], 0
        while size <= DRAIN_LIMIT and (chunked or size < length):
            part = stream.read(65536 if chunked else min(65536, length - size))
            if not part:
                break
            size += len(part)
            if size <= HARD_LIMIT:
                body.append(part)
        if max(size, length) > HARD_LIMIT:
            environ[REFUSED], body, size = max(size, length), [], 0
        environ["wsgi.input"] = io.BytesIO(b"".join(body))
        environ["wsgi.input_terminated"] = False
        environ["CONTENT_LENGTH"] = str(size)
        environ.pop("HTTP_TRANSFER_ENCODING", None)

    @staticmethod
    def _set_aside(environ):
        """Keep from Odoo what it would fail over: a form, and a parameter that is called like a method's own object."""
        if environ.get("CONTENT_TYPE", "").strip().lower().startswith(FORMS):
            environ[FORM], environ["CONTENT_TYPE"] = True, "application/octet-stream"
        pairs = environ.get("QUERY_STRING", "").split("&")
        environ["QUERY_STRING"] = "&".join(pair for pair in pairs if unquote_plus(pair.partition("=")[0]) != "self")

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

    def _is_page_of_odoo(self, code):
        """Odoo's own HTML answers: 404 without a database, 500, redirects to the database selector. None is ours."""
        media = {name.lower(): value for name, value in self.headers}.get("content-type", "")
        return "html" in media and code >= 300


def unavailable(start_response):
    return problem(
        start_response,
        503,
        "unavailable",
        "The database is busy or away",
        "Nothing was lost; send the same request again later.",
        retry_after=10,
    )


def problem(start_response, status, code, title, detail="", retry_after=None, close=False):
    words = {400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large"}
    words[503] = "Service Unavailable"
    body = json.dumps(
        {"type": f"urn:mfg-sync:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    ).encode()
    headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
    if retry_after:
        headers.append(("Retry-After", str(retry_after)))
    if close:
        headers.append(("Connection", "close"))
    start_response(f"{status} {words[status]}", headers)
    return [body]
