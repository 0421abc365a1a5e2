from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..engine.trial import Trial
from ..engine.working import is_neutralized

HEALTH = [
    ("stopped", "Stopped"),
    ("away", "Not answering"),
    ("needs_you", "Needs you"),
    ("incomplete", "Incomplete"),
    ("paused", "Paused"),
    ("waiting", "Waiting"),
    ("tried", "Being tried"),
    ("fine", "Fine"),
]


class EndpointHealth(models.Model):
    """What needs attention on a connection, worst first, and a way to try it out."""

    _inherit = "mfg.sync.endpoint"

    health = fields.Selection(HEALTH, compute="_compute_health", help="The worst that is the case.")
    neutralized = fields.Boolean(compute="_compute_health", string="In a neutralized copy")
    missing_text = fields.Char(compute="_compute_health", string="Still missing")
    last_message_at = fields.Datetime(compute="_compute_last_message_at", string="Last message")

    @api.depends(
        "breaker_open",
        "line_down",
        "paused",
        "user_id",
        "url",
        "delivery",
        "credential_ids.expires",
        "flow_ids.mode",
        "flow_ids.type_id.state",
    )
    def _compute_health(self):
        # sudo: a flag of the database that everybody may know
        neutralized = is_neutralized(self.sudo().env)
        for endpoint in self:
            endpoint.neutralized = neutralized
            missing = endpoint._missing_parts()
            endpoint.missing_text = ", ".join(missing)
            endpoint.health = (
                "stopped"
                if neutralized or endpoint.breaker_open or not endpoint.stamp_ok
                else "paused"
                if endpoint.paused
                else "away"
                if endpoint.line_down
                else "needs_you"
                if endpoint.needs_you_count
                else "incomplete"
                if missing
                else "waiting"
                if endpoint.waiting_count
                else "fine"
                if "live" in endpoint.flow_ids.mapped("mode")
                else "tried"
            )

    def _compute_last_message_at(self):
        for endpoint in self:
            endpoint.last_message_at = (
                self.env["mfg.sync.message"]
                .search([("endpoint_id", "=", endpoint.id)], order="id desc", limit=1)
                .received
            )

    def _missing_parts(self):
        """Names of what the switched-on synchronizations still lack."""
        self.ensure_one()
        flows = self.flow_ids.filtered(lambda flow: flow.mode != "off")
        if not flows:
            return [_("a synchronization that is switched on")]
        missing = [] if self.user_id else [_("a service user")]
        for kind in flows.type_id.filtered(lambda kind: not kind._is_live()):
            missing.append(
                _("an active kind of message instead of %s", kind.display_name)
                if kind._is_served()
                else _("the addon that makes %s", kind.display_name)
            )
        if self.delivery == "push" and not self.url and flows.filtered(lambda flow: flow.direction == "out"):
            missing.append(_("the address of the other side"))
        return missing + self._missing_keys()

    def _missing_keys(self):
        """Names of the keys that the live synchronizations of this connection need and that nobody made."""
        self.ensure_one()
        now = fields.Datetime.now()
        # sudo: whether a key is there, for people who may see the connection; never the key
        valid = self.sudo().credential_ids.filtered(lambda key: not key.expires or key.expires > now).mapped("use")
        live = self.flow_ids.filtered(lambda flow: flow.mode == "live").mapped("direction")
        missing = []
        if "in" in live and not {"in_secret", "in_token"} & set(valid):
            missing.append(_("a signing key or token for them"))
        if "out" in live and self.delivery == "pull":
            if "in_token" not in valid:
                missing.append(_("a token to fetch with"))
        elif "out" in live and "out_secret" not in valid:
            missing.append(_("a key to sign what we send"))
        return missing

    def action_open_needs_you(self):
        return {**self.action_open_messages(), "context": {"search_default_needs_you": 1}}

    def action_open_waiting(self):
        return {**self.action_open_messages(), "context": {"search_default_waiting": 1}}

    def action_send_test(self):
        """Send a test message now and say what happened, step by step; kept in the chatter."""
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        if is_neutralized(self.sudo().env) or not self.stamp_ok:  # sudo: as above
            raise UserError(
                _("This database is not the home of %s: a copy talks to nobody, not even to try it out.", self.name)
            )
        outcome = Trial(self).run()
        self.message_post(body=_("Test message: %s", outcome["summary"]))
        result = self.env["mfg.sync.test.result"].create(
            {
                "endpoint_id": self.id,
                "delivered": outcome["delivered"],
                "summary": outcome["summary"],
                "line_ids": [(0, 0, step) for step in outcome["steps"]],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Test message to %s", self.name),
            "res_model": result._name,
            "res_id": result.id,
            "view_mode": "form",
            "target": "new",
        }
