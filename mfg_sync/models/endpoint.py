from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import keys, netguard, setback, wake
from ..engine.errors import SyncError

KINDS = [
    ("mes", "Manufacturing execution (MES)"),
    ("wms", "Warehouse (WMS)"),
    ("3pl", "Logistics provider (3PL)"),
    ("supplier", "Supplier"),
    ("customer", "Customer"),
    ("lab", "Laboratory, quality"),
    ("carrier", "Carrier"),
    ("maintenance", "Maintenance"),
    ("finance", "Finance"),
    ("analytics", "Analytics"),
    ("other", "Other"),
]


#: groups that nobody has with whose rights messages are applied
ADMINISTRATORS = ("base.group_system", "base.group_erp_manager", "mfg_sync.group_administrator")


class Endpoint(models.Model):
    _name = "mfg.sync.endpoint"
    _description = "Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True, tracking=True, help="What people call the other side, e.g. 'MES hall 2'.")
    code = fields.Char(
        required=True,
        copy=False,
        tracking=True,
        help="Part of the address the other side calls: /mfg_sync/v1/<code>/events. Small letters, digits, - and _.",
    )
    kind = fields.Selection(KINDS, string="What it is", required=True, default="other", tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        tracking=True,
        index=True,
        help="Everything that crosses this connection belongs to this company.",
    )
    environment = fields.Selection(
        [("production", "Production"), ("test", "Test")],
        required=True,
        default="test",
        tracking=True,
        help="Part of the stamp: a connection made for production stops when it wakes up elsewhere.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Service user",
        tracking=True,
        copy=False,
        help="Messages are applied with the rights of this user, who must not be an administrator. "
        "One user per company and kind of system is a good rule.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Partner",
        tracking=True,
        help="Whose connection this is: documents of this partner and of its contacts are told here.",
    )
    paused = fields.Boolean(
        tracking=True,
        copy=False,
        help="While paused nothing is applied and nothing is sent; what arrives is still accepted and kept.",
    )
    breaker_open = fields.Boolean(
        string="Stopped",
        readonly=True,
        copy=False,
        tracking=True,
        help="The other side refuses our credentials: nothing is sent until an Administrator has looked at it.",
    )
    breaker_reason = fields.Char(string="Why it stopped", readonly=True, copy=False)
    listening = fields.Boolean(
        copy=False,
        tracking=True,
        help="The first message with a valid key teaches Odoo the source of the system behind it.",
    )
    system_ids = fields.One2many("mfg.sync.system", "endpoint_id", string="Systems")
    flow_ids = fields.One2many("mfg.sync.flow", "endpoint_id", string="Synchronizations")
    credential_ids = fields.One2many("mfg.sync.credential", "endpoint_id", string="Keys")

    source = fields.Char(
        string="Our source",
        copy=False,
        tracking=True,
        help="How Odoo names itself to the other side (CloudEvents source). Fixed once something was sent.",
    )
    delivery = fields.Selection(
        [("push", "Odoo sends them"), ("pull", "The other side fetches them")],
        string="How they get messages",
        required=True,
        default="push",
        tracking=True,
        help="A system behind a firewall, which Odoo can't call, fetches its messages itself and acknowledges them.",
    )
    fetch_again = fields.Integer(
        string="Hand out again after (s)",
        default=60,
        help="A message that was fetched and not acknowledged within this time is handed out again, with the same id.",
    )
    url = fields.Char(
        string="Address of the other side",
        tracking=True,
        help="Where messages are posted, e.g. https://mes.plant.example/events.",
    )
    in_plant = fields.Boolean(
        string="In our own plant",
        tracking=True,
        help="Allows private and loopback addresses and plain http. Leave it off for anything on the internet.",
    )
    ca_bundle = fields.Text(
        string="Certificate authority", tracking=True, help="PEM certificates to trust beside the system's own."
    )
    connect_timeout = fields.Float(string="Connect within (s)", default=5.0)
    read_timeout = fields.Float(string="Answer within (s)", default=30.0)
    first_retry = fields.Float(
        string="First retry after (s)",
        default=5.0,
        help="Doubles with each attempt, with jitter, up to one hour.",
    )
    body_limit = fields.Integer(string="Largest request (bytes)", default=1048576)

    stamp = fields.Char(readonly=True, copy=False, groups="mfg_sync.group_administrator")
    stamp_ok = fields.Boolean(compute="_compute_stamp_ok", string="At home")
    address = fields.Char(compute="_compute_address", string="Address to call")
    outbox_address = fields.Char(compute="_compute_address", string="Address to fetch from")
    message_count = fields.Integer(compute="_compute_counts", string="Messages in all")
    needs_you_count = fields.Integer(compute="_compute_counts", string="Needs you")
    waiting_count = fields.Integer(compute="_compute_counts", string="Waiting")

    _sql_constraints = [
        ("code_uniq", "UNIQUE(code)", "There is another connection with this code."),
        ("limits", "CHECK(connect_timeout > 0 AND read_timeout > 0 AND first_retry > 0)", "Times must be above zero."),
        ("fetch_again_range", "CHECK(fetch_again BETWEEN 1 AND 86400)", "Hand out again after 1 second to 1 day."),
        ("body_limit_range", "CHECK(body_limit BETWEEN 1024 AND 10485760)", "The largest request is 1 KiB to 10 MiB."),
    ]

    def _compute_stamp_ok(self):
        now = self._stamp_parts()
        for endpoint in self:
            # sudo: the stamp is hidden from those who may see whether it fits
            endpoint.stamp_ok = endpoint.sudo().stamp == self._stamp_text(now, endpoint.environment)

    @api.depends("code")
    def _compute_address(self):
        base = self.get_base_url() if self else ""
        for endpoint in self:
            endpoint.address = f"{base}/mfg_sync/v1/{endpoint.code}/events" if endpoint.code else False
            endpoint.outbox_address = f"{base}/mfg_sync/v1/{endpoint.code}/outbox" if endpoint.code else False

    def _compute_counts(self):
        message = self.env["mfg.sync.message"]
        totals = dict(message._read_group([("endpoint_id", "in", self.ids)], ["endpoint_id"], ["__count"]))
        needs = dict(
            message._read_group(
                [("endpoint_id", "in", self.ids), ("status", "=", "needs_you")], ["endpoint_id"], ["__count"]
            )
        )
        waiting = dict(
            message._read_group(
                [("endpoint_id", "in", self.ids), ("status", "=", "waiting")], ["endpoint_id"], ["__count"]
            )
        )
        for endpoint in self:
            endpoint.message_count = totals.get(endpoint, 0)
            endpoint.needs_you_count = needs.get(endpoint, 0)
            endpoint.waiting_count = waiting.get(endpoint, 0)

    @api.constrains("user_id", "company_id")
    def _check_service_user(self):
        for endpoint in self.filtered("user_id"):
            endpoint._refuse_unfit_user()

    @api.constrains("url", "in_plant")
    def _check_url(self):
        for endpoint in self.filtered("url"):
            try:
                netguard.check_url(endpoint.url, in_plant=endpoint.in_plant)
            except SyncError as error:
                raise ValidationError(error.text) from None

    def _refuse_unfit_user(self):
        """Least privilege, checked: no administrator, in the company, with the groups the flows need."""
        self.ensure_one()
        # sudo: groups and companies of another user, read to judge him; nothing of it is shown but group names
        user = self.user_id.sudo()
        if not user.active:
            raise ValidationError(_("%s is archived: choose another service user.", user.name))
        if self._is_administrator(user):
            raise ValidationError(
                _(
                    "%s is an administrator. A service user must have no more rights than its messages need: "
                    "choose or make another user.",
                    user.name,
                )
            )
        if self.company_id not in user.company_ids:
            raise ValidationError(
                _(
                    "%(user)s may not work in %(company)s: add the company to the user, or choose another one.",
                    user=user.name,
                    company=self.company_id.name,
                )
            )
        missing = self._missing_groups()
        if missing:
            raise ValidationError(
                _(
                    "%(user)s lacks rights that the synchronizations of %(endpoint)s need: %(groups)s.",
                    user=user.name,
                    endpoint=self.name,
                    groups=", ".join(missing),
                )
            )

    @api.model
    def _is_administrator(self, user):
        return user._is_superuser() or any(user.has_group(group) for group in ADMINISTRATORS)

    def _missing_groups(self, kinds=None):
        """Names of groups that the service user lacks.

        :param kinds: the kinds of messages that need them; None: those that are switched on
        """
        self.ensure_one()
        # sudo: as above
        user = self.user_id.sudo()
        if kinds is None:
            kinds = self.sudo().flow_ids.filtered(lambda flow: flow.mode != "off").type_id
        wanted = {}
        for kind in kinds:
            for xmlid in kind._needed_groups():
                wanted[xmlid] = self.env.ref(xmlid, raise_if_not_found=False)
        return sorted(
            (group.sudo().full_name or xmlid) if group else xmlid
            for xmlid, group in wanted.items()
            if not user.has_group(xmlid)
        )

    # -- the stamp: a copy never talks to a production system

    def _stamp_parts(self):
        # sudo: the database's uuid is readable by administrators only, and is not shown
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return keys.instance_id(), self.env.cr.dbname, uuid

    @api.model
    def _stamp_text(self, parts, environment):
        return setback.stamp(environment, *parts)

    def action_confirm_stamp(self):
        """This is the home of the connection: an Administrator says so, and it is in the chatter."""
        parts = self._stamp_parts()
        if not parts[0]:
            raise UserError(_("The instance id cannot be stored: Odoo's data folder is not writable."))
        for endpoint in self:
            endpoint.stamp = self._stamp_text(parts, endpoint.environment)
            endpoint.message_post(body=_("Confirmed: this database is the one that may talk to %s.", endpoint.name))
        self._wake()

    @api.model_create_multi
    def create(self, vals_list):
        endpoints = super().create(vals_list)
        parts = self._stamp_parts()
        for endpoint in endpoints:
            endpoint.stamp = self._stamp_text(parts, endpoint.environment)
            if not endpoint.source:
                endpoint.source = f"urn:mfg-sync:{parts[2]}:{endpoint.code}"
        self.env.registry.clear_cache()
        return endpoints

    def write(self, vals):
        if "source" in vals and any(endpoint.source != vals["source"] and endpoint._has_sent() for endpoint in self):
            raise UserError(_("Our source is fixed, because messages have been sent with it."))
        at_home = self.filtered("stamp_ok") if "environment" in vals else self.browse()
        result = super().write(vals)
        parts = self._stamp_parts()
        for endpoint in at_home:
            # part of the stamp; where it does not fit, only an Administrator's confirmation helps
            endpoint.stamp = self._stamp_text(parts, endpoint.environment)
        self.env.registry.clear_cache()
        if vals.get("paused") is False or vals.get("active") or "delivery" in vals:
            self._wake()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _has_sent(self):
        return bool(
            self.env["mfg.sync.message"]
            .sudo()
            .search_count(  # sudo: existence only, over all companies
                [("endpoint_id", "=", self.id), ("direction", "=", "out"), ("attempt_count", ">", 0)], limit=1
            )
        )

    def action_close_breaker(self):
        self.write({"breaker_open": False, "breaker_reason": False})
        self._wake()

    def action_pause(self):
        self.paused = True

    def action_resume(self):
        self.paused = False

    def action_new_secret(self):
        return self.env["mfg.sync.credential"]._issue(self, "in_secret")

    def action_new_token(self):
        return self.env["mfg.sync.credential"]._issue(self, "in_token")

    def action_new_outgoing_secret(self):
        return self.env["mfg.sync.credential"]._issue(self, "out_secret")

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")
        return {**action, "domain": [("endpoint_id", "=", self.id)], "context": {}}

    # -- work

    def _wake(self):
        for endpoint in self:
            wake.after_commit(self.env.cr, endpoint.id, "in", "out")

    def _job_apply(self):
        """Body of the queue job: apply what has arrived. Bears running twice (the drain takes a lock)."""
        self.ensure_one()
        from ..engine.drain import LINGER_SECONDS, Drain

        Drain(self.env.registry, self.id, self.env.cr).run(linger=LINGER_SECONDS)

    def _job_deliver(self):
        """Body of the queue job: render marks and send what is due."""
        self.ensure_one()
        from ..engine.delivery import Delivery
        from ..engine.drain import LINGER_SECONDS

        Delivery(self.env.registry, self.id).run(linger=LINGER_SECONDS)

    @api.model
    def _cron_sweep(self):
        """The net below the queue: every minute, and the only worker where no runner answers."""
        from ..engine.sweep import Sweep

        Sweep(self.env).run()
