from collections import namedtuple

from odoo import api, models
from odoo.tools import float_compare, float_is_zero

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.given import CLOCK, Given, given
from odoo.addons.mfg_sync.engine.group import NotTogether

#: so many orders are closed at once at the most
AT_ONCE = 40

Report = namedtuple("Report", "message closing result")


class ClosingRun(models.AbstractModel):
    """Reports that finish one plain order each: Odoo's button is pressed once for all of them.

    Plain is an order that was never split, is reported whole, makes nothing beside its item, and whose goods nobody in
    Odoo waits for: what that one reserves would be told once instead of twice. Nor may one of the orders use what
    another makes, since its cost would be another; nor two make the same item unless its cost is a standard one, since
    Odoo 19 works out the average of what is done at once otherwise. All else is applied as it would be alone, in its
    turn.
    """

    _inherit = "mfg.sync.handler.production.reported"

    @api.model
    def apply_many(self, messages):
        run, known, clock = [], {}, given(self.env, CLOCK)
        for message in messages:
            family = self.family(message)
            plain = self._is_plain(message, family, known)
            if run and (not plain or self._is_full(run, clock) or not self._fits(family, run)):
                yield from self._close(run)
                run = []
            if plain:
                run.append(self._prepared(message, family))
                if clock:
                    # when the button is pressed, and then nobody can be given way to before all of them are done
                    clock.wrote_on_stock()
            else:
                known.clear()
                yield self.with_context(mfg_sync_occurred=Given(message.occurred)).apply(message)
        yield from self._close(run)

    @staticmethod
    def _is_full(run, clock):
        return len(run) >= AT_ONCE or bool(clock) and clock.is_polite_over()

    def _is_plain(self, message, family, known):
        order = self.open_orders(family)
        product = order.product_id
        if family != order or len(order) != 1 or order.move_byproduct_ids or product.tracking == "serial":
            return False
        if message.flow["quantity_mode"] == "cumulative" or order.qty_produced:
            return False
        quantity = self.quantity(message, message.data["quantity"], message.data.get("unit"), product, "/data/quantity")
        if float_compare(quantity, self._left(order), precision_rounding=product.uom_id.rounding):
            return False
        if product not in known:
            known[product] = self._is_awaited(product)
        return not known[product]

    def _is_awaited(self, product):
        """Whether moves of the item wait for stock: Odoo reserves it for them as soon as it is finished."""
        waiting = [
            ("product_id", "=", product.id),
            ("state", "in", ("waiting", "confirmed", "partially_available")),
            ("location_id.usage", "in", ("internal", "transit")),
        ]
        return bool(self.env["stock.move"].search(waiting, limit=1))

    @staticmethod
    def _fits(order, run):
        """Whether the order goes with those of the run without changing what any of them costs."""
        before = order.browse().concat(*(report.closing.order for report in run))
        orders = before | order
        if order.product_id in before.product_id and order.product_id.cost_method != "standard":
            return False
        return order not in before and not orders.product_id & orders.move_raw_ids.product_id

    def _prepared(self, message, order):
        product = order.product_id
        quantity = self.quantity(message, message.data["quantity"], message.data.get("unit"), product, "/data/quantity")
        lots, made = self._lots(message, order, quantity)
        self._refuse_to_close_early(message, order, quantity)
        message.touches(order)
        closing = self.env["mfg.sync.order.closing"].prepare(message, order, quantity, lots)
        return Report(message, closing, self._result(message, order, quantity, made))

    def _close(self, run):
        """Press the button. Yields a result for each of the run."""
        if not run:
            return
        closings = [report.closing for report in run]
        orders = self.env["mrp.production"].concat(*(closing.order for closing in closings))
        self._refuse_more_than_there_is(orders)
        self.env["mfg.sync.order.closing"].mark_done(closings)
        for report in run:
            order = report.closing.order
            lines = (order.move_raw_ids | order.move_finished_ids).move_line_ids
            lines.filtered(lambda line: line.state == "done").mfg_sync_occurred = report.message.occurred
            yield report.result

    def _refuse_more_than_there_is(self, orders):
        """Each was prepared as if it were alone, and saw what the others are about to use.

        :raises NotTogether: they use more than there is: one by one it turns out who waits
        """
        raw = orders.move_raw_ids.filtered(lambda move: move.state not in ("done", "cancel") and move.picked)
        used, told, users = {}, {}, {}
        for line in raw.move_line_ids:
            place = line.product_id, line.lot_id, line.location_id, line.package_id, line.owner_id
            used[place] = used.get(place, 0.0) + line.quantity_product_uom
            told[place] = told.get(place, 0.0) + (line.quantity_product_uom if line.mfg_sync_told else 0.0)
            users.setdefault(place, set()).add(line.move_id.raw_material_production_id)
        for place, quantity in used.items():
            product, lot, location, package, owner = place
            if len(users[place]) == 1 or not compat.is_storable(product) or location.should_bypass_reservation():
                continue
            quants = self.env["stock.quant"]._gather(product, location, lot or None, package, owner, strict=True)
            there = sum(quant.quantity - self._told_but_not_posted(quant) for quant in quants if quant.lot_id == lot)
            missing = quantity - told[place] - there
            rounding = product.uom_id.rounding
            if missing > 0 and not float_is_zero(missing, precision_rounding=rounding):
                raise NotTogether(f"{product.default_code}: {missing:g} missing")
