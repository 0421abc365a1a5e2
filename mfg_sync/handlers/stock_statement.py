from odoo import _, api, models

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
            lot = self.env["stock.lot"]
            if line.get("lot"):
                lot = self.find(message, "lot", line["lot"], f"{pointer}/lot", product=product)
            uom = self.env["mfg.sync.resolver"].unit(message, line.get("unit"), product, f"{pointer}/unit")
            quantity = uom._compute_quantity(float(line["quantity"]), product.uom_id, round=False)
            theirs[product, lot] = theirs.get((product, lot), 0.0) + quantity
        # sudo: statements are records of the engine; stock itself is read with the service user's rights (site, items)
        statement = self.env["mfg.sync.statement"].sudo().create({
            "endpoint_id": message.endpoint_id, "system_id": message.system_id, "company_id": message.company_id,
            "message_id": message.id, "warehouse_id": site.id, "as_of": as_of,
        })
        statement._compare(theirs)
        return Done(
            _("%(lines)s lines compared, %(variances)s variances.", lines=statement.line_count,
              variances=statement.variance_count), statement)
