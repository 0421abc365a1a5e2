"""HTTP out: to the address that was checked, TLS verified, no redirects, every wait and every answer bounded."""

import re
import socket
import ssl
import threading
import time
from email.utils import parsedate_to_datetime

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from ..compat import _
from . import netguard
from .errors import AuthError, GoneError, LineError, PermanentError, SyncError, TransientError

ANSWER_LIMIT = 65536
TRANSIENT = (408, 425, 429)


class PinnedAdapter(HTTPAdapter):
    """Connects to an address while TLS asks for the host's name: nobody can change the name's address in between.

    :param list sockets: gets the socket of each connection, so that :class:`Watchdog` can end a wait on it
    :param tuple timeouts: to connect, and between two bytes of the answer (seconds)
    """

    def __init__(self, scheme, host, sockets, timeouts, ca_bundle=None):
        self.scheme, self.host, self.ca_bundle, self.timeouts = scheme, host, ca_bundle, timeouts
        self.pools = _pools(sockets)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):  # pylint: disable=missing-return  # requests' has no answer
        if self.scheme == "https":
            context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
            context.load_default_certs()
            if self.ca_bundle:
                context.load_verify_locations(cadata=self.ca_bundle)
            kwargs.update(ssl_context=context, server_hostname=self.host, assert_hostname=self.host)
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self.pools

    def send(self, request, **kwargs):
        return super().send(request, **{**kwargs, "timeout": self.timeouts})

    def cert_verify(self, conn, url, verify, cert):
        # the context above verifies; requests would replace its trust by certifi's file alone
        conn.cert_reqs = "CERT_REQUIRED"


def _pools(sockets):
    """Connection pools of urllib3 (1.26 and 2) that say which sockets they opened."""

    class Plain(HTTPConnection):
        def connect(self):  # pylint: disable=missing-return  # urllib3's has no answer
            super().connect()
            sockets.append(self.sock)

    class Secure(HTTPSConnection):
        def connect(self):  # pylint: disable=missing-return  # urllib3's has no answer
            super().connect()
            sockets.append(self.sock)

    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": Secure}),
    }


class Watchdog:
    """Ends a request as a whole: a timeout of a socket begins anew with every byte, and a server may drip them."""

    def __init__(self, sockets, seconds):
        self.sockets, self.ended = sockets, False
        self.timer = threading.Timer(seconds, self._end)
        self.timer.daemon = True

    def __enter__(self):
        self.timer.start()
        return self

    def __exit__(self, *_exception):
        self.timer.cancel()

    def _end(self):
        self.ended = True
        for sock in list(self.sockets):
            try:
                # of the plain socket below TLS too: shutdown wakes the thread that reads, close would not
                socket.socket.shutdown(sock, socket.SHUT_RDWR)
            except (OSError, TypeError):
                continue


class Line:
    """One session to one address, for one drain.

    :param dict target: ``url, in_plant, ca_bundle, connect_timeout, read_timeout`` (seconds)
    :raises SyncError: the address is not allowed or can't be found; the certificate authority can't be read
    """

    def __init__(self, target):
        self.target, self.sockets = target, []
        scheme, host, port, path = netguard.check_url(target["url"], in_plant=target["in_plant"])
        address = netguard.resolve(host, port, in_plant=target["in_plant"])
        literal = f"[{address}]" if ":" in address else address
        self.url = f"{scheme}://{literal}:{port}{path}"
        default = (scheme, port) in (("https", 443), ("http", 80))
        shown = f"[{host}]" if ":" in host else host
        self.host_header = shown if default else f"{shown}:{port}"
        self.session = requests.Session()
        # neither proxies nor .netrc of the machine: the way goes where the Administrator said
        self.session.trust_env = False
        try:
            timeouts = (target["connect_timeout"], target["read_timeout"])
            adapter = PinnedAdapter(scheme, host, self.sockets, timeouts, target["ca_bundle"])
        except (ssl.SSLError, ValueError) as error:
            raise _with(
                TransientError(_("The certificate authority of the connection can't be read: %s", _short(error)))
            ) from error
        self.session.mount(f"{scheme}://", adapter)

    def post(self, body, headers):
        """Send and judge the answer.

        :return: ``(HTTP status, answer's text up to the limit)`` of a 2xx
        :raises SyncError: by class what follows; its ``http_status`` is the answer's, or None
        """
        connect, read = self.target["connect_timeout"], self.target["read_timeout"]
        # identity: a small compressed answer could unfold to gigabytes
        headers = {**headers, "Host": self.host_header, "Accept-Encoding": "identity", "User-Agent": "mfg_sync"}
        with Watchdog(self.sockets, connect + read) as watchdog:
            try:
                # the timeouts are the adapter's
                with self.session.post(  # noqa: S113
                    self.url, data=body, headers=headers, allow_redirects=False, stream=True
                ) as response:
                    if watchdog.ended:
                        # cut off in the middle of the headers, which reads like their end
                        raise requests.exceptions.ReadTimeout()
                    text = self._read(response)
                    return self._judge(response, text)
            except SyncError:
                raise
            except requests.exceptions.SSLError as error:
                raise _with(LineError(_("The other side's certificate is not trusted: %s", _short(error)))) from error
            except requests.exceptions.ConnectTimeout as error:
                raise _with(LineError(_("No connection within %s s.", connect))) from error
            except Exception as error:
                if watchdog.ended or isinstance(error, requests.exceptions.Timeout):
                    raise _with(LineError(_("No answer within %s s.", read))) from error
                if isinstance(error, (requests.exceptions.RequestException, HTTPError, OSError)):
                    raise _with(LineError(_("No connection: %s", _short(error)))) from error
                raise

    @staticmethod
    def _read(response):
        """The beginning of the answer as it came, not decoded; what follows is not read."""
        try:
            return response.raw.read(ANSWER_LIMIT, decode_content=False).decode(errors="replace")
        except (HTTPError, OSError):
            # the status line says what became of the message; its text is only for people
            return ""

    @staticmethod
    def _judge(response, text):
        status = response.status_code
        said = " ".join(text.split())[:200]
        if 200 <= status < 300:
            return status, text
        if status in TRANSIENT or status >= 500:
            kind = LineError if status >= 500 else TransientError
            raise _with(
                kind(
                    _("The other side answered %(status)s: %(said)s", status=status, said=said),
                    retry_after=retry_after(response.headers.get("Retry-After")),
                ),
                status,
            )
        if status in (401, 403):
            raise _with(AuthError(_("The other side does not accept our key (%s).", status)), status)
        if status == 410:
            raise _with(GoneError(_("The other side has retired this address (410).")), status)
        if 300 <= status < 400:
            raise _with(
                PermanentError(
                    _("The other side redirects (%s). Redirects are not followed: enter the final address.", status)
                ),
                status,
            )
        raise _with(
            PermanentError(_("The other side refuses (%(status)s): %(said)s", status=status, said=said)), status
        )


def _with(error, status=None):
    error.http_status = status
    return error


def _short(error):
    # the innermost reason without object addresses, places in OpenSSL's code, and the body
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    return re.sub(r"\[Errno -?\d+\] |\s*\(_ssl\.c:\d+\)", "", str(reason).rsplit(": ", 1)[-1])[:200]


def retry_after(value):
    """Seconds of a Retry-After header: a number or an HTTP date (RFC 9110); None when it is neither."""
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:6])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
