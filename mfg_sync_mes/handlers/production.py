from odoo import _, api, models
from odoo.tools import float_compare, float_is_zero

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine import totals
from odoo.addons.mfg_sync.engine.errors import Conflict, DataError, Early, ReferenceAmbiguous, ReferenceMissing
from odoo.addons.mfg_sync.engine.inbound import Done

#: rows that wait for finished pieces don't keep the order from closing
OUTPUT = "output:"


class ProductionReported(models.AbstractModel):
    """Finished goods: lots, quantity, components that nobody told, and the order done; the rest becomes a backorder."""

    _name = "mfg.sync.handler.production.reported"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Production Reported"
    _needs = {
        "mrp.production": "read write create",
        "mrp.workorder": "read write",
        "stock.move": "read write create",
        "stock.move.line": "read write create unlink",
        "stock.lot": "read create",
    }

    @api.model
    def apply(self, message):
        data = message.data
        family = self.family(message)
        product = family[:1].product_id
        quantity = self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")
        is_total = message.flow["quantity_mode"] == "cumulative"
        if is_total and totals.is_overtaken(self.env.cr, message, family, ("quantity",)):
            return self.overtaken(family[-1:])
        quantity = self._not_told_before(message, family, quantity)
        if not quantity:
            return Done(_("That total was reported before; no change needed."), family[-1:], False)
        left, by_hand = self._cover(message, family, quantity)
        if float_is_zero(left, precision_rounding=product.uom_id.rounding):
            return self._covered(family, by_hand)
        lots, made = self._lots(message, family, left, booked=by_hand.lot_id.mapped("name"))
        self._refuse_to_close_early(message, family, left)
        done = self._produce(message, family, left, lots)
        return self._result(message, done, left, made, by_hand)

    def _result(self, message, done, quantity, made, by_hand=()):
        """
        :param made: lots that came to be with it
        :param by_hand: finished lines that cover the rest of the report
        """
        product = done.product_id
        text = _(
            "%(quantity)s %(unit)s of %(item)s finished.",
            quantity=format(quantity, "g"),
            unit=product.uom_id.name,
            item=product.display_name,
        )
        if by_hand:
            text = _(
                "%(finished)s The rest of the report had been finished by hand in %(orders)s.",
                finished=text,
                orders=self._orders_of(by_hand),
            )
        announce = [f"lot:{lot.name}" for lot in made]
        announce += [self.stock_key(product), f"{OUTPUT}{message.data['order']}"]
        return Done(" ".join((text, *message.notes)), done, announce=tuple(announce))

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

    # -- what Odoo shows already

    def _cover(self, message, family, quantity):
        """Take what people finished without us as told, as far as it goes: it must not be made a second time.

        While a part of the order is open, a report tells of what was closed after it happened, and a total of all. A
        serial number is one piece, whenever that was closed.

        :return: ``(quantity that is left to be made, finished lines that cover the rest)``
        :raises Conflict: the order is closed, or pieces of another lot were since, and they do not cover it; or they
            may be those of a report that was cancelled
        """
        tracking, is_open = family.product_id.tracking, bool(self.open_orders(family))
        # terminals fill in a batch also where the item has none, and nothing that is finished would bear it
        names = self._lot_names(message) if tracking != "none" else []
        untold = self._finished_lines(family).filtered(self._untold)
        since = untold.filtered(lambda line: self.closed_since(message, line.move_id.production_id))
        is_total = message.flow["quantity_mode"] == "cumulative"
        whenever = is_total or not is_open or (tracking == "serial" and names)
        lines = untold if whenever else self._not_of_cancelled(message, family, since, names, quantity)
        named = lines.filtered(lambda line: not names or line.lot_id.name in names)
        left, covering = self._told_now(named, quantity)
        if float_is_zero(left, precision_rounding=family.product_id.uom_id.rounding):
            return 0.0, covering
        if not is_open:
            self._refuse_closed(family, left)
        others = lines - named
        if tracking == "lot" and others & since:
            self._refuse_other_lot(family, left, names, others & since)
        if is_total:
            # it names the lot of the last pieces, and counts those of all lots
            left, more = self._told_now(others, left)
            covering |= more
        return left, covering

    def _not_of_cancelled(self, message, family, since, names, quantity):
        """Which of the pieces that were closed since may be those of this report: see production_cancelled.py."""
        return since

    @staticmethod
    def _untold(line):
        """How much of a finished line nobody has told, in the item's unit."""
        untold = line.quantity_product_uom - line.mfg_sync_told
        return 0.0 if float_compare(untold, 0, precision_rounding=line.product_id.uom_id.rounding) <= 0 else untold

    def _told_now(self, lines, quantity):
        """Returns what lines leave of a quantity, and those that took a part of it."""
        covering = lines.browse()
        for line in lines:
            covered = min(quantity, self._untold(line))
            if covered > 0:
                line.mfg_sync_told += covered
                quantity -= covered
                covering |= line
        return quantity, covering

    def _covered(self, family, by_hand):
        if not self.open_orders(family):
            order = family[-1:]
            return Done(_("%s was finished in Odoo already; no change needed.", order.display_name), order, False)
        return Done(
            _("These pieces were finished by hand in %s already; no change needed.", self._orders_of(by_hand)),
            by_hand.move_id.production_id[-1:],
            False,
        )

    @staticmethod
    def _orders_of(lines):
        return ", ".join(lines.move_id.production_id.mapped("display_name"))

    def _refuse_closed(self, family, left):
        raise Conflict(
            _(
                "%(order)s is closed in Odoo, and %(left)s %(unit)s of this report are not among what was "
                "finished there. "
                "Correct the stock by hand and cancel the message, or replay it after reopening the order.",
                order=family[-1:].display_name,
                left=format(left, "g"),
                unit=family.product_id.uom_id.name,
            ),
            pointer="/data/quantity",
        )

    def _refuse_other_lot(self, family, left, names, lines):
        raise Conflict(
            _(
                "%(left)s %(unit)s are reported as lot %(lot)s, and %(booked)s were finished by hand in %(orders)s as "
                "lot %(lots)s since. If they are the same pieces, correct the lot there and replay the message; if "
                "not, finish these by hand too and cancel the message.",
                left=format(left, "g"),
                unit=family.product_id.uom_id.name,
                lot=", ".join(names),
                booked=format(sum(self._untold(line) for line in lines), "g"),
                orders=self._orders_of(lines),
                lots=", ".join(lines.lot_id.mapped("name")),
            ),
            pointer="/data/lot",
        )

    # -- lots

    @staticmethod
    def _lot_names(message):
        names = message.data.get("serials") or []
        return list(names) or [message.data["lot"]] if names or message.data.get("lot") else []

    def _lots(self, message, family, quantity, booked=()):
        """``(lots of the finished goods, those made for it)``

        :param booked: names of lots that were finished by hand: a serial number is one piece
        :raises DataError: none named for an item with lots, or not one serial number a piece
        """
        product, names = family[:1].product_id, self._lot_names(message)
        none = self.env["stock.lot"]
        if product.tracking == "none":
            return none, none
        if product.tracking == "serial":
            names = [name for name in names if name not in booked]
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
                    quantity=format(quantity, "g"),
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
            try:
                lot = self.find(message, "lot", name, "/data/lot", product=product)
            except ReferenceAmbiguous:
                # another one of this name would be a third
                raise
            except ReferenceMissing:
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
                        left=format(left, "g"),
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
