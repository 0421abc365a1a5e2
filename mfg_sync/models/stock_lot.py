from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import compat
from ..engine import release
from ..engine.given import INBOUND, given
from .lot_status import STATUSES

#: no reservation and no way out for these
HELD = ("hold", "rejected")


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = ["stock.lot", "mfg.sync.document.mixin", "mfg.sync.given.mixin"]

    mfg_sync_status_ids = fields.One2many("mfg.sync.lot.status", "lot_id", string="Quality history", readonly=True)
    mfg_sync_quality = fields.Selection(
        STATUSES,
        string="Quality",
        compute="_compute_mfg_sync_quality",
        store=True,
        index=True,
        help="Lots on hold and rejected lots are neither reserved nor taken out to customers or into production.",
    )

    @api.depends("mfg_sync_status_ids.status", "mfg_sync_status_ids.basis", "mfg_sync_status_ids.occurred")
    def _compute_mfg_sync_quality(self):
        for lot in self:
            lot.mfg_sync_quality = lot.mfg_sync_status_ids._decisive().status or "released"

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_quality"}

    def _mfg_sync_may_give(self):
        # whoever asks: it follows from the history alone, and a lot that is let go has its reservations to be told
        return False

    def _mfg_sync_given_text(self, labels):
        return _(
            "%s of a lot can't be written: it follows from the quality history. Put the lot on hold or release it with "
            "the buttons of the lot, which keep who did it and why.",
            labels,
        )

    def _mfg_sync_set_status(self, status, reason, message=None, basis=""):
        """Put these lots on hold, reject or release them, and let reservations follow.

        :param str status: released, hold or rejected
        :param str reason: for people; named when a transfer is refused
        :param Inbound message: what said it; None: the acting person
        :param str basis: what was judged (an inspection plan); a later word about the same basis replaces this one
        :return: the lots whose own status changed by it
        """
        compat.check_access(self, "write")
        before = {lot: lot.mfg_sync_quality for lot in self}
        # sudo: the history can't be written by hand; that one may write the lot was checked above
        self.env["mfg.sync.lot.status"].sudo().create(
            [
                {
                    "lot_id": lot.id,
                    # of a lot that all companies share: whoever says it
                    "company_id": (lot.company_id or self.env.company).id,
                    "status": status,
                    "reason": reason,
                    "basis": basis or "",
                    "message_id": message.id if message else False,
                    "user_id": self.env.uid,
                    "occurred": message.occurred.replace(microsecond=0) if message else fields.Datetime.now(),
                }
                for lot in self
            ]
        )
        changed = self.filtered(lambda lot: lot.mfg_sync_quality != before[lot])
        held = changed.filtered(lambda lot: lot.mfg_sync_quality in HELD)
        held._mfg_sync_unreserve()
        (changed - held)._mfg_sync_reserve_again()
        return changed

    def _mfg_sync_unreserve(self):
        """Take these lots out of the reservations of moves that lead to a customer or into production."""
        if not self:
            return
        lines = self.env["stock.move.line"].search(
            [("lot_id", "in", self.ids), ("state", "not in", ("done", "cancel")), ("picked", "=", False)]
        )
        lines = lines.filtered(lambda line: line.move_id._mfg_sync_leads_out())
        moves = lines.move_id
        lines.unlink()
        moves._recompute_state()

    def _mfg_sync_reserve_again(self):
        """What waited for released lots is reserved as when they come into stock."""
        if not self:
            return
        self.flush_model()
        moves = self.env["stock.move"].search(
            [
                ("product_id", "in", self.product_id.ids),
                # waiting: goods of an order that is made piece by piece, whose later pieces are still to come
                ("state", "in", ("waiting", "confirmed", "partially_available")),
                ("picking_type_id.reservation_method", "=", "at_confirm"),
            ]
        )
        moves.filtered(lambda move: move._mfg_sync_leads_out())._action_assign()
        # whoever waits for the release of a lot goes on
        inbound = given(self.env, INBOUND)
        let_go = release.release if inbound else release.when_committed
        let_go(self.env.cr, [f"released:{lot.name}" for lot in self])

    def _mfg_sync_hold_text(self):
        """Why this lot is held and who said so, for people."""
        self.ensure_one()
        # sudo: the reason of a hold is for everybody who handles the lot
        row = self.sudo().mfg_sync_status_ids._decisive()
        label = dict(row._fields["status"]._description_selection(self.env)).get(row.status, "")
        return _(
            "Lot %(lot)s of %(item)s is %(status)s: %(reason)s (said by %(who)s). Release it first, or take another "
            "lot.",
            lot=self.name,
            item=self.product_id.display_name,
            status=label.lower(),
            reason=row.reason or _("no reason given"),
            who=row._who(),
        )

    def action_mfg_sync_hold(self):
        self._mfg_sync_by_hand("hold")

    def action_mfg_sync_release(self):
        self._mfg_sync_by_hand("released")

    def _mfg_sync_by_hand(self, status):
        """A person decides about the whole lot; the reason may come in the context (``mfg_sync_reason``)."""
        if not self.env.user.has_group("mfg_sync.group_operator"):
            raise AccessError(_("Only an Operator of Manufacturing Sync may put lots on hold or release them."))
        for lot in self:
            if (lot.mfg_sync_quality in HELD) == (status in HELD):
                raise UserError(_("Lot %s has that status already.", lot.name))
        reason = self.env["mfg.sync.decision"]._reason(self.env.context.get("mfg_sync_reason"))
        self._mfg_sync_set_status(status, reason or _("Decided by hand"))
