"""The HL tree of an 856: shipment, order, tare (pallet), pack, item, in whatever order a partner nests them.

Source: ASC X12 004010, segment HL: 01 number, 02 number of the parent, 03 level code.
"""

from dataclasses import dataclass, field

from ..errors import X12Error, shown

SHIPMENT, ORDER, TARE, PACK, ITEM = "S", "O", "T", "P", "I"
_DEEPEST = 20


@dataclass
class Level:
    """One HL and the segments up to the next; `parent` is a Level, None for the shipment."""

    code: str
    head: object
    parent: object = None
    depth: int = 1
    segments: list = field(default_factory=list)
    children: list = field(default_factory=list)

    def ancestors(self):
        """The parents, nearest first."""
        level = self.parent
        while level:
            yield level
            level = level.parent


def levels_of(segments):
    """(segments before the first HL, levels in their order, segments from CTT on).

    :raise X12Error: a number is missing or used twice, a parent isn't known yet, the tree has not one shipment as root
    """
    header, summary, found = [], [], {}
    place = header
    for segment in segments:
        if segment.id == "HL" and place is not summary:
            level = _level(segment, found)
            found[segment.get(1)] = level
            place = level.segments
        elif segment.id == "CTT" and found:
            place = summary
            place.append(segment)
        else:
            place.append(segment)
    if not found:
        raise X12Error("it is missing: the ship notice has no levels", segment="HL", code="3")
    return header, list(found.values()), summary


def _level(segment, found):
    number, parent_number, code = segment.get(1), segment.get(2), segment.get(3)
    if not number:
        raise _error(segment, 1, "number of the level is missing", code="1")
    if number in found:
        raise _error(segment, 1, f"number {shown(number)} is used twice", code="7")
    if not code:
        raise _error(segment, 3, "level code is missing", code="1")
    parent = found.get(parent_number)
    if parent_number and not parent:
        raise _error(segment, 2, f"parent {shown(parent_number)} is not an earlier level", code="7")
    if (parent is None) != (code == SHIPMENT) or (code == SHIPMENT and found):
        expected = "one shipment (S), all other levels below it"
        raise _error(segment, 3, f"level {shown(code)} can't stand here", expected=expected, code="7")
    level = Level(code, segment, parent, parent.depth + 1 if parent else 1)
    if level.depth > _DEEPEST:
        raise _error(segment, 2, "the levels are too deep", expected=f"at most {_DEEPEST}")
    if parent:
        parent.children.append(level)
    return level


def _error(segment, element, problem, **more):
    return X12Error(problem, segment="HL", position=segment.position, element=element, **more)
