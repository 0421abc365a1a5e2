from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..protocol import networks

#: each request is compared with all of them
MOST = 256
#: characters of an entry that are quoted
QUOTED = 60
#: characters of the whole list: each request reads it, also a stranger's
LONGEST = 64 * MOST


class EndpointAddress(models.Model):
    """From where the other side may call: a key that was stolen is of no use elsewhere."""

    _inherit = "mfg.sync.endpoint"

    allowed_from = fields.Text(
        string="Addresses that may call",
        tracking=True,
        help="Networks or single addresses, one a line or with commas between, such as 10.20.0.0/16, 192.0.2.7 or "
        "2001:db8::/32. Who calls from elsewhere is refused, also with the right key. Empty: from anywhere. Behind a "
        "proxy Odoo sees the caller's address only with proxy_mode = True in odoo.conf, which trusts one proxy that "
        "says it (X-Forwarded-For and X-Forwarded-Host); without it, all calls come from the proxy's own address.",
    )

    @api.constrains("allowed_from")
    def _check_allowed_from(self):
        for endpoint in self:
            if len(endpoint.allowed_from or "") > LONGEST:
                raise ValidationError(_("The list of addresses that may call has at most %s characters.", LONGEST))
            written = networks.entries(endpoint.allowed_from)
            if len(written) > MOST:
                raise ValidationError(
                    _(
                        "%(count)s addresses are too many: at most %(most)s may be listed. Name the networks that they "
                        "belong to.",
                        count=len(written),
                        most=MOST,
                    )
                )
            for entry in written:
                endpoint._refuse_unless_network(entry)

    def _callers_spoken(self):
        """From where it may be called, in words."""
        return ", ".join(networks.entries(self.allowed_from)) or _("From anywhere")

    def _refuse_unless_network(self, entry):
        try:
            networks.read(entry)
        except networks.NoNetwork as error:
            if error.meant:
                raise ValidationError(
                    _(
                        "Addresses that may call: “%(entry)s” is an address with the size of a network. Write "
                        "%(network)s for the whole network, or %(address)s for this one address.",
                        entry=entry[:QUOTED],
                        # Odoo 19 lists what is iterable, and a network is all its addresses
                        network=str(error.meant),
                        address=entry.partition("/")[0],
                    )
                ) from None
            raise ValidationError(
                _(
                    "Addresses that may call: “%s” is no address and no network. Write them one a line or with commas "
                    "between, such as 192.0.2.7, 10.20.0.0/16 or 2001:db8::/32.",
                    entry[:QUOTED],
                )
            ) from None
