from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from ..engine import documents

DOCUMENT_STATUSES = [
    ("needs_you", "Needs you"),
    ("waiting", "Waiting"),
    ("untold", "Not told"),
    ("in_sync", "In sync"),
    ("none", "Not synchronized"),
]
#: who may see how a document stands: a customer in the portal may read his order, but not what we say about it
EMPLOYEES = "base.group_user"


class Document(models.Model):
    """Which documents a message is about; a report of an operation is about the work order and its order."""

    _name = "mfg.sync.document"
    _description = "Document of a Message"
    _log_access = False

    message_id = fields.Many2one("mfg.sync.message", required=True, ondelete="cascade", index=True)
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)

    def init(self):
        self.env.cr.execute(
            """CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_document_uniq ON mfg_sync_document
               (res_model, res_id, message_id)"""
        )


class Status(models.Model):
    """Sync status of one document: a row kept by the drains, so that a list of documents needs no ledger."""

    _name = "mfg.sync.status"
    _description = "Sync Status of a Document"
    _order = "status, id desc"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    status = fields.Selection(DOCUMENT_STATUSES[:-1], required=True, readonly=True)
    reason = fields.Char(readonly=True)
    # an index: each message that retention removes asks who points to it
    message_id = fields.Many2one(
        "mfg.sync.message",
        string="Worst message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        # its name is what it says
        groups="mfg_sync.group_viewer",
    )

    def init(self):
        self.env.cr.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_status_uniq ON mfg_sync_status (res_model, res_id)"
        )
        # few; the sweep looks whether they are still true
        self.env.cr.execute(
            """CREATE INDEX IF NOT EXISTS mfg_sync_status_open ON mfg_sync_status (message_id)
               WHERE status <> 'in_sync'"""
        )

    @api.model
    def _refresh_messages(self, message_ids):
        """Bring the status of all documents of these messages in line with the ledger, in this transaction."""
        documents.refresh_statuses(self.env.cr, message_ids)
        self.env["mfg.sync.status"].invalidate_model()


class DocumentMixin(models.AbstractModel):
    """Sync status on a document: inherit it beside the model and add the badge to its views."""

    _name = "mfg.sync.document.mixin"
    _description = "Document with a Sync Status"

    mfg_sync_status = fields.Selection(
        DOCUMENT_STATUSES,
        string="Sync",
        compute="_compute_mfg_sync_status",
        search="_search_mfg_sync_status",
        groups=EMPLOYEES,
        help="Whether the other systems and Odoo agree about this document, as far as the messages show.",
    )
    mfg_sync_reason = fields.Char(string="Sync reason", compute="_compute_mfg_sync_status", groups=EMPLOYEES)
    mfg_sync_message_count = fields.Integer(
        string="Sync messages", compute="_compute_mfg_sync_message_count", groups=EMPLOYEES
    )

    def _compute_mfg_sync_status(self):
        # sudo: everybody who may read the document may see its badge; no payload is behind it
        rows = self.env["mfg.sync.status"].sudo().search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        found = {row.res_id: row for row in rows}
        for record in self:
            row = found.get(record.id)
            record.mfg_sync_status = row.status if row else "none"
            record.mfg_sync_reason = row.reason if row else False

    @api.model
    def _search_mfg_sync_status(self, operator, value):
        # 19 asks for the domain before it looks at the groups of the field
        if not (self.env.su or self.env.user.has_group(EMPLOYEES)):
            raise AccessError(_("The sync status of documents is for internal users."))
        values = [value] if isinstance(value, str) else list(value or [])
        if operator in ("!=", "not in"):
            values = [key for key, _label in DOCUMENT_STATUSES if key not in values]
        # sudo: as above; the documents themselves stay under their own rules
        rows = self.env["mfg.sync.status"].sudo().search([("res_model", "=", self._name)])
        ids = [row.res_id for row in rows if row.status in values]
        if "none" not in values:
            return [("id", "in", ids)]
        return ["|", ("id", "in", ids), ("id", "not in", [row.res_id for row in rows])]

    def _compute_mfg_sync_message_count(self):
        # sudo: a number only
        groups = (
            self.env["mfg.sync.document"]
            .sudo()
            ._read_group([("res_model", "=", self._name), ("res_id", "in", self.ids)], ["res_id"], ["__count"])
        )
        counts = dict(groups)
        for record in self:
            record.mfg_sync_message_count = counts.get(record.id, 0)

    def action_mfg_sync_messages(self):
        """The messages about these documents."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")
        # sudo: ids only; the messages themselves are opened with the person's own rights
        ids = (
            self.env["mfg.sync.document"]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
            .message_id.ids
        )
        return {**action, "domain": [("id", "in", ids)], "context": {}, "name": _("Messages")}
