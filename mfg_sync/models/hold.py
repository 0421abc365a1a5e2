from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .. import compat
from ..engine import holds

SCOPES = [
    ("connection", "A connection"),
    ("kind", "A kind of message"),
    ("document", "A document"),
    ("messages", "Single messages"),
]


class Hold(models.Model):
    """A legal hold: nothing of what it names is removed, until somebody lifts it and says why, or it ends.

    The record is its own audit: who placed it, when and why is fixed, as is who lifted it. It is never deleted.
    """

    _name = "mfg.sync.hold"
    _inherit = ["mfg.sync.frozen.mixin"]
    _description = "Legal Hold"
    _order = "lifted_at desc nulls first, id desc"
    _rec_name = "reason"

    reason = fields.Char(
        string="Why", required=True, help="What it is for, so that others know when it may end, e.g. the lawsuit."
    )
    scope = fields.Selection(SCOPES, string="What is held", required=True, default="connection")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", ondelete="restrict", help="Of a kind of message: empty is everywhere."
    )
    type_id = fields.Many2one("mfg.sync.message.type", string="Kind of message", ondelete="restrict")
    document = fields.Reference(selection="_selection_document", string="Document")
    res_model = fields.Char(compute="_compute_res", store=True)
    res_id = fields.Many2oneReference(model_field="res_model", compute="_compute_res", store=True)
    message_ids = fields.Many2many(
        "mfg.sync.message", "mfg_sync_hold_message", "hold_id", "message_id", string="Messages"
    )
    covers = fields.Char(string="Covers", compute="_compute_covers", store=True, help="As it was when it was placed.")
    until = fields.Date(string="Ends after", help="The last day of the hold; empty: until it is lifted.")
    lifted_at = fields.Datetime(string="Lifted on", readonly=True, copy=False)
    lifted_by_id = fields.Many2one("res.users", string="Lifted by", readonly=True, copy=False, ondelete="restrict")
    lifted_reason = fields.Char(string="Why it was lifted", readonly=True, copy=False)
    state = fields.Selection(
        [("stands", "Stands"), ("over", "Ended"), ("lifted", "Lifted")],
        compute="_compute_state",
        search="_search_state",
    )

    @api.model
    def _selection_document(self):
        # sudo: names of models; the documents themselves are chosen under the person's own rights
        kinds = self.env["mfg.sync.message.type"].sudo().search([("document_model", "!=", False)])
        named = sorted(set(kinds.mapped("document_model")) & set(self.env))
        return [(name, self.env[name]._description) for name in named]

    @api.depends("document")
    def _compute_res(self):
        for hold in self:
            hold.res_model = hold.document._name if hold.document else False
            hold.res_id = hold.document.id if hold.document else False

    @api.depends("scope", "endpoint_id", "type_id", "document", "message_ids")
    def _compute_covers(self):
        for hold in self:
            if hold.scope == "connection":
                hold.covers = hold.endpoint_id.display_name
            elif hold.scope == "kind":
                where = hold.endpoint_id.display_name or _("every connection")
                hold.covers = _("%(kind)s, %(where)s", kind=hold.type_id.display_name, where=where)
            elif hold.scope == "document":
                hold.covers = hold.document.display_name if hold.document else False
            else:
                names = ", ".join(hold.message_ids[:5].mapped("display_name"))
                hold.covers = _("%(count)s messages: %(names)s", count=len(hold.message_ids), names=names)

    @api.depends("until", "lifted_at")
    def _compute_state(self):
        today = fields.Date.today()
        for hold in self:
            over = hold.until and hold.until < today
            hold.state = "lifted" if hold.lifted_at else "over" if over else "stands"

    @api.model
    def _search_state(self, operator, value):
        values = [value] if isinstance(value, str) else list(value or [])
        if operator in ("!=", "not in"):
            values = [key for key in ("stands", "over", "lifted") if key not in values]
        today = fields.Date.today()
        parts = {
            "lifted": [("lifted_at", "!=", False)],
            "over": [("lifted_at", "=", False), ("until", "!=", False), ("until", "<", today)],
            "stands": [("lifted_at", "=", False), "|", ("until", "=", False), ("until", ">=", today)],
        }
        return list(compat.OR([parts[key] for key in values])) if values else [("id", "=", False)]

    @api.constrains("scope", "endpoint_id", "type_id", "res_id", "message_ids", "company_id", "until")
    def _check_names_something(self):
        missing = {
            "connection": lambda hold: not hold.endpoint_id,
            "kind": lambda hold: not hold.type_id,
            "document": lambda hold: not hold.res_id,
            "messages": lambda hold: not hold.message_ids,
        }
        for hold in self:
            if missing[hold.scope](hold):
                chosen = dict(self._fields["scope"]._description_selection(self.env))[hold.scope]
                raise ValidationError(_("“%s” is to be held, and nothing is named: choose what.", chosen))
            document = hold.document
            # a hold keeps messages of its own company only; of a document that all share those of this company
            owner = document.company_id if document and "company_id" in document._fields else hold.company_id
            if (hold.endpoint_id.company_id | hold.message_ids.company_id | owner) - hold.company_id:
                raise ValidationError(_("What is held must belong to %s.", hold.company_id.name))
            if hold.until and hold.until < fields.Date.today():
                raise ValidationError(_("The hold would end on %s, which is over.", hold.until))

    @api.constrains("reason")
    def _check_reason(self):
        if any(not (hold.reason or "").strip() for hold in self):
            raise ValidationError(_("Say what the hold is for, so that others know when it may end."))

    @api.model_create_multi
    def create(self, vals_list):
        preset = self.default_get(["reason"])
        for vals in vals_list:
            self.env["mfg.sync.decision"]._reason({**preset, **vals}.get("reason"))
        created = super().create(vals_list)
        # also where a context gave it as a default
        if any(hold.lifted_at or hold.lifted_by_id or hold.lifted_reason for hold in created):
            raise AccessError(_("A hold is lifted with its button, by whoever does it."))
        for hold in created:
            hold._tell(_("Legal hold on %(covers)s: %(reason)s", covers=hold.covers, reason=hold.reason))
        return created

    def _frozen_text(self, deleting):
        if deleting:
            return _("Legal holds are kept as a record. Lift what is not needed any more.")
        return _("A legal hold stays as it was placed. Lift it, and place another one.")

    def action_lift(self, reason=None):
        """What was held is removed in its time again; who says so, and why, stays with the hold."""
        compat.check_access(self, "write")
        reason = self.env["mfg.sync.decision"]._reason(
            reason, _("Say why the hold is lifted; the reason is kept with it.")
        )
        wrong = self.filtered("lifted_at")
        if wrong:
            raise UserError(_("“%s” was lifted before.", wrong[0].reason))
        lifted = {"lifted_at": fields.Datetime.now(), "lifted_by_id": self.env.uid, "lifted_reason": reason}
        self._amend(lifted)
        for hold in self:
            hold._tell(_("Legal hold on %(covers)s lifted: %(reason)s", covers=hold.covers, reason=reason))

    def _tell(self, text):
        """In the history of the connection, if it is about one."""
        for endpoint in self.endpoint_id:
            endpoint.message_post(body=text)

    def action_ask_lift(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": _("Lift the hold"),
            "res_model": "mfg.sync.hold.lift",
            "view_mode": "form",
            "target": "new",
            "context": {"default_hold_ids": [(6, 0, self.ids)]},
        }


class HeldMessage(models.Model):
    _inherit = "mfg.sync.message"

    hold_ids = fields.Many2many("mfg.sync.hold", string="Legal holds", compute="_compute_hold_ids")

    def _compute_hold_ids(self):
        self.env["mfg.sync.hold"].flush_model()
        found = holds.standing(self.env.cr, self.ids) if self.ids else {}
        for message in self:
            message.hold_ids = [(6, 0, found.get(message.id, []))]

    def action_place_hold(self):
        """A legal hold on these messages, once its reason is given."""
        return {
            "type": "ir.actions.act_window",
            "name": _("Legal hold"),
            "res_model": "mfg.sync.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_scope": "messages", "default_message_ids": [(6, 0, self.ids)]},
        }
