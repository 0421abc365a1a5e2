import logging

import psycopg2

from odoo import api, models

from odoo.addons.mfg_sync.engine.given import given
from odoo.addons.mfg_sync.models.capture import stable_revision

_logger = logging.getLogger(__name__)

#: kind of message by what a transfer does, and the states in which a warehouse must know of it
TOLD = {
    "incoming": ("wms.receipt.expected", ("confirmed", "assigned")),
    "outgoing": ("wms.shipment.requested", ("assigned",)),
}


class TransferCapture(models.AbstractModel):
    """Transfers whose content changed get a new revision, and the warehouse is told it once.

    Odoo changes a transfer in many small writes (reserving deletes and makes lines), so a change is only noted; what
    the transfer says is compared before the commit, when the transaction has computed everything. The revision is
    counted on the transfer's own row: of two transactions that change one transfer at once, the later one is repeated
    by Odoo, and so tells both changes.
    """

    _name = "mfg.sync.transfer.capture"
    _description = "Capture of Transfers"

    @api.model
    def changed(self, records):
        """Something a warehouse may have to know of happened to these transfers; told if it makes a difference.

        :param records: transfers, or their moves or move lines (nothing of them is read when nobody watches)
        """
        watch = self.env["mfg.sync.flow"]._watch()
        if not records or not any(kind in watch for kind, _states in TOLD.values()):
            return
        pickings = records if records._name == "stock.picking" else records.picking_id
        # while a confirmation is being booked, what it writes is no news for the one who sent it
        ids = set(pickings.ids) - set(given(self.env, "mfg_sync_confirming") or ())
        if not ids:
            return
        notes = self.env.cr.precommit.data.get("mfg_sync_transfers")
        if notes is None:
            notes = self.env.cr.precommit.data["mfg_sync_transfers"] = set()
            # superuser environment: compares what is told, whoever the acting person is
            capture = self.env(su=True)[self._name]
            self.env.cr.precommit.add(capture._run)
        notes |= ids

    def _run(self):
        ids = self.env.cr.precommit.data.pop("mfg_sync_transfers", None)
        watch = self.env["mfg.sync.flow"]._watch()
        for picking in self.env["stock.picking"].browse(sorted(ids or ())).exists():
            kind, states = TOLD.get(picking.picking_type_id.code, (None, ()))
            if kind in watch and picking.state in states:
                revision = self._revision(picking)
                if revision:
                    self.env["mfg.sync.capture"].event(kind, picking, revision=revision)

    def _revision(self, picking):
        """The transfer's new revision; None when it says what was told already."""
        try:
            # flush=False: the savepoint must not run the precommit hooks again; this is one of them
            with self.env.cr.savepoint(flush=False):
                told = self._told(picking)
                self.env.cr.execute(
                    """UPDATE stock_picking
                       SET mfg_sync_told = %s, mfg_sync_revision = COALESCE(mfg_sync_revision, 0) + 1
                       WHERE id = %s AND mfg_sync_told IS DISTINCT FROM %s RETURNING mfg_sync_revision""",
                    [told, picking.id, told],
                )
                found = self.env.cr.fetchone()
        except psycopg2.OperationalError:
            # somebody else changed the transfer meanwhile: Odoo repeats the whole transaction
            raise
        except Exception:
            # told all the same: rendering then fails alike, and leaves a failed message that a person sees
            _logger.exception("mfg_sync: what %s says could not be compared", picking.name)
            return picking.mfg_sync_revision + 1
        picking.invalidate_recordset(["mfg_sync_told", "mfg_sync_revision"], flush=False)
        return found and found[0]

    def _told(self, picking):
        """What tells whether it says something new."""
        return stable_revision(*self._content(picking))

    def _content(self, picking):
        lines = [
            (product.id, round(quantity, 6), [(name, round(part, 6)) for name, part in lots])
            for product, quantity, lots in picking._mfg_sync_lines()
        ]
        return (picking.partner_id.id, picking.carrier_id.id, str(picking.scheduled_date), lines)
