from datetime import datetime, timezone
from decimal import Decimal

import pytz

from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import MappingMissing, PermanentError

from ..x12 import Delimiters, Group, Interchange, TransactionSet, X12Error, clean, documents, write
from ..x12.structure import FUNCTIONAL_IDS
from ..x12.values import plain

BARCODES = {12: "upc", 13: "ean", 14: "gtin"}


class X12Builder(models.AbstractModel):
    """What builders of X12 documents share: whose connection it is, item numbers, units, days, and the envelope.

    :meth:`_render` gives the document as a dict of the codec; the interchange around it, with its control number, is
    made by :meth:`_encode` before the first sending.
    """

    _name = "mfg.sync.builder.x12"
    _inherit = "mfg.sync.builder"
    _description = "Builder: X12 Document"

    _media = "application/EDI-X12"
    #: transaction set, e.g. "855"
    _set = None

    @api.model
    def _encode(self, data, endpoint):
        lacks = endpoint._x12_lacks()
        if lacks:
            raise PermanentError(
                _(
                    "Connection %(name)s can't send X12 yet: fill in %(fields)s, then replay.",
                    name=endpoint.name,
                    fields=", ".join(lacks),
                )
            )
        number = str(self.env["mfg.sync.x12.control"]._take(endpoint))
        now = datetime.now(timezone.utc)
        # a set needs its own number only within its group, which holds no other
        try:
            transaction = TransactionSet(
                self._set, "0001", documents.encode(self._set, data), version=endpoint.x12_version
            )
            group = Group(
                functional_id=FUNCTIONAL_IDS[self._set],
                sender=endpoint.x12_our_id,
                receiver=endpoint.x12_their_id,
                number=number,
                version=endpoint.x12_version,
                sets=[transaction],
            )
            return write(
                Interchange(
                    sender_qualifier=endpoint.x12_our_qualifier,
                    sender=endpoint.x12_our_id,
                    receiver_qualifier=endpoint.x12_their_qualifier,
                    receiver=endpoint.x12_their_id,
                    control=number,
                    version=endpoint.x12_version[:5],
                    usage=endpoint.x12_usage,
                    date=now.date().isoformat(),
                    time=now.strftime("%H:%M"),
                    groups=[group],
                    delimiters=Delimiters(repetition="^" if endpoint.x12_version >= "005" else ""),
                )
            ).decode("ascii")
        except X12Error as error:
            raise PermanentError(
                _("It can't be written as X12: %s. Correct the document, then replay.", error)
            ) from None

    # -- whose connection it is

    @api.model
    def _endpoint(self, flow):
        # sudo: configuration of the connection, which the service user need not be able to read
        return self.env["mfg.sync.endpoint"].sudo().browse(flow["endpoint_id"])

    @api.model
    def _for_flow(self, records, flow):
        partner = self._endpoint(flow).partner_id.commercial_partner_id
        return records.filtered(
            lambda record: partner and self._partner_of(record).commercial_partner_id.id == partner.id
        )

    @api.model
    def _partner_of(self, record):
        return record.partner_id

    # -- words of the documents

    @api.model
    def _party(self, partner, address=True):
        party = {"name": clean(partner.display_name if not partner.name else partner.name, limit=60)}
        if partner.ref:
            party |= {"id_type": "assigned_by_seller", "id": clean(partner.ref, limit=80)}
        if address:
            party |= {
                "street": [clean(street, limit=55) for street in (partner.street, partner.street2) if street],
                "city": clean(partner.city or "", limit=30),
                "zip": clean(partner.zip or "", limit=15),
                "state": (partner.state_id.code or "")[:2],
                "country": partner.country_id.code or "",
            }
        return {key: value for key, value in party.items() if value}

    @api.model
    def _items(self, flow, product, ours, theirs, their_number=None):
        """``{kind: number}``; theirs first, because it is what the partner looks for."""
        numbers = {theirs: their_number or self._their_id(flow, "item", product), ours: product.default_code}
        barcode = product.barcode or ""
        if barcode.isdigit() and len(barcode) in BARCODES:
            numbers[BARCODES[len(barcode)]] = barcode
        return {kind: number for kind, number in numbers.items() if number}

    @api.model
    def _knowing(self, flow, named):
        # the units of their lines are looked up once each
        return {**super()._knowing(flow, named), "unit_codes": {}}

    @api.model
    def _unit(self, flow, uom):
        """The partner's code of a unit: from the mapping, else X12's own.

        :raises MappingMissing: there is none
        """
        known = flow["unit_codes"]
        if uom not in known:
            known[uom] = self.env["mfg.sync.resolver"].x12_unit(uom, flow["endpoint_id"], flow["company_id"])
        code = known[uom]
        if not code:
            raise MappingMissing(
                _(
                    "There is no X12 code for the unit %s: add one (two characters) to the mapping of this connection, "
                    "then replay.",
                    uom.name,
                ),
                wait_key=f"map:uom:{uom.name}",
            )
        return code

    @api.model
    def _number(self, value, digits=6):
        return plain(Decimal(str(round(value, digits))))

    @api.model
    def _day(self, moment):
        """The day of an Odoo datetime (naive UTC) in the service user's time zone, ISO."""
        return self._local(moment).date().isoformat() if moment else None

    @api.model
    def _day_and_time(self, moment):
        return self._local(moment).strftime("%Y-%m-%dT%H:%M") if moment else None

    @api.model
    def _local(self, moment):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.env.context.get("tz") or "UTC"))

    def _told_before(self, flow, order):
        self.env.cr.execute(
            """SELECT 1 FROM mfg_sync_message
               WHERE flow_id = %s AND direction = 'out' AND res_model = %s AND res_id = %s AND state <> 'cancelled'
                 AND NOT shadow AND payload IS DISTINCT FROM 'null' LIMIT 1""",
            [flow["id"], order._name, order.id],
        )
        return bool(self.env.cr.fetchone())
