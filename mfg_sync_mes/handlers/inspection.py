from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import ReferenceMissing
from odoo.addons.mfg_sync.engine.inbound import Done


class InspectionCompleted(models.AbstractModel):
    """The result of an inspection decides about a lot: a failed plan holds it until the same plan passes."""

    _name = "mfg.sync.handler.inspection.completed"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Inspection Completed"
    _needs = {"product.product": "read", "stock.lot": "read write"}

    @api.model
    def apply(self, message):
        data = message.data
        product = self.find(message, "item", data["item"], "/data/item")
        lot = self.find(message, "lot", data["lot"], "/data/lot", product=product)
        message.touches(lot)
        self._show_on_order(message)
        status = "hold" if data["result"] == "fail" else "released"
        words = {"plan": data["plan"], "sample": data["sample"], "reason": data.get("reason") or ""}
        if status == "hold":
            reason = _("plan %(plan)s, sample %(sample)s failed %(reason)s", **words)
        else:
            reason = _("plan %(plan)s, sample %(sample)s passed %(reason)s", **words)
        before = lot.mfg_sync_quality
        changed = lot._mfg_sync_set_status(status, reason.strip(), message=message, basis=data["plan"])
        label = dict(lot._fields["mfg_sync_quality"]._description_selection(self.env))[lot.mfg_sync_quality]
        if not changed and before == lot.mfg_sync_quality:
            return Done(
                _("Lot %(lot)s stays as it is (%(status)s): %(reason)s.", lot=lot.name, status=label, reason=reason),
                lot,
            )
        return Done(_("Lot %(lot)s: %(status)s. %(reason)s", lot=lot.name, status=label, reason=reason), lot)

    def _show_on_order(self, message):
        if not message.data.get("order"):
            return
        try:
            message.touches(self.find(message, "production", message.data["order"], "/data/order"))
        except ReferenceMissing:
            # a failed lot is put on hold at once, whatever order it came from
            return
