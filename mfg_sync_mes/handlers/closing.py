from collections import namedtuple

from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import Early, PermanentError

#: ``carried`` and ``running`` belong to the rest of an order that is closed with a part of it
Closing = namedtuple("Closing", "order quantity lots when partial carried running")


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
        closing = self.prepare(message, order, quantity, lots)
        self.mark_done([closing])

    @api.model
    def prepare(self, message, order, quantity, lots):
        """All before Odoo's button, for :meth:`mark_done`."""
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
        return Closing(order, quantity, lots, when, partial, carried, running)

    @api.model
    def mark_done(self, closings):
        """Press the button for orders that were prepared, once for all of them, and see to it that they are done."""
        orders = self.env["mrp.production"].concat(*(closing.order for closing in closings))
        answer = orders.with_context(
            skip_consumption=True,
            skip_backorder=True,
            skip_redirection=True,
            mo_ids_to_backorder=[closing.order.id for closing in closings if closing.partial],
        ).button_mark_done()
        for closing in closings:
            self._finish(closing, answer)

    def _finish(self, closing, answer):
        order = closing.order
        if order.state != "done":
            raise self.refused(order, "button_mark_done", answer, _("Odoo did not close %s.", order.display_name))
        self._check(order, closing.quantity, closing.lots)
        order.with_context(force_date=True).date_finished = closing.when
        if closing.partial:
            rest = (compat.family(order) - order).filtered(lambda other: other.state not in ("done", "cancel"))[-1:]
            if not rest:
                raise PermanentError(_("Odoo did not make a backorder for the rest of %s.", order.display_name))
            self.env["mfg.sync.handler.material.issued"].carry_over(closing.carried, rest)
            self._go_on(rest, closing.running, closing.when)

    def _consume_untold(self, order):
        """Components that nobody told are worked out from the bill of materials; those that were told stay as told.

        :raises Early: Odoo would have to take what is not there, or a lot that nobody named
        """
        untold = order.move_raw_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and not any(move.move_line_ids.mapped("mfg_sync_told"))
        )
        untold.picked = False
        order._set_qty_producing()
        self._share_out(order, untold)
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
                self._put_where_it_lies(line)
        untold.filtered("quantity").picked = True
        raw = order.move_raw_ids.filtered(lambda move: move.state not in ("done", "cancel"))
        self.refuse_held(raw.move_line_ids.lot_id)

    @staticmethod
    def _share_out(order, untold):
        """Odoo 19 leaves out items kept by lots while a transfer to the line is open (mrp_production.py,
        ``_set_qty_producing``): all that is reserved would be used up, or nothing where nothing is.
        """
        pieces = order.qty_producing - order.qty_produced
        for move in untold:
            if not move._should_bypass_set_qty_producing() and not move._mfg_sync_is_for(pieces):
                move._set_quantity_done(move._mfg_sync_due(pieces))

    def _put_where_it_lies(self, line):
        """Odoo takes what nobody reserved from the order's own location, and goes below zero where it lies on a shelf.

        :raises Early: there is not so much
        """
        quants = self.env["stock.quant"]._gather(
            line.product_id, line.location_id, line.lot_id or None, line.package_id, line.owner_id, strict=True
        )
        there = sum(
            quant.quantity - self._told_but_not_posted(quant) for quant in quants if quant.lot_id == line.lot_id
        )
        rounding = line.product_id.uom_id.rounding
        if float_compare(there, line.quantity_product_uom, precision_rounding=rounding) >= 0:
            return
        found = self.take(line.product_id, line.lot_id, line.move_id.location_id, line.quantity_product_uom)
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
        for more in values[1:]:
            line.copy(more)
        line.write(values[0])

    def _stop_running(self, order, when):
        """End the time of what still runs; returns ``{operation: report}`` to let it run on in the backorder."""
        running = {}
        for line in order.workorder_ids.time_ids.filtered(lambda line: not line.date_end):
            line.date_end = max(when, line.date_start)
            running[line.workorder_id.operation_id] = line.mfg_sync_report
        return running

    def _go_on(self, rest, running, when):
        for workorder in rest.workorder_ids.filtered(
            lambda workorder: (
                workorder.operation_id in running
                and workorder.state not in ("done", "cancel")
                and workorder.working_state != "blocked"
            )
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
                    booked=format(booked, "g"),
                    lots=", ".join(lines.lot_id.mapped("name")) or "–",
                    quantity=format(quantity, "g"),
                )
            )
