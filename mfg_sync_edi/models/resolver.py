from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import DataError, ReferenceAmbiguous, ReferenceMissing

#: X12 element 355 of Odoo's own units; of several codes the first is written
UNIT_CODES = {
    "EA": "uom.product_uom_unit",
    "PC": "uom.product_uom_unit",
    "DZ": "uom.product_uom_dozen",
    "KG": "uom.product_uom_kgm",
    "GR": "uom.product_uom_gram",
    "LB": "uom.product_uom_lb",
    "MR": "uom.product_uom_meter",
    "CM": "uom.product_uom_cm",
    "FT": "uom.product_uom_foot",
    "LT": "uom.product_uom_litre",
    "HR": "uom.product_uom_hour",
    "DA": "uom.product_uom_day",
}


class Resolver(models.AbstractModel):
    _inherit = "mfg.sync.resolver"

    @api.model
    def _entities(self):
        return {**super()._entities(), "sale": "sale.order", "purchase": "purchase.order"}

    @api.model
    def _entity_words(self):
        return {**super()._entity_words(), "sale": _("Sales order"), "purchase": _("Purchase order")}

    def _unit_of_code(self, message, code):
        uom = super()._unit_of_code(message, code)
        if not uom and code in UNIT_CODES:
            uom = self.env.ref(UNIT_CODES[code], raise_if_not_found=False)
        return uom

    @api.model
    def x12_unit(self, uom, endpoint_id, company_id):
        """The partner's code of a unit: from the mapping, else X12's own; None when there is none."""
        entry = (
            self.env["mfg.sync.value.map"]
            .sudo()
            .search(  # sudo: mappings are configuration, read for whoever acts
                [
                    ("kind", "=", "uom"),
                    ("uom_id", "=", uom.id),
                    ("endpoint_id", "in", [endpoint_id, False]),
                    ("company_id", "in", [company_id, False]),
                ],
                order="endpoint_id, id",
                limit=1,
            )
        )
        standard = (code for code, xmlid in UNIT_CODES.items() if self.env.ref(xmlid, raise_if_not_found=False) == uom)
        code = entry.code or next(standard, None)
        return code if code and len(code) <= 2 else None

    def _find_sale(self, message, value):
        return self.env["sale.order"].search([("name", "=", value), ("company_id", "=", message.company_id)], limit=1)

    def _find_purchase(self, message, value, partner=None):
        """:param partner: commercial partner; an order to somebody else is none of the sender's business"""
        domain = [("name", "=", value), ("company_id", "=", message.company_id)]
        if partner:
            domain.append(("partner_id", "child_of", partner.id))
        return self.env["purchase.order"].search(domain, limit=1)

    @api.model
    def x12_item(self, message, items, partner, pointer, seller):
        """The product that the item numbers of a line name.

        :param dict items: ``{kind: number}`` as the codec reads them: buyer, vendor, upc, ean, gtin, sku …
        :param bool seller: whether we are the seller: then the vendor's number is ours, else the buyer's
        :raises ReferenceMissing: none of the numbers is known, they fit several, or what would be sold is archived;
            waits for a match of their number
        :raises DataError: the numbers name different products
        """
        ours, theirs = (
            (items.get("vendor"), items.get("buyer")) if seller else (items.get("buyer"), items.get("vendor"))
        )
        product = self.env["product.product"]
        found, several = {}, product
        for number, look in (
            (ours, lambda number: product.search([("default_code", "=", number)], limit=2)),
            (
                theirs,
                lambda number: (
                    self._bound(message, "item", number, product)
                    or ((not seller and self._by_supplier_code(partner, number)) or product)
                ),
            ),
            *((items.get(kind), self._by_barcode) for kind in ("upc", "ean", "gtin", "upc_case")),
            (items.get("sku"), lambda number: product.search([("default_code", "=", number)], limit=2)),
        ):
            records = look(number) if number else product
            if len(records) > 1:
                # an item's code is not unique in Odoo: a match, or the other numbers, may say which one is meant
                matched = self._bound(message, "item", number, product)
                several |= product if matched else records
                records = matched
            if records:
                found.setdefault(records, number)
        if len(found) > 1 or found and several and next(iter(found)) not in several:
            named = ", ".join(f"{number} = {record.display_name}" for record, number in found.items())
            raise DataError(
                _("The numbers of this line name different items: %s. Ask the partner which one is meant.", named),
                pointer,
            )
        named = theirs or ours or next(iter(items.values()), "")
        if found:
            return self._sold(next(iter(found)), named, pointer) if seller else next(iter(found))
        if several:
            raise ReferenceAmbiguous(
                _(
                    "%(number)s fits several items (%(names)s). The message waits until somebody matches the partner's "
                    "number to the right one.",
                    number=named,
                    names=", ".join(several.mapped("display_name")),
                ),
                wait_key=f"item:{named}",
                pointer=pointer,
            )
        numbers = ", ".join(f"{kind} {number}" for kind, number in items.items())
        raise ReferenceMissing(
            _(
                "No item is known by %s. The message waits until the item exists, or until somebody matches their "
                "number.",
                numbers or _("no number at all"),
            ),
            wait_key=f"item:{named}",
            pointer=pointer,
        )

    def _sold(self, product, named, pointer):
        """What is sold; an archived item is sold no more, whatever number was once matched to it."""
        if product.active:
            return product
        raise ReferenceMissing(
            _(
                "%(number)s means %(item)s, which is archived in Odoo. Match the number to its successor, or unarchive "
                "it.",
                number=named,
                item=product.display_name,
            ),
            wait_key=f"item:{named}",
            pointer=pointer,
        )

    def _by_supplier_code(self, partner, number):
        """The products of this code, however many prices they have; a code without a variant means each of them."""
        infos = self.env["product.supplierinfo"].search(
            [("partner_id", "child_of", partner.id), ("product_code", "=", number)]
        )
        products = self.env["product.product"]
        for info in infos:
            products |= info.product_id or info.product_tmpl_id.product_variant_ids
        return products

    def _by_barcode(self, number):
        """UPC-12, EAN-13 and GTIN-14 are one number with more or fewer zeros in front."""
        bare = number.lstrip("0")
        forms = {number, bare, *(bare.zfill(width) for width in (12, 13, 14))}
        return self.env["product.product"].search([("barcode", "in", sorted(forms))], limit=2)
