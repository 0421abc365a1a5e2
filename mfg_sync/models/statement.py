import json

from odoo import _, api, fields, models

from .. import compat

#: usages of locations whose content is stock of a site
STOCKED = ("internal", "transit")
#: so many lines go into one statement of SQL
LINES = 10000


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
    message_id = fields.Many2one("mfg.sync.message", readonly=True, ondelete="set null", index="btree_not_null")
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
        counts = {}
        for statement, state, count in self.env["mfg.sync.statement.line"]._read_group(
            [("statement_id", "in", self.ids)], ["statement_id", "state"], ["__count"]
        ):
            counts.setdefault(statement, {})[state] = count
        for statement in self:
            by_state = counts.get(statement, {})
            statement.line_count = sum(by_state.values())
            statement.variance_count = statement.line_count - by_state.get("agrees", 0)

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
        for product, lot, source, dest, quantity in self.env["stock.move.line"]._read_group(
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
            ],
            ["product_id", "lot_id", "location_id", "location_dest_id"],
            ["quantity_product_uom:sum"],
        ):
            sign = self._stocked(dest) - self._stocked(source)
            if sign:
                key = (product.id, lot.id)
                since[key] = since.get(key, 0.0) + sign * quantity
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
        unnamed = {}
        for key in ours.keys() - named:
            unnamed.setdefault(key[0], []).append(key)
        lines, seen = [], set()
        for (product, lot, lot_name), quantity in theirs.items():
            # keys of ours that the line stands for; a lot that Odoo does not know stands for none
            keys = [(product.id, lot.id)] if lot else [] if lot_name else unnamed.get(product.id, [])
            seen.update(keys)
            lines.append(
                self._line(
                    product,
                    lot,
                    lot_name,
                    quantity,
                    sum(ours.get(key, 0.0) for key in keys),
                    sum(since.get(key, 0.0) for key in keys),
                )
            )
        self._insert_lines(lines + self._not_mentioned(ours, since, sorted(ours.keys() - seen)))

    def _not_mentioned(self, ours, since, keys):
        """Lines of what Odoo has and they did not mention."""
        # browsed together, so that what is asked of one is read for all
        products = {product.id: product for product in self.env["product.product"].browse({key[0] for key in keys})}
        lots = {lot.id: lot for lot in self.env["stock.lot"].browse({key[1] for key in keys if key[1]})}
        lots[False] = self.env["stock.lot"]
        return [
            self._line(products[key[0]], lots[key[1]], lots[key[1]].name, 0.0, ours[key], since.get(key, 0.0))
            for key in keys
            # what is not stock to Odoo (consumables it moves but does not count) has nothing to agree on
            if compat.is_storable(products[key[0]]) and not _zero(products[key[0]], ours[key])
        ]

    def _insert_lines(self, lines):
        """One statement for thousands of lines: the ORM would take one for a hundred, and another for its sums."""
        digits = self.env["decimal.precision"].precision_get(compat.UOM_DIGITS)
        self.flush_recordset()
        for start in range(0, len(lines), LINES):
            self.env.cr.execute(
                """INSERT INTO mfg_sync_statement_line (statement_id, company_id, product_id, lot_id, lot_name, theirs,
                       ours, since, difference, state, create_uid, create_date, write_uid, write_date)
                   SELECT %(statement)s, %(company)s, product_id, lot_id, lot_name, round(theirs, %(digits)s),
                          round(ours, %(digits)s), round(since, %(digits)s), round(difference, %(digits)s), state,
                          %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                   FROM jsonb_to_recordset(%(lines)s::jsonb) AS l(product_id int, lot_id int, lot_name text,
                        theirs numeric, ours numeric, since numeric, difference numeric, state text)""",
                {
                    "statement": self.id,
                    "company": self.company_id.id,
                    "digits": digits,
                    "uid": self.env.uid,
                    "lines": json.dumps(lines[start : start + LINES]),
                },
            )
        self.env["mfg.sync.statement.line"].invalidate_model()
        self.invalidate_recordset()

    def _line(self, product, lot, lot_name, theirs, ours, since):
        difference = theirs - ours
        return {
            "product_id": product.id,
            "lot_id": lot.id or None,
            "lot_name": lot_name or None,
            "theirs": theirs,
            "ours": ours,
            "since": since,
            "difference": difference,
            "state": "agrees" if _zero(product, difference) else "more" if difference > 0 else "less",
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
