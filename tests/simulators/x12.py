"""X12 as these trading partners write and read it: version 00401, separators * > ~, one functional group a file."""

from datetime import datetime, timezone

GROUPS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}


def write(kind, segments, sender, receiver, number):
    """An interchange with one transaction set.

    :param str kind: 850, 856 …
    :param list segments: lists of elements, between ST and SE
    :param int number: control number of interchange, group and set
    """
    moment = datetime.now(timezone.utc)
    day, clock = moment.strftime("%Y%m%d"), moment.strftime("%H%M")
    control, short = f"{number:09d}", f"{number % 10000:04d}"
    isa = [
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        "ZZ",
        f"{sender:15.15}",
        "ZZ",
        f"{receiver:15.15}",
        day[2:],
        clock,
        "U",
        "00401",
        control,
        "0",
        "T",
        ">",
    ]
    body = [["ST", kind, short], *segments, ["SE", str(len(segments) + 2), short]]
    group = ["GS", GROUPS[kind], sender, receiver, day, clock, str(number), "X", "004010"]
    lines = [isa, group, *body, ["GE", "1", str(number)], ["IEA", "1", control]]
    return "".join("*".join(line).rstrip("*") + "~\n" if line[0] != "ISA" else "*".join(line) + "~\n" for line in lines)


def read(text):
    """The transaction sets of an interchange: ``[(kind, [segment, …])]``, a segment being a list of elements.

    Delimiters come from ISA. What does not add up is a ValueError.
    """
    separator, terminator = text[3], text[105]
    segments = [part.strip("\r\n").split(separator) for part in text.split(terminator) if part.strip()]
    isa, iea = segments[0], segments[-1]
    if isa[0] != "ISA" or iea[0] != "IEA" or isa[13] != iea[2]:
        raise ValueError(f"interchange {isa[13]} does not end with its own number")
    sets, current = [], None
    for segment in segments:
        if segment[0] == "ST":
            current = [segment]
        elif segment[0] == "SE":
            if (segment[1], segment[2]) != (str(len(current) + 1), current[0][2]):
                raise ValueError(f"set {current[0][2]} has {len(current) + 1} segments, SE says {segment[1]}")
            sets.append((current[0][1], current[1:]))
            current = None
        elif current is not None:
            current.append(segment)
    return sets


def element(segment, position):
    """Element by its number in the standard (BEG03 is 3); empty where it is left out."""
    return segment[position] if position < len(segment) else ""


def pairs(segment, start):
    """Qualified values such as product ids: ``{"VN": "BIKE-1", "LT": "L7"}``."""
    return {segment[at]: element(segment, at + 1) for at in range(start, len(segment), 2) if segment[at]}


def first(segments, name):
    return next((segment for segment in segments if segment[0] == name), [name])
