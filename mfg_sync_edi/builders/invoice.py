from odoo import _, api, models

from odoo.addons.mfg_sync import compat

from ..x12 import clean


class Invoice(models.AbstractModel):
    """810: an invoice for who pays it, on his own connection; goods may be ordered by one and paid by another.

    A shipment that he pays is invoiced and posted first, by this connection's service user.

    Each invoice is told once, however often its shipment or itself is marked (revision "once", models/capture.py).
    """

    _name = "mfg.sync.builder.x12.invoice"
    _inherit = "mfg.sync.builder.x12"
    _description = "Builder: X12 810"
    _needs = {"sale.order": "read", "account.move": "read write create"}

    _set = "810"

    @api.model
    def _for_flow(self, records, flow):
        if records._name != "stock.picking":
            return super()._for_flow(records, flow)
        return records.filtered(lambda picking: self._paid(picking, flow))

    def _paid(self, pickings, flow):
        """The orders of these shipments that the partner of this connection pays."""
        payer = self._endpoint(flow).partner_id.commercial_partner_id
        return (pickings.sale_id | pickings.move_ids.sale_line_id.order_id).filtered(
            lambda order: payer and order.partner_invoice_id.commercial_partner_id.id == payer.id
        )

    @api.model
    def _documents(self, records, flow):
        if records._name != "stock.picking":
            return records.filtered(self._is_told)
        invoices = self.env["account.move"]
        for order in self._paid(records, flow):
            invoices |= self._invoices(order, flow)
        # somebody may have made one of them out to another
        return self._for_flow(invoices, flow)

    def _invoices(self, order, flow):
        """The invoices of an order that has shipped; what is not invoiced yet is."""
        before = order.invoice_ids
        if order.invoice_status == "to invoice":
            self._post(order, order._create_invoices(final=True))
        # sudo: since when it is told so; older invoices were told on paper
        told = self.env["mfg.sync.flow"].sudo().browse(flow["id"])
        since = max(told.create_date, told.mode_since or told.create_date)
        return order.invoice_ids.filtered(
            lambda move: self._is_told(move) and (move not in before or move.create_date >= since)
        )

    def _post(self, order, made):
        """:param made: what making the invoices answered: invoices, unless an addon asks or does nothing"""
        refused = self.env["mfg.sync.handler"].refused
        invoices = made if getattr(made, "_name", "") == "account.move" else self.env["account.move"]
        if not invoices:
            raise refused(order, "_create_invoices", made, _("Odoo did not make an invoice of %s.", order.name))
        answer = invoices.action_post()
        if any(move.state != "posted" for move in invoices):
            raise refused(invoices, "action_post", answer, _("Odoo did not post the invoice of %s.", order.name))

    @api.model
    def _is_told(self, move):
        return move.state == "posted" and move.move_type == "out_invoice"

    @api.model
    def _render(self, records, flow):
        flow = self._knowing(flow, {"item": records.invoice_line_ids.product_id})
        return {move.id: self._invoice(flow, move) for move in records}

    def _invoice(self, flow, move):
        lines = move.invoice_line_ids.filtered(lambda line: line.display_type == "product" and line.quantity)
        order = lines.sale_line_ids.order_id[:1]
        ordered = order.x12_date.isoformat() if order.x12_date else self._day(order.date_order)
        shipped = lines.sale_line_ids.move_ids.picking_id.filtered(lambda picking: picking.state == "done")
        return {
            "number": move.name,
            "date": move.invoice_date.isoformat(),
            "kind": "invoice",
            **({"order_number": order.client_order_ref or order.name, "order_date": ordered} if order else {}),
            "currency": move.currency_id.name,
            "references": {"PK": shipped[-1:].name} if shipped else {},
            "parties": {
                "bill_to": self._party(move.partner_id),
                **({"ship_to": self._party(move.partner_shipping_id)} if move.partner_shipping_id else {}),
                "remit_to": self._party(move.company_id.partner_id),
            },
            **(
                {"terms": [{"type": "05", "net_date": move.invoice_date_due.isoformat()}]}
                if move.invoice_date_due
                else {}
            ),
            "taxes": [{"type": "TX", "amount": self._number(move.amount_tax, 2)}] if move.amount_tax else [],
            "total": self._number(move.amount_total, 2),
            "lines": [self._line(flow, line, place) for place, line in enumerate(lines, start=1)],
        }

    def _line(self, flow, line, place):
        sold = line.sale_line_ids[:1]
        same_unit = sold and sold[compat.uom_field(sold)] == line.product_uom_id
        return {
            "line": sold.x12_line or str(place),
            "quantity": self._number(line.quantity),
            "unit": sold.x12_unit if same_unit and sold.x12_unit else self._unit(flow, line.product_uom_id),
            # net of discount and of taxes in the price: times quantity it is the line's amount
            "price": self._number(line.price_subtotal / line.quantity),
            "price_basis": "PE",
            "items": self._items(flow, line.product_id, ours="vendor", theirs="buyer"),
            "description": clean(line.product_id.name or line.name or "", limit=80),
        }
