"""HTTP out: to the address that was checked, TLS verified, no redirects, every wait bounded, the answer read to a limit."""
import ssl
import time
from email.utils import parsedate_to_datetime

import requests
from requests.adapters import HTTPAdapter
from requests.packages.urllib3.util.ssl_ import create_urllib3_context

from odoo import _

from . import netguard
from .errors import AuthError, GoneError, PermanentError, TransientError

ANSWER_LIMIT = 65536
TRANSIENT = (408, 425, 429)


class PinnedAdapter(HTTPAdapter):
    """Connects to an address while TLS asks for the host's name: nobody can change the name's address in between."""

    def __init__(self, host, ca_bundle=None):
        self.host, self.ca_bundle = host, ca_bundle
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
        context.load_default_certs()
        if self.ca_bundle:
            context.load_verify_locations(cadata=self.ca_bundle)
        super().init_poolmanager(
            *args, ssl_context=context, server_hostname=self.host, assert_hostname=self.host, **kwargs)

    def cert_verify(self, conn, url, verify, cert):
        # the context above verifies; requests would replace its trust by certifi's file alone
        conn.cert_reqs = "CERT_REQUIRED"


class Line:
    """One session to one address, for one drain.

    :param dict target: ``url, in_plant, ca_bundle, connect_timeout, read_timeout``
    """

    def __init__(self, target):
        self.target = target
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
        if scheme == "https":
            self.session.mount(f"{scheme}://{literal}:{port}", PinnedAdapter(host, target["ca_bundle"]))

    def post(self, body, headers):
        """Send and judge the answer.

        :return: ``(HTTP status, answer's text up to the limit)`` of a 2xx
        :raises SyncError: by class what follows; its ``http_status`` is the answer's, or None
        """
        try:
            with self.session.post(
                self.url, data=body, headers={**headers, "Host": self.host_header}, allow_redirects=False, stream=True,
                timeout=(self.target["connect_timeout"], self.target["read_timeout"]),
            ) as response:
                text = self._read(response)
        except requests.exceptions.SSLError as error:
            raise _with(TransientError(_("The other side's certificate is not trusted: %s", _short(error)))) from error
        except requests.exceptions.ConnectTimeout as error:
            raise _with(TransientError(_("No connection within %s s.", self.target["connect_timeout"]))) from error
        except requests.exceptions.Timeout as error:
            raise _with(TransientError(_("No answer within %s s.", self.target["read_timeout"]))) from error
        except requests.exceptions.RequestException as error:
            raise _with(TransientError(_("No connection: %s", _short(error)))) from error
        return self._judge(response, text)

    def _read(self, response):
        deadline, parts, size = time.monotonic() + self.target["read_timeout"], [], 0
        for part in response.iter_content(8192):
            parts.append(part)
            size += len(part)
            if size >= ANSWER_LIMIT or time.monotonic() > deadline:
                break
        return b"".join(parts)[:ANSWER_LIMIT].decode(errors="replace")

    @staticmethod
    def _judge(response, text):
        status = response.status_code
        said = " ".join(text.split())[:200]
        if 200 <= status < 300:
            return status, text
        if status in TRANSIENT or status >= 500:
            raise _with(TransientError(_("The other side answered %(status)s: %(said)s", status=status, said=said),
                                       retry_after=_retry_after(response.headers.get("Retry-After"))), status)
        if status in (401, 403):
            raise _with(AuthError(_("The other side does not accept our key (%s).", status)), status)
        if status == 410:
            raise _with(GoneError(_("The other side has retired this address (410).")), status)
        if 300 <= status < 400:
            raise _with(PermanentError(
                _("The other side redirects (%s). Redirects are not followed: enter the final address.", status)), status)
        raise _with(PermanentError(
            _("The other side refuses (%(status)s): %(said)s", status=status, said=said)), status)


def _with(error, status=None):
    error.http_status = status
    return error


def _short(error):
    # the innermost reason without object addresses and without the body
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    return str(reason).split(": ", 1)[-1][:200]


def _retry_after(value):
    """Seconds of a Retry-After header: a number or an HTTP date (RFC 9110); None when it is neither."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value.strip()[:6])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
