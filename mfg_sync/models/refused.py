from odoo import fields, models

#: the trace is a ring: the newest so many refusals are kept
SLOTS = 5000


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
    code = fields.Char(string="Why", readonly=True)
    detail = fields.Char(readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True)
    body_hash = fields.Char(string="SHA-256 of the body", readonly=True)

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS mfg_sync_refused_slot")
        self.env.cr.execute("CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_refused_slot_uniq ON mfg_sync_refused (slot)")
