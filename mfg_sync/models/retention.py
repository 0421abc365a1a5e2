from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

#: presets where the kind of message says nothing: days that content and rows of finished messages are kept
PAYLOAD_DAYS, ROW_DAYS = 90, 400
HELP_PAYLOAD = "So many days after a message is finished its content is removed. 0 = never."
HELP_ROW = (
    "So many days after a message is finished it is removed, with its attempts; what became of it stays known for "
    "years. 0 = never."
)
HELP_LEGAL = "Law asks for so many days: nothing of these messages can be removed earlier."


class RetentionMixin(models.AbstractModel):
    """How long content and rows are kept: never shorter than the law asks, and rows never shorter than content."""

    _name = "mfg.sync.retention.mixin"
    _description = "Retention"

    payload_days = fields.Integer(string="Content is kept (days)", default=PAYLOAD_DAYS, help=HELP_PAYLOAD)
    row_days = fields.Integer(string="Messages are kept (days)", default=ROW_DAYS, help=HELP_ROW)

    def _legal_days(self):
        raise NotImplementedError

    @api.constrains("payload_days", "row_days")
    def _check_retention(self):
        for record in self:
            name, content, rows = record.display_name, record.payload_days, record.row_days
            legal = record._legal_days()
            if content < 0 or rows < 0:
                raise ValidationError(_("%s: days are counted from 0 (never removed) upwards.", name))
            if 0 < content < legal or 0 < rows < legal:
                raise ValidationError(
                    _(
                        "%(name)s: the law asks to keep these messages for %(legal)s days, so %(days)s is too short. "
                        "Enter %(legal)s or more, or 0 to keep them for good.",
                        name=name,
                        legal=legal,
                        days=content if 0 < content < legal else rows,
                    )
                )
            if rows and (rows < content or not content):
                raise ValidationError(
                    _(
                        "%(name)s: a message can't be removed (after %(rows)s days) before its content (%(content)s). "
                        "Keep messages at least as long as their content.",
                        name=name,
                        rows=rows,
                        content=_("after %s days", content) if content else _("never"),
                    )
                )


class MessageTypeRetention(models.Model):
    _name = "mfg.sync.message.type"
    _inherit = ["mfg.sync.message.type", "mfg.sync.retention.mixin"]

    legal_days = fields.Integer(string="Law asks for (days)", readonly=True, help=HELP_LEGAL)

    def _legal_days(self):
        return self.legal_days

    @api.model
    def _retention_of(self, block):
        """Values of a kind from its schema's block; a legal minimum lifts the presets."""
        legal = block.get("legal_days", 0)
        values = {"legal_days": legal}
        for name, preset in (("payload_days", PAYLOAD_DAYS), ("row_days", ROW_DAYS)):
            if name in block or legal > preset:
                values[name] = block.get(name, legal)
        return values


class FlowRetention(models.Model):
    _name = "mfg.sync.flow"
    _inherit = ["mfg.sync.flow", "mfg.sync.retention.mixin"]

    # no preset of their own: it would keep the kind's from being taken
    payload_days = fields.Integer(compute="_compute_retention", store=True, readonly=False, tracking=True, default=None)
    row_days = fields.Integer(compute="_compute_retention", store=True, readonly=False, tracking=True, default=None)
    legal_days = fields.Integer(related="type_id.legal_days")

    @api.depends("type_id")
    def _compute_retention(self):
        for flow in self:
            kind = flow.type_id
            flow.payload_days = kind.payload_days if kind else PAYLOAD_DAYS
            flow.row_days = kind.row_days if kind else ROW_DAYS

    def _legal_days(self):
        return self.type_id.legal_days


class EndpointRetention(models.Model):
    _inherit = "mfg.sync.endpoint"

    key_years = fields.Integer(
        string="Known again for (years)",
        default=10,
        tracking=True,
        help="So long a message that comes again is known as such, also after it was removed here. What happened "
        "longer ago is refused, since nobody could tell whether it was applied before.",
    )

    _sql_constraints = [
        ("key_years_range", "CHECK(key_years BETWEEN 1 AND 100)", "Messages are known again for 1 to 100 years."),
    ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_kept(self):
        """No foreign key keeps what is remembered; imports would go with the connection, and who made them too."""
        # in pairs, 19.0 takes the names of the models for words to be translated
        kept = {
            "mfg.sync.key": _("messages of it are remembered"),
            "mfg.sync.import": _("files were imported into it"),
            "mfg.sync.hold": _("it is or was on legal hold"),
        }
        for model, why in kept.items():
            # sudo: existence only, over all companies
            found = self.env[model].sudo().search([("endpoint_id", "in", self.ids)], limit=1).endpoint_id
            if found:
                raise UserError(
                    _("%(name)s can't be deleted, because %(why)s: archive it instead.", name=found.name, why=why)
                )


class MessageRetention(models.Model):
    _inherit = "mfg.sync.message"

    content_removed_at = fields.Datetime(string="Content removed on", readonly=True)

    def init(self):  # pylint: disable=missing-return  # Odoo's has no answer
        super().init()
        execute = self.env.cr.execute
        # what retention looks at next, oldest first; a finished row is in one of the two, an open one in none
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_content ON mfg_sync_message (flow_id, done_at, id)
                   WHERE content_removed_at IS NULL AND done_at IS NOT NULL""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_emptied ON mfg_sync_message (flow_id, done_at, id)
                   WHERE content_removed_at IS NOT NULL""")
