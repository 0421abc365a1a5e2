from typing import NamedTuple

from odoo import api, models, tools

from .. import compat


class Place(NamedTuple):
    """Where fields of a record stand: in the states of other documents, or in its own.

    :ivar kind: name of an outbound kind of message, a state
    :ivar model: of its documents
    :ivar fields: names of the fields of the record that are told in it
    :ivar paths: fields of the documents that lead to the record (``id``: it is one itself); with ``()`` all show it
    :ivar operator: compares a path with the ids of the records
    :ivar domain: further limits which documents can show it
    :ivar by_filter: whether fields that the filter of a synchronization of this kind speaks of count too
    """

    kind: str
    model: str
    fields: frozenset
    paths: tuple = ("id",)
    operator: str = "in"
    domain: tuple = ()
    by_filter: bool = False


class CaptureShown(models.AbstractModel):
    """A state is told again when what it shows changes elsewhere: a unit's name in items, an item's code in bills.

    Like marks these are notes: which documents show it is looked for before the commit, once for all that was changed.
    """

    _inherit = "mfg.sync.capture"

    @api.model
    def _places(self):
        """``{model: [Place, …]}``; addons add theirs. Models named in it inherit mfg.sync.shown.mixin."""
        return {}

    @api.model
    @tools.ormcache()
    def _all_places(self):
        return self._places()

    @api.model
    def written(self, records, vals):
        """Fields of these records were written: the documents that show one of them are marked before the commit.

        :param vals: names of the fields, or a dict by them
        """
        watch = self.env["mfg.sync.flow"]._watch()
        for place in self._all_places().get(records._name, ()) if watch else ():
            flows = watch.get(place.kind, ())
            names = place.fields.union(*(flow["filter_fields"] for flow in flows if place.by_filter))
            if flows and not names.isdisjoint(vals):
                self._note("written").setdefault(place, set()).update(records.ids)

    def _mark_places(self, written):
        """:param dict written: ``{place: ids of the records}``"""
        for place, ids in written.items():
            terms = [[(path, place.operator, sorted(ids))] for path in place.paths]
            domain = compat.AND([list(place.domain), compat.OR(terms)] if terms else [list(place.domain)])
            # as the superuser: also those that who writes does not see; what each connection is told is looked at later
            self.mark(place.kind, self.env[place.model].with_context(active_test=False).search(domain))


class ShownMixin(models.AbstractModel):
    """Records whose fields stand in states that others are told (:meth:`mfg.sync.capture._places`)."""

    _name = "mfg.sync.shown.mixin"
    _description = "Shown in What Others Are Told"

    def write(self, vals):
        result = super().write(vals)
        self.env["mfg.sync.capture"].written(self, vals)
        return result
