"""The one error of the codec."""


class X12Error(Exception):
    """What is wrong with an X12 document, and where: a person can act on its text, a 997 can be written from it.

    :param problem: what is wrong, for people, without the place
    :param segment: id of the segment, "" when the whole file is meant
    :param position: its number in the transaction set, ST being 1; in the envelope, in the interchange, ISA being 1
    :param element: number of the element, from 1; 0 when the whole segment is meant
    :param expected: what should have been there
    :param value: what was there instead
    :param code: the code of this error in a 997 or TA1, out of the list that goes with the level:
        TA105 (interchange), AK905 (group), AK502 (set), AK304 (segment), AK403 (element)
    :param level: "interchange", "group", "set", "segment" or "element"; by default the last two, by `element`
    :param leniency: name of the reader's leniency that would let this pass, "" when none would
    """

    def __init__(
        self,
        problem,
        *,
        segment="",
        position=0,
        element=0,
        expected="",
        value="",
        code="",
        level="",
        leniency="",
    ):
        self.problem = problem
        self.segment = segment
        self.position = position
        self.element = element
        self.expected = expected
        self.value = value
        self.code = code
        self.level = level or ("element" if element else "segment")
        self.leniency = leniency
        super().__init__(self._message())

    def _message(self):
        place = self.segment
        if self.position:
            place = f"{place} (segment {self.position})" if place else f"segment {self.position}"
        if place and self.element:
            place += f" element {self.element:02d}"
        text = f"{place}: {self.problem}" if place else self.problem
        return f"{text}; expected {self.expected}" if self.expected else text


def shown(value):
    """The value in quotes for a message, cut to what a person reads."""
    text = str(value)
    return repr(text if len(text) <= 40 else text[:37] + "...")
