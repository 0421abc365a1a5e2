from collections import namedtuple

from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import Conflict, Early, PermanentError

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
        kept = self._set_by_hand(message, order, pieces, partial)
        self._tell_what_stays(message, order, kept, pieces, partial)
        if lots:
            compat.set_producing_lots(order, lots)
        order.qty_producing = pieces
        carried = self.env["mfg.sync.handler.material.issued"].set_aside(order, pieces, kept) if partial else []
        self._consume_untold(order, kept)
        self._refuse_blocked(message, order)
        for line in order.move_raw_ids.move_line_ids.filtered("mfg_sync_covered"):
            # from now on it is compared with what is told later, as all that was consumed
            line.write({"mfg_sync_told": line._mfg_sync_told_with_covered(), "mfg_sync_covered": 0.0})
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

    def _set_by_hand(self, message, order, pieces, partial):
        """Components that stay as somebody has set them in Odoo; the result says so.

        :raises Conflict: it was set for another number of pieces than are reported
        """
        by_hand = order.move_raw_ids._mfg_sync_set_by_hand()
        kept = by_hand.filtered(lambda move: move._mfg_sync_is_told() or not move._mfg_sync_is_worked_out())
        rounding = order.product_uom_id.rounding
        # more than planned is made of what was set for the whole order
        meant = min(pieces, order.product_qty)
        other_part = (partial or order.qty_producing > 0) and float_compare(
            order.qty_producing, meant, precision_rounding=rounding
        )
        one_by_one = other_part and compat.IS_17 and order.product_id.tracking == "serial"
        asked = kept
        if other_part:
            # the quantity is nobody's, but the lots are: cut to the share of the part, the rest would take others
            asked |= by_hand.filtered(
                lambda move: (
                    move.has_tracking != "none"
                    and float_compare(
                        move.quantity,
                        move._mfg_sync_due(pieces - order.qty_produced),
                        precision_rounding=move.product_uom.rounding,
                    )
                    > 0
                )
            )
        for move in asked:
            stated = {
                "item": move.product_id.display_name,
                "order": order.display_name,
                "quantity": format(move.quantity, "g"),
                "unit": move.product_uom.name,
            }
            reported = self._reported(message, order) if one_by_one else 1.0
            if reported > 1:
                # set for one piece and replayed, the next of them would ask again
                raise Conflict(
                    _(
                        "%(item)s was set to %(quantity)s %(unit)s on %(order)s by hand, and %(pieces)s pieces are "
                        "reported. Odoo closes serial numbers one by one, and how much of it belongs to each is not "
                        "known. Close these pieces in Odoo by hand, then replay the message.",
                        pieces=format(reported, "g"),
                        **stated,
                    ),
                    pointer="/data/quantity",
                )
            if other_part:
                raise Conflict(
                    _(
                        "%(item)s was set to %(quantity)s %(unit)s on %(order)s by hand, and %(pieces)s of its %(all)s "
                        "pieces are reported: how much of it belongs to them is not known. Set the quantity produced "
                        "and what it took on the order, and replay the message.",
                        pieces=format(pieces, "g"),
                        all=format(order.product_qty, "g"),
                        **stated,
                    ),
                    pointer="/data/quantity",
                )
            message.note(_("%(item)s stays at %(quantity)s %(unit)s on %(order)s, as set by hand.", **stated))
        return kept

    def _reported(self, message, order):
        """What the whole report tells, in the item's unit."""
        data = message.data
        return self.quantity(message, data["quantity"], data.get("unit"), order.product_id, "/data/quantity")

    def _tell_what_stays(self, message, order, kept, pieces, partial):
        """What was covered by a word that does not stay is told, so that a part takes its share and the rest the rest.

        Of what is still set by hand that is so only where all of it was covered, or more than the part takes: else it
        would be cut to what was covered.
        """
        moves = order.move_raw_ids.filtered(lambda move: move.state not in ("done", "cancel")) - kept
        for move in moves.filtered(lambda move: move.manual_consumption and move.picked):
            rounding = move.product_id.uom_id.rounding
            covered = sum(move.move_line_ids.mapped("mfg_sync_covered"))
            stated = sum(move.move_line_ids.mapped("quantity_product_uom"))
            is_rest = float_compare(covered, stated, precision_rounding=rounding) < 0
            share = move.product_qty * pieces / order.product_qty
            is_over = partial and float_compare(covered, share, precision_rounding=rounding) > 0
            if is_rest and not is_over:
                moves -= move
            elif is_rest:
                message.note(
                    _(
                        "%(item)s stood at %(stated)s %(unit)s on %(order)s; the %(covered)s that were reported stay.",
                        item=move.product_id.display_name,
                        stated=format(stated, "g"),
                        unit=move.product_id.uom_id.name,
                        order=order.display_name,
                        covered=format(covered, "g"),
                    )
                )
        self.tell_covered(moves)

    def _consume_untold(self, order, kept):
        """Components that nobody told are worked out from the bill of materials; those that were told stay as told.

        :param kept: components that stay as they were set by hand
        :raises Early: Odoo would have to take what is not there, or a lot that nobody named
        """
        untold = (
            order.move_raw_ids.filtered(
                lambda move: move.state not in ("done", "cancel") and not move._mfg_sync_is_told()
            )
            - kept
        )
        # who ticked a component with a quantity may have chosen its lot, which stays: that is not worked out
        chosen = untold.filtered(lambda move: move.manual_consumption and move.picked and move.quantity)
        untold.picked = False
        order._set_qty_producing()
        self._share_out(order, untold)
        for move in untold.filtered("quantity") | kept:
            for line in move.move_line_ids.filtered(lambda line: line.picked or line.move_id in untold):
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
        (untold - chosen).move_line_ids.mfg_sync_worked_out = True
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

    def _refuse_blocked(self, message, order):
        """A bill of materials whose flexibility is *Blocked* binds the floor as it binds whoever works in Odoo.

        :raises Early: less was told of a component than its pieces need, and more may be told
        :raises Conflict: other quantities would be consumed
        """
        if order.consumption != "strict":
            return
        issues = self._not_as_planned(order)
        if not issues:
            return
        told = order.move_raw_ids.move_line_ids.filtered("mfg_sync_told").product_id
        on_its_way = all(item in told and used < due for _order, item, used, due in issues)
        components = []
        for _order, item, used, due in issues:
            # not in a generator: _() finds the language by the self of the frame around it
            components.append(
                _(
                    "%(item)s %(used)s instead of %(due)s %(unit)s",
                    item=item.display_name,
                    used=format(used, "g"),
                    due=format(round(due, 6), "g"),
                    unit=item.uom_id.name,
                )
            )
        text = _(
            "%(order)s can't be closed with other components than its bill of materials says, whose flexibility is "
            "Blocked: %(components)s.",
            order=order.display_name,
            components=", ".join(components),
        )
        if on_its_way and self.reports(message, "mes.material.issued"):
            raise Early(" ".join((text, _("The report waits until the rest is reported."))), pointer="/data/quantity")
        todo = _(
            "Correct the components on the order and replay the message; or have a Manufacturing Administrator close "
            "it in Odoo and cancel the message."
        )
        raise Conflict(" ".join((text, todo)), pointer="/data/quantity")

    @staticmethod
    def _not_as_planned(order):
        """``(order, item, used, due)`` of items of which other than the order's share of its components is used.

        Odoo takes the bill of materials as it is now; the order has the components of the day it was made. What it
        rounds while it compares is rounded on both sides.
        """
        planned, pieces = {}, order.qty_producing - order.qty_produced
        for move in order.move_raw_ids:
            if move.state not in ("done", "cancel") and not move.additional:
                due = move.product_uom._compute_quantity(move._mfg_sync_due(pieces), move.product_id.uom_id)
                planned[move.product_id] = planned.get(move.product_id, 0.0) + due
        issues = [
            (found, item, used, planned.get(item, due))
            for found, item, used, due in order.with_context(skip_consumption=False)._get_consumption_issues()
        ]
        return [
            issue for issue in issues if float_compare(issue[2], issue[3], precision_rounding=issue[1].uom_id.rounding)
        ]

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
