from odoo import _, api, models

from .. import compat
from ..engine.inbound import Done


class StockStatementHandler(models.AbstractModel):
    """A statement of stock is compared, never booked."""

    _name = "mfg.sync.handler.stock.statement"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Statement of Stock"
    _needs = {"stock.warehouse": "read", "product.product": "read", "stock.lot": "read"}

    @api.model
    def apply(self, message):
        data = message.data
        site = self.find(message, "site", data["site"], "/data/site")
        as_of = self.env["mfg.sync.resolver"].moment(data["as_of"], "/data/as_of")
        theirs = self._quantities(message, data["lines"])
        # sudo: statements are records of the engine; stock itself is read with the service user's rights (site, items)
        statement = (
            self.env["mfg.sync.statement"]
            .sudo()
            .create(
                {
                    "endpoint_id": message.endpoint_id,
                    "system_id": message.system_id,
                    "company_id": message.company_id,
                    "message_id": message.id,
                    "warehouse_id": site.id,
                    "as_of": as_of,
                }
            )
        )
        statement._compare(theirs)
        return Done(
            _(
                "%(lines)s lines compared, %(variances)s variances.",
                lines=statement.line_count,
                variances=statement.variance_count,
            ),
            statement,
        )

    def _quantities(self, message, lines):
        """``{(product, lot, lot name): quantity in the product's unit}``, without a query for each line."""
        resolver = self.env["mfg.sync.resolver"]
        items = resolver.items(message, {line["item"].strip() for line in lines})
        products = [
            items.get(line["item"].strip()) or self.find(message, "item", line["item"], f"/data/lines/{index}/item")
            for index, line in enumerate(lines)
        ]
        lots = resolver.lots(message, {key for key in map(_lot_key, lines, products) if key})
        theirs, units, no_lot = {}, {}, self.env["stock.lot"]
        for index, (line, product) in enumerate(zip(lines, products, strict=True)):
            if not compat.is_storable(product):
                continue  # Odoo moves it but keeps no stock of it: there is nothing to compare
            code, unit = line.get("unit"), product.uom_id
            if (code, unit) not in units:
                units[code, unit] = resolver.unit(message, code, product, f"/data/lines/{index}/unit")
            quantity = units[code, unit]._compute_quantity(float(line["quantity"]), unit, round=False)
            # a lot Odoo does not know is a variance, not a reason to wait
            lot_key = _lot_key(line, product)
            lot = lots.get(lot_key, no_lot)
            key = product, lot, lot.name if lot else lot_key[1] if lot_key else ""
            theirs[key] = theirs.get(key, 0.0) + quantity
        return theirs


def _lot_key(line, product):
    """``(product, lot as they name it)``; None where no lot is named, or the item has none in Odoo."""
    name = (line.get("lot") or "").strip()
    return (product, name) if name and product.tracking != "none" else None
