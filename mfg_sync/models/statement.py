from odoo import _, api, fields, models


class Statement(models.Model):
    """The other side's stock at one moment, and its comparison with Odoo's stock as of the same moment."""

    _name = "mfg.sync.statement"
    _description = "Statement"
    _order = "as_of desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", string="Connection", readonly=True, ondelete="cascade", index=True)
    system_id = fields.Many2one("mfg.sync.system", string="From", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    message_id = fields.Many2one("mfg.sync.message", readonly=True, ondelete="set null")
    warehouse_id = fields.Many2one("stock.warehouse", string="Site", required=True, readonly=True)
    as_of = fields.Datetime(string="As of", required=True, readonly=True)
    line_ids = fields.One2many("mfg.sync.statement.line", "statement_id", string="Lines", readonly=True)
    variance_ids = fields.One2many(
        "mfg.sync.statement.line", "statement_id", string="Variances", readonly=True,
        domain=[("state", "!=", "agrees")])
    line_count = fields.Integer(compute="_compute_counts", string="Compared")
    variance_count = fields.Integer(compute="_compute_counts", string="Variances found")

    @api.depends("warehouse_id", "as_of")
    def _compute_name(self):
        for statement in self:
            statement.name = _("%(site)s, %(as_of)s", site=statement.warehouse_id.name,
                               as_of=fields.Datetime.to_string(statement.as_of) or "")

    def _compute_counts(self):
        for statement in self:
            statement.line_count = len(statement.line_ids)
            statement.variance_count = len(statement.line_ids.filtered(lambda line: line.state != "agrees"))

    def _ours(self):
        """Odoo's stock under the site as of the statement's moment: ``{(product id, lot id or False): quantity}``.

        Today's quants, less what came in and plus what went out since (stock.move.line, state done), two queries.
        """
        self.ensure_one()
        inside = [("location_id", "child_of", self.warehouse_id.view_location_id.id)]
        quants = self.env["stock.quant"]._read_group(
            [*inside, ("location_id.usage", "in", ("internal", "transit"))], ["product_id", "lot_id"], ["quantity:sum"])
        ours = {(product.id, lot.id): quantity for product, lot, quantity in quants}
        location = self.warehouse_id.view_location_id
        for line in self.env["stock.move.line"].search([
            ("state", "=", "done"), ("date", ">", self.as_of), ("company_id", "=", self.company_id.id), "|",
            ("location_id", "child_of", location.id), ("location_dest_id", "child_of", location.id),
        ]):
            sign = self._stocked(line.location_id) - self._stocked(line.location_dest_id)
            key = (line.product_id.id, line.lot_id.id)
            ours[key] = ours.get(key, 0.0) + sign * line.quantity_product_uom
        return ours

    def _stocked(self, location):
        inside = location.parent_path.startswith(self.warehouse_id.view_location_id.parent_path)
        return int(inside and location.usage in ("internal", "transit"))

    def _compare(self, theirs):
        """Make the lines: theirs against ours, and what they do not mention.

        :param dict theirs: ``{(product, lot record): quantity in the product's unit}``
        """
        self.ensure_one()
        ours = self._ours()
        values = []
        seen = set()
        for (product, lot), quantity in theirs.items():
            key = (product.id, lot.id)
            seen.add(key)
            values.append(self._line(product, lot, quantity, ours.get(key, 0.0)))
        for (product_id, lot_id), quantity in ours.items():
            product = self.env["product.product"].browse(product_id)
            if (product_id, lot_id) not in seen and not _zero(product, quantity):
                values.append(self._line(product, self.env["stock.lot"].browse(lot_id), 0.0, quantity))
        self.env["mfg.sync.statement.line"].create(values)

    def _line(self, product, lot, theirs, ours):
        difference = theirs - ours
        state = "agrees" if _zero(product, difference) else "more" if difference > 0 else "less"
        return {"statement_id": self.id, "product_id": product.id, "lot_id": lot.id, "theirs": theirs, "ours": ours,
                "difference": difference, "state": state}


def _zero(product, quantity):
    rounding = product.uom_id.rounding
    return abs(quantity) < rounding / 2


class StatementLine(models.Model):
    _name = "mfg.sync.statement.line"
    _description = "Line of a Statement"
    _order = "state desc, id"

    statement_id = fields.Many2one("mfg.sync.statement", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="statement_id.company_id", store=True)
    product_id = fields.Many2one("product.product", string="Item", required=True)
    lot_id = fields.Many2one("stock.lot", string="Lot")
    theirs = fields.Float(string="They say", digits="Product Unit of Measure")
    ours = fields.Float(string="Odoo says", digits="Product Unit of Measure")
    difference = fields.Float(digits="Product Unit of Measure")
    state = fields.Selection(
        [("agrees", "Agrees"), ("less", "They have less"), ("more", "They have more")], string="Result", required=True)
