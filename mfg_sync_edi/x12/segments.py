"""From bytes to characters to segments: the lower half of the reader.

Source: ASC X12.6 (004010), character sets and segment structure.
"""

import re
from dataclasses import dataclass

from .errors import X12Error, shown
from .isa import NEWLINES
from .structure import Composite, Repeated, Segment

_SEGMENT_ID = re.compile("[A-Z][A-Z0-9]{1,2}")
_CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Limits:
    """What one file may hold; more is refused before it costs memory or time."""

    size: int = 10_000_000
    segments: int = 200_000
    elements: int = 200


def file_error(problem, **more):
    """An error of the file as a whole (TA105 024: invalid interchange content)."""
    return X12Error(problem, level="interchange", code="024", **more)


def text_of(data, gate, limits):
    """The characters of a file, without byte order mark.

    :param data: bytes, or a str that was decoded already
    :raise X12Error: too large, empty, or not ASCII without leave
    """
    if len(data) > limits.size:
        raise file_error(f"the file has {len(data)} bytes", expected=f"at most {limits.size}")
    text = data if isinstance(data, str) else _decoded(bytes(data))
    if text.startswith("\ufeff"):
        gate.use("bom", file_error("a byte order mark stands in front of ISA"))
        text = text[1:]
    if not text.isascii():
        place = next(index for index, character in enumerate(text) if ord(character) > 127)
        gate.use("non_ascii", file_error(f"{shown(text[place])} at character {place + 1} isn't ASCII"))
    if not text.strip():
        raise file_error("the file is empty")
    return text


def _decoded(data):
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise file_error("the file is UTF-16", expected="ASCII")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class Segments:
    """Walks over the segments of a text.

    `number` counts the segments of the interchange, `base` those before the current transaction set, so that
    positions are told as a 997 counts them: from ST, which is 1.
    """

    def __init__(self, text, gate, limits):
        self.text = text
        self.gate = gate
        self.limits = limits
        self.place = 0
        self.total = 0
        self.number = self.base = 0
        self.delimiters = None

    def begin(self, delimiters, place):
        """After an ISA: its delimiters hold from `place` on."""
        self.delimiters, self.place = delimiters, place
        self.number, self.base = 1, 0

    def more(self):
        """Go to the next segment over line ends and, when allowed, blanks; whether there is one."""
        start, text = self.place, self.text
        while self.place < len(text) and text[self.place].isspace() and not self._delimits(text[self.place]):
            self.place += 1
        if text[start : self.place].strip(NEWLINES):
            self.gate.use("stray_blanks", self.error("blanks stand before this segment, or after the last one"))
        return self.place < len(text)

    def next(self, awaited, level, code):
        """The next segment; the file must not end before `awaited`."""
        if not self.more():
            raise X12Error("it is missing: the file ends before it", segment=awaited, code=code, level=level)
        self.number += 1
        self.total += 1
        if self.total > self.limits.segments:
            raise file_error("the file has too many segments", expected=f"at most {self.limits.segments}")
        end = self.text.find(self.delimiters.terminator, self.place)
        if end < 0 and self.delimiters.terminator in NEWLINES:
            end = len(self.text)
        if end < 0:
            raise self.error("the last segment has no terminator", code=code, level=level)
        raw, self.place = self.text[self.place : end], end + 1
        return self._segment(raw)

    def error(self, problem, segment=None, element=0, **more):
        """An error at the current segment."""
        place = segment.position if segment else self.number - self.base
        return X12Error(problem, segment=segment.id if segment else "", position=place, element=element, **more)

    def _segment(self, raw):
        if self.delimiters.terminator in NEWLINES:
            raw = raw.strip(NEWLINES)
        elif "\r" in raw or "\n" in raw:
            self.gate.use("wrapped_lines", self.error("a line break stands within the segment"))
            raw = raw.replace("\r", "").replace("\n", "")
        identifier, *elements = raw.split(self.delimiters.element)
        segment = Segment(identifier, (), self.number - self.base)
        if not _SEGMENT_ID.fullmatch(identifier):
            raise self.error(f"{shown(identifier)} is not a segment id", code="1")
        if len(elements) > self.limits.elements:
            raise self.error(f"it has {len(elements)} elements", segment, expected=f"at most {self.limits.elements}")
        if elements and not elements[-1]:
            self.gate.use("trailing_empty_elements", self.error("it is empty at the end", segment, len(elements)))
            while elements and not elements[-1]:
                elements.pop()
        made = tuple(self._element(segment, number, value) for number, value in enumerate(elements, start=1))
        return Segment(identifier, made, segment.position)

    def _element(self, segment, number, value):
        repetition, component = self.delimiters.repetition, self.delimiters.component
        if repetition and repetition in value:
            return Repeated([self._element(segment, number, part) for part in value.split(repetition)], repetition)
        if component and component in value:
            return Composite([self._element(segment, number, part) for part in value.split(component)], component)
        if _CONTROL_CHARACTERS.search(value):
            raise self.error("it holds a control character", segment, number, code="6")
        return value

    def _delimits(self, character):
        return self.delimiters and character not in NEWLINES and character in self.delimiters.characters()
