"""Acknowledgements: 997 for what a group held, TA1 for an interchange; written for partners, read from them.

A 997 answers one group and is never acknowledged itself. Source: ASC X12 004010, transaction set 997 and its code
lists (elements 717 AK5, 715 AK9, 718 AK502, 716 AK905, 720 AK304, 723 AK403); X12.5 for TA1.
"""

from dataclasses import dataclass, field

from .errors import X12Error
from .structure import Segment, TransactionSet
from .values import date_of, date_text, number_of, required, time_of, time_text
from .writer import clean

STATUSES = {
    "A": "accepted",
    "E": "accepted_with_errors",
    "P": "partly_accepted",
    "R": "rejected",
    # authentication, assurance or decryption failed
    "M": "rejected",
    "W": "rejected",
    "X": "rejected",
}
_MOST_ERRORS = 100
_MOST_CODES = 5


@dataclass
class SetResult:
    """What became of one set.

    :param errors: X12Errors; those of level "set" become AK5 codes, the others AK3 and AK4
    :param accepted: whether it was taken in spite of its errors
    """

    transaction: TransactionSet
    errors: list = field(default_factory=list)
    accepted: bool = False

    def status(self):
        if not self.errors:
            return "A"
        return "E" if self.accepted else "R"


def acknowledge(group, results, control, *, errors=()):
    """The 997 that answers a group.

    :param results: a SetResult for each of its sets, in their order
    :param control: ST02 of the 997
    :param errors: X12Errors of level "group"
    :return: a TransactionSet, to travel in a group of functional id FA
    """
    lines = [("AK1", group.functional_id, group.number)]
    for result in results:
        lines.append(("AK2", result.transaction.code, result.transaction.control))
        lines.extend(_error_lines(result.errors))
        lines.append(("AK5", result.status(), *_set_codes(result.errors)))
    statuses = [result.status() for result in results]
    accepted = sum(status != "R" for status in statuses)
    codes = list(dict.fromkeys(error.code for error in errors if error.code))[:_MOST_CODES]
    received = len(group.sets)
    counts = (str(number) for number in (received, received, accepted))
    lines.append(("AK9", _group_status(statuses, errors), *counts, *codes))
    segments = [Segment(line[0], _trimmed(line[1:]), position) for position, line in enumerate(lines, start=2)]
    return TransactionSet("997", control, segments, version=group.version)


def read_acknowledgement(transaction):
    """What a 997 says: which of our sets were taken.

    :return: {"functional_id", "group", "status", "included", "received", "accepted", "codes", "sets": [{"code",
        "control", "status", "codes", "errors": [{"segment", "position", "code", "elements": [{"element", "code",
        "value"}]}]}]}
    :raise X12Error: it isn't a 997, or lacks what must be there
    """
    if transaction.code != "997":
        raise X12Error(f"this is a {transaction.code}, not a 997", segment="ST", position=1, element=1, level="set")
    found = {"sets": []}
    for segment in transaction.segments:
        if segment.id == "AK1":
            found["functional_id"] = required(segment, 1, "functional id")
            found["group"] = required(segment, 2, "group number")
        elif segment.id == "AK2":
            code, control = required(segment, 1, "transaction set"), required(segment, 2, "control number")
            found["sets"].append({"code": code, "control": control, "status": "", "codes": [], "errors": []})
        elif segment.id in ("AK3", "AK4", "AK5"):
            _read_set_line(segment, found["sets"])
        elif segment.id == "AK9":
            found["status"] = _status(segment)
            for number, key in enumerate(("included", "received", "accepted"), start=2):
                found[key] = number_of(segment, number, f"number of sets {key}", mandatory=True)
            found["codes"] = _codes(segment, 5)
    for segment_id, key in (("AK1", "group"), ("AK9", "status")):
        if key not in found:
            raise X12Error("it is missing", segment=segment_id, code="3")
    unanswered = [one["control"] for one in found["sets"] if not one["status"]]
    if unanswered:
        raise X12Error(f"it is missing for the set {unanswered[0]}", segment="AK5", code="3")
    return found


def ta1(interchange, error=None):
    """The TA1 segment that answers an interchange: accepted, or rejected for an X12Error of level "interchange"."""
    date, time = date_text(interchange.date, "ISA", 9)[2:], time_text(interchange.time, "ISA", 10)
    code = (error.code or "024") if error else "000"
    return Segment("TA1", (interchange.control.zfill(9), date, time, "R" if error else "A", code), 2)


def read_ta1(segment):
    """What a TA1 says of an interchange of ours: {"interchange", "date", "time", "status", "code"}."""
    return {
        "interchange": required(segment, 1, "interchange control number"),
        "date": date_of(segment, 2, "interchange date", "00200"),
        "time": time_of(segment, 3, "interchange time"),
        "status": _status(segment, 4),
        "code": segment.get(5),
    }


def _error_lines(errors):
    """AK3, and AK4 below it, for each place; places that aren't known can't be told."""
    places = {}
    for error in errors[:_MOST_ERRORS]:
        if error.level in ("segment", "element") and error.position and error.segment:
            places.setdefault((error.segment, str(error.position)), []).append(error)
    for (segment, position), found in places.items():
        whole = next((error.code for error in found if error.level == "segment" and error.code), "8")
        yield ("AK3", segment, position, "", whole)
        for error in found:
            if error.level == "element":
                # Element 725, the number in the data dictionary, would need X12's tables; it's optional.
                yield ("AK4", str(error.element), "", error.code or "6", clean(error.value, limit=99))


def _set_codes(errors):
    codes = [error.code for error in errors if error.level == "set" and error.code]
    if any(error.level != "set" for error in errors):
        codes.append("5")
    return list(dict.fromkeys(codes))[:_MOST_CODES]


def _group_status(statuses, errors):
    if errors or (statuses and all(status == "R" for status in statuses)):
        return "R"
    if "R" in statuses:
        return "P"
    return "E" if "E" in statuses else "A"


def _trimmed(elements):
    elements = list(elements)
    while elements and not elements[-1]:
        elements.pop()
    return tuple(elements)


def _read_set_line(segment, sets):
    if not sets:
        raise X12Error("it comes before AK2", segment=segment.id, position=segment.position, code="7")
    current = sets[-1]
    if segment.id == "AK5":
        current |= {"status": _status(segment), "codes": _codes(segment, 2)}
    elif segment.id == "AK3":
        place, code = segment.get(2), segment.get(4)
        current["errors"].append({"segment": segment.get(1), "position": place, "code": code, "elements": []})
    elif not current["errors"]:
        raise X12Error("it comes before AK3", segment="AK4", position=segment.position, code="7")
    else:
        wrong = {"element": segment.get(1), "code": segment.get(3), "value": segment.get(4)}
        current["errors"][-1]["elements"].append(wrong)


def _status(segment, number=1):
    code = required(segment, number, "status")
    if code not in STATUSES:
        raise X12Error(
            f"status {code!r} is unknown",
            segment=segment.id,
            position=segment.position,
            element=number,
            expected=", ".join(STATUSES),
            code="7",
        )
    return STATUSES[code]


def _codes(segment, start):
    return [code for code in map(segment.get, range(start, start + _MOST_CODES)) if code]
