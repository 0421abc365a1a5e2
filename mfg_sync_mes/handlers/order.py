from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import Conflict, DataError, Early
from odoo.addons.mfg_sync.engine.inbound import Done

from ..models.mrp_production import OPEN

#: so many lines of components are read ahead at the most
MANY_LINES = 200


class OrderHandler(models.AbstractModel):
    """Base of the handlers of what happens to a production order.

    One order number of theirs stands for the order with all its backorders (the family): messages are applied to the
    oldest of them that is open.
    """

    _name = "mfg.sync.handler.order"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Production Order"

    @api.model
    def family(self, message):
        """The orders behind the order number, oldest first.

        :raises ReferenceMissing: the number is not known
        :raises Early: nobody has confirmed the order yet
        :raises DataError: it belongs to a site or an operation type that the synchronization does not cover
        """
        number = message.data["order"]
        found = self.find(message, "production", number, "/data/order")
        family = compat.family(found)
        message.touches(family[:1], self.open_orders(family)[:1])
        self.refuse_uncovered(message, found, "/data/order")
        # names change when an order is split, and its lane must not: what they call it is kept, whatever it is
        self.bind(message, "production", number, family[:1])
        if all(order.state == "draft" for order in family):
            raise Early(
                _("%s is still a draft in Odoo; the message waits until it is confirmed.", found.display_name),
                wait_key=f"confirmed:{number}",
                pointer="/data/order",
            )
        if all(order.state == "cancel" for order in family):
            raise Conflict(
                _(
                    "%s is cancelled in Odoo, and the floor goes on reporting about it. Stop it there and cancel the "
                    "message, or make a new order and match it.",
                    found.display_name,
                ),
                pointer="/data/order",
            )
        self._read_ahead(self.open_orders(family))
        return family

    @staticmethod
    def _read_ahead(orders):
        """What Odoo's buttons look at, of all components at once: they ask for one after the other."""
        components = orders.move_raw_ids
        lines = components.move_line_ids
        # thousands of serial numbers are read by whom they concern
        if len(lines) <= MANY_LINES:
            lines.mapped("quantity")
        components.product_id.product_tmpl_id.categ_id.mapped("removal_strategy_id")

    @api.model
    def open_orders(self, family):
        return family.filtered(lambda order: order.state in OPEN)

    @api.model
    def closed_since(self, message, order):
        """Whether an order was closed when what the message tells had happened, or later: it may be part of that."""
        # Odoo keeps whole seconds
        return order.state == "done" and order.date_finished >= message.occurred.replace(microsecond=0)

    @api.model
    def workorders(self, message, family):
        """``(operation, its work orders)`` in the orders of the family, oldest first."""
        operation = self.find(message, "operation", message.data["operation"], "/data/operation", bom=family[:1].bom_id)
        workorders = self.env["mrp.workorder"].concat(
            *(order.workorder_ids.filtered(lambda workorder: workorder.operation_id == operation) for order in family)
        )
        if not workorders:
            raise DataError(
                _(
                    "%(order)s has no work order for the operation %(operation)s.",
                    order=family[:1].display_name,
                    operation=operation.display_name,
                ),
                "/data/operation",
            )
        return operation, workorders

    @api.model
    def open_workorder(self, workorders):
        """The one in the oldest open order whose operation is not finished."""
        return workorders.filtered(
            lambda workorder: workorder.state not in ("done", "cancel") and workorder.production_id.state in OPEN
        )[:1]

    @api.model
    def reports(self, message, kind):
        """Whether this connection tells that kind of message: what it does not tell can't be waited for.

        Told in shadow only, it leaves nothing behind that others could wait for.
        """
        inbound = self.env["mfg.sync.flow"]._inbound()
        flows = [
            inbound.get((message.endpoint_id, entry["id"]))
            for entry in self.env["mfg.sync.message.type"]._versions("in", kind)
        ]
        return any(flow and flow["mode"] in ("live", message.flow["mode"]) for flow in flows)

    @api.model
    def answer(self, message):
        """The latest decision of a person to have the message applied again; empty where there is none."""
        asked = [("message_id", "=", message.id), ("decision", "in", ("replay", "apply_tried"))]
        # sudo: only whether there is one, and since when, is used; the service user reads no decisions
        return self.env["mfg.sync.decision"].sudo().search(asked, order="id desc", limit=1)

    @api.model
    def started_key(self, message):
        return f"operation_started:{message.data['order']}:{message.data['operation']}"

    @api.model
    def overtaken(self, record, announce=()):
        return Done(_("A later total was applied already; no change needed."), record, False, announce)

    # -- stock

    @api.model
    def lot(self, message, product, pointer="/data/lot"):
        """The lot the message names; empty for items without lots.

        :raises DataError: the item has lots, and none is named
        """
        name = message.data.get("lot")
        if product.tracking == "none":
            return self.env["stock.lot"]
        if not name:
            raise DataError(
                _("%s is kept by lots; the message must say which lot it was.", product.display_name), pointer
            )
        return self.find(message, "lot", name, pointer, product=product)

    @api.model
    def take(self, product, lot, location, quantity, own=()):
        """Where a quantity of an item (and lot) lies below a location, after what was told to be used up there.

        Who reserved it does not matter: it is a fact that it was taken.

        :param float quantity: in the item's unit
        :param own: lines that it is for: what was told of them lies there for them
        :return: list of ``(location, package, owner, quantity)``
        :raises Early: there is not so much; waits until stock of the item arrives
        """
        if not compat.is_storable(product) or location.should_bypass_reservation():
            return [(location, self.env[compat.PACKAGE], self.env["res.partner"], quantity)]
        left, found, rounding = quantity, [], product.uom_id.rounding
        quants = self.env["stock.quant"]._gather(product, location, lot_id=lot or None)
        for quant in quants.filtered(lambda quant: quant.lot_id == lot):
            free = quant.quantity - self._told_but_not_posted(quant, own)
            taken = min(free, left)
            if float_compare(taken, 0, precision_rounding=rounding) > 0:
                found.append((quant.location_id, quant.package_id, quant.owner_id, taken))
                left -= taken
        if float_compare(left, 0, precision_rounding=rounding) > 0:
            raise Early(
                _(
                    "%(missing)s %(unit)s of %(item)s %(lot)s are not in stock at %(location)s. The message waits "
                    "until they "
                    "are booked in.",
                    missing=round(left, 6),
                    unit=product.uom_id.name,
                    item=product.display_name,
                    lot=lot.name or "",
                    location=location.display_name,
                ),
                wait_key=self.stock_key(product),
                pointer="/data/quantity",
            )
        return found

    @api.model
    def tell_covered(self, moves):
        """What was covered by somebody's word is told, since it is his word no more, and taken from where it lies.

        :raises Early: there is not so much
        """
        for line in moves._mfg_sync_tell_covered():
            self._put_where_it_lies(line)

    def _put_where_it_lies(self, line):
        """Odoo takes what nobody reserved from the order's own location, and goes below zero where it lies on a shelf.

        :raises Early: there is not so much
        """
        quants = self.env["stock.quant"]._gather(
            line.product_id, line.location_id, line.lot_id or None, line.package_id, line.owner_id, strict=True
        )
        there = sum(
            quant.quantity - self._told_but_not_posted(quant, line) for quant in quants if quant.lot_id == line.lot_id
        )
        rounding = line.product_id.uom_id.rounding
        if float_compare(there, line.quantity_product_uom, precision_rounding=rounding) >= 0:
            return
        found = self.take(line.product_id, line.lot_id, line.move_id.location_id, line.quantity_product_uom, line)
        values = [
            {
                "location_id": location.id,
                "package_id": package.id,
                "owner_id": owner.id,
                "quantity": quantity,
                "product_uom_id": line.product_id.uom_id.id,
            }
            for location, package, owner, quantity in found
        ]
        told = line._mfg_sync_told_with_covered()
        for value in values:
            value |= {"mfg_sync_told": min(told, value["quantity"]), "mfg_sync_covered": 0.0}
            told -= value["mfg_sync_told"]
        for more in values[1:]:
            line.copy(more)
        line.write(values[0])

    def _told_but_not_posted(self, quant, own=()):
        lines = self.env["stock.move.line"].search(
            [
                ("product_id", "=", quant.product_id.id),
                ("lot_id", "=", quant.lot_id.id),
                ("location_id", "=", quant.location_id.id),
                ("package_id", "=", quant.package_id.id),
                ("owner_id", "=", quant.owner_id.id),
                "|",
                ("mfg_sync_told", ">", 0),
                ("mfg_sync_covered", ">", 0),
                ("state", "not in", ("done", "cancel")),
            ]
        )
        if own:
            lines -= own
        # what somebody has not ticked is his word no more: only what was told of it is used up
        return sum(line.quantity_product_uom if line.picked else line._mfg_sync_told_with_covered() for line in lines)

    @api.model
    def stock_key(self, product):
        return f"stock:{product.default_code or product.id}"

    @api.model
    def refuse_held(self, lots, pointer="/data/lot"):
        """:raises Early: a lot is on hold; comes back when it is released"""
        for lot in lots.filtered(lambda lot: lot.mfg_sync_quality in ("hold", "rejected")):
            raise Early(lot._mfg_sync_hold_text(), wait_key=f"released:{lot.name}", pointer=pointer)
