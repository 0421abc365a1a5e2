"""Reading: bytes to interchanges, groups and transaction sets, with every count and control number checked.

Strict by default. What real partners get wrong can be allowed by name, an endpoint's setting; each use is reported,
so that it can be written on the message. Whatever the input, the only exception is X12Error.
Source: ASC X12.5 and X12.6 (004010, 005010).
"""

import re
from dataclasses import dataclass, field, replace

from .errors import X12Error, shown
from .isa import parse_isa
from .leniency import LENIENCIES, VERSIONS, Gate
from .segments import Limits, Segments, file_error, text_of
from .structure import FUNCTIONAL_IDS, Group, TransactionSet
from .values import parse_date, parse_time


@dataclass
class Reading:
    """What a file held, and which leniencies it took (each name once, at its first use)."""

    interchanges: list = field(default_factory=list)
    leniencies: list = field(default_factory=list)

    def transaction_sets(self):
        """(interchange, group, transaction set) in the order of the file."""
        for interchange in self.interchanges:
            for group in interchange.groups:
                for transaction in group.sets:
                    yield interchange, group, transaction


def read(data, *, allow=(), versions=VERSIONS, limits=None, isolate_sets=False):
    """Read a file of interchanges.

    :param data: bytes, or a str that was decoded already
    :param allow: names out of LENIENCIES
    :param versions: the ISA12 that need no leniency
    :param limits: a Limits
    :param isolate_sets: put what is wrong with one set (its count, its control number) into its `errors` instead of
        refusing the file, so that the others can be taken and a 997 can tell each set's fate
    :return: a Reading
    :raise X12Error: with `leniency` where a leniency would let it pass
    """
    unknown = set(allow) - set(LENIENCIES)
    if unknown:
        raise ValueError(f"No such leniency: {', '.join(sorted(unknown))}")
    gate = Gate(frozenset(allow))
    limits = limits or Limits()
    segments = Segments(text_of(data, gate, limits), gate, limits)
    return Reading(_Reader(segments, gate, versions, isolate_sets).interchanges(), gate.used)


class _Reader:
    """Builds the tree of an interchange, and checks it."""

    def __init__(self, segments, gate, versions, isolate_sets):
        self.segments = segments
        self.gate = gate
        self.versions = versions
        self.isolate_sets = isolate_sets

    def interchanges(self):
        found, controls = [], set()
        while self.segments.more():
            if found:
                text, place = self.segments.text, self.segments.place
                if text[place : place + 3] != "ISA":
                    raise file_error("the file goes on after IEA", expected="nothing, or another ISA")
                self.gate.use("several_interchanges", file_error("the file holds several interchanges"))
            found.append(self._interchange())
            self._check_repeated(found[-1].control, controls, "ISA", 13, "025", "interchange")
        return found

    def _interchange(self):
        interchange, place = parse_isa(self.segments.text, self.segments.place, self.gate, self.versions)
        self.segments.begin(interchange.delimiters, place)
        numbers = set()
        while True:
            segment = self.segments.next("IEA", "interchange", "023")
            if segment.id == "GS":
                interchange.groups.append(self._group(segment))
                self._check_repeated(interchange.groups[-1].number, numbers, "GS", 6, "6", "group")
            elif segment.id == "TA1":
                interchange.acknowledgements.append(segment)
            elif segment.id == "IEA":
                self._check_count(segment, len(interchange.groups), "groups", "wrong_group_count", "021", "interchange")
                self._check_control(segment, interchange.control, "001", "interchange", numeric=True)
                return interchange
            else:
                raise self._misplaced(segment, "GS or IEA", "interchange", "022")

    def _group(self, head):
        group = Group(
            functional_id=self._need(head, 1, "functional id", "1"),
            sender=self._need(head, 2, "application sender", "1"),
            receiver=self._need(head, 3, "application receiver", "1"),
            date=parse_date(head.get(4), short=True),
            time=parse_time(head.get(5)),
            number=self._need(head, 6, "group number", "6"),
            agency=head.get(7),
            version=self._need(head, 8, "version", "2"),
        )
        controls = set()
        while True:
            segment = self.segments.next("GE", "group", "3")
            if segment.id == "ST":
                group.sets.append(self._set(segment, group, controls))
            elif segment.id == "GE":
                self._check_count(segment, len(group.sets), "transaction sets", "wrong_set_count", "5", "group")
                self._check_control(segment, group.number, "4", "group", numeric=True)
                return group
            else:
                raise self._misplaced(segment, "ST or GE", "group", "3")

    def _set(self, head, group, controls):
        self.segments.base = self.segments.number - 1
        head = replace(head, position=1)
        transaction = TransactionSet(
            code=self._need(head, 1, "transaction set id", "6", "set"),
            control=self._need(head, 2, "control number", "7", "set"),
            implementation=head.get(3),
            version=group.version,
        )
        while True:
            segment = self.segments.next("SE", "set", "2")
            if segment.id == "SE":
                break
            if segment.id in ("ISA", "IEA", "GS", "GE", "ST"):
                raise self._misplaced(segment, "SE", "set", "2")
            transaction.segments.append(segment)
        checks = (
            lambda: self._check_kind(transaction, group),
            lambda: self._check_count(
                segment, len(transaction.segments) + 2, "segments", "wrong_segment_count", "4", "set"
            ),
            lambda: self._check_control(segment, transaction.control, "3", "set"),
            lambda: self._check_repeated(transaction.control, controls, "ST", 2, "23", "set"),
        )
        for check in checks:
            try:
                check()
            except X12Error as error:
                if not self.isolate_sets:
                    raise
                transaction.errors.append(error)
        self.segments.base = 0
        return transaction

    def _check_kind(self, transaction, group):
        expected = FUNCTIONAL_IDS.get(transaction.code, group.functional_id)
        if expected != group.functional_id:
            problem = f"a {transaction.code} stands in a group of {shown(group.functional_id)}"
            raise X12Error(problem, segment="ST", position=1, element=1, expected=expected, code="6", level="set")

    def _check_count(self, tail, present, what, leniency, code, level):
        said = tail.get(1)
        if not re.fullmatch("[0-9]{1,10}", said) or int(said) != present:
            problem = f"it says {shown(said)} {what}, there are {present}"
            self.gate.use(leniency, self.segments.error(problem, tail, 1, code=code, level=level))

    def _check_control(self, tail, expected, code, level, numeric=False):
        # ISA13 and GS06 are numbers (leading zeros say nothing), ST02 is text: X12.6, elements I12, 28 and 329.
        said = tail.get(2)
        same = (said.lstrip("0") == expected.lstrip("0") and said) if numeric else said == expected
        if not same:
            problem = f"control number {shown(said)} isn't that of the header"
            error = self.segments.error(problem, tail, 2, expected=shown(expected), code=code, level=level)
            self.gate.use("control_mismatch", error)

    def _check_repeated(self, control, earlier, segment_id, element, code, level):
        if control in earlier:
            problem = f"control number {shown(control)} is used twice"
            error = X12Error(problem, segment=segment_id, position=1, element=element, code=code, level=level)
            self.gate.use("repeated_control", error)
        earlier.add(control)

    def _need(self, segment, number, what, code, level="group"):
        value = segment.get(number)
        if not value:
            raise self.segments.error(f"{what} is missing", segment, number, code=code, level=level)
        return value

    def _misplaced(self, segment, expected, level, code):
        return self.segments.error("it stands at a wrong place", segment, expected=expected, level=level, code=code)
