import base64

from odoo import fields, models


class ImportFile(models.TransientModel):
    """Takes the events of a file as if the other side had sent them."""

    _name = "mfg.sync.import.file"
    _description = "Import Messages"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", required=True, ondelete="cascade")
    system_id = fields.Many2one("mfg.sync.system", string="As sent by", required=True, ondelete="cascade")
    file = fields.Binary(required=True, help="A CloudEvents batch (JSON), or one event a line.")
    file_name = fields.Char()

    def action_import(self):
        self.ensure_one()
        imports = self.env["mfg.sync.import"]
        # a caller may have asked for sizes in the place of contents
        content = base64.b64decode(self.with_context(bin_size=False, bin_size_file=False).file or b"")
        import_id = imports._run(self.endpoint_id, self.system_id, self.file_name or "events.json", content)
        return {
            "type": "ir.actions.act_window",
            "name": self.file_name,
            "res_model": imports._name,
            "res_id": import_id,
            "view_mode": "form",
        }
