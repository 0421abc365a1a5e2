from psycopg2 import DataError, ProgrammingError

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools.safe_eval import safe_eval

#: what Python, Odoo and PostgreSQL say to a filter that is none
NO_DOMAIN = (
    *(ValueError, SyntaxError, TypeError, KeyError, AssertionError, IndexError),
    *(DataError, ProgrammingError),
)


class Flow(models.Model):
    """One workflow on one connection: which kind of message, which way, for which part of the company, how."""

    _name = "mfg.sync.flow"
    _description = "Synchronization"
    _inherit = ["mail.thread"]
    _order = "endpoint_id, direction, sequence, id"

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", required=True, ondelete="cascade", index=True, tracking=True
    )
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True, index=True)
    type_id = fields.Many2one(
        "mfg.sync.message.type", string="Kind of message", required=True, ondelete="cascade", index=True, tracking=True
    )
    direction = fields.Selection(related="type_id.direction", store=True)
    kind_state = fields.Selection(related="type_id.state", string="Lifecycle of the kind")
    mode = fields.Selection(
        [("off", "Off"), ("shadow", "Shadow: try, change nothing"), ("live", "Live")],
        required=True,
        default=lambda self: "shadow",
        copy=False,
        tracking=True,
        help="Shadow applies a message, looks at the outcome and takes it back; nothing that happens from then on is "
        "sent to the other side. What waits to be sent already still goes: pause the synchronization to keep it.",
    )
    paused = fields.Boolean(tracking=True, help="Kept, and applied or sent once resumed.")

    site_ids = fields.Many2many(
        "stock.warehouse", string="Sites", tracking=True, help="Empty: every site of the company."
    )
    picking_type_ids = fields.Many2many(
        "stock.picking.type", string="Operation types", tracking=True, help="Empty: all."
    )
    domain = fields.Char(
        default="[]", tracking=True, help="Further limits which documents this synchronization covers."
    )

    expected_latency = fields.Float(string="Expected within (min)", default=5.0)
    patience_hours = fields.Float(
        compute="_compute_patience",
        store=True,
        readonly=False,
        string="Patience (h)",
        help="So long a message waits or is tried again by itself; then a person is asked.",
    )
    exception_user_id = fields.Many2one(
        "res.users",
        string="Who is asked",
        domain=[("share", "=", False)],
        tracking=True,
        help="Gets a task when a message needs a person. Not somebody of the portal: a task quotes the message.",
    )
    quantity_mode = fields.Selection(
        [("delta", "Since the last report"), ("cumulative", "Total so far")],
        default="delta",
        required=True,
        tracking=True,
        string="Quantities are",
    )
    can_total = fields.Boolean(compute="_compute_can_total")
    message_count = fields.Integer(compute="_compute_message_count")

    _sql_constraints = [
        ("patience_positive", "CHECK(patience_hours > 0)", "Patience must be above zero."),
    ]

    @api.depends("endpoint_id.name", "type_id.title")
    def _compute_name(self):
        for flow in self:
            flow.name = f"{flow.endpoint_id.name or ''}: {flow.type_id.title or ''}"

    @api.depends("type_id")
    def _compute_patience(self):
        for flow in self:
            flow.patience_hours = flow.type_id.patience_hours or 72.0

    @api.depends("type_id")
    def _compute_can_total(self):
        for flow in self:
            flow.can_total = bool(flow.type_id and flow.type_id._block().get("totals"))

    def _compute_message_count(self):
        counts = dict(self.env["mfg.sync.message"]._read_group([("flow_id", "in", self.ids)], ["flow_id"], ["__count"]))
        for flow in self:
            flow.message_count = counts.get(flow, 0)

    @api.constrains("endpoint_id", "type_id", "active")
    def _check_unique(self):
        for flow in self.filtered("active"):
            twin = self.search(
                [("endpoint_id", "=", flow.endpoint_id.id), ("type_id", "=", flow.type_id.id), ("id", "!=", flow.id)],
                limit=1,
            )
            # what comes in must know which one it belongs to; what goes out may be told by several (by site)
            if twin and flow.direction == "in":
                raise ValidationError(_("%s is on this connection already.", flow.type_id.title))

    @api.constrains("mode", "endpoint_id", "type_id")
    def _check_service_user(self):
        for flow in self.filtered(lambda flow: flow.mode != "off"):
            if not flow.endpoint_id.user_id:
                raise ValidationError(
                    _(
                        "%s has no service user: choose one before a synchronization is switched on.",
                        flow.endpoint_id.name,
                    )
                )
            flow.endpoint_id._refuse_unfit_user()

    @api.constrains("exception_user_id")
    def _check_exception_user(self):
        # sudo: what kind of user another one is, read to judge him
        for user in self.exception_user_id.sudo().filtered("share"):
            raise ValidationError(
                _("%s is no internal user. Tasks quote messages: choose somebody of the company.", user.name)
            )

    @api.constrains("quantity_mode", "type_id")
    def _check_totals(self):
        for flow in self.filtered(lambda flow: flow.quantity_mode == "cumulative" and not flow.can_total):
            raise ValidationError(
                _(
                    "%s tells no totals: each message stands for itself. Choose “Since the last report”.",
                    flow.type_id.title,
                )
            )

    @api.constrains("site_ids", "picking_type_ids", "endpoint_id")
    def _check_company(self):
        for flow in self:
            foreign = (flow.site_ids.company_id | flow.picking_type_ids.company_id) - flow.company_id
            if foreign:
                raise ValidationError(_("Sites and operation types must belong to %s.", flow.company_id.name))

    @api.constrains("domain")
    def _check_domain(self):
        for flow in self:
            try:
                domain = safe_eval(flow.domain or "[]", {})
                flow._try_domain(domain)
            except NO_DOMAIN as error:
                raise ValidationError(
                    _("The filter of %(flow)s is not a domain: %(error)s", flow=flow.name, error=error)
                ) from None

    def _try_domain(self, domain):
        """Use a filter as it is used later: to search, and on the documents that somebody changes.

        A user's save would fail by it otherwise.
        """
        if not isinstance(domain, list | tuple) or any(
            term not in ("&", "|", "!") and not (isinstance(term, list | tuple) and len(term) == 3) for term in domain
        ):
            raise ValueError(_("it is a list of conditions such as [('name', '=', 'Steel')]"))
        model = self.env.get(self.type_id.document_model)
        if model is not None:
            with self.env.cr.savepoint(flush=False):
                model.search(domain, limit=1)
                model.search([], limit=1).filtered_domain(domain)

    def _filter_fields(self):
        """Names of the documents' own fields that the filter speaks of."""
        terms = (term for term in safe_eval(self.domain or "[]", {}) if isinstance(term, list | tuple))
        return frozenset(str(term[0]).partition(".")[0] for term in terms)

    @api.model_create_multi
    def create(self, vals_list):
        flows = super().create(vals_list)
        self.env.registry.clear_cache()
        return flows

    def write(self, vals):
        for name in ("type_id", "endpoint_id"):
            # what is kept, for how long and for whom goes by these two, and messages that came may wait for them
            if name in vals and any(flow[name].id != vals[name] for flow in self):
                raise UserError(
                    _("A synchronization keeps its kind of message and its connection. Archive it, and make another.")
                )
        result = super().write(vals)
        self.env.registry.clear_cache()
        if vals.get("paused") is False or vals.get("active") or "mode" in vals:
            self.endpoint_id._wake()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")
        return {**action, "domain": [("flow_id", "=", self.id)], "context": {}}

    # -- read by the engine for whoever acts; the cache makes "nobody watches this model" cost no query

    @api.model
    @tools.ormcache()
    def _outbound(self):
        """``{id: {id, kind, live, endpoint_id, company_id, mode, …}}`` of outbound flows that are on.

        What was noted for one is told, also when its kind was retired since.
        """
        return {
            flow.id: {
                "id": flow.id,
                "kind": flow.type_id.name,
                "live": flow.type_id._is_live(),
                "endpoint_id": flow.endpoint_id.id,
                "company_id": flow.company_id.id,
                "mode": flow.mode,
                "user_id": flow.endpoint_id.user_id.id,
                # Odoo clears this cache when a user gets another language or time zone, and our res.partner does
                "lang": flow.endpoint_id.user_id.lang or "en_US",
                "tz": flow.endpoint_id.user_id.tz or "UTC",
                "source": flow.endpoint_id.source,
                "epochs": flow.endpoint_id._epochs(),
                "type_id": flow.type_id.id,
                "version": flow.type_id.version,
                "title": flow.type_id.with_context(lang=flow.endpoint_id.user_id.lang).title,
                "builder": flow.type_id.builder,
                "pattern": flow.type_id.pattern,
                "site_ids": flow.site_ids.ids,
                "picking_type_ids": flow.picking_type_ids.ids,
                "domain": flow.domain or "[]",
                "filter_fields": flow._filter_fields(),
                "patience_hours": flow.patience_hours,
                "collects": flow._collects(),
                "target": flow.target if flow.pattern == "scheduled" else "http",
            }
            # sudo: people who change documents need no rights on the configuration of connections
            for flow in self.sudo().search(
                [("direction", "=", "out"), ("mode", "!=", "off"), ("endpoint_id.active", "=", True)]
            )
            if flow.type_id._is_served()
        }

    @api.model
    @tools.ormcache()
    def _watch(self):
        """``{kind name: [entry of _outbound, …]}`` of flows for which is noted what happens: their kind is live."""
        watch = {}
        for flow in self._outbound().values():
            if flow["live"]:
                watch.setdefault(flow["kind"], []).append(flow)
        return watch

    @api.model
    @tools.ormcache()
    def _inbound(self):
        """``{(endpoint_id, type_id): {id, mode, …}}`` of inbound flows that are on."""
        return {
            (flow.endpoint_id.id, flow.type_id.id): {
                "id": flow.id,
                "mode": flow.mode,
                "patience_hours": flow.patience_hours,
                "quantity_mode": flow.quantity_mode,
                "is_counted": flow.is_counted,
                "first_number": flow.first_number,
                "site_ids": flow.site_ids.ids,
                "picking_type_ids": flow.picking_type_ids.ids,
                "exception_user_id": flow.exception_user_id.id,
                "key_years": flow.endpoint_id.key_years,
            }
            # sudo: asked by the gate and the drain, which act for a caller without rights on the configuration
            for flow in self.sudo().search([("direction", "=", "in"), ("mode", "!=", "off")])
            if flow.type_id._is_served()
        }
