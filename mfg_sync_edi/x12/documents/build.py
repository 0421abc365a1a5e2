"""Writing documents: segments out of canonical values, with the lengths that partners' readers insist on.

Source: ASC X12 004010, segment directory and data element dictionary (maximum lengths).
"""

import textwrap

from ..errors import X12Error, shown
from ..structure import Segment
from ..values import amount_text, date_text, number_text, time_text
from .codes import CHARGES, ID_TYPES, ITEMS, PARTIES

# Longest values by segment and element, where people write them; codes and numbers don't get long.
_LENGTHS = {
    "ACK": {3: 2},
    "BAK": {3: 22, 8: 30},
    "BEG": {3: 22, 4: 30},
    "BIG": {2: 22, 4: 22},
    "BSN": {2: 30},
    "CAD": {4: 4, 5: 35},
    "CUR": {2: 3},
    "IT1": {1: 20, 3: 2},
    "ITD": {12: 80},
    "LIN": {1: 20},
    "MAN": {2: 48},
    "MSG": {1: 264},
    "N1": {2: 60, 4: 80},
    "N2": {1: 60},
    "N3": {1: 55, 2: 55},
    "N4": {1: 30, 2: 2, 3: 15, 4: 3},
    "NTE": {2: 80},
    "PID": {5: 80},
    "PO1": {1: 20, 3: 2},
    "PRF": {1: 22, 2: 30},
    "REF": {2: 30},
    "SAC": {2: 4, 15: 80},
    "SN1": {3: 2},
    "TD1": {1: 5},
    "TD3": {2: 4, 3: 10, 9: 15},
    "TD5": {3: 80, 5: 35},
}
_ITEM_LENGTH = 48
_PAIRED = {"PO1": 6, "IT1": 6, "LIN": 2, "ACK": 7}


class Builder:
    """Collects segments; positions count from ST, so the first one here is 2."""

    def __init__(self):
        self.segments = []

    def add(self, segment_id, *values):
        """A segment of these elements, unless all are empty."""
        position = len(self.segments) + 2
        elements = []
        for number, value in enumerate(values, start=1):
            text = "" if value is None else value
            if not isinstance(text, str):
                raise X12Error(f"{shown(text)} is not text", segment=segment_id, position=position, element=number)
            text = text.strip()
            longest = _LENGTHS.get(segment_id, {}).get(number)
            if not longest and number > _PAIRED.get(segment_id, 999):
                longest = _ITEM_LENGTH
            if longest and len(text) > longest:
                raise X12Error(
                    f"{shown(text)} has {len(text)} characters",
                    segment=segment_id,
                    position=position,
                    element=number,
                    expected=f"at most {longest}",
                    value=text,
                    code="5",
                )
            elements.append(text)
        while elements and not elements[-1]:
            elements.pop()
        if elements:
            self.segments.append(Segment(segment_id, tuple(elements), position))

    def parties(self, parties):
        for party, values in (parties or {}).items():
            kind = values.get("id_type")
            self.add(
                "N1",
                PARTIES.code(party, "N1", 1),
                values.get("name"),
                kind and ID_TYPES.code(kind, "N1", 3),
                values.get("id"),
            )
            self.add("N2", values.get("name2"))
            street = [*values.get("street", []), ""]
            for place in range(0, len(street) - 1, 2):
                self.add("N3", street[place], street[place + 1])
            self.add("N4", values.get("city"), values.get("state"), values.get("zip"), values.get("country"))

    def references(self, references):
        for code, value in (references or {}).items():
            self.add("REF", code, value)

    def dates(self, dates):
        """DTM of {qualifier: ISO date, or date and time}; those without value are left out."""
        for code, value in dates.items():
            if value:
                date, _t, time = value.partition("T")
                self.add("DTM", code, date_text(date, "DTM", 2), time and time_text(time, "DTM", 3))

    def notes(self, notes):
        """MSG under a N9 that says no more than that notes follow."""
        texts = [part for note in notes or [] for part in wrapped(note, 264)]
        if texts:
            self.add("N9", "L1", "NOTES")
        for text in texts:
            self.add("MSG", text)

    def description(self, text):
        for part in wrapped(text or "", 80):
            self.add("PID", "F", "", "", "", part)

    def charges(self, charges):
        for charge in charges or []:
            percent = number_in(charge, "percent", "SAC", 7)
            self.add(
                "SAC",
                CHARGES.code(must(charge, "kind", "SAC", 1), "SAC", 1),
                charge.get("code"),
                charge.get("agency"),
                charge.get("agency_code"),
                amount_in(charge, "amount", "SAC", 5),
                percent and "Z",
                percent,
                number_in(charge, "rate", "SAC", 8),
                *[""] * 6,
                charge.get("description"),
            )

    def terms(self, terms):
        for term in terms or []:
            self.add(
                "ITD",
                term.get("type"),
                term.get("basis"),
                number_in(term, "discount_percent", "ITD", 3),
                date_in(term, "discount_date", "ITD", 4),
                number_in(term, "discount_days", "ITD", 5),
                date_in(term, "net_date", "ITD", 6),
                number_in(term, "net_days", "ITD", 7),
                *[""] * 4,
                term.get("description"),
            )

    def taxes(self, taxes):
        for tax in taxes or []:
            kind = must(tax, "type", "TXI", 1)
            self.add("TXI", kind, number_in(tax, "amount", "TXI", 2), number_in(tax, "percent", "TXI", 3))

    def carrier(self, carrier):
        if not carrier:
            return
        kind = "2" if carrier.get("scac") else carrier.get("id_type") and ID_TYPES.code(carrier["id_type"], "TD5", 2)
        identity = carrier.get("scac") or carrier.get("id")
        self.add("TD5", "", kind, identity, carrier.get("mode"), carrier.get("routing"))

    def currency(self, currency):
        if currency:
            self.add("CUR", "BY", currency)

    def line(self, segment_id, line, qualifiers):
        """PO1 or IT1."""
        self.add(
            segment_id,
            line.get("line"),
            must_number(line, "quantity", segment_id, 2),
            line.get("unit"),
            number_in(line, "price", segment_id, 4),
            line.get("price_basis"),
            *pairs(line.get("items"), qualifiers, segment_id, 6),
        )

    def count(self, count):
        self.add("CTT", str(count))


def must(values, key, segment_id, element):
    """A value that the set can't do without."""
    value = values.get(key)
    if value in (None, "", []):
        what = key.replace("_", " ")
        raise X12Error(f"{what} is missing", segment=segment_id, element=element, code="1")
    return value


def must_number(values, key, segment_id, element):
    """A mandatory number as type R."""
    must(values, key, segment_id, element)
    return number_in(values, key, segment_id, element)


def must_date(values, key, segment_id, element):
    """A mandatory date as type DT."""
    must(values, key, segment_id, element)
    return date_in(values, key, segment_id, element)


def pairs(items, qualifiers, segment_id, start):
    """Item numbers as elements: qualifier, number, qualifier, number …

    :param qualifiers: {kind: code} where a partner wants another code than the first of the list
    """
    found = []
    for kind, value in (items or {}).items():
        code = (qualifiers or {}).get(kind) or ITEMS.code(kind, segment_id, start + len(found))
        found += [code, value]
    return found


def wrapped(text, width):
    """The text in pieces of at most `width`, broken between words."""
    return [text] if len(text) <= width else textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def number_in(values, key, segment_id, element):
    """The number under a key as type R, "" when absent; an amount's zero is a number."""
    return _converted(values, key, segment_id, element, number_text)


def amount_in(values, key, segment_id, element):
    """The amount under a key as type N2, "" when absent."""
    return _converted(values, key, segment_id, element, amount_text)


def date_in(values, key, segment_id, element):
    """The date under a key as type DT, "" when absent."""
    return _converted(values, key, segment_id, element, date_text)


def _converted(values, key, segment_id, element, convert):
    value = values.get(key)
    return "" if value in (None, "") else convert(value, segment_id, element, key.replace("_", " "))
