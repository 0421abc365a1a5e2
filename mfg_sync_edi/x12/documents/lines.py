"""The lines that 850, 855 and 810 share: PO1 and IT1, and the document around them.

Source: ASC X12 004010, segments PO1 and IT1 (same elements 01 to 05 and pairs from 06 on).
"""

from collections import Counter

from ..errors import X12Error
from ..values import number_of
from .parts import Part, items, tidy


class LineDocument:
    """A transaction set as header, lines and summary.

    :param code: the set it must be
    :param line_id: the segment that opens a line
    :param summary_ids: those that end the last one
    :param need_lines: whether the set is nothing without lines
    """

    def __init__(self, transaction, code, line_id, summary_ids, *, need_lines=True):
        check_set(transaction, code)
        self.version = transaction.version
        self.warnings = []
        header, lines, sublines, summary = [], [], [], []
        place = header
        for segment in transaction.segments:
            if segment.id == line_id:
                if place is summary:
                    raise X12Error("it comes after the lines", segment=line_id, position=segment.position, code="7")
                place = []
                lines.append(place)
            elif segment.id in summary_ids:
                place = summary
            elif lines and segment.id == "SLN" and place is not summary:
                # What follows describes the subline, and must not be taken for the line's.
                place = sublines
            place.append(segment)
        self.header = self._part(header)
        self.lines = [self._part(line) for line in lines]
        self.sublines = self._part(sublines)
        self.summary = self._part(summary)
        if need_lines and not lines:
            raise X12Error("it is missing: the document has no lines", segment=line_id, code="3")

    def unread(self):
        return sorted(set().union(*(part.unread() for part in (self.header, *self.lines, self.sublines, self.summary))))

    def _part(self, segments):
        return Part(segments, self.version, self.warnings)


def check_set(transaction, code):
    if transaction.code != code:
        problem = f"this is a {transaction.code}, not a {code}"
        raise X12Error(problem, segment="ST", position=1, element=1, code="1", level="set")


def read_line(part, line_id):
    """A line's number, quantity, unit, price, item numbers and description.

    line, quantity, unit, items and description are always there, the last three maybe empty.
    """
    segment = part.need(line_id)
    return {
        "line": segment.get(1),
        "quantity": number_of(segment, 2, "quantity", mandatory=True),
        "unit": segment.get(3),
        **tidy({"price": number_of(segment, 4, "price"), "price_basis": segment.get(5)}),
        "items": items(segment, 6, part.warnings),
        "description": part.description(),
    }


def number_lines(lines, warnings):
    """Lines without any numbers get their place, as partners who send none count them."""
    numbers = [line["line"] for line in lines]
    if not any(numbers):
        for place, line in enumerate(lines, start=1):
            line["line"] = str(place)
    elif not all(numbers):
        warnings.append("Some lines have a number, some have none")
    twice = [number for number, count in Counter(numbers).items() if number and count > 1]
    if twice:
        warnings.append(f"Several lines have the number {', '.join(twice)}")
