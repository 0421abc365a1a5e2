"""The ISA segment: where an interchange says by which characters it is structured.

Source: ASC X12.5 (004010 and 005010), interchange control header: 16 elements of fixed width, 106 characters with
the terminator. The element separator is character 4, ISA16 the component separator, the character after it the
terminator; from 00402 on ISA11 is the repetition separator.
"""

import re

from .errors import X12Error, shown
from .structure import Delimiters, Interchange
from .values import date_text, parse_date, parse_time, time_text

WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
LENGTH = 105
NEWLINES = "\r\n"


def parse_isa(text, start, gate, versions):
    """Read the ISA that begins at `start`.

    :param gate: asked for each leniency by `gate.use(name, error)`, which raises the error when it isn't allowed
    :param versions: the ISA12 that need no leniency
    :return: an Interchange without groups, and where the next segment begins
    :raise X12Error: level "interchange", code out of TA105
    """
    if text[start : start + 3] != "ISA":
        raise _error("an interchange begins with ISA", value=text[start : start + 3], code="024")
    separator = text[start + 3 : start + 4]
    if not _may_delimit(separator):
        raise _error(f"{shown(separator)} after ISA can't be an element separator", code="026")
    elements, end = _split(text, start, separator, gate)
    component, terminator = elements[15], text[end : end + 1]
    if terminator and terminator in NEWLINES and component == _line_end(text, end):
        # Seen in real files: ISA16 left out, so that the terminator stands in its place.
        gate.use("no_component_separator", _error("the component separator is missing", 16, code="026"))
        component, terminator, end = "", component, end - 1
    elif terminator and terminator in NEWLINES:
        gate.use("newline_terminator", _error("segments end with a newline instead of a terminator", code="004"))
    version = elements[11].strip()
    if not re.fullmatch("[0-9]{5}", version):
        raise _error(f"version {shown(version)} is not a release of X12", 12, expected="like 00401", code="017")
    if version not in versions:
        gate.use("unknown_version", _error(f"version {version} is not one this endpoint knows", 12, code="017"))
    delimiters = Delimiters(separator, component, terminator, _repetition(elements[10], version))
    _check(delimiters)
    return _interchange([value.strip() for value in elements], delimiters), end + 1


def format_isa(interchange):
    """The ISA segment, padded to its 106 characters with the terminator.

    :raise X12Error: a value is too long, has no date, or holds a delimiter
    """
    delimiters = interchange.delimiters
    _check(delimiters)
    if not interchange.sender.strip() or not interchange.receiver.strip():
        raise _error("an interchange needs a sender and a receiver", 6)
    if not re.fullmatch("[0-9]{1,9}", interchange.control):
        raise _error(f"control number {shown(interchange.control)} is not up to nine digits", 13)
    if interchange.usage not in ("P", "T", "I"):
        raise _error(f"usage {shown(interchange.usage)} is unknown", 15, expected="P, T or I")
    with_repetition = interchange.version >= "00402"
    if with_repetition != bool(delimiters.repetition):
        rule = "needs" if with_repetition else "has no"
        raise _error(f"release {interchange.version} {rule} repetition separator", 11)
    values = (
        "00",
        "",
        "00",
        "",
        interchange.sender_qualifier,
        interchange.sender,
        interchange.receiver_qualifier,
        interchange.receiver,
        date_text(interchange.date, "ISA", 9)[2:],
        time_text(interchange.time[:5], "ISA", 10),
        delimiters.repetition or "U",
        interchange.version,
        interchange.control.zfill(9),
        "1" if interchange.acknowledge else "0",
        interchange.usage,
        delimiters.component,
    )
    for number, (value, width) in enumerate(zip(values, WIDTHS, strict=True), start=1):
        if len(value) > width or (width < 6 and len(value) != width):
            raise _error(f"{shown(value)} doesn't fit {width} characters", number)
    padded = (value.ljust(width) for value, width in zip(values, WIDTHS, strict=True))
    return delimiters.element.join(("ISA", *padded)) + delimiters.terminator


def _split(text, start, separator, gate):
    """The 16 elements, and where the terminator stands."""
    elements = text[start : start + LENGTH].split(separator)[1:]
    if [len(value) for value in elements] == list(WIDTHS):
        end = start + LENGTH
    else:
        gate.use("unpadded_isa", _error("ISA doesn't have its 106 characters", code="024"))
        # 300 characters hold any ISA that is merely not padded rightly; a longer search would be for nothing.
        elements = text[start : start + 300].split(separator, 16)[1:]
        if len(elements) < 16 or len(elements[15]) < 2:
            raise _error(f"ISA has {len(elements)} elements", expected="16 and a terminator", code="024")
        end = start + 4 + sum(len(value) + 1 for value in elements[:15]) + 1
        elements[15] = elements[15][0]
    if end >= len(text):
        raise _error("the file ends within ISA", code="023")
    return elements, end


def _line_end(text, end):
    """The character before the end of the line that follows the ISA's."""
    lines = text[end : end + 300].strip(NEWLINES).splitlines()
    return lines[0][-1:] if lines else ""


def _repetition(value, version):
    return value if version >= "00402" and _may_delimit(value) else ""


def _may_delimit(character):
    return len(character) == 1 and character.isascii() and not character.isalnum() and character not in " \r\n.-"


def _check(delimiters):
    roles = {
        "element separator": delimiters.element,
        "component separator": delimiters.component,
        "segment terminator": delimiters.terminator,
        "repetition separator": delimiters.repetition,
    }
    for role, character in roles.items():
        newline = role == "segment terminator" and character and character in NEWLINES
        absent = role in ("repetition separator", "component separator") and not character
        if not (newline or absent or _may_delimit(character)):
            raise _error(f"{shown(character)} can't be the {role}", code="026")
    used = delimiters.characters()
    if len(set(used)) != len(used):
        raise _error("one character has two roles as delimiter", value=used, code="026")


def _interchange(elements, delimiters):
    date, time = parse_date(elements[8], short=True), parse_time(elements[9])
    if not date:
        raise _error(f"date {shown(elements[8])} is not a date", 9, expected="YYMMDD", code="014")
    if not time:
        raise _error(f"time {shown(elements[9])} is not a time", 10, expected="HHMM", code="015")
    if not elements[5]:
        raise _error("the sender is missing", 6, code="006")
    if not elements[7]:
        raise _error("the receiver is missing", 8, code="008")
    if not re.fullmatch("[0-9]{1,9}", elements[12]):
        raise _error(f"control number {shown(elements[12])} is not up to nine digits", 13, code="018")
    if elements[14] not in ("P", "T", "I"):
        raise _error(f"usage {shown(elements[14])} is unknown", 15, expected="P, T or I", code="020")
    return Interchange(
        sender_qualifier=elements[4],
        sender=elements[5],
        receiver_qualifier=elements[6],
        receiver=elements[7],
        control=elements[12],
        version=elements[11],
        usage=elements[14],
        date=date,
        time=time,
        acknowledge=elements[13] == "1",
        delimiters=delimiters,
    )


def _error(problem, element=0, **more):
    return X12Error(problem, segment="ISA", position=1, element=element, level="interchange", **more)
