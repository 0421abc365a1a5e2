from collections import namedtuple

from odoo import api, models
from odoo.tools import float_compare, float_round

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.given import Given
from odoo.addons.mfg_sync.engine.inbound import Done

#: so many components are booked at once at the most: people who work on the same stock wait for them
AT_ONCE = 8

Issue = namedtuple("Issue", "order move lot quantity text")


class MaterialRun(models.AbstractModel):
    """A run of issues: what is told of one component and lot is booked with one line, not with one write for each.

    Only issues that say nothing but "so much more of this": one open order that was never split, one component to put
    it on, quantities that Odoo doesn't round. All else is applied as it would be alone, in its turn.
    """

    _inherit = "mfg.sync.handler.material.issued"

    @api.model
    def apply_many(self, messages):
        run, known = [], {}
        for message in messages:
            issue = self._plain(message, known)
            places = {(each.move, each.lot) for each in run}
            if run and (not issue or len(places | {(issue.move, issue.lot)}) > AT_ONCE):
                yield from self._book(run)
                run = []
            if issue:
                run.append(issue)
                continue
            known.clear()
            yield self.with_context(mfg_sync_occurred=Given(message.occurred)).apply(message)
        yield from self._book(run)

    def _plain(self, message, known):
        """What an issue says; None where it takes more than adding to a component.

        :param dict known: what was found for the messages before, none of which has changed it
        """
        data = message.data
        if message.flow["quantity_mode"] == "cumulative":
            return None
        family = self._once(known, ("family", data["order"]), lambda: self.family(message))
        order = self.open_orders(family)
        message.touches(family[:1], order[:1])
        if family != order or len(order) != 1:
            return None
        operation = None
        if data.get("operation"):
            operation, workorders = self._once(
                known, ("operation", data["order"], data["operation"]), lambda: self.workorders(message, family)
            )
            message.touches(self.open_workorder(workorders))
        item = "item", data["item"]
        product = self._once(known, item, lambda: self.find(message, *item, "/data/item"))
        quantity = self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")
        lot = self._once(known, ("lot", product, data.get("lot")), lambda: self.lot(message, product))
        move = self._moves(order, product, operation)
        if len(move) != 1 or not self._is_exact(quantity, product):
            return None
        self.refuse_held(lot)
        return Issue(order, move, lot, quantity, self._used(product, lot, quantity))

    @staticmethod
    def _once(known, key, find):
        if key not in known:
            known[key] = find()
        return known[key]

    def _is_exact(self, quantity, product):
        """Whether Odoo keeps it as it is: rounded parts don't add up to the rounded sum."""
        digits = self.env["decimal.precision"].precision_get(compat.UOM_DIGITS)
        kept = float_round(quantity, precision_digits=digits)
        kept = float_round(kept, precision_rounding=product.uom_id.rounding)
        return float_compare(quantity, kept, precision_digits=digits + 6) == 0

    def _book(self, run):
        """Add the sums to their components. Yields a result for each of the run."""
        sums, told, taken = {}, {}, set()
        for issue in run:
            key = issue.move, issue.lot
            sums[key] = sums.get(key, 0.0) + issue.quantity
        for (move, lot), quantity in sums.items():
            if (move.product_id, lot) in taken:
                # what lies where is worked out from what is booked: the others' share of it must be seen
                self.tell_all(told)
                told, taken = {}, set()
            order = move.raw_material_production_id
            found = self.take(move.product_id, lot, order.location_src_id, quantity)
            told.setdefault(move, []).extend((lot, *place) for place in found)
            taken.add((move.product_id, lot))
        self.tell_all(told)
        for issue in run:
            yield Done(issue.text, issue.order)
