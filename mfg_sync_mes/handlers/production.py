from odoo import _, api, models
from odoo.tools import float_compare, float_is_zero

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import Conflict, DataError, Early, PermanentError
from odoo.addons.mfg_sync.engine.inbound import Done

#: rows that wait for finished pieces don't keep the order from closing
OUTPUT = "output:"


class ProductionReported(models.AbstractModel):
    """Finished goods: lots, quantity, components that nobody told, and the order done; the rest becomes a backorder."""

    _name = "mfg.sync.handler.production.reported"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Production Reported"

    @api.model
    def apply(self, message):
        data = message.data
        family = self.family(message)
        product = family[:1].product_id
        quantity = self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")
        quantity = self._not_told_before(message, family, quantity)
        if not quantity:
            return Done(_("That total was reported before; no change needed."), family[-1:], False)
        if not self.open_orders(family):
            return self._closed(message, family, quantity)
        lots, made = self._lots(message, family, quantity)
        self._refuse_to_close_early(message, family, quantity)
        done = self._produce(message, family, quantity, lots)
        text = _(
            "%(quantity)s %(unit)s of %(item)s finished.",
            quantity=f"{quantity:g}",
            unit=product.uom_id.name,
            item=product.display_name,
        )
        announce = [f"lot:{lot.name}" for lot in made] + [self.stock_key(product), f"{OUTPUT}{data['order']}"]
        return Done(text, done, announce=tuple(announce))

    def _not_told_before(self, message, family, quantity):
        """What is new of a quantity; all of it unless the synchronization tells totals."""
        if message.flow["quantity_mode"] != "cumulative":
            return quantity
        told = sum(self._finished_lines(family).mapped("mfg_sync_told"))
        rounding = family.product_id.uom_id.rounding
        return 0.0 if float_compare(quantity, told, precision_rounding=rounding) <= 0 else quantity - told

    @staticmethod
    def _finished_lines(family):
        moves = family.move_finished_ids.filtered(
            lambda move: move.state == "done" and move.location_id.usage == "production"
        )
        return moves.move_line_ids.filtered(lambda line: line.product_id in family.product_id)

    # -- closed already

    def _closed(self, message, family, quantity):
        """Somebody finished the order by hand: fine when what he booked covers the report."""
        lines, names = self._finished_lines(family), self._lot_names(message)
        if names:
            lines = lines.filtered(lambda line: line.lot_id.name in names)
        rounding = family.product_id.uom_id.rounding
        left = quantity
        for line in lines:
            covered = min(left, line.quantity_product_uom - line.mfg_sync_told)
            if float_compare(covered, 0, precision_rounding=rounding) > 0:
                line.mfg_sync_told += covered
                left -= covered
        if not float_is_zero(left, precision_rounding=rounding):
            raise Conflict(
                _(
                    "%(order)s is closed in Odoo, and %(left)s %(unit)s of this report are not among what was "
                    "finished there. "
                    "Correct the stock by hand and cancel the message, or replay it after reopening the order.",
                    order=family[-1:].display_name,
                    left=f"{left:g}",
                    unit=family.product_id.uom_id.name,
                ),
                pointer="/data/quantity",
            )
        return Done(
            _("%s was finished in Odoo already; no change needed.", family[-1:].display_name), family[-1:], False
        )

    # -- lots

    @staticmethod
    def _lot_names(message):
        names = message.data.get("serials") or []
        return list(names) or [message.data["lot"]] if names or message.data.get("lot") else []

    def _lots(self, message, family, quantity):
        """``(lots of the finished goods, those made for it)``

        :raises DataError: none named for an item with lots, or not one serial number a piece
        """
        product, names = family[:1].product_id, self._lot_names(message)
        none = self.env["stock.lot"]
        if product.tracking == "none":
            return none, none
        planned = compat.producing_lots(self.open_orders(family)[:1])
        if not names and product.tracking == "lot" and planned:
            return planned, none
        if not names:
            raise DataError(
                _("%s is kept by lots or serial numbers; the report must name them.", product.display_name), "/data/lot"
            )
        if product.tracking == "serial" and (len(set(names)) != len(names) or len(names) != quantity):
            raise DataError(
                _(
                    "%(quantity)s pieces of %(item)s are reported with %(count)s different serial numbers; one for "
                    "each piece "
                    "is expected.",
                    quantity=f"{quantity:g}",
                    item=product.display_name,
                    count=len(set(names)),
                ),
                "/data/serials",
            )
        if product.tracking == "lot" and len(names) > 1:
            raise DataError(
                _("%s is kept by lots; one lot a report is expected.", product.display_name), "/data/serials"
            )
        lots, made = none, none
        for name in names:
            lot = self.env["mfg.sync.resolver"]._find_lot(message, name, product=product)
            if not lot:
                lot = none.create({"name": name, "product_id": product.id, "company_id": message.company_id})
                made |= lot
            lots |= lot
        return lots, made

    # -- closing

    def _refuse_to_close_early(self, message, family, quantity):
        """:raises Early: it is the last quantity, and something of the order is still missing"""
        orders, rounding = self.open_orders(family), family.product_id.uom_id.rounding
        left = sum(self._left(order) for order in orders)
        if float_compare(quantity, left, precision_rounding=rounding) < 0:
            return
        name = orders[-1:].display_name
        waiting = self.open_before(message, except_waiting_for=OUTPUT)
        if waiting:
            raise Early(
                _(
                    "%(order)s can't be closed while %(count)s messages before this one wait.",
                    order=name,
                    count=waiting,
                ),
                pointer="/data/quantity",
            )
        if not self.reports(message, "mes.operation.completed"):
            return
        unfinished = orders.workorder_ids.filtered(
            lambda workorder: workorder.operation_id and workorder.state not in ("done", "cancel")
        )
        if unfinished:
            raise Early(
                _(
                    "%(order)s can't be closed before its operations are reported as completed: %(operations)s.",
                    order=name,
                    operations=", ".join(unfinished.mapped("name")),
                ),
                pointer="/data/quantity",
            )

    @staticmethod
    def _left(order):
        """What is still to be made of an order, in the item's unit."""
        return order.product_uom_id._compute_quantity(
            order.product_qty - order.qty_produced, order.product_id.uom_id, round=False
        )

    # -- producing

    def _produce(self, message, family, quantity, lots):
        """Report the quantity on the open orders, oldest first; the last one takes what is over the plan.

        :return: the orders that were done
        """
        done, root = family.browse(), family[:1]
        product = root.product_id
        left, lots_left = quantity, lots
        while float_compare(left, 0, precision_rounding=product.uom_id.rounding) > 0:
            orders = self.open_orders(compat.family(root))
            order = orders[:1]
            piece = left if len(orders) <= 1 else min(left, self._left(order))
            if product.tracking == "serial" and compat.IS_17:
                piece = 1.0  # 17 makes one serial number an order, each further piece is a backorder
            if not order:
                raise Conflict(
                    _(
                        "All orders of %(order)s are closed, and %(left)s more are reported.",
                        order=root.display_name,
                        left=f"{left:g}",
                    ),
                    pointer="/data/quantity",
                )
            taken = lots_left[: int(piece)] if product.tracking == "serial" else lots_left
            message.touches(order)
            self.env["mfg.sync.order.closing"].close(message, order, piece, taken)
            done |= order
            left -= piece
            lots_left = lots_left - taken if product.tracking == "serial" else lots_left
        return done[-1:]


class OrderClosing(models.AbstractModel):
    """Mark one order as done with a quantity, as a person would, and carry over what belongs to the rest."""

    _name = "mfg.sync.order.closing"
    _inherit = "mfg.sync.handler.operation"
    _description = "Closing of a Production Order"

    @api.model
    def close(self, message, order, quantity, lots):
        """
        :param float quantity: in the item's unit; less than planned makes a backorder of the rest
        :param lots: lots or serial numbers of the finished goods
        :raises SyncError: Odoo did not do it
        """
        when = message.occurred.replace(microsecond=0)
        pieces = order.product_id.uom_id._compute_quantity(quantity, order.product_uom_id, round=False)
        partial = float_compare(pieces, order.product_qty, precision_rounding=order.product_uom_id.rounding) < 0
        if lots:
            compat.set_producing_lots(order, lots)
        order.qty_producing = pieces
        carried = self.env["mfg.sync.handler.material.issued"].set_aside(order, pieces) if partial else []
        self._consume_untold(order)
        running = self._stop_running(order, when)
        # 17 books planned time where there is none, also for work orders that the order before has done for this one
        order.workorder_ids.filtered(lambda workorder: workorder.state == "cancel").duration_expected = 0.0
        answer = order.with_context(
            skip_consumption=True,
            skip_backorder=True,
            skip_redirection=True,
            mo_ids_to_backorder=order.ids if partial else [],
        ).button_mark_done()
        if order.state != "done":
            self.answered(answer)
            raise PermanentError(_("Odoo did not close %s.", order.display_name))
        self._check(order, quantity, lots)
        order.with_context(force_date=True).date_finished = when
        if partial:
            rest = (compat.family(order) - order).filtered(lambda other: other.state not in ("done", "cancel"))[-1:]
            if not rest:
                raise PermanentError(_("Odoo did not make a backorder for the rest of %s.", order.display_name))
            self.env["mfg.sync.handler.material.issued"].carry_over(carried, rest)
            self._go_on(rest, running, when)

    def _consume_untold(self, order):
        """Components that nobody told are worked out from the bill of materials; those that were told stay as told.

        :raises Early: Odoo would have to take what is not there, or a lot that nobody named
        """
        untold = order.move_raw_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and not any(move.move_line_ids.mapped("mfg_sync_told"))
        )
        untold.picked = False
        order._set_qty_producing()
        for move in untold.filtered("quantity"):
            for line in move.move_line_ids:
                if move.has_tracking != "none" and not line.lot_id:
                    raise Early(
                        _(
                            "Which lot of %(item)s went into %(order)s is not reported, and none is reserved. The "
                            "report waits "
                            "for it.",
                            item=move.product_id.display_name,
                            order=order.display_name,
                        ),
                        wait_key=self.stock_key(move.product_id),
                    )
                self.take(move.product_id, line.lot_id, line.location_id, line.quantity_product_uom)
        untold.filtered("quantity").picked = True
        raw = order.move_raw_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        self.refuse_held(raw.move_line_ids.lot_id)

    def _stop_running(self, order, when):
        """End the time of what still runs; returns ``{operation: report}`` to let it run on in the backorder."""
        running = {}
        for line in order.workorder_ids.time_ids.filtered(lambda line: not line.date_end):
            line.date_end = max(when, line.date_start)
            running[line.workorder_id.operation_id] = line.mfg_sync_report
        return running

    def _go_on(self, rest, running, when):
        for workorder in rest.workorder_ids.filtered(
            lambda workorder: workorder.operation_id in running and workorder.state not in ("done", "cancel")
        ):
            self.start(workorder, when, running[workorder.operation_id])

    def _check(self, order, quantity, lots):
        moves = order.move_finished_ids.filtered(
            lambda move: (
                move.product_id == order.product_id and move.state == "done" and move.location_id.usage == "production"
            )
        )
        lines = moves.move_line_ids
        for line in lines:
            line.mfg_sync_told = line.quantity_product_uom
        booked = sum(lines.mapped("quantity_product_uom"))
        if float_compare(booked, quantity, precision_rounding=order.product_id.uom_id.rounding) or lines.lot_id != lots:
            raise PermanentError(
                _(
                    "%(order)s was closed with %(booked)s of lots %(lots)s, not with %(quantity)s as reported.",
                    order=order.display_name,
                    booked=f"{booked:g}",
                    lots=", ".join(lines.lot_id.mapped("name")) or "–",
                    quantity=f"{quantity:g}",
                )
            )
