from odoo import _, models
from odoo.exceptions import UserError

#: what of a connection is filed under its company, and would be left to the old one or steer the new one's messages
FILED = (
    *("mfg.sync.message", "mfg.sync.key", "mfg.sync.binding", "mfg.sync.value.map", "mfg.sync.credential"),
    *("mfg.sync.import", "mfg.sync.upload", "mfg.sync.statement", "mfg.sync.mark", "mfg.sync.run"),
    *("mfg.sync.hold", "mfg.sync.removal", "mfg.sync.figure"),
)


class EndpointCompany(models.Model):
    """A connection changes its company only while it is fresh: nothing of the old one hangs on it."""

    _inherit = "mfg.sync.endpoint"

    def write(self, vals):
        if "company_id" not in vals:
            return super().write(vals)
        moved = self.filtered(lambda endpoint: endpoint.company_id.id != vals["company_id"])
        for endpoint in moved:
            found = [self.env[name]._description for name in FILED if endpoint._has_any(name)]
            if found:
                raise UserError(
                    _(
                        "The company of %(connection)s is fixed, because there is something of %(company)s on it "
                        "already: %(found)s. Make another connection.",
                        connection=endpoint.name,
                        company=endpoint.company_id.name,
                        found=", ".join(found),
                    )
                )
        result = super().write(vals)
        # their company follows; the sites that they are limited to do not
        moved.with_context(active_test=False).flow_ids._check_company()
        return result

    def _has_any(self, model):
        # sudo: existence only, whatever the person may read of it
        return bool(self.env[model].sudo().search_count([("endpoint_id", "=", self.id)], limit=1))
