from odoo import _, api, fields, models
from odoo.tools import float_compare, float_is_zero

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine import totals
from odoo.addons.mfg_sync.engine.errors import Conflict, PermanentError
from odoo.addons.mfg_sync.engine.inbound import Done


class MaterialIssued(models.AbstractModel):
    """Components taken for an order, by lot. What is told is what is consumed; Odoo adds nothing of its own to it."""

    _name = "mfg.sync.handler.material.issued"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Material Issued"
    _needs = {
        "mrp.production": "read write",
        "stock.move": "read write create",
        "stock.move.line": "read write create unlink",
        "stock.quant": "read",
        "stock.lot": "read",
    }

    @api.model
    def apply(self, message):
        data = message.data
        family = self.family(message)
        operation = None
        if data.get("operation"):
            operation, workorders = self.workorders(message, family)
            # who does the operation sees it too when its material needs somebody
            message.touches(self.open_workorder(workorders))
        product = self.find(message, "item", data["item"], "/data/item")
        quantity = self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")
        lot = self.lot(message, product)
        text = self._used(product, lot, quantity)
        if message.flow["quantity_mode"] == "cumulative":
            if totals.is_overtaken(self.env.cr, message, family, ("quantity",), same=("lot",)):
                return self.overtaken(family[:1])
            lines = self._lines(family, product, lot)
            quantity -= sum(lines.mapped("mfg_sync_told")) + sum(lines.mapped("mfg_sync_covered"))
        left = self._not_covered(message, family, product, lot, quantity, operation)
        if float_compare(left, 0, precision_rounding=product.uom_id.rounding) <= 0:
            return Done(_("%s Odoo shows it already; no change needed.", text), family[:1], False)
        order = self.open_orders(family)[:1]
        if not order:
            raise Conflict(
                _(
                    "%(order)s is closed in Odoo, and %(left)s %(unit)s of %(item)s %(lot)s are not among what it "
                    "consumed. "
                    "Correct the stock by hand and cancel the message.",
                    order=family[-1:].display_name,
                    left=format(left, "g"),
                    unit=product.uom_id.name,
                    item=product.display_name,
                    lot=lot.name or "",
                ),
                pointer="/data/quantity",
            )
        # a part that was closed comes first: else it would show for good what Odoo worked out for it
        left, corrected = self.correct(message, family, product, lot, operation, left)
        left = self._not_set_by_hand(family, product, lot, left, operation)
        is_covered = float_is_zero(left, precision_rounding=product.uom_id.rounding)
        if is_covered and not corrected:
            return Done(_("%s Odoo shows it already; no change needed.", text), family[:1], False)
        self.refuse_held(lot)
        if not is_covered:
            move = self._move(order, product, operation, left)
            # before it is looked what lies where
            self.tell_covered(move - move._mfg_sync_set_by_hand())
            found = self.take(product, lot, order.location_src_id, left)
            self.tell(move, [(lot, *place) for place in found])
        return Done(f"{text} {corrected}".strip(), order)

    def _used(self, product, lot, quantity):
        return _(
            "%(quantity)s %(unit)s of %(item)s %(lot)s used.",
            quantity=format(quantity, "g"),
            unit=product.uom_id.name,
            item=product.display_name,
            lot=lot.name or "",
        )

    # -- what Odoo shows already

    @staticmethod
    def _lines(family, product, lot):
        moves = family.move_raw_ids.filtered(
            lambda move: (
                move.product_id == product and move.state != "cancel" and move.location_dest_id.usage == "production"
            )
        )
        return moves.move_line_ids.filtered(lambda line: line.lot_id == lot)

    def _not_covered(self, message, family, product, lot, quantity, operation):
        """What is left of an issue after the consumption that was booked without it.

        An order that was closed after the issue happened has consumed it already: somebody closed it by hand, or the
        issue came late and Odoo worked the consumption out. Consuming it again would be twice.
        """
        any_open = bool(self.open_orders(family))
        closed = family.filtered(
            lambda order: order.state == "done" and (not any_open or self.closed_since(message, order))
        )
        left = quantity
        for line in self._lines(closed, product, lot).filtered(lambda line: line.state == "done"):
            covered = min(left, line._mfg_sync_untold())
            if float_compare(covered, 0, precision_rounding=product.uom_id.rounding) > 0:
                line.mfg_sync_told += covered
                left -= covered
        return left

    # -- the component

    @staticmethod
    def _moves(order, product, operation):
        """The open components of an item; those of the operation where it has any."""
        moves = order.move_raw_ids.filtered(
            lambda move: move.product_id == product and move.state not in ("done", "cancel")
        )
        return moves.filtered(lambda move: operation and move.operation_id == operation) or moves

    def _move(self, order, product, operation, quantity):
        moves = self._moves(order, product, operation)
        # what somebody's word on one of them does not cover belongs to the others
        moves = moves - moves._mfg_sync_set_by_hand() or moves
        rounding = product.uom_id.rounding
        lacking = moves.filtered(
            lambda move: (
                float_compare(
                    sum(move.move_line_ids.mapped("mfg_sync_told")), move.product_qty, precision_rounding=rounding
                )
                < 0
            )
        )
        return lacking[:1] or moves[:1] or self._extra_move(order, product, operation, quantity)

    def _extra_move(self, order, product, operation, quantity):
        """A component that the bill of materials does not have."""
        workorder = order.workorder_ids.filtered(lambda workorder: operation and workorder.operation_id == operation)[
            :1
        ]
        move = self.env["stock.move"].create(
            compat.move_vals(
                self.env,
                order.name,
                raw_material_production_id=order.id,
                product_id=product.id,
                product_uom=product.uom_id.id,
                product_uom_qty=quantity,
                location_id=order.location_src_id.id,
                location_dest_id=order.production_location_id.id,
                company_id=order.company_id.id,
                picking_type_id=order.picking_type_id.id,
                warehouse_id=order.location_src_id.warehouse_id.id,
                operation_id=operation.id if operation else False,
                workorder_id=workorder.id,
                procure_method="make_to_stock",
                # it stays with this order when that is split
                additional=True,
            )
        )
        answer = move._action_confirm(merge=False)
        if move.state == "draft":
            raise self.refused(
                move,
                "_action_confirm",
                answer,
                _("Odoo did not take %(item)s into %(order)s.", item=product.display_name, order=order.display_name),
            )
        return move

    @api.model
    def tell(self, move, found):
        """Add what was told to a component.

        :param list found: ``(lot, location, package, owner, quantity in the item's unit)``
        """
        self.tell_all({move: found})

    @api.model
    def tell_all(self, told):
        """:meth:`tell` for several components at once: ``{move: found}``."""
        moves = self.env["stock.move"].concat(*told)
        # of none of them it is somebody's word any more: see material_by_hand.py
        self.tell_covered(moves)
        before = {move: sum(move.move_line_ids.mapped("mfg_sync_told")) for move in moves}
        sums = {move: self._sums(found) for move, found in told.items()}
        lines = {move: self._by_place(move, len(sums[move]) == 1) for move in moves}
        # reservations and what Odoo worked out give way to what really happened; at its place they become it
        become = moves.move_line_ids.browse(
            line.id for move, found in lines.items() for place, line in found.items() if place in sums[move]
        )
        way = moves.move_line_ids.filtered(lambda line: not line.mfg_sync_told) - become
        if way:
            way.unlink()
        new = []
        for move, places in sums.items():
            for place, quantity in places.items():
                line = lines[move].get(place)
                if line:
                    self._add(line, quantity)
                    continue
                lot, location, package, owner = place
                new.append(
                    {
                        **move._prepare_move_line_vals(quantity=0),
                        "product_uom_id": move.product_id.uom_id.id,
                        "lot_id": lot.id,
                        "location_id": location.id,
                        "package_id": package.id,
                        "owner_id": owner.id,
                        "quantity": quantity,
                        "mfg_sync_told": quantity,
                        "picked": True,
                    }
                )
        if new:
            self.env["stock.move.line"].create(new)
        # picked and manual: Odoo leaves the quantity alone when the produced quantity changes
        moves.filtered(lambda move: not (move.manual_consumption and move.picked)).write(
            {"manual_consumption": True, "picked": True}
        )
        for move, found in told.items():
            self._check_told(move, before[move] + sum(quantity for *_place, quantity in found))

    @staticmethod
    def _sums(found):
        """``{(lot, location, package, owner): quantity}`` of what was found."""
        sums = {}
        for *place, quantity in found:
            sums[tuple(place)] = sums.get(tuple(place), 0.0) + quantity
        return sums

    @staticmethod
    def _by_place(move, one_place):
        """``{(lot, location, package, owner): line}`` that is added to: one that was told, else one only reserved.

        :param bool one_place: whether all that is told now lies at one place. Lines are in the order in which they were
            told, which says what belongs to the first pieces (:meth:`set_aside`); of several a reserved one would be
            before those that are made, whatever was told first
        """
        told = move.move_line_ids.filtered("mfg_sync_told")
        lines = told | move.move_line_ids.filtered(
            lambda line: (
                one_place
                and line.id > max(told.ids, default=0)
                and line.product_uom_id == move.product_id.uom_id
                and not line.result_package_id
            )
        )
        return {
            (line.lot_id, line.location_id, line.package_id, line.owner_id): line
            for line in lines.sorted(lambda line: bool(line.mfg_sync_told))
        }

    def _add(self, line, quantity):
        """Add what was told to a line. What was only reserved on it counts for nothing."""
        if line.mfg_sync_told:
            line.quantity += quantity
            line.mfg_sync_told = line.quantity
            return
        values = {"mfg_sync_told": quantity, "picked": True, "date": fields.Datetime.now()}
        # as one that is made for what was told
        made = line.move_id._prepare_move_line_vals(quantity=0)
        values |= {name: made.get(name, False) for name in ("production_id", "workorder_id")}
        if line.quantity != quantity:
            # whatever quantity it is told, Odoo gives back all and reserves again
            values["quantity"] = quantity
        line.write(values)
        self._noted_by_teller(line)

    @staticmethod
    def _noted_by_teller(line):
        """Odoo shows who made a line as who moved the goods, and its ORM changes no maker: this one reserved them."""
        line.env.cr.execute(
            "UPDATE stock_move_line SET create_uid = %s, create_date = %s WHERE id = %s",
            [line.env.uid, line.env.cr.now(), line.id],
        )
        line.invalidate_recordset(["create_uid", "create_date"], flush=False)

    def _check_told(self, move, told):
        booked = sum(move.move_line_ids.mapped("quantity_product_uom"))
        if not float_is_zero(booked - told, precision_rounding=move.product_id.uom_id.rounding):
            raise PermanentError(
                _(
                    "Odoo shows %(booked)s of %(item)s instead of the %(told)s that were reported.",
                    booked=format(booked, "g"),
                    told=format(told, "g"),
                    item=move.product_id.display_name,
                )
            )

    # -- an order that is split

    @api.model
    def set_aside(self, order, pieces, kept):
        """Take back what was told over the share of the first pieces: it belongs to the rest of the order.

        :param float pieces: so many are finished now, in the order's unit
        :param kept: components of which somebody has said what these pieces took
        :return: for :meth:`carry_over`
        """
        carried = []
        for move in order.move_raw_ids.filtered(
            lambda move: move.state not in ("done", "cancel") and not move.additional and move not in kept
        ):
            lines = move.move_line_ids.filtered("mfg_sync_told")
            over = sum(lines.mapped("mfg_sync_told")) - move.product_qty * pieces / order.product_qty
            places = []
            for line in reversed(lines):
                back = min(over, line.mfg_sync_told)
                if float_compare(back, 0, precision_rounding=move.product_id.uom_id.rounding) <= 0:
                    break
                places.append((line.lot_id, line.location_id, line.package_id, line.owner_id, back))
                over -= back
                if float_is_zero(line.quantity - back, precision_rounding=move.product_id.uom_id.rounding):
                    line.unlink()
                else:
                    line.quantity -= back
                    line.mfg_sync_told -= back
            if places:
                carried.append((move.product_id, move.operation_id, places))
        return carried

    @api.model
    def carry_over(self, carried, rest):
        for product, operation, places in carried:
            self.tell(self._move(rest, product, operation, sum(place[-1] for place in places)), places)
