"""Networks of IPv4 and IPv6 addresses as people write them, and whether an address lies in one of them."""

import ipaddress
import re
from functools import lru_cache

#: how IPv4 addresses look where IPv6 is spoken (RFC 4291, 2.5.5.2)
MAPPED = ipaddress.ip_network("::ffff:0:0/96")
#: how a network card is called
ZONE = re.compile(r"[0-9A-Za-z._-]+")


class NoNetwork(ValueError):
    """What is written is neither an address nor a network.

    :ivar entry: what is written
    :ivar meant: the network that it would be without what follows its prefix; None: it is no address at all
    """

    def __init__(self, entry, meant=None):
        super().__init__(entry)
        self.entry, self.meant = entry, meant


def entries(text):
    """What a list holds, one a line or with commas between; of a list of nothing but commas these."""
    found = [entry.strip() for line in (text or "").splitlines() for entry in line.split(",")]
    return [entry for entry in found if entry] or (text or "").split()


def read(entry):
    """The network that an entry names (one address is a network too); IPv4 in the clothes of IPv6 as IPv4.

    Masks in other forms than a number of bits are not read, since some of them can mean two things; nor is the name of
    a network card (``%eth0``), which no caller knows.

    :raises NoNetwork: it names none, or more than a network (``10.0.0.5/8``)
    """
    _address, slash, bits = entry.partition("/")
    if "%" in entry or slash and not (bits.isascii() and bits.isdigit()):
        raise NoNetwork(entry)
    try:
        meant = _plain(ipaddress.ip_network(entry, strict=False))
    except ValueError:
        raise NoNetwork(entry) from None
    try:
        ipaddress.ip_network(entry)
    except ValueError:
        # what it would mean is far more than the one address that stands there: its writer says which
        raise NoNetwork(entry, meant) from None
    return meant


def allows(text, address):
    """Whether an address is among those of a list; an empty list names all.

    :param text: as :func:`entries` reads it
    :param address: of who calls, as the server has it; None or no address (a socket of this machine) is in no list
    """
    try:
        listed = _listed(text)
        if not listed:
            return True
        asked = ipaddress.ip_address(_without_zone(address or ""))
    except ValueError:
        # also a list that can't be read, which nobody could have saved: who may call is not known then
        return False
    asked = getattr(asked, "ipv4_mapped", None) or asked
    return any(asked in network for network in listed)


def _without_zone(address):
    """An address of IPv6 may name the card on which it was heard (``fe80::1%eth0``).

    What else follows a ``%`` came with the request: an open quote in X-Forwarded-For swallows what the proxy added.

    :raises ValueError: something else follows
    """
    bare, percent, zone = address.partition("%")
    if percent and not (":" in bare and ZONE.fullmatch(zone)):
        raise ValueError(address)
    return bare


@lru_cache(maxsize=512)
def _listed(text):
    """Read once a process: each request asks for it."""
    return tuple(read(entry) for entry in entries(text))


def _plain(network):
    if network.version == 6 and network.subnet_of(MAPPED):
        return ipaddress.IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network
