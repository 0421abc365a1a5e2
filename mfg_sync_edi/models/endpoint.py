from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

USAGES = {"production": "P", "test": "T"}


class Endpoint(models.Model):
    _inherit = "mfg.sync.endpoint"

    x12_our_qualifier = fields.Char(
        string="Our qualifier",
        size=2,
        default="ZZ",
        tracking=True,
        help="ISA05 of what we send: ZZ own, 01 DUNS, 12 phone.",
    )
    x12_our_id = fields.Char(
        string="Our EDI id", size=15, tracking=True, help="ISA06 of what we send, ISA08 of what comes."
    )
    x12_their_qualifier = fields.Char(string="Their qualifier", size=2, default="ZZ", tracking=True)
    x12_their_id = fields.Char(
        string="Their EDI id",
        size=15,
        tracking=True,
        help="An interchange from anybody else is refused on this connection.",
    )
    x12_version = fields.Selection(
        [("004010", "004010"), ("005010", "005010")],
        string="X12 release",
        default="004010",
        required=True,
        help="Release in which documents are sent; both are read.",
    )
    x12_usage = fields.Selection(
        [("P", "Production"), ("T", "Test")],
        string="X12 usage",
        compute="_compute_x12_usage",
        store=True,
        help="ISA15. Follows the environment: a test interchange is never posted on a production connection.",
    )
    x12_leniency_ids = fields.Many2many(
        "mfg.sync.x12.leniency",
        string="Accept",
        help="What is accepted of this partner although the standard forbids it; each use is written on the message.",
    )

    x12_control_ids = fields.One2many("mfg.sync.x12.control", "endpoint_id", string="Control number")

    @api.depends("environment")
    def _compute_x12_usage(self):
        for endpoint in self:
            endpoint.x12_usage = USAGES.get(endpoint.environment, "T")

    @api.constrains("x12_usage", "environment")
    def _check_x12_usage(self):
        for endpoint in self:
            if endpoint.x12_usage != USAGES.get(endpoint.environment, "T"):
                raise ValidationError(
                    _("The X12 usage of %s must follow its environment: P for production, T for test.", endpoint.name)
                )

    @api.model
    def _known(self):
        counters = self.env["mfg.sync.x12.control"].search([])
        return {**super()._known(), "x12": {counter.endpoint_id.source: counter.last for counter in counters}}

    @api.model
    def _go_on_from(self, known):
        self.env["mfg.sync.x12.control"]._go_on_above(known.get("x12", {}))
        return super()._go_on_from(known)

    def _x12_lacks(self):
        """Names of what must be filled in before X12 can cross this connection."""
        self.ensure_one()
        wanted = ("partner_id", "x12_our_qualifier", "x12_our_id", "x12_their_qualifier", "x12_their_id")
        return [self._fields[name].string for name in wanted if not self[name]]
