"""Where we may connect to: the address of a connection is user input (server-side request forgery)."""

import ipaddress
import socket
from urllib.parse import urlsplit

from ..compat import _
from .errors import LineError, PermanentError

#: addresses at which clouds hand out credentials; refused even for connections in our own plant
METADATA = [
    ipaddress.ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check_url(url, in_plant=False):
    """Split and check an address without resolving it.

    :return: ``(scheme, host, port, path with query)``
    :raises PermanentError: what is wrong with it
    """
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        raise PermanentError(_("The address %s is not a URL.", url)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PermanentError(_("The address %s must begin with https:// and name a host.", url))
    if parts.scheme == "http" and not in_plant:
        raise PermanentError(
            _("The address %s is not encrypted. Use https, or mark the connection as being in your own plant.", url)
        )
    if parts.username or parts.password:
        raise PermanentError(_("The address must not hold a user name or a password: store a key instead."))
    if parts.fragment:
        raise PermanentError(_("The address %s must not have a part after #.", url))
    path = parts.path or "/"
    return (
        parts.scheme,
        parts.hostname,
        port or (443 if parts.scheme == "https" else 80),
        (f"{path}?{parts.query}" if parts.query else path),
    )


def resolve(host, port, in_plant=False):
    """The address to connect to: checked here, and the connection goes to exactly this one (no second look-up).

    :raises LineError: the name does not resolve now
    :raises PermanentError: it resolves to an address that is not allowed
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise LineError(_("The name %s could not be resolved.", host)) from None
    refused = None
    for _family, _type, _proto, _name, sockaddr in found:
        address = ipaddress.ip_address(sockaddr[0].split("%")[0])
        reason = _refusal(address, in_plant)
        if not reason:
            return str(address)
        refused = reason
    raise PermanentError(
        _("%(host)s leads to an address that may not be contacted (%(reason)s).", host=host, reason=refused)
    )


def _refusal(address, in_plant):
    # IPv4 in the clothes of IPv6: mapped, 6to4, and translated (NAT64, RFC 6052)
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if address.version == 6 and address in NAT64:
        inner = ipaddress.ip_address(int(address) & 0xFFFFFFFF)
    address = inner or address
    if address in METADATA or address.is_link_local:
        return _("link-local or cloud metadata")
    if address.is_multicast or address.is_unspecified:
        return _("not an address of one host")
    if not in_plant and not address.is_global:
        return _("private or local; mark the connection as being in your own plant if it is")
    return None
