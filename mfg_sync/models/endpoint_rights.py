from odoo import _, models

from ..compat import check_access
from ..engine.rights_checks import RightsChecks


class EndpointRights(models.Model):
    """What the service user may not do, said to an Administrator before a message fails for it."""

    _inherit = "mfg.sync.endpoint"

    def action_check_rights(self):
        """Look now and show it; nothing is given to anybody."""
        self.ensure_one()
        # raises unless the user may change the connection: what rights another one has is nobody else's matter
        check_access(self, "write")
        return self.env["mfg.sync.check"]._show(
            RightsChecks(self).run(),
            name=_("Rights of %s", self.user_id.name or self.name),
            views=[(self.env.ref("mfg_sync.check_rights_view_form").id, "form")],
            target="new",
        )
