from odoo import api, fields, models

from ..x12 import LENIENCIES


class X12Leniency(models.Model):
    """What a connection accepts of a partner's X12 although the standard doesn't; the codec names them."""

    _name = "mfg.sync.x12.leniency"
    _description = "X12 Leniency"
    _order = "name"

    name = fields.Char(string="Accept", required=True, readonly=True, translate=True)
    code = fields.Char(required=True, readonly=True)

    _sql_constraints = [("code_uniq", "UNIQUE(code)", "There is one record a leniency.")]

    @api.model
    def _load(self):
        """Records for the codec's list, with XML ids, so that they go when the addon goes; called from its data."""
        self._load_records(
            [
                {
                    "xml_id": f"mfg_sync_edi.x12_leniency_{code}",
                    "values": {"code": code, "name": name},
                    "noupdate": False,
                }
                for code, name in LENIENCIES.items()
            ]
        )
