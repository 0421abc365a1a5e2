from odoo import _, api, fields, models

from .. import compat

#: usages of locations whose content is stock of a site
STOCKED = ("internal", "transit")


class Statement(models.Model):
    """The other side's stock at one moment, and its comparison with Odoo's stock as of the same moment."""

    _name = "mfg.sync.statement"
    _description = "Statement"
    _order = "as_of desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", readonly=True, ondelete="cascade", index=True
    )
    system_id = fields.Many2one("mfg.sync.system", string="From", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    message_id = fields.Many2one("mfg.sync.message", readonly=True, ondelete="set null")
    warehouse_id = fields.Many2one("stock.warehouse", string="Site", required=True, readonly=True)
    as_of = fields.Datetime(string="As of", required=True, readonly=True)
    line_ids = fields.One2many("mfg.sync.statement.line", "statement_id", string="Lines", readonly=True)
    variance_ids = fields.One2many(
        "mfg.sync.statement.line", "statement_id", string="Variances", readonly=True, domain=[("state", "!=", "agrees")]
    )
    line_count = fields.Integer(compute="_compute_counts", string="Compared")
    variance_count = fields.Integer(compute="_compute_counts", string="Variances found")

    @api.depends("warehouse_id", "as_of")
    def _compute_name(self):
        for statement in self:
            statement.name = _(
                "%(site)s, %(as_of)s",
                site=statement.warehouse_id.name,
                as_of=fields.Datetime.to_string(statement.as_of) or "",
            )

    def _compute_counts(self):
        for statement in self:
            statement.line_count = len(statement.line_ids)
            statement.variance_count = len(statement.line_ids.filtered(lambda line: line.state != "agrees"))

    def _today(self):
        """Odoo's stock under the site now: ``{(product id, lot id or False): quantity}``."""
        quants = self.env["stock.quant"]._read_group(
            [("location_id", "child_of", self.warehouse_id.view_location_id.id), ("location_id.usage", "in", STOCKED)],
            ["product_id", "lot_id"],
            ["quantity:sum"],
        )
        return {(product.id, lot.id): quantity for product, lot, quantity in quants}

    def _since(self):
        """What came in less what went out of the site after the statement's moment, keyed as :meth:`_today`.

        What another system told counts from when it happened there: goods that had left when they counted are not in
        their statement, however late Odoo heard of it.
        """
        location = self.warehouse_id.view_location_id
        since = {}
        for line in self.env["stock.move.line"].search(
            [
                ("state", "=", "done"),
                ("company_id", "=", self.company_id.id),
                ("date", ">", self.as_of),
                "|",
                ("mfg_sync_occurred", "=", False),
                ("mfg_sync_occurred", ">", self.as_of),
                "|",
                ("location_id", "child_of", location.id),
                ("location_dest_id", "child_of", location.id),
            ]
        ):
            sign = self._stocked(line.location_dest_id) - self._stocked(line.location_id)
            if sign:
                key = (line.product_id.id, line.lot_id.id)
                since[key] = since.get(key, 0.0) + sign * line.quantity_product_uom
        return since

    def _stocked(self, location):
        inside = location.parent_path.startswith(self.warehouse_id.view_location_id.parent_path)
        return int(inside and location.usage in STOCKED)

    def _compare(self, theirs):
        """Make the lines: theirs against ours as of their moment, and what of ours they do not mention.

        :param dict theirs: ``{(product, lot record, lot name): quantity in the product's unit}``; a line without a lot
            stands for all lots of the item that no other line names
        """
        self.ensure_one()
        today, since = self._today(), self._since()
        ours = {key: today.get(key, 0.0) - since.get(key, 0.0) for key in {*today, *since}}
        named = {(product.id, lot.id) for product, lot, _name in theirs if lot}
        values, seen = [], set()
        for (product, lot, lot_name), quantity in theirs.items():
            keys = self._keys(product, lot, lot_name, ours, named)
            seen.update(keys)
            values.append(
                self._line(
                    product,
                    lot,
                    lot_name,
                    quantity,
                    sum(ours.get(key, 0.0) for key in keys),
                    sum(since.get(key, 0.0) for key in keys),
                )
            )
        for key in sorted(ours.keys() - seen, key=lambda key: (key[0], key[1] or 0)):
            product, lot = self.env["product.product"].browse(key[0]), self.env["stock.lot"].browse(key[1])
            # what is not stock to Odoo (consumables it moves but does not count) has nothing to agree on
            if compat.is_storable(product) and not _zero(product, ours[key]):
                values.append(self._line(product, lot, lot.name, 0.0, ours[key], since.get(key, 0.0)))
        self.env["mfg.sync.statement.line"].create(values)

    @staticmethod
    def _keys(product, lot, lot_name, ours, named):
        """Keys of ours that one of their lines stands for."""
        if lot:
            return [(product.id, lot.id)]
        if lot_name:
            return []
        return [key for key in ours if key[0] == product.id and key not in named]

    def _line(self, product, lot, lot_name, theirs, ours, since):
        difference = theirs - ours
        state = "agrees" if _zero(product, difference) else "more" if difference > 0 else "less"
        return {
            "statement_id": self.id,
            "product_id": product.id,
            "lot_id": lot.id,
            "lot_name": lot_name,
            "theirs": theirs,
            "ours": ours,
            "since": since,
            "difference": difference,
            "state": state,
        }


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
    lot_id = fields.Many2one("stock.lot", string="Known lot")
    lot_name = fields.Char(string="Lot", help="As they name it, also when Odoo does not know it.")
    theirs = fields.Float(string="They say", digits=compat.UOM_DIGITS)
    ours = fields.Float(string="Odoo says", digits=compat.UOM_DIGITS, help="Stock in Odoo as of the same moment.")
    since = fields.Float(
        string="Moved since",
        digits=compat.UOM_DIGITS,
        help="What Odoo has moved in or out after that moment; it is not part of the comparison.",
    )
    difference = fields.Float(digits=compat.UOM_DIGITS)
    state = fields.Selection(
        [("agrees", "Agrees"), ("less", "They have less"), ("more", "They have more")], string="Result", required=True
    )
