from odoo import fields, models


class Upload(models.Model):
    """A statement that the other side sends in parts; a message is made of it when all have arrived."""

    _name = "mfg.sync.upload"
    _description = "Upload in Parts"
    _log_access = False
    _order = "id desc"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", readonly=True, required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    kind_name = fields.Char(readonly=True, required=True)
    name = fields.Char(string="Their id of it", readonly=True, required=True)
    parts = fields.Integer(readonly=True, required=True, help="How many parts it has.")
    begun = fields.Datetime(readonly=True)
    touched = fields.Datetime(readonly=True, help="A day later it is given up.")
    sha256 = fields.Char(readonly=True)
    message_uuid = fields.Char(readonly=True, help="The message that was made of it.")

    _sql_constraints = [("name_uniq", "UNIQUE(endpoint_id, name)", "An upload has one row.")]


class UploadPart(models.Model):
    _name = "mfg.sync.upload.part"
    _description = "Part of an Upload"
    _log_access = False

    upload_id = fields.Many2one("mfg.sync.upload", readonly=True, required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    number = fields.Integer(readonly=True, required=True)
    sha256 = fields.Char(readonly=True, required=True)
    # in the database, so that it comes and goes with the transaction; what becomes of it is in the ledger anyway
    content = fields.Binary(readonly=True, attachment=False)

    _sql_constraints = [("number_uniq", "UNIQUE(upload_id, number)", "A part is there once.")]


class EndpointUploads(models.Model):
    _inherit = "mfg.sync.endpoint"

    statement_limit = fields.Integer(
        string="Largest statement (MiB)",
        default=20,
        tracking=True,
        help="A statement of stock may be larger than a request: it then comes in parts, which together have this size "
        "at most. Reading one takes about ten times its size of the server's memory.",
    )

    _sql_constraints = [
        ("statement_limit_range", "CHECK(statement_limit BETWEEN 1 AND 100)", "The largest statement is 1 to 100 MiB."),
    ]
