from odoo import _, api, models
from odoo.tools import float_compare

from odoo.addons.mfg_sync.engine.errors import Early
from odoo.addons.mfg_sync.engine.inbound import Done

from .production import OUTPUT


class ScrapReported(models.AbstractModel):
    """Components or finished pieces thrown away; they leave stock and stay on the order's account."""

    _name = "mfg.sync.handler.scrap.reported"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Scrap Reported"
    _needs = {"mrp.production": "read", "stock.scrap": "read write create", "stock.quant": "read", "stock.lot": "read"}

    @api.model
    def apply(self, message):
        data = message.data
        family = self.family(message)
        order = self.open_orders(family)[:1] or family[-1:]
        product = family[:1].product_id
        if data.get("item"):
            product = self.find(message, "item", data["item"], "/data/item")
        quantity = self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")
        workorder = self._workorder(message, family)
        finished = product in family[:1].move_finished_ids.product_id
        if finished and not family.filtered(lambda order: order.state == "done"):
            raise Early(
                _(
                    "Nothing of %s is finished yet; the scrap of finished pieces waits until they are reported.",
                    order.display_name,
                ),
                wait_key=f"{OUTPUT}{data['order']}",
                pointer="/data/quantity",
            )
        lot = self.lot(message, product)
        if finished:
            order = family.filtered(lambda order: order.state == "done")[-1:]
        by_hand = self._by_hand(message, family, product, lot, quantity)
        if by_hand:
            by_hand.mfg_sync_told = True
            return Done(_("%s was scrapped by hand; no change needed.", product.display_name), order, False)
        location = order.location_dest_id if finished else order.location_src_id
        for place in self.take(product, lot, location, quantity):
            self._scrap(message, order, workorder, product, lot, place)
        return Done(
            _(
                "%(quantity)s %(unit)s of %(item)s %(lot)s scrapped. %(reason)s",
                quantity=format(quantity, "g"),
                unit=product.uom_id.name,
                item=product.display_name,
                lot=lot.name or "",
                reason=data.get("reason") or "",
            ),
            order,
        )

    def _workorder(self, message, family):
        """The work order it happened in.

        :raises Early: its start has not been reported yet
        """
        if not message.data.get("operation"):
            return self.env["mrp.workorder"]
        operation, workorders = self.workorders(message, family)
        begun = workorders.filtered(lambda workorder: workorder.state in ("progress", "done") or workorder.time_ids)
        if not begun and self.reports(message, "mes.operation.started"):
            raise Early(
                _(
                    "%(operation)s of %(order)s has not been started yet; the scrap waits for its start.",
                    operation=operation.name,
                    order=family[:1].display_name,
                ),
                wait_key=self.started_key(message),
                pointer="/data/operation",
            )
        workorder = self.open_workorder(workorders) or (begun or workorders)[-1:]
        message.touches(workorder)
        return workorder

    def _by_hand(self, message, family, product, lot, quantity):
        """The scrap a person made instead of a message that could not be applied; empty when there is none.

        Only where a person has it applied again: two scraps of the same quantity are two, unless a person answered to
        this. One that only came early, and is tried again by itself, has nobody's answer. Who answers has scrapped
        before: what is scrapped after that is something else.
        """
        scraps, answer = self.env["stock.scrap"], self.answer(message)
        if not answer:
            return scraps
        found = scraps.search(
            [
                ("production_id", "in", family.ids),
                ("product_id", "=", product.id),
                ("lot_id", "=", lot.id),
                ("state", "=", "done"),
                ("mfg_sync_told", "=", False),
                ("create_date", ">=", message.row["received"]),
            ]
        )
        rounding = product.uom_id.rounding
        return found.filtered(
            lambda scrap: (
                scrap.create_date <= answer.create_date
                and not float_compare(
                    scrap.product_uom_id._compute_quantity(scrap.scrap_qty, product.uom_id, round=False),
                    quantity,
                    precision_rounding=rounding,
                )
            )
        )[:1]

    def _scrap(self, message, order, workorder, product, lot, place):
        location, package, owner, quantity = place
        scrap = self.env["stock.scrap"].create(
            {
                "product_id": product.id,
                "product_uom_id": product.uom_id.id,
                "scrap_qty": quantity,
                "lot_id": lot.id,
                "location_id": location.id,
                "package_id": package.id,
                "owner_id": owner.id,
                "company_id": order.company_id.id,
                "production_id": order.id,
                "workorder_id": workorder.id if workorder.production_id == order else False,
                "origin": order.name,
                "mfg_sync_told": True,
            }
        )
        # depends of both fields would put it where the order takes its components
        scrap.write({"location_id": location.id, "scrap_qty": quantity})
        answer = scrap.action_validate()
        if scrap.state != "done":
            raise self.refused(scrap, "action_validate", answer, _("Odoo did not scrap %s.", product.display_name))
        scrap.date_done = message.occurred.replace(microsecond=0)
        reason = message.data.get("reason")
        if reason:
            word = self.env["mfg.sync.resolver"].word(message, "reason", reason, "/data/reason")
            scrap.message_post(body=word)
