from odoo import api, models


class TransferBuilder(models.AbstractModel):
    """What a warehouse must know of a transfer."""

    _name = "mfg.sync.builder.transfer"
    _inherit = "mfg.sync.builder"
    _description = "Builder: Transfer"
    _needs = {"stock.picking": "read", "stock.move": "read", "stock.warehouse": "read"}

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(
            flow,
            {
                "transfer": records | records.backorder_id,
                "item": records.move_ids.product_id,
                "partner": records.partner_id,
            },
        )
        return {picking.id: self._transfer(flow, picking) for picking in records}

    @api.model
    def _lane(self, record):
        # a transfer and its backorders are told in order
        return record._name, record._mfg_sync_family()[0].id

    def _transfer(self, flow, picking):
        data = {
            "transfer": self._reference(flow, "transfer", picking, picking.name),
            "revision": picking.mfg_sync_revision,
            "scheduled": self._time(picking.scheduled_date),
            "site": self._site_code(picking.picking_type_id.warehouse_id),
            "lines": [self._line(flow, *line) for line in picking._mfg_sync_lines()],
        }
        if picking.origin:
            data["origin"] = picking.origin
        if picking.partner_id:
            data["partner"] = self._partner(flow, picking.partner_id)
        before = picking.backorder_id
        if before:
            data["backorder_of"] = self._reference(flow, "transfer", before, before.name)
        return data

    def _line(self, flow, product, quantity, lots):
        return {
            "item": self._item(flow, product),
            "quantity": quantity,
            "unit": product.uom_id.name,
            "lots": [{"lot": name, "quantity": part} for name, part in lots],
        }

    def _partner(self, flow, partner):
        code = partner.ref or partner.commercial_partner_id.ref or f"partner-{partner.id}"
        return {**self._reference(flow, "partner", partner, code), "name": partner.name or partner.display_name}

    def _site_code(self, warehouse):
        return warehouse.mfg_sync_site_code or warehouse.code


class ReceiptExpected(models.AbstractModel):
    """Goods that are to come in, with their lots where the supplier has named them."""

    _name = "mfg.sync.builder.receipt.expected"
    _inherit = "mfg.sync.builder.transfer"
    _description = "Builder: Receipt Expected"


class ShipmentRequested(models.AbstractModel):
    """Goods that are ready to leave: what is reserved, where it goes and with whom."""

    _name = "mfg.sync.builder.shipment.requested"
    _inherit = "mfg.sync.builder.transfer"
    _description = "Builder: Shipment Requested"

    def _transfer(self, flow, picking):
        data = super()._transfer(flow, picking)
        if picking.carrier_id:
            data["carrier"] = picking.carrier_id.name
        return data

    def _partner(self, flow, partner):
        street = ", ".join(part for part in (partner.street, partner.street2) if part)
        address = {"street": street, "city": partner.city, "zip": partner.zip, "country": partner.country_id.code}
        return {**super()._partner(flow, partner), **{key: value for key, value in address.items() if value}}
