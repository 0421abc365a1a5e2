"""The parts of an interchange: interchange, group, transaction set, segment.

Source: ASC X12.6 (004010), sections on segments, control segments and data elements.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Delimiters:
    """The characters that structure an interchange; X12 has no escape, so data can't hold them.

    :param repetition: "" up to release 00401, which has no repetition
    """

    element: str = "*"
    component: str = ">"
    terminator: str = "~"
    repetition: str = ""

    def characters(self):
        return self.element + self.component + self.terminator + self.repetition


class Composite(str):
    """An element made of components; as a string, its text as it was in the file."""

    def __new__(cls, parts, separator=">"):
        made = super().__new__(cls, separator.join(parts))
        made.parts = tuple(parts)
        return made


class Repeated(Composite):
    """An element with repetitions, each a string or a Composite."""

    def __new__(cls, parts, separator="^"):
        return super().__new__(cls, parts, separator)


@dataclass(frozen=True)
class Segment:
    """A segment: its id, its elements (without the id), and its number in the transaction set (ST is 1)."""

    id: str
    elements: tuple = ()
    position: int = 0

    def get(self, number):
        """The element of that number (from 1) without surrounding blanks, "" when absent."""
        return self.elements[number - 1].strip() if 0 < number <= len(self.elements) else ""


@dataclass
class TransactionSet:
    """A document: ST01, ST02 and the segments between ST and SE.

    :param version: GS08 of its group, which says how its dates are written
    :param implementation: ST03, in use from 005010 on
    :param errors: what is wrong with the set itself, when the reader was asked to isolate sets
    """

    code: str
    control: str
    segments: list = field(default_factory=list)
    version: str = "004010"
    implementation: str = ""
    errors: list = field(default_factory=list)


@dataclass
class Group:
    """A functional group, GS to GE; date and time as ISO 8601."""

    functional_id: str
    sender: str
    receiver: str
    number: str
    version: str = "004010"
    date: str = ""
    time: str = ""
    agency: str = "X"
    sets: list = field(default_factory=list)


@dataclass
class Interchange:
    """An interchange, ISA to IEA; date and time as ISO 8601, without time zone as ISA has none.

    :param usage: "P" production, "T" test, "I" information
    :param acknowledge: whether the sender wants a TA1
    :param acknowledgements: the TA1 segments before the groups
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    control: str
    version: str = "00401"
    usage: str = "P"
    date: str = ""
    time: str = ""
    acknowledge: bool = False
    delimiters: Delimiters = Delimiters()
    groups: list = field(default_factory=list)
    acknowledgements: list = field(default_factory=list)


# Functional id (GS01) that each transaction set travels under.
FUNCTIONAL_IDS = {
    "210": "IM",
    "214": "QM",
    "810": "IN",
    "846": "IB",
    "850": "PO",
    "855": "PR",
    "856": "SH",
    "860": "PC",
    "861": "RC",
    "865": "CA",
    "940": "OW",
    "943": "AR",
    "944": "RE",
    "945": "SW",
    "947": "AW",
    "997": "FA",
}
