"""From where a connection is called: a key that was stolen is of no use elsewhere."""

from ..protocol import networks
from ..protocol.errors import Problem


def check(endpoint, remote):
    """
    :param dict endpoint: the row of a connection whose key the sender has shown
    :param remote: the address of who calls, as Odoo's server has it; never what a header of the request says
    :raises Problem: 403, the connection is not called from there
    """
    if networks.allows(endpoint["allowed_from"], remote):
        return
    raise Problem(
        403,
        "address",
        "This address may not call here",
        f"The key is right, but this connection is not called from your address, {(remote or 'not known')[:64]}. An "
        "Administrator of Odoo adds it to the addresses that may call.",
    )
