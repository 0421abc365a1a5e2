from odoo import fields, models


class Reason(models.AbstractModel):
    """A page that asks why something is decided, and decides it; the reason is kept with the decision."""

    _name = "mfg.sync.reason"
    _description = "Reason of a Decision"

    reason = fields.Char(string="Why", required=True)

    def action_decide(self):
        self.ensure_one()
        self._decide(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def _decide(self, reason):
        """What is decided; it judges the reason and keeps it."""
        raise NotImplementedError
