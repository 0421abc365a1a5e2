from odoo import _, api, models

from odoo.addons.mfg_sync import compat

from ..x12 import clean


class Invoice(models.AbstractModel):
    """810: an invoice of the customer. A shipment is invoiced and posted first, by this connection's service user.

    Each invoice is told once, however often its shipment or itself is marked (revision "once", models/capture.py).
    """

    _name = "mfg.sync.builder.x12.invoice"
    _inherit = "mfg.sync.builder.x12"
    _description = "Builder: X12 810"
    _needs = {"sale.order": "read", "account.move": "read write create"}

    _set = "810"

    @api.model
    def _partner_of(self, record):
        return record.sale_id.partner_id or record.partner_id if record._name == "stock.picking" else record.partner_id

    @api.model
    def _documents(self, records, flow):
        if records._name != "stock.picking":
            return records.filtered(self._is_told)
        invoices = self.env["account.move"]
        for order in records.sale_id | records.move_ids.sale_line_id.order_id:
            invoices |= self._invoices(order, flow)
        return invoices

    def _invoices(self, order, flow):
        """The invoices of an order that has shipped; what is not invoiced yet is."""
        if order.invoice_status == "to invoice":
            self._post(order, order._create_invoices(final=True))
        # sudo: when the synchronization began; older invoices were told on paper
        since = self.env["mfg.sync.flow"].sudo().browse(flow["id"]).create_date
        return order.invoice_ids.filtered(lambda move: self._is_told(move) and move.create_date >= since)

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
