from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..engine import release


class FlowCount(models.Model):
    """Whether the other side counts its messages about each document (engine/numbers.py)."""

    _inherit = "mfg.sync.flow"

    can_count = fields.Boolean(compute="_compute_can_count")
    is_counted = fields.Boolean(
        string="Counted per document",
        default=False,
        tracking=True,
        help="The other side counts its messages about each document (CloudEvents attribute sequence: 1, 2, 3 …). They "
        "are applied in that order, and what comes after a missing number waits for it; when patience ends, a person "
        "is asked. All synchronizations whose messages share the count must say so.",
    )
    first_number = fields.Integer(
        default=0,
        tracking=True,
        help="With which number the count of a document begins. 0: whatever comes first begins it; leave it so while "
        "there are documents whose messages began to come before they were counted.",
    )

    _sql_constraints = [
        ("first_number_positive", "CHECK(first_number >= 0)", "The first number can't be below zero."),
    ]

    @api.depends("type_id.direction", "type_id.pattern", "type_id.schema")
    def _compute_can_count(self):
        for flow in self:
            kind = flow.type_id
            # of a state only the latest is true: one that is missing is no loss
            is_fact = kind.direction == "in" and kind.pattern == "event"
            flow.can_count = is_fact and bool(kind._block().get("lane"))

    @api.constrains("is_counted", "type_id")
    def _check_counted(self):
        for flow in self.filtered(lambda flow: flow.is_counted and not flow.can_count):
            raise ValidationError(
                _(
                    "%s can't be counted per document: only facts that come in and are about a document can.",
                    flow.type_id.title,
                )
            )

    def write(self, vals):
        result = super().write(vals)
        if not {"is_counted", "first_number"}.isdisjoint(vals):
            release.let_go_gaps(self.env.cr, self.endpoint_id.ids, self.ids)
            self.endpoint_id._wake()
        return result
