from odoo import api, models

from .. import compat

#: so many values stand in one search
AT_ONCE = 10000


class ResolverMany(models.AbstractModel):
    """What a message of many lines names, in a few queries for all of them instead of a few for each.

    Only what is known for sure is in an answer. About the rest :meth:`find` is asked, which says what is wrong.
    """

    _inherit = "mfg.sync.resolver"

    @api.model
    def items(self, message, codes):
        """``{their id or our code: product}``, by matches, then by code, then by barcode, as :meth:`find`.

        :param codes: texts, stripped
        """
        found = self._matched(message, "item", codes)
        for field in ("default_code", "barcode"):
            several = {}
            for product in self._search_many("product.product", field, set(codes) - set(found)):
                several.setdefault(product[field], []).append(product)
            # several with one code are nobody's item for sure, whatever their barcodes are
            found |= {code: products[0] if len(products) == 1 else None for code, products in several.items()}
        found = {code: product for code, product in found.items() if product}
        compat.check_access(self.env["product.product"].browse({product.id for product in found.values()}), "read")
        return found

    @api.model
    def lots(self, message, pairs):
        """``{(product, lot name): lot}``, by matches, then by name.

        :param pairs: of a product and their id or the name of a lot of it, stripped
        """
        pairs = set(pairs)
        names = {name for _product, name in pairs}
        matched = self._matched(message, "lot", names)
        products = self.env["product.product"].browse({product.id for product, _name in pairs})
        several = {}
        for lot in self._search_many(
            "stock.lot",
            "name",
            names,
            [("company_id", "in", [message.company_id, False]), ("product_id", "in", products.ids)],
            "product_id",
        ):
            several.setdefault((lot.product_id, lot.name), []).append(lot)
        found = {pair: lots[0] for pair, lots in several.items() if len(lots) == 1 and pair in pairs}
        for product, name in pairs:
            lot = matched.get(name)
            if lot and self._fits("lot", lot, product=product):
                found[product, name] = lot
        compat.check_access(self.env["stock.lot"].browse({lot.id for lot in found.values()}), "read")
        return found

    def _matched(self, message, entity, values):
        """``{their id: record}`` of matches whose record is still there."""
        model = self.env[self._entities()[entity]]
        self.env.cr.execute(
            """SELECT external_id, res_id FROM mfg_sync_binding
               WHERE system_id = %s AND entity = %s AND res_model = %s AND external_id = ANY(%s)""",
            [message.system_id, entity, model._name, list(values)],
        )
        matches = dict(self.env.cr.fetchall())
        # browsed together, so that what is asked of one is read for all
        records = {record.id: record for record in model.browse(matches.values()).exists()}
        return {external_id: records[res_id] for external_id, res_id in matches.items() if res_id in records}

    def _search_many(self, model, field, values, domain=(), *more_fields):
        values = sorted(values)
        for start in range(0, len(values), AT_ONCE):
            wanted = [(field, "in", values[start : start + AT_ONCE]), *domain]
            yield from self.env[model].search_fetch(wanted, [field, *more_fields])
