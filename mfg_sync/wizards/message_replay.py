from odoo import _, api, fields, models
from odoo.exceptions import UserError

from ..engine import approval, dry_run, replay
from ..models.message import OPEN

WHY = [
    ("needs_you", "Needs you"),
    ("failed", "Failed"),
    ("code", "A code is unknown"),
    ("reference", "Names something Odoo does not know"),
    ("conflict", "Conflict"),
    ("waiting", "Waiting"),
    ("open", "Whatever is not finished"),
]
#: what waits behind another message goes on by itself, and would only be put behind it again
NOT_BEHIND = ("hold_reason", "!=", "blocked")
#: what was only tried is chosen one by one: people have booked it by hand, or have not
FOR_REAL = ("shadow", "=", False)
DOMAINS = {
    "needs_you": [("status", "=", "needs_you"), NOT_BEHIND],
    "failed": [("state", "=", "dead"), FOR_REAL],
    "code": [("state", "=", "held"), ("wait_key", "=like", "map:%"), FOR_REAL],
    "reference": [("state", "=", "held"), ("hold_reason", "=", "reference"), FOR_REAL],
    "conflict": [("state", "=", "held"), ("hold_reason", "=", "conflict"), FOR_REAL],
    "waiting": [("status", "=", "waiting"), NOT_BEHIND],
    "open": [("state", "in", OPEN), NOT_BEHIND, FOR_REAL],
}


class MessageReplay(models.TransientModel):
    """Replay many messages: those selected in a list, or all that fit; says before how many and what follows."""

    _name = "mfg.sync.message.replay"
    _description = "Replay Messages"

    message_ids = fields.Many2many("mfg.sync.message", string="Selected", readonly=True)
    which = fields.Selection(
        [("selected", "The selected ones"), ("fitting", "All that fit")], required=True, default="fitting"
    )
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection")
    flow_id = fields.Many2one("mfg.sync.flow", string="Synchronization")
    type_id = fields.Many2one("mfg.sync.message.type", string="Kind of message")
    why = fields.Selection(WHY, string="How they stand", required=True, default="needs_you")
    received_from = fields.Datetime(string="Arrived from")
    received_to = fields.Datetime(string="Arrived to")
    reason = fields.Char(string="Why", help="Kept with the decision.")
    count = fields.Integer(string="Messages", compute="_compute_follows")
    alone = fields.Integer(string="One by one", compute="_compute_follows")
    follows = fields.Text(string="What follows", compute="_compute_follows")

    def _domain(self):
        self.ensure_one()
        if self.which == "selected":
            return [("id", "in", self.message_ids.ids), ("state", "in", OPEN)]
        wanted = [
            ("endpoint_id", "=", self.endpoint_id.id),
            ("flow_id", "=", self.flow_id.id),
            ("type_id", "=", self.type_id.id),
            ("received", ">=", self.received_from),
            ("received", "<=", self.received_to),
        ]
        return [*DOMAINS[self.why or "needs_you"], *(part for part in wanted if part[2])]

    @api.depends("which", "message_ids", "endpoint_id", "flow_id", "type_id", "why", "received_from", "received_to")
    def _compute_follows(self):
        for wizard in self:
            groups = self.env["mfg.sync.message"]._read_group(
                wizard._domain(), ["endpoint_id", "direction"], ["__count"]
            )
            wizard.alone = len(wizard._to_replay_alone())
            wizard.count = sum(count for *_group, count in groups) - wizard.alone
            wizard.follows = wizard._follows(groups)

    def _to_replay_alone(self):
        """Corrected ones that a second person may have to agree to; few, since people correct one at a time."""
        corrected = self.env["mfg.sync.message"].search([*self._domain(), ("corrects_id", "!=", False)])
        return approval.alone(self.env.cr, corrected.ids)

    def _follows(self, groups):
        """What a replay does, in sentences.

        :param groups: ``(connection, direction, number of messages)``
        """
        said = []
        finished = len(self.message_ids) - self.count - self.alone if self.which == "selected" else 0
        if self.count:
            said.append(
                _(
                    "Messages to be tried again: %s. The oldest first, in the order of their documents; what waits "
                    "behind them goes on by itself.",
                    min(self.count, replay.LIMIT),
                )
            )
        else:
            said.append(_("There is nothing to replay: no message that is not finished fits."))
        if finished:
            said.append(_("Finished already, and left as they are: %s.", finished))
        if self.alone:
            said.append(
                _(
                    "Left out, because a colleague may have to approve what was corrected: %s. Replay these on their "
                    "own pages.",
                    self.alone,
                )
            )
        for endpoint, direction, count in groups:
            if direction == "out":
                said.append(_("Of these sent to %(name)s: %(count)s.", name=endpoint.name, count=count))
        for name in sorted({endpoint.name for endpoint, *_rest in groups if endpoint.paused}):
            said.append(_("%s is paused: its messages wait until it is resumed.", name))
        if self.count > replay.LIMIT:
            said.append(_("Left for another press of Replay: %s.", self.count - replay.LIMIT))
        return "\n".join(said)

    def action_replay(self):
        self.ensure_one()
        messages = self.env["mfg.sync.message"]
        messages._require_operator()
        wanted = messages.search(self._domain(), order="sort_time, id", limit=replay.LIMIT).ids
        if not wanted:
            raise UserError(_("There is nothing to replay: no message that is not finished fits."))
        count = replay.replay(self.env, wanted, self.env["mfg.sync.decision"]._reason(self.reason))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": _("Messages tried again: %s.", count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_dry_run(self):
        """What the oldest of them would do."""
        self.ensure_one()
        messages = self.env["mfg.sync.message"].search(
            [*self._domain(), ("direction", "=", "in")], order="sort_time, id", limit=dry_run.LIMIT
        )
        return messages.action_dry_run()

    def action_show(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")
        return {**action, "domain": self._domain(), "context": {}, "name": _("Messages to replay")}
