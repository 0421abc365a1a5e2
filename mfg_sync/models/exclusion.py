from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..engine import release
from ..engine.inbound import left_out_key
from .message import OPEN
from .status import EMPLOYEES


class Exclusion(models.Model):
    """A document that a person keeps out of the synchronization: it is not told, and messages about it wait for him."""

    _name = "mfg.sync.exclusion"
    _description = "Document That Is Not Synchronized"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    reason = fields.Char(required=True, readonly=True)

    _sql_constraints = [("document_uniq", "UNIQUE(res_model, res_id)", "This document is not synchronized already.")]

    @api.model
    def _all(self):
        """``{(model, id): why}``: few, or the synchronization would be off."""
        # without rights: whoever may see a document may see that it is not synchronized; the engine asks for the
        # service user. In SQL: every captured change asks, and rows only come and go, which Odoo never delays
        self.env.cr.execute("SELECT res_model, res_id, reason FROM mfg_sync_exclusion ORDER BY id")
        return {(model, res_id): reason for model, res_id, reason in self.env.cr.fetchall()}

    @api.model
    def _reasons(self, records):
        """``{record id: why}`` of those that are kept out, themselves or as a part of what is."""
        left_out = self._all() if "mfg_sync_left_out" in records._fields else {}
        if not left_out:
            return {}
        return {record.id: why for record in records if (why := record._mfg_sync_left_out_by(left_out)[1])}


class DocumentMixin(models.AbstractModel):
    _inherit = "mfg.sync.document.mixin"

    mfg_sync_left_out = fields.Boolean(
        string="Kept out of the synchronization", compute="_compute_mfg_sync_left_out", groups=EMPLOYEES
    )

    def _mfg_sync_together(self):
        """The documents that are kept out together with this one: whatever it was split off from or into."""
        return self

    def _mfg_sync_left_out_by(self, left_out):
        """``(document, why)`` of the document that keeps this one out; ``(None, None)`` without any.

        :param dict left_out: as :meth:`Exclusion._all` gives it
        """
        self.ensure_one()
        # sudo: a part may lie in an operation that the reader may not see; only ids are compared
        for document in self.sudo()._mfg_sync_together():
            why = left_out.get((document._name, document.id))
            if why:
                return document, why
        return None, None

    def _compute_mfg_sync_left_out(self):
        reasons = self.env["mfg.sync.exclusion"]._reasons(self)
        for record in self:
            record.mfg_sync_left_out = record.id in reasons

    def _compute_mfg_sync_status(self):
        result = super()._compute_mfg_sync_status()
        for record_id, why in self.env["mfg.sync.exclusion"]._reasons(self).items():
            record = self.browse(record_id)
            record.mfg_sync_status, record.mfg_sync_reason = "none", _("Not synchronized: %s", why)
        return result

    @api.model
    def _search_mfg_sync_status(self, operator, value):
        domain = super()._search_mfg_sync_status(operator, value)
        left_out = [res_id for model, res_id in self.env["mfg.sync.exclusion"]._all() if model == self._name]
        if not left_out:
            return domain
        # sudo: as in _mfg_sync_left_out_by; one that was deleted since was split from nothing any more
        documents = self.sudo().browse(left_out).exists()
        ids = [member.id for document in documents for member in document._mfg_sync_together()]
        values = [value] if isinstance(value, str) else list(value or [])
        if ("none" in values) == (operator not in ("!=", "not in")):
            return compat.OR([domain, [("id", "in", ids)]])
        return compat.AND([domain, [("id", "not in", ids)]])

    def action_mfg_sync_ask_exclude(self):
        self.ensure_one()
        return self._mfg_sync_ask("mfg.sync.exclude", _("Do not synchronize %s", self.display_name))

    def _mfg_sync_ask(self, wizard, title):
        self._mfg_sync_require_operator()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": wizard,
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def _mfg_sync_require_operator(self):
        if not self.env.user.has_group("mfg_sync.group_operator"):
            raise AccessError(_("Only an Operator of Manufacturing Sync may decide about the synchronization."))
        compat.check_access(self, "read")

    def _mfg_sync_require_all_companies(self):
        """A document of no company (a lot that all share) is kept out of every company's synchronization at once."""
        if self.company_id:
            return
        # sudo: whether others have connections, also archived ones; nothing of them is shown
        concerned = self.env["mfg.sync.endpoint"].sudo().with_context(active_test=False).search([]).company_id
        # nobody can work in one that is archived
        if concerned.filtered("active") - self.env.companies:
            raise AccessError(
                _(
                    "%s belongs to no company, and messages of companies that you do not work in may be about it. "
                    "Somebody who works in all that have connections, with all of them chosen, decides about it.",
                    self.display_name,
                )
            )

    def action_mfg_sync_exclude(self, reason):
        """Keep this document out: it is not told, what was to be told is cancelled, what comes in waits for a person.

        :param str reason: kept with the decision
        """
        self.ensure_one()
        self._mfg_sync_require_operator()
        self._mfg_sync_require_all_companies()
        reason = self.env["mfg.sync.decision"]._reason(
            reason, _("Say why the document is not to be synchronized; the reason is kept with it.")
        )
        if self.mfg_sync_left_out:
            raise UserError(_("%s is not synchronized already.", self.display_name))
        before = self._mfg_sync_spoken_status()
        # sudo: a decision is made by this method only, and nobody has the right to make its row by hand
        self.env["mfg.sync.exclusion"].sudo().create(
            {
                "res_model": self._name,
                "res_id": self.id,
                "company_id": (self.company_id or self.env.company).id,
                "reason": reason,
            }
        )
        self._mfg_sync_cancel_untold(reason)
        self._mfg_sync_decided("exclude", before, _("Not synchronized from now on: %s", reason), reason)

    def _mfg_sync_cancel_untold(self, reason):
        self.env.flush_all()
        together = self.sudo()._mfg_sync_together()  # sudo: as in _mfg_sync_left_out_by
        # sudo: they are of this document; who may decide about it decides about what is told of it
        untold = (
            self.env["mfg.sync.message"]
            .sudo()
            .search(
                [
                    ("direction", "=", "out"),
                    ("state", "in", OPEN),
                    ("res_model", "=", self._name),
                    ("res_id", "in", together.ids),
                ]
            )
        )
        if untold:
            text = _("The document is not synchronized: %s", reason)
            untold._decide("cancel", lambda: release.cancel(self.env.cr, untold.ids, text), text)

    def action_mfg_sync_include(self):
        """Take it back: what waits because of it goes on; what was not told meanwhile is told by “Send again”.

        :return: the page of “Send again” where connections may be told of it, else nothing
        """
        self.ensure_one()
        self._mfg_sync_require_operator()
        self._mfg_sync_require_all_companies()
        document, why = self._mfg_sync_left_out_by(self.env["mfg.sync.exclusion"]._all())
        if not document:
            raise UserError(_("%s is synchronized.", self.display_name))
        # sudo: as in action_mfg_sync_exclude
        self.env["mfg.sync.exclusion"].sudo().search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        ).unlink()
        self.env.flush_all()
        self.invalidate_recordset(["mfg_sync_left_out", "mfg_sync_status", "mfg_sync_reason"])
        release.when_committed(self.env.cr, [left_out_key(document)])
        self._mfg_sync_decided("include", _("Not synchronized: %s", why), _("Synchronized again."), None)
        # not who is told: a connection of which that can't be found out must not keep the document out
        watched = self.env["mfg.sync.flow"]._watch()
        told = any(flow["mode"] == "live" for kind in self._mfg_sync_kinds() for flow in watched.get(kind, ()))
        return self.action_mfg_sync_ask_send_again() if told else None

    def _mfg_sync_spoken_status(self):
        return dict(self._fields["mfg_sync_status"]._description_selection(self.env))[self.mfg_sync_status]

    def _mfg_sync_decided(self, decision, before, after, reason):
        """Write a decision down, and say so where people talk about the document."""
        self.invalidate_recordset(["mfg_sync_left_out", "mfg_sync_status", "mfg_sync_reason"])
        self.env["mfg.sync.decision"]._log(
            decision,
            [
                {
                    "about": self.display_name,
                    "company_id": (self.company_id or self.env.company).id,
                    "res_model": self._name,
                    "res_id": self.id,
                    "before": before,
                    "after": after,
                }
            ],
            reason,
        )
        # sudo: an Operator may have no right to change the document; the line bears his name
        self.sudo().message_post(body=after, author_id=self.env.user.partner_id.id)
