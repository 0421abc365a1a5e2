from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError


class System(models.Model):
    """The application behind a connection; a hub's connection speaks for several."""

    _name = "mfg.sync.system"
    _description = "System"
    _order = "name, id"

    name = fields.Char(required=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="endpoint_id.company_id", store=True, index=True)
    source = fields.Char(required=True, help="The CloudEvents source by which the system names itself in its messages.")
    active = fields.Boolean(default=True)
    paused = fields.Boolean(
        help="While paused its messages are kept, and applied afterwards. As long as all systems of a connection are "
        "paused, what is to be told to it is kept too.",
    )

    _sql_constraints = [
        ("source_uniq", "UNIQUE(endpoint_id, source)", "This source is already a system of the connection."),
    ]

    @api.constrains("active", "paused")
    def _check_working(self):
        for system in self:
            if system.paused and not system.active:
                raise ValidationError(
                    _(
                        "%s is paused, and its messages would wait where nobody sees why. Cancel what is not to be "
                        "applied, resume it, then archive it.",
                        system.name,
                    )
                )

    def write(self, vals):
        if "endpoint_id" in vals and any(system.endpoint_id.id != vals["endpoint_id"] for system in self):
            # its messages and matches are filed under the company of the connection
            raise UserError(_("A system keeps its connection. Archive it, and make another."))
        result = super().write(vals)
        if vals.get("paused") is False:
            self.endpoint_id._wake()
        return result
