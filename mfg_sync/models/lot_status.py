from odoo import fields, models

STATUSES = [("released", "Released"), ("hold", "On hold"), ("rejected", "Rejected")]


class LotStatus(models.Model):
    """Quality status of a lot and who said it; one row a change (the lot's own status follows, models/stock_lot.py)."""

    _name = "mfg.sync.lot.status"
    _description = "Lot Status"
    _order = "occurred desc, id desc"
    _rec_name = "status"

    lot_id = fields.Many2one("stock.lot", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    status = fields.Selection(STATUSES, required=True)
    basis = fields.Char(
        help="What it was judged by, such as an inspection plan. Empty: a decision about the whole lot."
    )
    reason = fields.Char()
    occurred = fields.Datetime(string="Said at", required=True, default=fields.Datetime.now)
    # an index: each message that retention removes asks who points to it
    message_id = fields.Many2one(
        "mfg.sync.message",
        string="Said by message",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        # its name is what it says
        groups="mfg_sync.group_viewer",
    )
    user_id = fields.Many2one("res.users", default=lambda self: self.env.user, readonly=True)

    def _decisive(self):
        """The one of these rows of a lot that decides; none when nobody said anything.

        Per inspection plan the newest counts, and one bad plan is enough; a decision about the whole lot (no plan) sets
        aside what was said before.
        """
        standing = {}
        for row in self.sorted(lambda row: (row.occurred, row.id)):
            if not row.basis:
                standing.clear()
            standing[row.basis or ""] = row
        severity = [status for status, _label in STATUSES]
        return max(
            standing.values(), key=lambda row: (severity.index(row.status), row.occurred, row.id), default=self.browse()
        )

    def _who(self):
        """Who said it, for people: the system behind the message, else the person."""
        self.ensure_one()
        return self.message_id.system_id.name or self.user_id.name or ""
