"""How records stand, in words, so that what a message would change can be told by comparing."""

from odoo.tools import format_datetime

from ..compat import _

#: the fields of a document that say something to people; the rest is bookkeeping of Odoo or of ours
TYPES = ("selection", "float", "monetary", "char", "date", "datetime", "many2one")
BOOKKEEPING = ("message_", "activity_", "mfg_sync_", "access_", "write_", "create_")
MAX_FIELDS = 8
MOVE_LINE, LOT = "stock.move.line", "stock.lot"


def snapshot(env, touched):
    """How these records stand now.

    :param env: superuser environment in the language of who reads it
    :param dict touched: ``{(model, id): whether it is new}``
    :return dict: ``{(model, id): (is new, name, {label: value})}``; those that are gone are left out
    """
    found = {}
    for (model, res_id), created in touched.items():
        record = env[model].browse(res_id).exists()
        if record:
            found[model, res_id] = created, _name(record, created), _values(record)
    return found


def _name(record, created):
    if not created:
        return record.display_name
    # a number that it would get now is no promise
    return _("New %(kind)s: %(name)s", kind=record._description, name=record.display_name)


def _values(record):
    if record._name == MOVE_LINE:
        return {_("Stock"): _move(record)}
    return {
        field._description_string(record.env): _spoken(record, field)
        for field in record._fields.values()
        if field.store and field.type in TYPES and not field.groups and not field.name.startswith(BOOKKEEPING)
    }


def _move(line):
    state = dict(line._fields["state"]._description_selection(line.env)).get(line.state, line.state)
    return _(
        "%(quantity)s %(unit)s of %(item)s%(lot)s from %(place)s to %(dest)s (%(state)s)",
        quantity=f"{line.quantity_product_uom:g}",
        unit=line.product_id.uom_id.name,
        item=line.product_id.display_name,
        lot=f" ({line.lot_id.name or line.lot_name})" if line.lot_id or line.lot_name else "",
        place=line.location_id.display_name,
        dest=line.location_dest_id.display_name,
        state=state,
    )


def _spoken(record, field):
    value = record[field.name]
    if field.type == "many2one":
        return value.display_name or ""
    if field.type == "selection":
        return dict(field._description_selection(record.env)).get(value, value or "")
    if field.type == "datetime":
        return format_datetime(record.env, value) if value else ""
    if field.type in ("float", "monetary"):
        return f"{value:g}"
    return str(value or "")


def describe(env, tried):
    """Fill in what each of these would change, by comparing with how the records stand now.

    :param env: of a transaction in which nothing of it is
    :param tried: :class:`dry_run.Tried`, in their order: each builds on those before it
    """
    known = {}
    for one in tried:
        missing = [record for record, (created, *_rest) in one.after.items() if record not in known and not created]
        known.update(snapshot(env, {record: False for record in missing}))
        for record, (created, name, values) in one.after.items():
            line = _line(record[0], created and record not in known, name, values, known.get(record, (0, 0, {}))[2])
            if line:
                one.changes.append(line)
        known.update(one.after)


def _line(model, is_new, name, values, before):
    """One line about a record; empty when it would stand as now."""
    found = [(label, before.get(label, ""), value) for label, value in values.items() if value != before.get(label, "")]
    if not found:
        return ""
    if model == MOVE_LINE:
        _label, old, new = found[0]
        return _("%(new)s, instead of: %(old)s", new=new, old=old) if old else new
    if is_new:
        return name
    told = "; ".join(f"{label}: {old or '–'} → {new or '–'}" for label, old, new in found[:MAX_FIELDS])
    return f"{name}: {told}{' …' if len(found) > MAX_FIELDS else ''}"
