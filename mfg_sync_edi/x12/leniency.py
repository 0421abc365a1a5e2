"""What real partners get wrong, each by a name that an endpoint can allow, and the record of what was used."""

from dataclasses import dataclass

LENIENCIES = {
    "bom": "a byte order mark in front",
    "non_ascii": "characters outside ASCII (read as UTF-8, else as Latin-1)",
    "unpadded_isa": "an ISA that isn't padded to 106 characters",
    "no_component_separator": "an ISA without its component separator",
    "newline_terminator": "a newline as segment terminator",
    "unknown_version": "a release in ISA12 that the endpoint doesn't know",
    "several_interchanges": "several interchanges in one file",
    "stray_blanks": "blanks or tabs between segments",
    "wrapped_lines": "line breaks within segments",
    "trailing_empty_elements": "empty elements at the end of a segment",
    "wrong_segment_count": "a wrong number of segments in SE01",
    "wrong_set_count": "a wrong number of transaction sets in GE01",
    "wrong_group_count": "a wrong number of groups in IEA01",
    "control_mismatch": "different control numbers in header and trailer",
    "repeated_control": "the same control number twice in its group or interchange",
}
VERSIONS = frozenset({"00401", "00501"})


@dataclass(frozen=True)
class LeniencyUse:
    """A leniency that was needed, why, and at which segment of the interchange."""

    name: str
    reason: str
    position: int = 0


class Gate:
    """Decides for each leniency whether it's allowed, and keeps a record."""

    def __init__(self, allowed):
        self.allowed = allowed
        self.used = []

    def use(self, name, error):
        if name not in self.allowed:
            error.leniency = name
            raise error
        if all(use.name != name for use in self.used):
            self.used.append(LeniencyUse(name, error.problem, error.position))
