from odoo import _, fields, models
from odoo.exceptions import UserError


class MessageCount(models.Model):
    """Messages that their sender counts (engine/numbers.py), and states of which only the latest counts (states.py)."""

    _inherit = "mfg.sync.message"

    counter = fields.Char(readonly=True, help="What the sender counts these messages of, or the subject of a state.")
    sequence_no = fields.Integer(string="Their number", readonly=True, default=None)
    accept_gap = fields.Boolean(
        readonly=True, default=False, help="A person went on without what is missing before it."
    )

    def init(self):
        result = super().init()
        # only what is counted, or is a state, is in it
        self.env.cr.execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_counter ON mfg_sync_message
                               (endpoint_id, counter, sequence_no, sort_time) WHERE counter IS NOT NULL""")
        return result

    def action_go_on(self):
        """What is missing before these will not come: apply them. If it comes after all, it is applied then."""
        self._require_operator()
        wrong = self.filtered(lambda message: message.state != "held" or message.hold_reason != "gap")
        if wrong:
            raise UserError(_("%s does not wait for a missing message.", wrong[0].display_name))
        self._reopen("go_on", accept_gap=True)
