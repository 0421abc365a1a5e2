"""Reading documents: what loops of different sets have in common.

Source: ASC X12 004010 segment directory (N1 to N4, REF, N9, MSG, NTE, DTM, ITD, SAC, TD5, PID, CTT).
"""

from decimal import Decimal

from ..errors import X12Error, shown
from ..values import amount_of, date_of, number_of, plain, required, time_of
from .codes import CHARGES, ID_TYPES, ITEMS, PARTIES

_PARTY_SEGMENTS = frozenset({"N2", "N3", "N4", "NX2", "REF", "PER", "SI", "DMG"})


def tidy(values):
    """Without what is absent: empty strings, lists and dicts."""
    return {key: value for key, value in values.items() if value not in ("", [], {})}


class Part:
    """The segments of one loop, without the party loops in it, and a record of which were read.

    :param place: where the loop begins, for errors about what it lacks
    """

    def __init__(self, segments, version, warnings, place=0):
        self.place = place or (segments[0].position if segments else 2)
        self.version = version
        self.warnings = warnings
        self.own = []
        self.party_loops = []
        self._read = set()
        loop = None
        for segment in segments:
            if segment.id == "N1":
                loop = [segment]
                self.party_loops.append(loop)
            elif loop is not None and segment.id in _PARTY_SEGMENTS:
                loop.append(segment)
            else:
                loop = None
                self.own.append(segment)

    def all(self, *ids):
        found = [segment for segment in self.own if segment.id in ids]
        self._read.update(segment.position for segment in found)
        return found

    def first(self, segment_id):
        """The first of that id, or None."""
        found = next((segment for segment in self.own if segment.id == segment_id), None)
        if found:
            self._read.add(found.position)
        return found

    def need(self, segment_id):
        found = self.first(segment_id)
        if not found:
            raise X12Error("it is missing", segment=segment_id, position=self.place, code="3")
        return found

    def unread(self):
        """Ids of the segments nobody asked for."""
        segments = [*self.own, *(segment for loop in self.party_loops for segment in loop)]
        return {segment.id for segment in segments if segment.position not in self._read}

    def parties(self):
        """The N1 loops as {party: {"name", "id_type", "id", "street": [], "city", "state", "zip", "country"}}."""
        pairs = []
        for loop in self.party_loops:
            found = dict.fromkeys(("name", "name2", "id_type", "id"), "") | {"street": []}
            for segment in loop:
                self._read_party(segment, found)
            pairs.append((required(loop[0], 1, "kind of party"), tidy(found)))
        return PARTIES.collect(pairs, self.warnings)

    def _read_party(self, segment, found):
        if segment.id == "N1":
            kind = segment.get(3)
            found |= {"name": segment.get(2), "id_type": kind and ID_TYPES.word(kind), "id": segment.get(4)}
        elif segment.id == "N2":
            found["name2"] = segment.get(1)
        elif segment.id == "N3":
            found["street"] += [street for street in (segment.get(1), segment.get(2)) if street]
        elif segment.id == "N4":
            found |= dict(zip(("city", "state", "zip", "country"), map(segment.get, range(1, 5)), strict=True))
        else:
            return
        self._read.add(segment.position)

    def references(self, *, without=()):
        """REF, and N9 which isn't just the head of notes, as {code: value}; `without` those codes."""
        found = {}
        for segment in self.all("REF", "N9"):
            code, value = required(segment, 1, "kind of reference"), segment.get(2) or segment.get(3)
            if code in without or not value or (segment.id == "N9" and code == "L1"):
                continue
            if found.setdefault(code, value) != value:
                self.warnings.append(f"A second reference {code} {shown(value)} was left out")
        return found

    def reference_values(self, *codes):
        """All values of REF with one of these codes."""
        return [segment.get(2) for segment in self.all("REF") if segment.get(1) in codes and segment.get(2)]

    def notes(self):
        """Free text of MSG and NTE."""
        texts = [segment.get(1 if segment.id == "MSG" else 2) for segment in self.all("MSG", "NTE")]
        return [text for text in texts if text]

    def dates(self, *, with_time=()):
        """DTM as {qualifier: ISO date}, of the qualifiers in `with_time` as ISO date and time where there is one."""
        found = {}
        for segment in self.all("DTM"):
            code = required(segment, 1, "kind of date")
            value = date_of(segment, 2, "date", self.version)
            if not value and segment.get(5) == "D8":
                value = date_of(segment, 6, "date", self.version)
            time = time_of(segment, 3, "time")
            if value and time and code in with_time:
                value += f"T{time}"
            if value and found.setdefault(code, value) != value:
                self.warnings.append(f"A second date {code} {value} was left out")
        return found

    def description(self):
        """PID, of which there may be several, as one text."""
        return " ".join(text for text in (segment.get(5) for segment in self.all("PID")) if text)

    def charges(self):
        """SAC as [{"kind", "code", "amount", "percent", "rate", "description"}]."""
        return [
            tidy(
                {
                    "kind": CHARGES.word(required(segment, 1, "allowance or charge")),
                    "code": segment.get(2),
                    "agency": segment.get(3),
                    "agency_code": segment.get(4),
                    "amount": amount_of(segment, 5, "amount"),
                    "percent": number_of(segment, 7, "percentage"),
                    "rate": number_of(segment, 8, "rate"),
                    "description": segment.get(15),
                }
            )
            for segment in self.all("SAC")
        ]

    def terms(self):
        """ITD as [{"type", "basis", "discount_percent", "discount_days", "net_days", ...}]."""
        return [
            tidy(
                {
                    "type": segment.get(1),
                    "basis": segment.get(2),
                    "discount_percent": number_of(segment, 3, "discount"),
                    "discount_date": date_of(segment, 4, "discount date", self.version),
                    "discount_days": number_of(segment, 5, "discount days"),
                    "net_date": date_of(segment, 6, "net date", self.version),
                    "net_days": number_of(segment, 7, "net days"),
                    "description": segment.get(12),
                }
            )
            for segment in self.all("ITD")
        ]

    def taxes(self):
        """TXI as [{"type", "amount", "percent"}]."""
        return [
            tidy(
                {
                    "type": required(segment, 1, "kind of tax"),
                    "amount": number_of(segment, 2, "tax amount"),
                    "percent": number_of(segment, 3, "tax percentage"),
                }
            )
            for segment in self.all("TXI")
        ]

    def carrier(self):
        """The first TD5 as {"scac" or "id_type" and "id", "mode", "routing"}."""
        segment = self.first("TD5")
        if not segment:
            return {}
        kind, identity = segment.get(2), segment.get(3)
        who = {"scac": identity} if kind == "2" else {"id_type": kind and ID_TYPES.word(kind), "id": identity}
        return tidy({**who, "mode": segment.get(4), "routing": segment.get(5)})

    def currency(self):
        segment = self.first("CUR")
        return segment.get(2) if segment else ""


def item_pairs(segment, start, warnings):
    """(qualifier, item number) of the pairs that begin at element `start`; half a pair is told and left."""
    pairs = []
    for number in range(start, len(segment.elements) + 1, 2):
        code, value = segment.get(number), segment.get(number + 1)
        if code and value:
            pairs.append((code, value))
        elif code or value:
            warnings.append(f"{segment.id} (segment {segment.position}): item number {shown(code or value)} is half")
    return pairs


def items(segment, start, warnings):
    """The item numbers of a line as {kind: number}."""
    return ITEMS.collect(item_pairs(segment, start, warnings), warnings)


def check_count(part, counts, quantities, warnings):
    """CTT: a wrong count or hash total doesn't make a document unusable, so it's told only."""
    segment = part.first("CTT")
    if not segment:
        return
    said, total = number_of(segment, 1, "count"), number_of(segment, 2, "hash total")
    if said and said not in {str(count) for count in counts}:
        warnings.append(f"CTT says {said} lines, there are {max(counts)}")
    present = plain(sum(map(Decimal, quantities), Decimal()))
    if total and total != present:
        warnings.append(f"CTT says a total of {total}, the quantities add up to {present}")
