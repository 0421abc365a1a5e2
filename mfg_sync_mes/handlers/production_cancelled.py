from odoo import _, models
from odoo.tools import float_compare, float_is_zero

from odoo.addons.mfg_sync.engine import lanes
from odoo.addons.mfg_sync.engine.errors import Conflict
from odoo.addons.mfg_sync.protocol import strict_json

#: where the question of this file points to, and no other: a replay that answers another one says nothing about it
QUESTION = "/data/report"


class ProductionCancelled(models.AbstractModel):
    """Pieces that were finished by hand for a report that was then cancelled are not those of the next report.

    A report that failed, and blocks the next one, is done by hand and cancelled; the next one happened before that too,
    and would take the pieces for its own.
    """

    _inherit = "mfg.sync.handler.production.reported"

    def _not_of_cancelled(self, message, family, since, names, quantity):
        lines = super()._not_of_cancelled(message, family, since, names, quantity)
        cancelled = self._cancelled(message, family, lines) if lines else []
        if not cancelled:
            return lines
        # without a lot it may be any
        by_lot = family.product_id.tracking == "lot" and names and all(lots for _row, lots, _quantity in cancelled)
        if not by_lot:
            return self._kept(message, lines, cancelled, quantity, True)
        kept = lines.filtered(lambda line: not line.lot_id)
        for lot in lines.lot_id:
            theirs = [entry for entry in cancelled if lot.name in entry[1]]
            closed = lines.filtered(lambda line, lot=lot: line.lot_id == lot)
            kept |= self._kept(message, closed, theirs, quantity, lot.name in names)
        return kept

    def _kept(self, message, lines, cancelled, quantity, is_named):
        """
        :param lines: finished lines nobody told, of one lot
        :param cancelled: the reports of it that were cancelled, as of :meth:`_cancelled`
        :param is_named: whether this report tells of that lot; another one is asked about anyway
        :return: those that may be pieces of this report: all, or none
        :raises Conflict: that can't be told
        """
        if not cancelled:
            return lines
        rounding = lines.product_id.uom_id.rounding
        closed = sum(self._untold(line) for line in lines)
        known = all(told is not None for *_row, told in cancelled)
        over = closed - sum(told or 0 for *_row, told in cancelled)
        if known and float_is_zero(over, precision_rounding=rounding):
            # one of the same quantity may as well be the one that was meant
            if float_compare(closed, quantity, precision_rounding=rounding):
                return lines.browse()
        # beside those of the cancelled ones all of this report were closed too
        is_over = known and float_compare(over, quantity, precision_rounding=rounding) >= 0
        if is_over or not is_named or self._is_answered(message, [row_id for (row_id, _name), *_told in cancelled]):
            return lines
        raise Conflict(
            _(
                "%(quantity)s %(unit)s are reported, and %(booked)s were finished by hand in %(orders)s since. They "
                "may as well be those of a report that was cancelled: %(cancelled)s. If the pieces of this report are "
                "among them, replay this message; if not, finish these by hand too and cancel the message.",
                quantity=format(quantity, "g"),
                unit=lines.product_id.uom_id.name,
                booked=format(closed, "g"),
                orders=self._orders_of(lines),
                cancelled=", ".join(name for (_id, name), *_told in cancelled),
            ),
            pointer=QUESTION,
        )

    def _cancelled(self, message, family, lines):
        """Reports about these orders that were cancelled and may have told of these lines.

        :return: list of ``((id, event id), names of lots, quantity or None where it is not known any more)``
        """
        # their content may be gone, and one that was corrected goes on in another; the row has the lane it had last
        self.env.cr.execute(
            """SELECT m.id, m.event_id, m.payload FROM mfg_sync_message m
               WHERE (m.lane = ANY(%s) OR m.res_model = %s AND m.res_id = ANY(%s))
                 AND m.state = 'cancelled' AND m.direction = 'in' AND NOT m.shadow AND m.type_id = %s
                 AND m.endpoint_id = %s AND m.id <> %s
                 AND date_trunc('second', COALESCE(m.occurred, m.received)) <= %s
                 AND NOT EXISTS (SELECT 1 FROM mfg_sync_message c WHERE c.corrects_id = m.id)
               ORDER BY m.id""",
            [
                [
                    message.row["lane"],
                    lanes.of_external(message.system_id, "production", message.data["order"]),
                ],
                family._name,
                family.ids,
                message.row["type_id"],
                message.endpoint_id,
                message.id,
                max(lines.move_id.production_id.mapped("date_finished")),
            ],
        )
        return [
            ((row_id, event_id), *self._told_of(message, family.product_id, strict_json.loads(payload or "{}")))
            for row_id, event_id, payload in self.env.cr.fetchall()
        ]

    def _told_of(self, message, product, data):
        names = data.get("serials") or [data["lot"]] if data.get("serials") or data.get("lot") else []
        if not data.get("quantity") or data.get("unit") != message.data.get("unit"):
            # what their unit means may be what it was cancelled for
            return names, None
        return names, self.quantity(message, data["quantity"], data.get("unit"), product, "/data/quantity")

    def _is_answered(self, message, cancelled_ids):
        """Whether a person was asked, and had this report applied again since those were cancelled."""
        if (message.row["error_class"], message.row["error_pointer"]) != (Conflict.error_class, QUESTION):
            return False
        answer = self.answer(message)
        if not answer:
            return False
        # sudo: only which of them was made later is used; the service user reads no decisions
        decisions = self.env["mfg.sync.decision"].sudo()
        cancels = [("message_id", "in", cancelled_ids), ("decision", "=", "cancel"), ("id", ">", answer.id)]
        return not decisions.search_count(cancels, limit=1)
