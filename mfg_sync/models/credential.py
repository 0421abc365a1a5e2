from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .. import compat
from ..engine import keys
from ..protocol import signature

USES = [
    ("in_secret", "Signing secret: they sign, we check"),
    ("in_token", "Bearer token: they call with it"),
    ("out_secret", "Signing secret: we sign, they check"),
]
#: so long an old key stays valid beside the new one
OVERLAP = timedelta(days=7)


class Credential(models.Model):
    """A key of one direction: what we hand out is never accepted as what we receive, so that nobody can send our own
    messages back to us. Secrets are encrypted, tokens hashed; neither can be read back."""

    _name = "mfg.sync.credential"
    _description = "Key of a Connection"
    _order = "endpoint_id, use, id desc"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True, index=True)
    use = fields.Selection(USES, string="For", required=True)
    hint = fields.Char(string="Ends with", readonly=True)
    stored = fields.Char(groups=fields.NO_ACCESS, copy=False)
    expires = fields.Datetime(help="After this the key is refused; empty while it is the current one.")
    create_date = fields.Datetime(string="Made on", readonly=True)

    def write(self, vals):
        if set(vals) - {"expires"}:
            raise AccessError(_("A key is never changed: make a new one, the old one stays valid for 7 days."))
        until = fields.Datetime.to_datetime(vals.get("expires"))
        changed = self.filtered(lambda key: key.expires != (until or False))
        if any(key.expires and (not until or until > key.expires) for key in changed):
            raise AccessError(_("A key that ends can't be made valid for longer: make a new one."))
        before = [(key, key._validity()) for key in changed]
        result = super().write(vals)
        for key, was in before:
            key._log_decision("end_key", was, key._validity())
        return result

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.context.get("mfg_sync_issue"):
            raise AccessError(_("Keys are made with the buttons of the connection."))
        created = super().create(vals_list)
        for key in created:
            key._log_decision("new_key", False, key._validity())
        return created

    def unlink(self):
        for key in self:
            key._log_decision("delete_key", key._validity(), _("Deleted"))
        return super().unlink()

    def _log_decision(self, decision, before, after):
        """Whoever has a key speaks as the other side: who made and who ended it is kept. The key itself is not told."""
        use = dict(self._fields["use"]._description_selection(self.env))[self.use]
        about = _(
            "%(connection)s: %(use)s, ends with %(hint)s", connection=self.endpoint_id.name, use=use, hint=self.hint
        )
        known = {"endpoint_id": self.endpoint_id.id, "company_id": self.company_id.id, "about": about}
        self.env["mfg.sync.decision"]._log(decision, [{**known, "before": before, "after": after}])

    def _validity(self):
        return _("Valid until %s (UTC)", self.expires) if self.expires else _("Valid")

    def action_revoke(self):
        now = fields.Datetime.now()
        self.filtered(lambda key: not key.expires or key.expires > now).expires = now

    @api.model
    def _store(self, endpoint, use, value):
        """Store a key as the current one of its use; those before expire after the overlap.

        :param str value: the secret (``whsec_…``) or token in clear; it is not kept
        """
        if use == "in_token":
            if len(value) < 32:
                raise ValidationError(_("A token needs at least 32 characters that nobody can guess."))
            stored = signature.token_hash(value)
        elif signature.is_secret(value):
            stored = keys.encrypt(value)
        else:
            raise ValidationError(_("A signing secret looks like whsec_ followed by 32 to 88 characters of base64."))
        compat.check_access(endpoint, "write")
        now = fields.Datetime.now()
        valid = self.search(
            [("endpoint_id", "=", endpoint.id), ("use", "=", use), "|", ("expires", "=", False), ("expires", ">", now)]
        )
        # two are valid at a time, the new one and the one it takes the place of (the gate tries no more)
        valid[1:].write({"expires": now})
        valid[:1].filtered(lambda key: not key.expires).write({"expires": now + OVERLAP})
        # sudo: the stored form is readable and writable by nobody, so that no rights of a person reach it
        return (
            self.sudo()
            .with_context(mfg_sync_issue=True)
            .create({"endpoint_id": endpoint.id, "use": use, "stored": stored, "hint": value[-4:]})
        )

    @api.model
    def _issue(self, endpoint, use):
        """Make a key and show it once."""
        endpoint.ensure_one()
        value = signature.new_token() if use == "in_token" else signature.new_secret()
        self._store(endpoint, use, value)
        return {
            "type": "ir.actions.act_window",
            "name": _("Copy it now: it is shown only once"),
            "res_model": "mfg.sync.key.shown",
            "view_mode": "form",
            "target": "new",
            # in the action's context only: it never reaches the database
            "context": {"mfg_sync_key": value, "default_endpoint_id": endpoint.id, "default_use": use},
        }

    @api.model
    def set_key(self, endpoint_code, use, value=None):
        """For automation over RPC: set a key given, or make one; returns it in clear, this once.

        :raises ValidationError: not the form of a secret
        """
        endpoint = self.env["mfg.sync.endpoint"].search([("code", "=", endpoint_code)])
        endpoint.ensure_one()
        value = value or (signature.new_token() if use == "in_token" else signature.new_secret())
        self._store(endpoint, use, value)
        return value

    @api.model
    def _outgoing_secrets(self, cr, endpoint_id):
        """All secrets that are valid now, newest first, in clear."""
        cr.execute(
            """SELECT stored FROM mfg_sync_credential WHERE endpoint_id = %s AND use = 'out_secret'
               AND (expires IS NULL OR expires > now() AT TIME ZONE 'UTC') ORDER BY id DESC""",
            [endpoint_id],
        )
        return [keys.decrypt(stored) for (stored,) in cr.fetchall()]
