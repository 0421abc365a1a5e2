from odoo import _, api, models

from .. import compat
from ..engine.errors import ReferenceMissing
from ..engine.inbound import Done


class StockStatementHandler(models.AbstractModel):
    """A statement of stock is compared, never booked."""

    _name = "mfg.sync.handler.stock.statement"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Statement of Stock"

    @api.model
    def apply(self, message):
        data = message.data
        site = self.find(message, "site", data["site"], "/data/site")
        as_of = self.env["mfg.sync.resolver"].moment(data["as_of"], "/data/as_of")
        theirs = {}
        for index, line in enumerate(data["lines"]):
            pointer = f"/data/lines/{index}"
            product = self.find(message, "item", line["item"], f"{pointer}/item")
            if not compat.is_storable(product):
                continue  # Odoo moves it but keeps no stock of it: there is nothing to compare
            lot, lot_name = self._lot(message, line, product, f"{pointer}/lot")
            uom = self.env["mfg.sync.resolver"].unit(message, line.get("unit"), product, f"{pointer}/unit")
            quantity = uom._compute_quantity(float(line["quantity"]), product.uom_id, round=False)
            theirs[product, lot, lot_name] = theirs.get((product, lot, lot_name), 0.0) + quantity
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

    def _lot(self, message, line, product, pointer):
        """``(lot, its name)``; a lot Odoo does not know is a variance, not a reason to wait."""
        name = line.get("lot")
        if not name or product.tracking == "none":
            return self.env["stock.lot"], ""
        try:
            lot = self.find(message, "lot", name, pointer, product=product)
        except ReferenceMissing:
            return self.env["stock.lot"], name
        return lot, lot.name
