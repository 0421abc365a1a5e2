import re

from odoo import _, fields, models
from odoo.exceptions import UserError

from ..engine import replay
from .message import HOLD_REASONS, OPEN

#: what differs from message to message within one sentence: numbers, also those in names of documents
_NUMBER = "[0-9]+([.,:][0-9]+)*"
NEEDS_PERSON = ("needs_person", "=", True)
#: columns that every part of the query has
_COLUMNS = """m.id, m.company_id, m.endpoint_id, m.system_id, m.direction, m.needs_person, m.received, m.error_text"""
_STANDS = "m.state IN ('pending', 'held', 'dead') AND NOT m.shadow"
#: what names something Odoo does not know; looked at again now and then, it is pending for that moment
_UNKNOWN = "m.wait_key <> '' AND m.state IN ('pending', 'held') AND m.error_class IN ('reference', 'mapping')"


def _numbers_aside(text):
    return re.sub(_NUMBER, "…", text or "")


class Cause(models.Model):
    """Why open messages can't go on: those that stand for one reason are one line, with what ends it for all of them.

    A view of the ledger, read when somebody looks. Where messages name something that Odoo does not know, the reason is
    that, whatever their kinds. Of all others it is the kind, the field and the sentence, numbers aside: “There are 2
    kg” and “There are 3 kg” are one. What waits behind another message is no reason of its own, and is counted beside.
    """

    _name = "mfg.sync.cause"
    _description = "Cause"
    _auto = False
    _order = "needs_count desc, message_count desc, id"
    _depends = {
        "mfg.sync.message": [
            *("state", "shadow", "hold_reason", "needs_person", "wait_key", "error_class", "error_pointer"),
            *("error_text", "company_id", "endpoint_id", "system_id", "type_id", "direction", "received", "blocker_id"),
        ]
    }

    name = fields.Text(string="Why", readonly=True)
    message_id = fields.Many2one("mfg.sync.message", string="The oldest", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True)
    system_id = fields.Many2one("mfg.sync.system", string="System", readonly=True)
    type_id = fields.Many2one("mfg.sync.message.type", string="Kind of message", readonly=True)
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], string="Way", readonly=True)
    hold_reason = fields.Selection(HOLD_REASONS, readonly=True)
    wait_key = fields.Char(readonly=True)
    error_class = fields.Char(readonly=True)
    error_pointer = fields.Char(string="Field", readonly=True)
    pattern = fields.Char(readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True)
    needs_count = fields.Integer(string="Need you", readonly=True)
    behind_count = fields.Integer(string="Wait behind", readonly=True)
    first_received = fields.Datetime(string="Since", readonly=True)
    last_received = fields.Datetime(string="Last", readonly=True)
    what_to_do = fields.Text(related="message_id.what_to_do")
    mapping_code = fields.Char(related="message_id.mapping_code")
    match_entity = fields.Char(related="message_id.match_entity")

    @property
    def _table_query(self):
        # two parts, since each has an index of its own: what needs a person, and what may still come by itself
        return f"""
            SELECT min(g.id) AS id, min(g.id) AS message_id, g.company_id, g.endpoint_id, g.system_id, g.direction,
                   g.type_id, g.hold_reason, g.wait_key, g.error_class, g.error_pointer, g.pattern,
                   CASE WHEN count(DISTINCT g.error_text) < 2 OR g.wait_key IS NOT NULL
                        THEN (array_agg(g.error_text ORDER BY g.id))[1] ELSE g.pattern END AS name,
                   count(*)::int AS message_count, count(*) FILTER (WHERE g.needs_person)::int AS needs_count,
                   sum(g.behind)::int AS behind_count, min(g.received) AS first_received,
                   max(g.received) AS last_received
            FROM (SELECT o.*, (SELECT count(*) FROM mfg_sync_message b
                               WHERE b.blocker_id = o.id AND b.state = 'held' AND b.hold_reason = 'blocked') AS behind
                  FROM (SELECT {_COLUMNS}, NULL::int AS type_id, NULL AS hold_reason, m.wait_key,
                               NULL AS error_class, NULL AS error_pointer, NULL AS pattern
                        FROM mfg_sync_message m WHERE m.needs_person AND {_STANDS} AND {_UNKNOWN}
                        UNION ALL
                        SELECT {_COLUMNS}, NULL, NULL, m.wait_key, NULL, NULL, NULL
                        FROM mfg_sync_message m
                        WHERE NOT m.needs_person AND NOT m.shadow AND m.state = 'held' AND {_UNKNOWN}
                        UNION ALL
                        SELECT {_COLUMNS}, m.type_id, m.hold_reason, NULL, m.error_class, m.error_pointer,
                               regexp_replace(COALESCE(m.error_text, ''), '{_NUMBER}', '…', 'g')
                        FROM mfg_sync_message m
                        WHERE m.needs_person AND {_STANDS} AND ({_UNKNOWN}) IS NOT TRUE
                          AND m.hold_reason IS DISTINCT FROM 'blocked') o) g
            GROUP BY g.company_id, g.endpoint_id, g.system_id, g.direction, g.type_id, g.hold_reason, g.wait_key,
                     g.error_class, g.error_pointer, g.pattern"""

    def _check_stands(self):
        """:raises UserError: the oldest of its messages was settled since the list was read"""
        self.ensure_one()
        if not self.exists():
            raise UserError(_("The oldest of these was settled meanwhile: look at the list once more."))

    def _domain(self):
        """Of the messages that stand for this."""
        self._check_stands()
        domain = [
            ("company_id", "=", self.company_id.id),
            ("endpoint_id", "=", self.endpoint_id.id),
            ("system_id", "=", self.system_id.id),
            ("direction", "=", self.direction),
            ("state", "in", OPEN),
            ("shadow", "=", False),
        ]
        if self.wait_key:
            waits = [("wait_key", "=", self.wait_key), ("error_class", "in", ("reference", "mapping"))]
            return [*domain, *waits, "|", ("state", "=", "held"), "&", ("state", "=", "pending"), NEEDS_PERSON]
        domain += [
            NEEDS_PERSON,
            ("type_id", "=", self.type_id.id),
            ("hold_reason", "=", self.hold_reason),
            ("error_class", "=", self.error_class),
            ("error_pointer", "=", self.error_pointer),
        ]
        if not self.pattern:
            return [*domain, ("error_text", "in", (False, ""))]
        text = self.pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("…", "%")
        domain.append(("error_text", "=like", text))
        messages = self.env["mfg.sync.message"]
        if messages.search_count(domain) == self.message_count:
            return domain
        # a longer sentence fits as well: which numbers stand in them decides
        fitting = messages.search(domain).filtered(lambda message: _numbers_aside(message.error_text) == self.pattern)
        return [("id", "in", fitting.ids), ("state", "in", OPEN)]

    def action_open(self):
        """The messages that stand for this."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")
        return {**action, "domain": self._domain(), "context": {}, "name": self.name or _("No reason was given.")}

    def action_replay(self):
        """Say how many are tried again and what follows, then replay them."""
        messages = self.env["mfg.sync.message"].search(self._domain(), order="sort_time, id", limit=replay.LIMIT)
        return messages.action_ask_replay()

    def action_add_mapping(self):
        self._check_stands()
        return self.message_id.action_add_mapping()

    def action_add_match(self):
        self._check_stands()
        return self.message_id.action_add_match()
