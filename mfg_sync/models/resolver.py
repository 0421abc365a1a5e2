from decimal import Decimal

from odoo import _, api, models

from .. import compat
from ..engine.errors import DataError, MappingMissing, ReferenceAmbiguous, ReferenceMissing
from ..protocol import cloudevents
from ..protocol.errors import Problem

#: UN/CEFACT Recommendation 20 and X12 355 codes that need no mapping, because they mean the same everywhere
STANDARD_UNITS = {
    "C62": "uom.product_uom_unit",
    "EA": "uom.product_uom_unit",
    "PCE": "uom.product_uom_unit",
    "H87": "uom.product_uom_unit",
    "DZN": "uom.product_uom_dozen",
    "DZ": "uom.product_uom_dozen",
    "KGM": "uom.product_uom_kgm",
    "KG": "uom.product_uom_kgm",
    "GRM": "uom.product_uom_gram",
    "GR": "uom.product_uom_gram",
    "TNE": "uom.product_uom_ton",
    "LBR": "uom.product_uom_lb",
    "LB": "uom.product_uom_lb",
    "MTR": "uom.product_uom_meter",
    "CMT": "uom.product_uom_cm",
    "FOT": "uom.product_uom_foot",
    "LTR": "uom.product_uom_litre",
    "HUR": "uom.product_uom_hour",
    "DAY": "uom.product_uom_day",
}


class Resolver(models.AbstractModel):
    """From the other side's ids and codes to records: matches first, then the words both sides share.

    An addon adds an entity with ``_entities`` (name → model) and a method ``_find_<entity>(message, value)``.
    Runs in the service user's environment, so that record rules hold.
    """

    _name = "mfg.sync.resolver"
    _description = "Finding Records for Messages"

    @api.model
    def _entities(self):
        return {
            "item": "product.product",
            "lot": "stock.lot",
            "partner": "res.partner",
            "location": "stock.location",
            "site": "stock.warehouse",
        }

    @api.model
    def _entity_words(self):
        """``{entity: what people call it}``"""
        return {
            "item": _("Item"),
            "lot": _("Lot or serial number"),
            "partner": _("Partner"),
            "location": _("Place"),
            "site": _("Site"),
        }

    @api.model
    def _documents(self):
        """Entities that are documents, and are matched as soon as one is named that Odoo knows (engine/homes.py)."""
        return set()

    @api.model
    def _our_names(self, record):
        """How we call a document, or called it before: none of these is an id of their own. Of what is gone: none."""
        return set(record.exists().mapped("display_name"))

    @api.model
    def find(self, message, entity, value, pointer, **narrow):
        """The record of an entity.

        :param Inbound message: who asks
        :param str entity: key of ``_entities``
        :param str value: their id of it, or the word both sides share (item code, order number, lot name)
        :param str pointer: JSON Pointer of the value, for the error
        :param narrow: passed to ``_find_<entity>`` (``product=`` for a lot)
        :raises ReferenceMissing: unknown; the message waits for it by ``<entity>:<value>``
        :raises ReferenceAmbiguous: several fit (a ReferenceMissing, which waits for a match likewise)
        """
        value = str(value or "").strip()
        if not value:
            raise DataError(_("%s is empty.", pointer), pointer)
        model = self.env[self._entities()[entity]]
        record = self._bound(message, entity, value, model)
        if record and not self._fits(entity, record, **narrow):
            record = model
        record = record or getattr(self, f"_find_{entity}")(message, value, **narrow)
        if not record:
            raise ReferenceMissing(
                _(
                    "%(what)s %(value)s is not known in Odoo. The message waits until it is, or until somebody "
                    "matches it.",
                    what=self.env["ir.model"]._get(model._name).sudo().name,
                    value=value,
                ),  # sudo: the model's title
                wait_key=f"{entity}:{value}",
                pointer=pointer,
            )
        if len(record) > 1:
            raise ReferenceAmbiguous(
                _(
                    "%(value)s fits several records (%(names)s). The message waits until somebody matches the "
                    "right one.",
                    value=value,
                    names=", ".join(record.mapped("display_name")),
                ),
                wait_key=f"{entity}:{value}",
                pointer=pointer,
            )
        compat.check_access(record, "read")
        return record

    @api.model
    def _fits(self, entity, record, **narrow):
        """Whether a matched record is the one meant: their lot number may exist for several items."""
        return not (narrow.get("product") and "product_id" in record._fields and record.product_id != narrow["product"])

    def _bound(self, message, entity, value, model):
        # whether it is still there, too: it is asked for each name in each message
        # pylint: disable=sql-injection  # the name of a model's table
        self.env.cr.execute(
            f"""SELECT r.id FROM mfg_sync_binding b JOIN "{model._table}" r ON r.id = b.res_id
                WHERE b.system_id = %s AND b.entity = %s AND b.external_id = %s AND b.res_model = %s""",
            [message.system_id, entity, value, model._name],
        )
        found = self.env.cr.fetchone()
        if not found:
            return model
        message.bound[entity, value] = model._name, found[0]
        return model.browse(found[0])

    @api.model
    def external_id(self, endpoint_id, entity, record):
        """How the systems behind a connection name a record; None before they have said it."""
        return self.external_ids(endpoint_id, {entity: record})[entity, record._name, record.id] if record else None

    @api.model
    def external_ids(self, endpoint_id, named):
        """:meth:`external_id` for many, in one query: the oldest name, of a document one of their own before ours.

        :param dict named: ``{entity: records}``
        :return: ``{(entity, model, id): how they name it}`` with an entry for each record asked about
        """
        keys = {(entity, records._name, res_id): None for entity, records in named.items() for res_id in records.ids}
        if keys:
            self.env.cr.execute(
                """SELECT entity, res_model, res_id, array_agg(external_id ORDER BY id) FROM mfg_sync_binding
                   WHERE endpoint_id = %s AND (entity, res_model, res_id) IN %s GROUP BY 1, 2, 3""",
                [endpoint_id, tuple(keys)],
            )
            for entity, model, res_id, names in self.env.cr.fetchall():
                own = names
                if len(names) > 1 and entity in self._documents():
                    # who confirmed an order by our number, and gave it an id of his own later, is told that id
                    ours = self._our_names(self.env[model].browse(res_id))
                    own = [name for name in names if name not in ours]
                keys[entity, model, res_id] = (own or names)[0]
        return keys

    def _find_item(self, message, value):
        product = self.env["product.product"]
        return product.search([("default_code", "=", value)], limit=2) or product.search(
            [("barcode", "=", value)], limit=2
        )

    def _find_lot(self, message, value, product=None):
        domain = [("name", "=", value), ("company_id", "in", [message.company_id, False])]
        if product:
            domain.append(("product_id", "=", product.id))
        return self.env["stock.lot"].search(domain, limit=2)

    def _find_partner(self, message, value):
        return self.env["res.partner"].search(
            [("ref", "=", value), ("company_id", "in", [message.company_id, False])], limit=2
        )

    def _find_location(self, message, value):
        mapped = self.env["mfg.sync.value.map"]._lookup(
            self.env.cr, kind="location", code=value, endpoint_id=message.endpoint_id, company_id=message.company_id
        )
        if mapped and mapped["location_id"]:
            return self.env["stock.location"].browse(mapped["location_id"])
        location = self.env["stock.location"]
        in_company = [("company_id", "in", [message.company_id, False])]
        return location.search([("barcode", "=", value), *in_company], limit=1) or location.search(
            [("complete_name", "=", value), *in_company], limit=1
        )

    def _find_site(self, message, value):
        mapped = self.env["mfg.sync.value.map"]._lookup(
            self.env.cr, kind="site", code=value, endpoint_id=message.endpoint_id, company_id=message.company_id
        )
        if mapped and mapped["warehouse_id"]:
            return self.env["stock.warehouse"].browse(mapped["warehouse_id"])
        warehouse = self.env["stock.warehouse"]
        company = [("company_id", "=", message.company_id)]
        return warehouse.search([("mfg_sync_site_code", "=", value), *company], limit=1) or warehouse.search(
            [("code", "=", value), *company], limit=1
        )

    # -- codes

    @api.model
    def unit(self, message, code, product, pointer):
        """The unit a code means, checked to measure the same thing as the product's unit.

        :raises MappingMissing: nobody has said what it means; an entry of the mapping releases the message
        :raises DataError: it measures something else (kilograms of something counted in pieces)
        """
        code = str(code or "").strip()
        if not code:
            return product.uom_id
        uom = self._unit_of_code(message, code)
        if not uom:
            raise MappingMissing(
                _(
                    "Nobody has said what the unit %(code)s means. Item %(item)s is kept in %(unit)s. Add the unit to "
                    "the "
                    "mapping of this connection; the message then goes on by itself.",
                    code=code,
                    item=product.display_name,
                    unit=product.uom_id.name,
                ),
                wait_key=f"map:uom:{code}",
                pointer=pointer,
            )
        if not compat.same_dimension(uom, product.uom_id):
            raise DataError(
                _(
                    "%(item)s is kept in %(unit)s; a quantity in %(code)s (%(uom)s) can't be converted to it.",
                    item=product.display_name,
                    unit=product.uom_id.name,
                    code=code,
                    uom=uom.name,
                ),
                pointer,
            )
        return uom

    def _unit_of_code(self, message, code):
        mapped = self.env["mfg.sync.value.map"]._lookup(
            self.env.cr, kind="uom", code=code, endpoint_id=message.endpoint_id, company_id=message.company_id
        )
        if mapped and mapped["uom_id"]:
            return self.env["uom.uom"].browse(mapped["uom_id"])
        if code.upper() in STANDARD_UNITS:
            return self.env.ref(STANDARD_UNITS[code.upper()], raise_if_not_found=False)
        return self.env["uom.uom"].search([("name", "=", code)], limit=1)

    @api.model
    def quantity(self, message, value, code, product, pointer):
        """``(quantity in the product's unit as float, unit)`` of a quantity in the unit of a code.

        :raises DataError: negative, zero or not a number
        """
        number = self.number(value, pointer)
        if number <= 0:
            raise DataError(
                _("%(pointer)s is %(value)s; a quantity above zero is expected.", pointer=pointer, value=value), pointer
            )
        uom = self.unit(message, code, product, f"{pointer.rpartition('/')[0]}/unit")
        return uom._compute_quantity(float(number), product.uom_id, round=False), uom

    @api.model
    def number(self, value, pointer):
        try:
            return Decimal(str(value))
        except ArithmeticError:
            raise DataError(
                _("%(pointer)s is %(value)s; a number is expected.", pointer=pointer, value=value), pointer
            ) from None

    @api.model
    def moment(self, text, pointer):
        """Naive UTC datetime of an RFC 3339 text."""
        try:
            return cloudevents.parse_time(text).replace(tzinfo=None)
        except Problem as problem:
            raise DataError(problem.detail, pointer) from None

    @api.model
    def word(self, message, kind, code, pointer, presets=()):
        """The word of Odoo that a code (reason, status) means; without an entry the code itself, if it is a preset."""
        code = code and code.strip()
        mapped = self.env["mfg.sync.value.map"]._lookup(
            self.env.cr, kind=kind, code=code, endpoint_id=message.endpoint_id, company_id=message.company_id
        )
        if mapped and mapped["value"]:
            return mapped["value"]
        if not presets or code in presets:
            return code
        raise MappingMissing(
            _(
                "Nobody has said what the %(kind)s %(code)s means; expected one of %(words)s, or an entry in the "
                "mapping.",
                kind=kind,
                code=code,
                words=", ".join(presets),
            ),
            wait_key=f"map:{kind}:{code}",
            pointer=pointer,
        )
