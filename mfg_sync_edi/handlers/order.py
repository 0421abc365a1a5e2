from markupsafe import Markup

from odoo import _, api, models

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine.errors import DataError, LookAlike
from odoo.addons.mfg_sync.engine.inbound import Done

from .ship_to import SHIP_TO

#: price per unit; other bases (per hundred, per weight) would be read wrongly
PER_UNIT = ("", "PE", "NT", "QT", "CT", "TE", "WE", "UM")


class CustomerOrder(models.AbstractModel):
    """A customer's 850 becomes a confirmed sales order."""

    _name = "mfg.sync.handler.x12.order"
    _inherit = ["mfg.sync.handler.x12", "mfg.sync.handler.x12.ship_to"]
    _description = "Handler: X12 850 of a Customer"
    _needs = {"sale.order": "read write create", "sale.order.line": "read write create", "res.partner": "read create"}

    @api.model
    def apply(self, message):
        data, again = self._document(message)
        if again:
            return again
        if data["purpose"] != "original":
            raise DataError(
                _(
                    "The customer sends a %(purpose)s of order %(number)s. It needs a person: change the order by "
                    "hand, then cancel this message.",
                    purpose=data["purpose"],
                    number=data["number"],
                ),
                "/data/purpose",
            )
        partner = self._partner(message)
        self._refuse_twin(message, data, partner)
        order = self.env["sale.order"].create(self._values(message, data, partner))
        self._check_currency(data, order)
        message.touches(order)
        prices = self._price(message, data, order)
        answer = order.action_confirm()
        if order.state not in ("sale", "done"):
            raise self.refused(
                order, "action_confirm", answer, _("Odoo did not confirm the order %s.", order.client_order_ref)
            )
        self._note(data, order, prices)
        self.bind(message, "sale", self._external_id(data), order)
        return Done(
            _(
                "Order %(number)s of %(partner)s is %(order)s, confirmed.",
                number=data["number"],
                partner=partner.display_name,
                order=order.name,
            ),
            order,
        )

    @staticmethod
    def _external_id(data):
        return "/".join(filter(None, (data["number"], data.get("release"))))

    def _refuse_twin(self, message, data, partner):
        """The same order number made by hand; an order that came as another release of it is none."""
        if message.row["accept_look_alike"]:
            return
        twins = self.env["sale.order"].search(
            [
                ("client_order_ref", "=", data["number"]),
                ("state", "!=", "cancel"),
                ("partner_id", "child_of", partner.commercial_partner_id.id),
                ("company_id", "=", message.company_id),
            ]
        )
        by_hand = twins.filtered(
            lambda order: not self.env["mfg.sync.resolver"].external_id(message.endpoint_id, "sale", order)
        )
        if by_hand:
            message.touches(by_hand[0])
            raise LookAlike(
                _(
                    "%(order)s of %(partner)s bears the number %(number)s already. Is it the same order, or "
                    "really a new one?",
                    order=by_hand[0].name,
                    partner=partner.display_name,
                    number=data["number"],
                ),
                pointer="/data/number",
            )

    def _values(self, message, data, partner):
        values = {
            "partner_id": partner.id,
            "company_id": message.company_id,
            "client_order_ref": data["number"],
            "x12_date": data["date"],
            "order_line": [
                (0, 0, self._line_values(message, line, partner, f"/data/lines/{index}"))
                for index, line in enumerate(data["lines"])
            ],
        }
        wanted = self._wanted(data)
        if wanted:
            values["commitment_date"] = self._moment(min(wanted), "/data/requested_delivery")
        ship_to = self._ship_to(message, data, partner)
        if ship_to:
            values["partner_shipping_id"] = ship_to.id
        return values

    def _wanted(self, data):
        """Days on which the customer wants something: of the whole order, else of its lines."""
        whole = data.get("requested_delivery") or data.get("requested_ship")
        return [whole] if whole else [day for line in data["lines"] for day in self._line_days(line)]

    @staticmethod
    def _line_days(line):
        days = [line.get("requested_delivery") or line.get("requested_ship")]
        days += [part.get("date") for part in line.get("schedule", [])]
        return [day for day in days if day]

    def _line_values(self, message, line, partner, pointer):
        resolver = self.env["mfg.sync.resolver"]
        if any(party in line.get("parties", {}) for party in SHIP_TO):
            raise DataError(
                _(
                    "Line %s is to be shipped to an address of its own. It needs a person: enter the order by hand, "
                    "one for each address, then cancel this message.",
                    line["line"],
                ),
                f"{pointer}/parties",
            )
        product = resolver.x12_item(
            message, line["items"], partner.commercial_partner_id, f"{pointer}/items", seller=True
        )
        uom = resolver.unit(message, line["unit"], product, f"{pointer}/unit")
        quantity = resolver.number(line["quantity"], f"{pointer}/quantity")
        if quantity <= 0:
            raise DataError(
                _(
                    "Line %(line)s orders %(quantity)s; more than zero is expected.",
                    line=line["line"],
                    quantity=line["quantity"],
                ),
                f"{pointer}/quantity",
            )
        if line.get("price") and line.get("price_basis", "") not in (*PER_UNIT, line["unit"]):
            raise DataError(
                _(
                    "The price of line %(line)s is by %(basis)s, not by unit; it needs a person.",
                    line=line["line"],
                    basis=line["price_basis"],
                ),
                f"{pointer}/price_basis",
            )
        model = self.env["sale.order.line"]
        return {
            "product_id": product.id,
            compat.uom_field(model): uom.id,
            "product_uom_qty": float(quantity),
            "x12_line": line["line"],
            "x12_unit": line["unit"],
        }

    # -- prices: theirs are kept, ours are named beside them

    def _check_currency(self, data, order):
        currency = data.get("currency")
        if currency and currency != order.currency_id.name:
            raise DataError(
                _(
                    "The order is in %(theirs)s, %(partner)s buys in %(ours)s. Give the customer a price list in that "
                    "currency, then replay.",
                    theirs=currency,
                    partner=order.partner_id.display_name,
                    ours=order.currency_id.name,
                ),
                "/data/currency",
            )

    def _price(self, message, data, order):
        """Keep the prices of the order; texts of those that are not ours."""
        notes = []
        for line, theirs in zip(order.order_line, data["lines"], strict=True):
            if not theirs.get("price"):
                continue
            price = float(self.env["mfg.sync.resolver"].number(theirs["price"], "/data/lines"))
            ours = line.price_unit * (1 - line.discount / 100)
            if order.currency_id.compare_amounts(price, ours):
                notes.append(
                    _(
                        "Line %(line)s, %(item)s: %(theirs)s in the customer's order, %(ours)s in our price list.",
                        line=theirs["line"],
                        item=line.product_id.display_name,
                        theirs=theirs["price"],
                        ours=format(ours, "g"),
                    )
                )
            line.write({"price_unit": price, "discount": 0.0})
        return notes

    def _note(self, data, order, prices):
        """In the chatter: what of the document has no field in Odoo, and prices that are not ours."""
        texts = [*prices, *data.get("notes", []), *data.get("warnings", [])]
        for line in data["lines"]:
            texts += [_("Line %(line)s: %(note)s", line=line["line"], note=note) for note in line.get("notes", [])]
            if len(set(self._line_days(line))) > 1:
                days = ", ".join(f"{part['quantity']} · {part.get('date', '')}" for part in line.get("schedule", []))
                texts.append(_("Line %(line)s is wanted in parts: %(days)s", line=line["line"], days=days))
        texts += [
            _(
                "%(kind)s %(text)s %(amount)s",
                kind=charge["kind"],
                text=charge.get("description") or charge.get("code", ""),
                amount=charge.get("amount") or charge.get("percent", ""),
            )
            for charge in data.get("charges", [])
        ]
        if texts:
            items = Markup().join(Markup("<li>%s</li>") % text for text in texts)
            order.message_post(body=Markup("<p>%s</p><ul>%s</ul>") % (_("From the customer's order:"), items))
