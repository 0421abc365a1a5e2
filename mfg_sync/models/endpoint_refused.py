from odoo import _, fields, models


class EndpointRefused(models.Model):
    """What was refused of those who called this connection: seldom looked at, but then urgently."""

    _inherit = "mfg.sync.endpoint"

    refused_count = fields.Integer(
        string="Refused", compute="_compute_refused_count", groups="mfg_sync.group_administrator"
    )

    def _compute_refused_count(self):
        counts = dict(
            self.env["mfg.sync.refused"]._read_group(
                [("endpoint_code", "in", self.mapped("code"))], ["endpoint_code"], ["__count"]
            )
        )
        for endpoint in self:
            endpoint.refused_count = counts.get(endpoint.code, 0)

    def action_open_refused(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.refused_action")
        action["domain"] = [("endpoint_code", "=", self.code)]
        action["display_name"] = _("Refused requests of %s", self.name)
        return action
