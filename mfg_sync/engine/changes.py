"""How records stand, in words, so that what a message would change can be told by comparing."""

from dataclasses import dataclass

from odoo import fields
from odoo.tools import format_datetime

from ..compat import _

#: the fields of a document that say something to people; the rest is bookkeeping of Odoo or of ours
TYPES = ("selection", "float", "monetary", "char", "date", "datetime", "many2one")
BOOKKEEPING = ("message_", "activity_", "mfg_sync_", "access_", "write_", "create_")
MAX_FIELDS = 8
MOVE_LINE, LOT = "stock.move.line", "stock.lot"


@dataclass
class Stand:
    """How a record stands.

    :ivar is_new: the message would make it
    :ivar values: ``{label: value}``
    :ivar worth: of the goods that it moves, or the total of the document, in the currency of its company
    :ivar settled: its goods have moved
    :ivar counted: how the worth was found, in words
    """

    is_new: bool
    name: str
    values: dict
    worth: float = 0.0
    settled: bool = False
    counted: str = ""
    #: how much of an item has been taken that has no cost yet, though nobody made it just now
    unpriced: float = 0.0


def snapshot(env, touched):
    """How these records stand now.

    :param env: superuser environment in the language of who reads it
    :param dict touched: ``{(model, id): whether it is new}``
    :return dict: ``{(model, id): Stand}``; those that are gone are left out
    """
    found = {}
    for (model, res_id), created in touched.items():
        record = env[model].browse(res_id).exists()
        if record:
            found[model, res_id] = Stand(
                created, _name(record, created), _values(record), *_worth(record), _unpriced(record)
            )
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
    lot = line.lot_id.name or line.lot_name
    state = dict(line._fields["state"]._description_selection(line.env)).get(line.state, line.state)
    return _(
        "%(quantity)s %(unit)s of %(item)s%(lot)s from %(place)s to %(dest)s (%(state)s)",
        quantity=format(line.quantity_product_uom, "g"),
        unit=line.product_id.uom_id.name,
        item=line.product_id.display_name,
        lot=" (" + lot + ")" if lot else "",
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


def _worth(record):
    """``(worth, settled, how it was found)``: an estimate, since what is booked may be valued otherwise."""
    if record._name == MOVE_LINE:
        price, taken = record.product_id.with_company(record.company_id).standard_price, record._mfg_sync_taken()
        counted = _(
            "%(quantity)s × %(price)s for %(item)s",
            quantity=format(taken, "g"),
            price=format(price, "g"),
            item=record.product_id.display_name,
        )
        return abs(taken * price), record.state == "done", counted
    if "amount_total" in record._fields and record.company_id:
        # entries of the stock's value are about goods that count already
        if record._name == "account.move" and not record.is_invoice(include_receipts=True):
            return 0.0, False, ""
        company = record.company_id
        total = record.currency_id._convert(record.amount_total, company.currency_id, company, fields.Date.today())
        return abs(total), False, _("the total of %s", record.display_name)
    return 0.0, False, ""


def _unpriced(record):
    # what is made gets its cost from what it is made of, which counts
    if record._name != MOVE_LINE or record.location_id.usage == "production":
        return 0.0
    return 0.0 if record.product_id.with_company(record.company_id).standard_price else record._mfg_sync_taken()


def _effect(stand, before):
    """How much of a record's worth the message moves."""
    if stand.settled and not (before and before.settled):
        return stand.worth
    return abs(stand.worth - (before.worth if before else 0.0))


def _counted(stand, before):
    if not before or not before.worth or stand.settled and not before.settled:
        return stand.counted
    return _("%(now)s, less %(before)s", now=stand.counted, before=before.counted)


def describe(env, tried):
    """Fill in what each of these would change, and what that is worth, by comparing with how the records stand now.

    :param env: of a transaction in which nothing of it is
    :param tried: :class:`dry_run.Tried`, in their order: each builds on those before it
    """
    known = {}
    for one in tried:
        missing = [record for record, stand in one.after.items() if record not in known and not stand.is_new]
        known.update(snapshot(env, {record: False for record in missing}))
        for record, stand in one.after.items():
            before = known.get(record)
            line = _line(record[0], stand, before)
            if line:
                one.changes.append(line)
            was_unpriced = before.unpriced if before and before.settled == stand.settled else 0.0
            if stand.unpriced != was_unpriced:
                one.unpriced.append(line or stand.name)
            effect = _effect(stand, before)
            if effect:
                one.worth += effect
                one.counted.append(_counted(stand, before))
        known.update(one.after)


def _line(model, stand, before):
    """One line about a record; empty when it would stand as now."""
    was = before.values if before else {}
    found = [(label, was.get(label, ""), value) for label, value in stand.values.items() if value != was.get(label, "")]
    if not found:
        return ""
    if model == MOVE_LINE:
        _label, old, new = found[0]
        return _("%(new)s, instead of: %(old)s", new=new, old=old) if old else new
    if stand.is_new and not before:
        return stand.name
    told = "; ".join(f"{label}: {old or '–'} → {new or '–'}" for label, old, new in found[:MAX_FIELDS])
    return f"{stand.name}: {told}{' …' if len(found) > MAX_FIELDS else ''}"
