from datetime import date, datetime, time

import pytz

from odoo import _, models

from odoo.addons.mfg_sync.engine.errors import Conflict, DataError, ReferenceAmbiguous, ReferenceMissing


class ReceiptConfirmed(models.AbstractModel):
    """Goods have come in: lots come into being, stock is there."""

    _name = "mfg.sync.handler.receipt.confirmed"
    _inherit = "mfg.sync.handler.transfer"
    _description = "Handler: Receipt Confirmed"
    _needs = {
        "stock.picking": "read write",
        "stock.move": "read write",
        "stock.move.line": "read write create unlink",
        "stock.lot": "read write create",
    }

    _code = "incoming"
    _number = "receipt"

    def _known_lot(self, message, name, product, pointer):
        try:
            return super()._known_lot(message, name, product, pointer)
        except ReferenceAmbiguous:
            # another one of this name would be a third
            raise
        except ReferenceMissing:
            # a lot may be new with its receipt: the transfer makes it (or refuses, if its type may not)
            return self.env["stock.lot"], name

    def _expires(self, data, pointer, picking):
        """End of the day on the label, in the time zone of the site, as naive UTC."""
        if not data.get("expires"):
            return None
        try:
            day = date.fromisoformat(data["expires"])
        except ValueError:
            raise DataError(
                _("expires is %s; a date such as 2027-06-30 is expected.", data["expires"]), f"{pointer}/expires"
            ) from None
        end = self._zone(picking).localize(datetime.combine(day, time(23, 59, 59)))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

    def _zone(self, picking):
        return pytz.timezone(picking.picking_type_id.warehouse_id.mfg_sync_tz or "UTC")

    def _day(self, picking, moment):
        return pytz.utc.localize(moment).astimezone(self._zone(picking)).date()

    def _write_lines(self, picking, said):
        for line in said:
            self._agree_on_expiry(picking, line)
        return super()._write_lines(picking, said)

    def _agree_on_expiry(self, picking, line):
        """A known lot takes the date on the label, unless stock of it is here under another date.

        :raises Conflict: which of the two dates is right, a person must say
        """
        lot = line.lot
        if not (lot and line.expires and line.product.use_expiration_date) or lot.expiration_date == line.expires:
            return
        if lot.expiration_date and lot.product_qty:
            raise Conflict(
                _(
                    "Lot %(lot)s of %(item)s is in stock until %(ours)s; the warehouse reads %(theirs)s. "
                    "Correct the lot or ask the warehouse, then replay.",
                    lot=lot.name,
                    item=line.product.display_name,
                    ours=self._day(picking, lot.expiration_date),
                    theirs=self._day(picking, line.expires),
                ),
                pointer=f"{line.pointer}/expires",
            )
        lot.expiration_date = line.expires

    def _line_values(self, move, line, quantity, taken):
        values = super()._line_values(move, line, quantity, taken)
        for vals in values:
            if line.lot_name and not line.lot:
                vals["lot_name"] = line.lot_name
            if line.expires and line.product.use_expiration_date:
                vals["expiration_date"] = line.expires
        return values

    def _announced(self, message, picking, said):
        keys = {f"receipt:{message.data['transfer']}", f"receipt:{picking.name}"}
        for line in said:
            keys.add(f"stock:{self._item_code(line.product)}")
            if line.lot_name:
                keys.add(f"lot:{line.lot_name}")
        return tuple(sorted(keys))
