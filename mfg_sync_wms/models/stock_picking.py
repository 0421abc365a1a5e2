from odoo import fields, models

from odoo.addons.mfg_sync.engine.given import given

from .transfer_capture import TOLD


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "mfg.sync.given.mixin"]

    mfg_sync_confirmation = fields.Char(
        string="Confirmed as",
        readonly=True,
        copy=False,
        help="Number of the receipt or shipment under which the warehouse system confirmed this transfer.",
    )
    mfg_sync_revision = fields.Integer(
        string="Told revision",
        readonly=True,
        copy=False,
        default=0,
        help="How often the warehouse system was told of this transfer or of a change of it.",
    )
    mfg_sync_told = fields.Char(string="Content told", readonly=True, copy=False)

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_confirmation", "mfg_sync_revision", "mfg_sync_told"}

    def _compute_field_value(self, field):
        # where Odoo computes state and date they do not pass through write()
        result = super()._compute_field_value(field)
        if field.name in ("state", "scheduled_date"):
            self.env["mfg.sync.transfer.capture"].changed(self)
        return result

    def write(self, vals):
        result = super().write(vals)
        if {"partner_id", "carrier_id", "scheduled_date"} & set(vals):
            self.env["mfg.sync.transfer.capture"].changed(self)
        return result

    def _action_done(self):
        before = self.filtered(lambda picking: picking.state == "done")
        result = super()._action_done()
        shipped = (self - before).filtered(
            lambda picking: (
                picking.state == "done"
                and picking.picking_type_id.code == "outgoing"
                and picking.location_dest_id.usage == "customer"
            )
        )
        if shipped:
            shipped._mfg_sync_shipped()
        return result

    def send_to_shipper(self):
        # what the warehouse confirms has left under a label already. A carrier's server would sell another one, in a
        # transaction that may be taken back and applied again; prices that Odoo knows itself are taken as ever
        confirming = self.id in (given(self.env, "mfg_sync_confirming") or ())
        if confirming and self.carrier_id.delivery_type not in ("fixed", "base_on_rule"):
            return None
        return super().send_to_shipper()

    def _mfg_sync_shipped(self):
        """These deliveries have just left for their customers, once each, whoever confirmed them; addons extend it."""

    def _mfg_sync_together(self):
        return self._mfg_sync_family()

    def _mfg_sync_kinds(self):
        kind, _states = TOLD.get(self.picking_type_id.code, (None, ()))
        return super()._mfg_sync_kinds() | ({kind} if kind else set())

    def _mfg_sync_may_tell(self, kind):
        states = dict(TOLD.values()).get(kind)
        return self.state in states if states else super()._mfg_sync_may_tell(kind)

    def _mfg_sync_next_revision(self, kind):
        if kind not in dict(TOLD.values()):
            return super()._mfg_sync_next_revision(kind)
        told = self.env(su=True)["mfg.sync.transfer.capture"]._told(self.sudo())
        # sudo: counted for whoever may decide that it is told again; and kept as what they know then
        self.sudo().write({"mfg_sync_revision": self.mfg_sync_revision + 1, "mfg_sync_told": told})
        return str(self.mfg_sync_revision)

    def _mfg_sync_family(self):
        """This transfer, what it was split off from, and all its backorders, oldest first."""
        self.ensure_one()
        root = self
        while root.backorder_id:
            root = root.backorder_id
        family = layer = root
        while layer := layer.backorder_ids:
            family |= layer
        return family.sorted("id")

    def _mfg_sync_lines(self):
        """What a warehouse is to receive, or to ship now: ``[(product, quantity, [(lot name, quantity), …]), …]``.

        Quantities are in the product's unit. A receipt expects the whole demand; a delivery ships what is reserved.
        """
        self.ensure_one()
        found = {}
        for move in self.move_ids.filtered(lambda move: move.state not in ("draft", "done", "cancel")):
            demand, lots = found.setdefault(move.product_id, ([], {}))
            for line in move.move_line_ids:
                name = line.lot_id.name or line.lot_name
                if name:
                    lots[name] = lots.get(name, 0.0) + line.quantity_product_uom
            expected = self.picking_type_id.code == "incoming"
            demand.append(move.product_qty if expected else sum(move.move_line_ids.mapped("quantity_product_uom")))
        return [
            (product, sum(demand), sorted(lots.items()))
            for product, (demand, lots) in sorted(found.items(), key=lambda item: item[0].id)
            if sum(demand) > 0
        ]
