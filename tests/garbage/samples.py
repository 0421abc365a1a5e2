"""Real documents to damage: our own, and those that MFG_SYNC_SAMPLES names (SOURCES.tsv there says whose they are)."""

import os
from pathlib import Path

from garbage.weird import PIECES, garbled

ROOT = Path(__file__).parents[2]
OWN_X12 = ROOT / "mfg_sync_edi" / "x12" / "samples"
REAL = Path(os.environ.get("MFG_SYNC_SAMPLES", "/nonexistent"))
WHY_NOT = "MFG_SYNC_SAMPLES names no folder of real documents"

MEDIA = {
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".edi": "application/EDIFACT",
    ".x12": "application/EDI-X12",
}


def own_x12():
    return [path.read_bytes() for path in sorted(OWN_X12.glob("*.x12"))]


def real_x12():
    return [path.read_bytes() for path in sorted((REAL / "x12").glob("*")) if path.is_file()]


def real_others():
    """``(content type, bytes)`` of all that is no X12; schemas of other people are documents too."""
    found = [path for path in sorted(REAL.rglob("*")) if path.is_file() and path.parent.name != "x12"]
    return [(MEDIA.get(path.suffix, "text/plain"), path.read_bytes()[:200_000]) for path in found]


def addressed(data, number, ours="RIDGELINE", theirs="NORTHWIND", usage="T"):
    """An interchange from our partner to us with a control number of its own, as far as it has an ISA.

    Else each would be refused for its sender, or as one that came before, and nobody would look at what is in it.
    """
    if not data.startswith(b"ISA") or len(data) < 106:
        return data
    control = b"%09d" % number
    old = data[90:99]
    parts = ((32, f"ZZ*{theirs:<15}"), (51, f"ZZ*{ours:<15}"), (90, control.decode()), (102, usage))
    for place, text in parts:
        text = text.replace("*", chr(data[3])) if text[2:3] == "*" else text
        data = data[:place] + text.encode() + data[place + len(text) :]
    head, _old, tail = data.rpartition(old)
    return head + control + tail if head else data


def garbled_x12(data, dice, times):
    """Bytes as :func:`garbled` does, and segments moved, repeated, cut and emptied; ISA stays readable mostly."""
    for _each in range(times):
        if dice.random() < 0.4:
            place = dice.randrange(106, len(data)) if len(data) > 106 else 0
            data = data[:place] + garbled(data[place:], dice, 1)
            continue
        segments = data.split(b"~")
        number = dice.randrange(len(segments))
        kind = dice.randrange(5)
        if kind == 0:
            segments.insert(dice.randrange(len(segments)), segments.pop(number))
        elif kind == 1:
            segments.insert(number, segments[number])
        elif kind == 2:
            del segments[number]
        else:
            elements = segments[number].split(b"*")
            where = dice.randrange(len(elements))
            elements[where] = dice.choice((*PIECES, b"99999999999999999999", b"20260230", b"-5", b"X" * 300))
            segments[number] = b"*".join(elements)
        data = b"~".join(segments)
    return data
