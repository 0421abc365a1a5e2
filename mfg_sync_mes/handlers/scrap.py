from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import Early, PermanentError
from odoo.addons.mfg_sync.engine.inbound import Done

from .production import OUTPUT


class ScrapReported(models.AbstractModel):
    """Components or finished pieces thrown away; they leave stock and stay on the order's account."""

    _name = "mfg.sync.handler.scrap.reported"
    _inherit = "mfg.sync.handler.order"
    _description = "Handler: Scrap Reported"

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
        location = order.location_dest_id if finished else order.location_src_id
        for place in self.take(product, lot, location, quantity):
            self._scrap(message, order, workorder, product, lot, place)
        return Done(
            _(
                "%(quantity)s %(unit)s of %(item)s %(lot)s scrapped. %(reason)s",
                quantity=f"{quantity:g}",
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
            }
        )
        # depends of both fields would put it where the order takes its components
        scrap.write({"location_id": location.id, "scrap_qty": quantity})
        answer = scrap.action_validate()
        if scrap.state != "done":
            self.answered(answer)
            raise PermanentError(_("Odoo did not scrap %s.", product.display_name))
        scrap.date_done = message.occurred.replace(microsecond=0)
        reason = message.data.get("reason")
        if reason:
            word = self.env["mfg.sync.resolver"].word(message, "reason", reason, "/data/reason")
            scrap.message_post(body=word)
