from odoo import _, api, fields, models

#: the trace is a ring: the newest so many refusals are kept
SLOTS = 5000
#: the code of each problem that a sender may hear (protocol/errors.py), in the words of who looks into it here
REASONS = [
    ("unproven", "Sender not proven"),
    ("address", "Called from an address that may not"),
    ("source", "Source not known here"),
    ("type", "Kind of message not taken here"),
    ("schema", "Content does not fit its kind"),
    ("envelope", "Envelope not valid"),
    ("other-content", "Id used before with other content"),
    ("in-future", "Has not happened yet"),
    ("too-old", "Happened too long ago"),
    ("rate-limit", "More than the limit"),
    ("too-large", "Too large"),
    ("too-many", "Too many at once"),
    ("json", "Not valid JSON"),
    ("batch", "Batch that is no list"),
    ("data", "Data that is no text"),
    ("body", "Did not arrive whole"),
    ("media-type", "Content type not accepted"),
    ("encoding", "Compressed"),
    ("path", "No such address"),
    ("method", "Address called the wrong way"),
    ("upload", "Upload not known or begun otherwise"),
    ("part", "Part of an upload that can't be"),
    ("parts-missing", "Upload with missing parts"),
    ("sha256", "Upload completed without a hash"),
    ("hash", "Upload other than announced"),
    ("too-many-uploads", "Too many uploads begun"),
    ("delivery", "Fetched, though Odoo sends"),
    ("limit", "Fetched with a limit that can't be"),
    ("cursor", "Fetched after a place not known"),
    ("acks", "Acknowledgements that are no list"),
    ("ack", "Acknowledgement not valid"),
    ("message", "Message not known"),
    ("cancelled", "Message was cancelled"),
    ("settled", "Message was acknowledged otherwise"),
]


class Refused(models.Model):
    """A request that was refused: when, from where, why, how big; never its payload. It answers "but we sent it"."""

    _name = "mfg.sync.refused"
    _description = "Refused Request"
    _order = "refused desc"
    _log_access = False
    _rec_name = "code"

    slot = fields.Integer(readonly=True, required=True)
    refused = fields.Datetime(string="When", readonly=True)
    remote = fields.Char(string="From", readonly=True)
    endpoint_code = fields.Char(string="Called connection", readonly=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, help="Of the connection that was called, if there is one."
    )
    http_status = fields.Integer(string="HTTP status", readonly=True)
    code = fields.Selection(REASONS, string="Why", readonly=True)
    what_to_do = fields.Char(string="What to do", compute="_compute_what_to_do")
    detail = fields.Char(string="Where in it", readonly=True)
    event_type = fields.Char(string="Kind of message", readonly=True, help="As the sender wrote it.")
    source = fields.Char(readonly=True, help="As the sender wrote it.")
    event_ids = fields.Char(
        string="Their message ids",
        readonly=True,
        help="Of the messages that were refused, as the sender wrote them. A long list is cut.",
    )
    size = fields.Integer(string="Size (bytes)", readonly=True)
    body_hash = fields.Char(string="SHA-256 of the body", readonly=True)

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS mfg_sync_refused_slot")
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_refused_slot_uniq ON mfg_sync_refused (slot)")

    @api.depends("code")
    def _compute_what_to_do(self):
        advice = self._advice()
        for request in self:
            request.what_to_do = advice.get(request.code)

    def _advice(self):
        """What may be done about it here or at the sender's, by the code of the problem.

        :return: ``{code: sentence}``
        """
        program = _(
            "Their program writes it otherwise than Odoo reads it. Show this line to who looks after it; the answer "
            "that it got says what was expected."
        )
        smaller = _("They send less at once. How large a request may be is set on the connection.")
        address = _("They compare the address with the one on the connection.")
        upload = _("They ask what Odoo has of the upload and send what is missing, or begin it anew with another id.")
        return {
            **dict.fromkeys(("json", "batch", "data", "body", "media-type", "encoding"), program),
            **dict.fromkeys(("sha256", "limit", "cursor", "acks", "ack"), program),
            **dict.fromkeys(("path", "method"), address),
            **dict.fromkeys(("too-large", "too-many"), smaller),
            **dict.fromkeys(("upload", "part", "parts-missing", "hash", "too-many-uploads"), upload),
            "unproven": _(
                "Make a new key on the connection and enter it at their side. If it is the right one, set their clock: "
                "a signature counts for 5 minutes."
            ),
            "address": _(
                "The address under “From” is not among those that may call the connection. If it is theirs, add it "
                "there (Limits and trust). If it is that of your own proxy, set proxy_mode = True in odoo.conf, and "
                "let it send X-Forwarded-For and X-Forwarded-Host."
            ),
            "source": _(
                "If it belongs here, add the source to the systems of the connection; then they send it again."
            ),
            "type": _(
                "Look how the kind is spelled. If it belongs here, add it to the synchronizations of the connection; "
                "then they send it again."
            ),
            "schema": _(
                "The answer that they got says of each of these fields what was expected. They mend it and send it "
                "again."
            ),
            "envelope": _(
                "The answer that they got says of each of these attributes what was expected. They mend it and send it "
                "again."
            ),
            "other-content": _(
                "They have used one id for two messages, and Odoo has taken the first. If the second is true as well, "
                "they send it with a new id."
            ),
            "in-future": _("They set their clock and time zone right, and send it again with the time it happened."),
            "too-old": _(
                "If it is new to Odoo, enter it by hand, or let the connection know messages again for longer; then "
                "they send it again."
            ),
            "rate-limit": _(
                "They send the same again later, as the answer told them. Raise the limit on the connection if the "
                "plant needs more."
            ),
            "delivery": _("Say on the connection that the other side fetches messages, or let them stop to fetch."),
            "message": _("It never came, or belongs to another connection. Look for its id in Messages."),
            "cancelled": _("Somebody cancelled it here in the meantime. Compare with them what was done of it."),
            "settled": _("They have said two things of one message. Compare with them which is true."),
        }
