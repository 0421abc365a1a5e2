"""Writing: interchanges to bytes, padded and counted; control numbers are the caller's.

X12 has no escape: data holding a delimiter is refused, never silently changed. `clean` is for free text.
Source: ASC X12.5 and X12.6 (004010, 005010).
"""

import re
import unicodedata

from .errors import X12Error, shown
from .isa import format_isa
from .structure import Composite, Delimiters, Repeated
from .values import date_text, time_text

# Letters that Unicode doesn't decompose, as people write them in ASCII.
_LETTERS = str.maketrans(
    {"ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "Đ": "D", "đ": "d"}
    # dashes, quotation marks, multiplication sign
    | {"\u2013": "-", "\u2014": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00d7": "x"}
)


def clean(text, delimiters=None, limit=None):
    """Free text made fit to send: accents dropped, delimiters and control characters made blanks.

    :param limit: cut to so many characters
    """
    delimiters = delimiters or Delimiters()
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = plain.encode("ascii", "replace").decode("ascii")
    unfit = re.escape(delimiters.characters())
    return re.sub(f"[{unfit}\x00-\x1f\x7f]", " ", plain).strip()[:limit].rstrip()


def write(*interchanges, newline=True):
    """The bytes of one or more interchanges.

    :param newline: put a line end after each terminator, which readers ignore and people are glad of
    :return: ASCII bytes
    :raise X12Error: a value holds a delimiter or isn't ASCII, a control number is wrong or used twice
    """
    return b"".join(_Writer(interchange, newline).bytes() for interchange in interchanges)


class _Writer:
    def __init__(self, interchange, newline):
        self.interchange = interchange
        self.delimiters = interchange.delimiters
        self.end = "\n" if newline and self.delimiters.terminator not in "\r\n" else ""
        unfit = re.escape(self.delimiters.characters())
        self.unfit = re.compile(f"[{unfit}\x00-\x1f\x7f]|[^\x00-\x7f]")
        self.lines = []

    def bytes(self):
        interchange = self.interchange
        # ISA is written as it is, padded: its values are checked here, as nothing else looks at them.
        sent = (interchange.sender_qualifier, interchange.sender, interchange.receiver_qualifier, interchange.receiver)
        for number, value in enumerate(sent, start=5):
            self._element("ISA", 1, number, value)
        self.lines.append(format_isa(interchange))
        for segment in interchange.acknowledgements:
            self._add(segment.id, *segment.elements)
        self._refuse_repeated("GS", 6, [group.number for group in interchange.groups])
        for group in interchange.groups:
            self._group(group)
        self._add("IEA", str(len(interchange.groups)), interchange.control.zfill(9))
        return (self.end.join(self.lines) + self.end).encode("ascii")

    def _group(self, group):
        if not re.fullmatch("[0-9]{1,9}", group.number):
            raise X12Error(f"group number {shown(group.number)} is not up to nine digits", segment="GS", element=6)
        date, time = group.date or self.interchange.date, group.time or self.interchange.time
        # Dates have eight digits from 004010 on.
        short = 2 if group.version[:4] < "0040" else 0
        self._add(
            "GS",
            group.functional_id,
            group.sender,
            group.receiver,
            date_text(date, "GS", 4)[short:],
            time_text(time, "GS", 5),
            group.number,
            group.agency,
            group.version,
        )
        self._refuse_repeated("ST", 2, [transaction.control for transaction in group.sets])
        for transaction in group.sets:
            self._set(transaction)
        self._add("GE", str(len(group.sets)), group.number)

    def _set(self, transaction):
        if not re.fullmatch("[0-9A-Za-z]{4,9}", transaction.control):
            problem = f"control number {shown(transaction.control)} is not 4 to 9 characters"
            raise X12Error(problem, segment="ST", position=1, element=2)
        self._add("ST", transaction.code, transaction.control, transaction.implementation, position=1)
        for position, segment in enumerate(transaction.segments, start=2):
            if segment.id in ("ISA", "IEA", "GS", "GE", "ST", "SE"):
                raise X12Error("it belongs to the envelope", segment=segment.id, position=position)
            self._add(segment.id, *segment.elements, position=position)
        self._add("SE", str(len(transaction.segments) + 2), transaction.control)

    def _add(self, identifier, *elements, position=0):
        if not re.fullmatch("[A-Z][A-Z0-9]{1,2}", identifier):
            raise X12Error(f"{shown(identifier)} is not a segment id", position=position)
        written = [self._element(identifier, position, number, value) for number, value in enumerate(elements, start=1)]
        while written and not written[-1]:
            written.pop()
        if not written:
            raise X12Error("it has no elements", segment=identifier, position=position)
        self.lines.append(self.delimiters.element.join((identifier, *written)) + self.delimiters.terminator)

    def _element(self, identifier, position, number, value):
        if isinstance(value, Composite):
            joint = self.delimiters.repetition if isinstance(value, Repeated) else self.delimiters.component
            if not joint:
                problem = "this interchange has no separator for repetitions or components"
                raise X12Error(problem, segment=identifier, position=position, element=number)
            return joint.join(self._element(identifier, position, number, part) for part in value.parts)
        if not isinstance(value, str):
            problem = f"{shown(value)} is not text"
            raise X12Error(problem, segment=identifier, position=position, element=number)
        found = self.unfit.search(value)
        if found:
            reason = "is a delimiter" if found[0] in self.delimiters.characters() else "can't be sent"
            raise X12Error(
                f"{shown(value)} holds {shown(found[0])}, which {reason}",
                segment=identifier,
                position=position,
                element=number,
                value=value,
                expected="ASCII without delimiters",
                code="6",
            )
        return value

    def _refuse_repeated(self, identifier, element, controls):
        seen = set()
        for control in controls:
            if control in seen or seen.add(control):
                raise X12Error(f"control number {shown(control)} is used twice", segment=identifier, element=element)
