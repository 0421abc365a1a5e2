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
        for place, names in self._watched_places(records._name):
            if records and not names.isdisjoint(vals):
                self._note("written").setdefault(place, set()).update(records.ids)

    @api.model
    def watched(self, model, vals):
        """Those of these fields of a model that stand in what somebody is told; none where nobody watches."""
        watched = frozenset().union(*(names for _place, names in self._watched_places(model)))
        return [name for name in vals if name in watched]

    def _watched_places(self, model):
        """``[(place, names of its fields)]`` of a model, where a synchronization tells them."""
        watch = self.env["mfg.sync.flow"]._watch()
        return [
            (place, place.fields.union(*(flow["filter_fields"] for flow in watch[place.kind] if place.by_filter)))
            for place in (self._all_places().get(model, ()) if watch else ())
            if watch.get(place.kind)
        ]

    def _mark_places(self, written):
        """:param dict written: ``{place: ids of the records}``"""
        for place, ids in written.items():
            terms = [[(path, place.operator, sorted(ids))] for path in place.paths]
            domain = compat.AND([list(place.domain), compat.OR(terms)] if terms else [list(place.domain)])
            # as the superuser: also those that who writes does not see; what each connection is told is looked at
            # later. Without the writer's context, which may narrow what is found (search_default_categ_id)
            env = self.env(context={"active_test": False})
            # by id: their own order joins and sorts, for nothing
            self.mark(place.kind, env[place.model].search(domain, order="id"))


class ShownMixin(models.AbstractModel):
    """Records whose fields stand in states that others are told (:meth:`mfg.sync.capture._places`)."""

    _name = "mfg.sync.shown.mixin"
    _description = "Shown in What Others Are Told"

    def write(self, vals):
        capture = self.env["mfg.sync.capture"]
        names = capture.watched(self._name, vals)
        # of a form that is not saved nobody is told
        saved = self.filtered(lambda record: isinstance(record.id, int)) if names else self.browse()
        before = saved._shown(names) if saved else {}
        result = super().write(vals)
        if saved:
            # imports write all fields each night: what is as it was is not told
            after = saved._shown(names)
            for name in names:
                changed = [key for key, values in after.items() if values[name] != before[key][name]]
                capture.written(self.browse(changed), [name])
        return result

    def _shown(self, names):
        """``{record id: {field: value}}``"""
        # sudo: compared with what they were, and nothing else is done with them; who writes may not read them all
        return {record.id: {name: record[name] for name in names} for record in self.sudo()}
