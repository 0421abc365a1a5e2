from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from .. import compat
from ..engine import release

KINDS = [
    ("uom", "Unit of measure"),
    ("location", "Place"),
    ("site", "Site"),
    ("reason", "Reason"),
    ("status", "Status"),
]


class ValueMap(models.Model):
    """What a code of the other side means in Odoo. Making an entry releases what waits for it."""

    _name = "mfg.sync.value.map"
    _description = "Mapping"
    _order = "kind, code"
    _rec_name = "code"

    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", ondelete="cascade", index=True, help="Empty: for every connection."
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company, index=True)
    kind = fields.Selection(KINDS, string="Kind of code", required=True)
    code = fields.Char(string="Their code", required=True)
    uom_id = fields.Many2one("uom.uom", string="Unit of measure")
    location_id = fields.Many2one("stock.location", string="Place")
    warehouse_id = fields.Many2one("stock.warehouse", string="Site")
    value = fields.Char(help="The word Odoo uses, for reasons and statuses.")
    meaning = fields.Char(compute="_compute_meaning", string="Means in Odoo")

    _sql_constraints = [
        (
            "value_set",
            "CHECK(uom_id IS NOT NULL OR location_id IS NOT NULL OR warehouse_id IS NOT NULL"
            " OR trim(COALESCE(value, '')) <> '')",
            "Say what the code means in Odoo.",
        ),
    ]

    def init(self):
        # an expression index, because UNIQUE lets NULL (every connection) stand twice
        self.env.cr.execute(
            """CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_value_map_uniq ON mfg_sync_value_map
               (kind, code, COALESCE(endpoint_id, 0), COALESCE(company_id, 0))"""
        )
        # of earlier versions, which kept them: what comes is looked up without spaces around it
        self.env.cr.execute(
            """UPDATE mfg_sync_value_map v SET code = btrim(v.code, E' \\t\\r\\n')
               WHERE v.code <> btrim(v.code, E' \\t\\r\\n') AND NOT EXISTS (
                   SELECT 1 FROM mfg_sync_value_map plain
                   WHERE plain.id <> v.id AND plain.kind = v.kind
                     AND plain.endpoint_id IS NOT DISTINCT FROM v.endpoint_id
                     AND plain.company_id IS NOT DISTINCT FROM v.company_id
                     AND btrim(plain.code, E' \\t\\r\\n') = btrim(v.code, E' \\t\\r\\n'))"""
        )

    @api.depends("uom_id", "location_id", "warehouse_id", "value")
    def _compute_meaning(self):
        for entry in self:
            record = entry.uom_id or entry.location_id or entry.warehouse_id
            entry.meaning = record.display_name or entry.value

    @api.model_create_multi
    def create(self, vals_list):
        entries = super().create([self._with_plain_code(vals) for vals in vals_list])
        entries._check_own()
        entries._release()
        return entries

    def write(self, vals):
        result = super().write(self._with_plain_code(vals))
        self._check_own()
        self._release()
        return result

    @api.model
    def _with_plain_code(self, vals):
        """The same values, without spaces around the code: what comes in is looked up without them."""
        return {**vals, "code": vals["code"].strip()} if isinstance(vals.get("code"), str) else vals

    def _check_own(self):
        """What a code means on a connection is said by those who may see the connection, for its company."""
        for entry in self.filtered("endpoint_id"):
            compat.check_access(entry.endpoint_id, "read")
            if entry.company_id and entry.company_id != entry.endpoint_id.company_id:
                raise ValidationError(
                    _(
                        "%(code)s: the connection %(endpoint)s belongs to %(company)s; choose that company.",
                        code=entry.code,
                        endpoint=entry.endpoint_id.name,
                        company=entry.endpoint_id.company_id.name,
                    )
                )

    def _release(self):
        self.flush_recordset()
        release.when_committed(self.env.cr, [f"map:{entry.kind}:{entry.code}" for entry in self])

    @api.model
    def _lookup(self, cr, *, kind, code, endpoint_id, company_id):
        """Row of the entry that counts: the connection's own before the general one; None when nobody made one."""
        cr.execute(
            """SELECT uom_id, location_id, warehouse_id, value FROM mfg_sync_value_map
               WHERE kind = %s AND code = %s AND (endpoint_id = %s OR endpoint_id IS NULL)
                 AND (company_id = %s OR company_id IS NULL)
               ORDER BY endpoint_id NULLS LAST, company_id NULLS LAST LIMIT 1""",
            [kind, code, endpoint_id, company_id],
        )
        return cr.dictfetchone()
