import json

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..engine import release

STATES = [
    ("pending", "Waiting"),
    ("held", "Held"),
    ("done", "Done"),
    ("dead", "Failed"),
    ("superseded", "Superseded"),
    ("cancelled", "Cancelled"),
]
HOLD_REASONS = [
    ("early", "Came before what it builds on"),
    ("reference", "Names something Odoo does not know"),
    ("conflict", "Conflict"),
    ("look_alike", "May be a repetition"),
    ("gap", "A message before it is missing"),
    ("approval", "Waits for a second person"),
    ("blocked", "Waits behind another message"),
]
STATUSES = [
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("needs_you", "Needs you"),
    ("tried", "Tried only"),
    ("not_needed", "Not needed"),
    ("cancelled", "Cancelled"),
]
OPEN = ("pending", "held", "dead")
#: so much of a content is shown to people
SHOWN = 100000


class Message(models.Model):
    """The ledger: one row per fact that crosses the border, both directions, with its payload frozen.

    Rows are written by the engine in SQL (engine/ledger.py); people only decide (replay, cancel, same or really new).
    """

    _name = "mfg.sync.message"
    _inherit = ["mfg.sync.frozen.mixin"]
    _description = "Message"
    _order = "id desc"
    _rec_name = "summary"

    uuid = fields.Char(readonly=True, required=True, copy=False)
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], readonly=True, required=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", readonly=True, required=True, ondelete="restrict"
    )
    system_id = fields.Many2one("mfg.sync.system", string="System", readonly=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    flow_id = fields.Many2one("mfg.sync.flow", string="Synchronization", readonly=True, ondelete="restrict")
    type_id = fields.Many2one("mfg.sync.message.type", string="Kind of message", readonly=True, ondelete="restrict")
    type_name = fields.Char(readonly=True)
    event_id = fields.Char(string="Their message id", readonly=True, required=True)
    source = fields.Char(readonly=True, required=True)
    subject = fields.Char(readonly=True)
    summary = fields.Char(string="What it says", readonly=True)

    occurred = fields.Datetime(string="Happened", readonly=True)
    received = fields.Datetime(string="Reached the ledger", readonly=True)
    sort_time = fields.Datetime(readonly=True)
    first_attempt_at = fields.Datetime(readonly=True)
    done_at = fields.Datetime(string="Finished", readonly=True)
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)
    patience_until = fields.Datetime(readonly=True)

    datacontenttype = fields.Char(readonly=True)
    payload = fields.Text(readonly=True)
    payload_pretty = fields.Text(string="Content", compute="_compute_payload_pretty", groups="mfg_sync.group_viewer")
    attributes = fields.Text(readonly=True)
    content_hash = fields.Char(readonly=True)
    data_hash = fields.Char(readonly=True)
    business_key = fields.Char(readonly=True)
    look_alike_key = fields.Char(readonly=True)
    lane = fields.Char(readonly=True)
    scope = fields.Char(readonly=True, default="")
    closing = fields.Boolean(readonly=True, default=False)

    state = fields.Selection(STATES, readonly=True, required=True, default="pending")
    hold_reason = fields.Selection(HOLD_REASONS, readonly=True)
    wait_key = fields.Char(readonly=True)
    needs_person = fields.Boolean(readonly=True, default=False)
    shadow = fields.Boolean(string="Tried only (shadow)", readonly=True, default=False)
    no_effect = fields.Boolean(string="No change needed", readonly=True, default=False)
    accept_look_alike = fields.Boolean(readonly=True, default=False)
    asked = fields.Boolean(readonly=True, default=False, help="A task was made for it already.")
    ready = fields.Boolean(string="Ready to be fetched", readonly=True, help="The other side may fetch it.")
    attempt_count = fields.Integer(string="Attempts", readonly=True, default=0)
    error_class = fields.Char(readonly=True)
    error_text = fields.Char(string="Why", readonly=True)
    error_pointer = fields.Char(string="Field", readonly=True)
    result_text = fields.Char(string="What became of it", readonly=True)
    status = fields.Selection(STATUSES, compute="_compute_status", search="_search_status")

    blocker_id = fields.Many2one("mfg.sync.message", string="Waits behind", readonly=True, ondelete="set null")
    parent_id = fields.Many2one(
        "mfg.sync.message", string="Part of", readonly=True, ondelete="set null", index="btree_not_null"
    )
    child_ids = fields.One2many("mfg.sync.message", "parent_id", string="Parts")
    res_model = fields.Char(string="Document model", readonly=True)
    res_id = fields.Many2oneReference(string="Document", model_field="res_model", readonly=True)
    document_name = fields.Char(string="About", readonly=True)
    revision = fields.Char(readonly=True)
    attempt_ids = fields.One2many("mfg.sync.attempt", "message_id", string="Attempt list", readonly=True)

    def init(self):
        execute = self.env.cr.execute
        # identity of a message: a resend keeps source and id
        execute("""CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_message_identity ON mfg_sync_message
                   (endpoint_id, direction, source, event_id)""")
        execute("CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_message_uuid ON mfg_sync_message (uuid)")
        # what can run now, oldest first: only such rows are in it
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_due ON mfg_sync_message
                   (endpoint_id, direction, sort_time, id) WHERE state = 'pending'""")
        # what is open in a lane, in its order; it begins with the lane, so that no other index can be taken for it
        execute("DROP INDEX IF EXISTS mfg_sync_message_lane")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_open ON mfg_sync_message (lane, sort_time, id)
                   WHERE state IN ('pending', 'held', 'dead')""")
        # what a finished message of the lane lets go: nearly always none, which an index without entries tells soonest
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_message_held ON mfg_sync_message (lane) WHERE state = 'held'")
        # few are: what was done by hand instead is looked for when the next report of the same comes
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_cancelled ON mfg_sync_message (lane)
                   WHERE state = 'cancelled'""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_wait ON mfg_sync_message (wait_key)
                   WHERE state = 'held' AND wait_key <> ''""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_business_key ON mfg_sync_message
                   (endpoint_id, direction, business_key) WHERE business_key IS NOT NULL""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_look_alike ON mfg_sync_message
                   (endpoint_id, direction, look_alike_key) WHERE look_alike_key IS NOT NULL""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_document ON mfg_sync_message (res_model, res_id)
                   WHERE res_id IS NOT NULL""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_subject ON mfg_sync_message (flow_id, subject, id)
                   WHERE direction = 'out'""")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_blocker ON mfg_sync_message (blocker_id)
                   WHERE blocker_id IS NOT NULL""")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_message_needs ON mfg_sync_message (company_id) WHERE needs_person")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_message_tried ON mfg_sync_message (id) WHERE shadow")
        execute("CREATE INDEX IF NOT EXISTS mfg_sync_message_tried_flow ON mfg_sync_message (flow_id) WHERE shadow")
        execute("""CREATE INDEX IF NOT EXISTS mfg_sync_message_tried_open ON mfg_sync_message (flow_id)
                   WHERE shadow AND state IN ('held', 'dead')""")
        # a row is updated once or twice in its life: leave room on its page, vacuum often
        execute("ALTER TABLE mfg_sync_message SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)")

    @api.depends("state", "needs_person", "shadow")
    def _compute_status(self):
        for message in self:
            if message.state in ("superseded", "cancelled"):
                message.status = "not_needed" if message.state == "superseded" else "cancelled"
            elif message.shadow:
                # of what failed or waits in shadow nobody is harmed
                message.status = "tried"
            elif message.state == "done":
                message.status = "done"
            else:
                message.status = "needs_you" if message.needs_person else "waiting"

    @api.model
    def _search_status(self, operator, value):
        values = [value] if isinstance(value, str) else list(value or [])
        if operator in ("!=", "not in"):
            values = [key for key, _label in STATUSES if key not in values]
        still_open = [("state", "in", OPEN), ("shadow", "=", False)]
        domains = {
            "needs_you": [*still_open, ("needs_person", "=", True)],
            "waiting": [*still_open, ("needs_person", "=", False)],
            "done": [("state", "=", "done"), ("shadow", "=", False)],
            "tried": [("state", "in", (*OPEN, "done")), ("shadow", "=", True)],
            "not_needed": [("state", "=", "superseded")],
            "cancelled": [("state", "=", "cancelled")],
        }
        wanted = [domains[value] for value in values if value in domains]
        return compat.OR(wanted) if wanted else [("id", "=", False)]

    @api.depends("payload")
    def _compute_payload_pretty(self):
        for message in self:
            if len(message.payload or "") > SHOWN:
                # a statement of megabytes would only hold up the browser; it is kept as it came
                message.payload_pretty = _(
                    "%(begin)s … (%(count)s characters in all)",
                    begin=message.payload[:SHOWN],
                    count=len(message.payload),
                )
                continue
            try:
                message.payload_pretty = json.dumps(json.loads(message.payload), indent=2, ensure_ascii=False)
            except (TypeError, ValueError):
                message.payload_pretty = message.payload

    # -- guarded: rows can't be forged or erased over RPC

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super  # refused for everybody
        raise AccessError(_("Messages come from other systems and from documents; they are not made by hand."))

    def _frozen_text(self, deleting):
        if deleting:
            return _("Messages are kept as a record. Cancel what is not to be applied.")
        return _("A message is frozen. Use Replay, Cancel or the buttons of the message.")

    # -- decisions

    def _require_operator(self):
        if not self.env.user.has_group("mfg_sync.group_operator"):
            raise AccessError(_("Only an Operator of Manufacturing Sync may decide about messages."))
        compat.check_access(self, "read")

    def action_replay(self):
        """Try again from the start, now; what waits behind these goes on by itself when they are done."""
        self._require_operator()
        wrong = self.filtered(lambda message: message.state not in OPEN)
        if wrong:
            raise UserError(_("%s is finished already; there is nothing to replay.", wrong[0].display_name))
        self._reopen("replay")

    def _reopen(self, decision, reason=None, accept_look_alike=None, accept_gap=None):
        """A person wants these to be tried again."""
        self._decide(decision, lambda: release.reopen(self.env.cr, self.ids, accept_look_alike, accept_gap), reason)

    def _is_live(self):
        """Whether what it tells is applied or sent now; what comes in is by the synchronization that is on now."""
        if self.direction == "out":
            return self.flow_id.mode == "live"
        flow = self.env["mfg.sync.flow"]._inbound().get((self.endpoint_id.id, self.type_id.id))
        return bool(flow) and flow["mode"] == "live"

    def action_apply_tried(self):
        """Apply for real what was only tried, now that its synchronization is live, in the order in which it came."""
        self._require_operator()
        for message in self:
            if message.status != "tried" or message.state != "done" or message.direction != "in":
                raise UserError(_("%s was not only tried; there is nothing to apply.", message.display_name))
            if not message._is_live():
                raise UserError(
                    _(
                        "%(message)s: the synchronization %(flow)s is not live yet. Set it to “Live” first.",
                        message=message.display_name,
                        flow=message.flow_id.display_name,
                    )
                )
            if message.content_removed_at:
                raise UserError(_("The content of %s was removed; it can't be applied any more.", message.display_name))
        self._decide("apply_tried", lambda: release.apply_tried(self.env.cr, self.ids))

    def action_cancel(self, reason=None):
        """Never apply or send it; what waits behind it goes on."""
        self._require_operator()
        reason = self.env["mfg.sync.decision"]._reason(
            reason or self.env.context.get("mfg_sync_reason"),
            _("Say why the message is not to be applied; the reason is kept with it."),
        )
        wrong = self.filtered(lambda message: message.state not in OPEN)
        if wrong:
            raise UserError(_("%s is finished already.", wrong[0].display_name))
        self._decide("cancel", lambda: release.cancel(self.env.cr, self.ids, reason), reason)

    def action_same(self):
        """A look-alike is the same fact again: done without effect."""
        self._require_look_alike()
        self._decide(
            "same",
            lambda: release.finish_same(self.env.cr, self.ids, _("The same fact came before; no change needed.")),
        )

    def action_really_new(self):
        """A look-alike is a fact of its own: apply it."""
        self._require_look_alike()
        self._reopen("really_new", accept_look_alike=True)

    def _require_look_alike(self):
        self._require_operator()
        if any(message.hold_reason != "look_alike" or message.state != "held" for message in self):
            raise UserError(_("This question is open only for messages that may be a repetition."))

    def _decide(self, decision, change, reason=None):
        """Carry out a decision of a person and write it down, in this transaction."""
        self.env.flush_all()
        before = {message.id: message._spoken_state() for message in self}
        change()
        # what was blocked behind them has changed too
        self.invalidate_model()
        self._log_decision(decision, before, {message.id: message._spoken_state() for message in self}, reason)
        self.env["mfg.sync.status"]._refresh_messages(self.ids)
        self.endpoint_id.sudo()._wake()  # sudo: an Operator may not write connections; waking changes nothing of them

    def _log_decision(self, decision, before, after, reason=None):
        """:param dict before: ``{message id: how it stood}``; so ``after``"""
        self.env["mfg.sync.decision"]._log(
            decision,
            [
                {
                    "message_id": message.id,
                    "endpoint_id": message.endpoint_id.id,
                    "about": message.display_name,
                    "company_id": message.company_id.id,
                    "before": before.get(message.id),
                    "after": after.get(message.id),
                }
                for message in self
            ],
            reason,
        )

    def _spoken_state(self):
        """How the message stands, in one sentence."""
        state = dict(self._fields["status"]._description_selection(self.env))[self.status]
        # what is about to be tried again has its reason behind it
        why = self.error_text if self.state in ("held", "dead") else self.result_text
        return f"{state}: {why}" if why else state

    def action_open_document(self):
        self.ensure_one()
        if not self.res_id or self.res_model not in self.env:
            raise UserError(_("This message is not about a document that Odoo knows."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
