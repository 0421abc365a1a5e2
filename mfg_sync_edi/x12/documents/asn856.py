"""856 ship notice (ASN), read.

{"purpose", "shipment", "date", "time"?, "structure"? (BSN05: 0001 S-O-P-I, 0002 S-O-I-P, 0004 S-O-I),
"tracking" [], "carrier" {}, "shipped_at"?, "estimated_delivery"? (date, or date and time of the place), "dates"?,
"packaging"? [{"code", "count", "weight", "weight_unit"}], "equipment"? [{"code", "initial", "number", "seal"}],
"parties" {}, "references" {}, "packages" [{"sscc"?, "kind" ("pack", "tare"), "parent"?, "tracking"?}],
"orders": [{"number", "date"?, "release"?, "parties"?, "references"?, "lines": [{"line", "items" {}, "quantity",
"unit", "lots" [{"lot", "quantity", "expires"?}], "serials" [], "packages" [], "contents"? [], "description",
"ordered_quantity"?, "status"?, "references"?}]}], "warnings", "unread"}

A line's packages name them by SSCC, or by the carrier's number where they have none. Item levels that name the same
line of the same order are one line: its lots and packages tell them apart. `line` is "" where the partner sends none.
Source: ASC X12 004010, transaction set 856; GS1 for MAN*GM (SSCC).
"""

from decimal import Decimal

from ..errors import X12Error
from ..values import date_of, number_of, plain, required, time_of
from .codes import ITEMS, LINE_STATUSES, PURPOSES
from .contents import summarize
from .hl import ITEM, ORDER, PACK, TARE, levels_of
from .lines import check_set
from .parts import Part, check_count, item_pairs, tidy
from .write856 import encode

__all__ = ["decode", "encode"]

SHIPPED, ESTIMATED, EXPIRES = "011", "017", "036"
_TRACKING = ("2I", "CN")
_LOT, _SERIAL = "LT", "SE"
# An item level may carry the mark of its package itself.
_PACKAGE_KINDS = {TARE: "tare", PACK: "pack", ITEM: "pack"}
_MOST_MARKS = 1000


def decode(transaction):
    """The ship notice of an 856.

    :raise X12Error: a mandatory segment or element is missing, a value isn't what it must be, the HL tree is broken
    """
    check_set(transaction, "856")
    return _Decoder(transaction).notice()


class _Decoder:
    def __init__(self, transaction):
        self.version = transaction.version
        self.warnings = []
        header, self.levels, summary = levels_of(transaction.segments)
        self.root = self._part(header + self.levels[0].segments)
        self.parts = {level.head.position: self._part(level.segments, level.head.position) for level in self.levels[1:]}
        self.summary = self._part(summary)
        self.orders = {}
        self.lines = {}
        self.packages = {}
        self.names = {}

    def notice(self):
        start = self.root.need("BSN")
        notice = {
            "purpose": PURPOSES.word(required(start, 1, "purpose")),
            "shipment": required(start, 2, "shipment number"),
            "date": date_of(start, 3, "date", self.version, mandatory=True),
            **tidy({"time": time_of(start, 4, "time"), "structure": start.get(5)}),
            **self._shipment(),
        }
        for level in self.levels[1:]:
            if level.code in _PACKAGE_KINDS:
                self._read_packages(level)
        for level in self.levels[1:]:
            if level.code == ORDER:
                self._order(level)
            elif level.code == ITEM:
                self._item(level)
        notice["packages"] = list(self.packages.values())
        notice["orders"] = list(self.orders.values())
        for key, (line, pieces) in self.lines.items():
            self.orders[key[0]]["lines"].append(summarize(line, pieces))
        if not self.lines:
            raise X12Error("it is missing: the ship notice has no items", segment="HL", code="3")
        quantities = [piece["quantity"] for _line, pieces in self.lines.values() for piece in pieces]
        item_count = sum(level.code == ITEM for level in self.levels)
        check_count(self.summary, {len(self.levels), item_count, len(self.lines)}, quantities, self.warnings)
        unread = set().union(*(part.unread() for part in (self.root, self.summary, *self.parts.values())))
        return notice | {"warnings": self.warnings, "unread": sorted(unread)}

    def _shipment(self):
        root = self.root
        dates = root.dates(with_time=(SHIPPED, ESTIMATED))
        return {
            "tracking": root.reference_values(*_TRACKING),
            "carrier": root.carrier(),
            **tidy({"shipped_at": dates.pop(SHIPPED, ""), "estimated_delivery": dates.pop(ESTIMATED, "")}),
            **tidy({"dates": dates, "packaging": self._packaging(), "equipment": self._equipment()}),
            "parties": root.parties(),
            "references": root.references(without=_TRACKING),
        }

    def _packaging(self):
        return [
            tidy(
                {
                    "code": segment.get(1),
                    "count": number_of(segment, 2, "number of packages"),
                    "weight": number_of(segment, 7, "weight"),
                    "weight_unit": segment.get(8),
                }
            )
            for segment in self.root.all("TD1")
        ]

    def _equipment(self):
        keys = {"code": 1, "initial": 2, "number": 3, "seal": 9}
        return [tidy({key: segment.get(number) for key, number in keys.items()}) for segment in self.root.all("TD3")]

    def _read_packages(self, level):
        """MAN of a pack or tare, in pairs 01/02 and 04/05: GM is an SSCC, CP the carrier's number."""
        parent = next(iter(self._packages_above(level)), "")
        names = self.names[level.head.position] = []
        for found in self._marks(level):
            name = found.get("sscc") or found.get("tracking")
            names.append(name)
            self.packages.setdefault(name, {**found, "kind": _PACKAGE_KINDS[level.code], **tidy({"parent": parent})})
        if len(names) > _MOST_MARKS:
            problem = f"this level has {len(names)} packages"
            raise X12Error(problem, segment="MAN", position=level.head.position, expected=f"at most {_MOST_MARKS}")

    def _marks(self, level):
        """The marks at a level, an SSCC and the carrier's number of the same package in one."""
        found = []
        for segment in self.parts[level.head.position].all("MAN"):
            for kind, value in ((segment.get(1), segment.get(2)), (segment.get(4), segment.get(5))):
                if not value:
                    continue
                key = "tracking" if kind == "CP" else "sscc"
                if not found or key in found[-1]:
                    found.append({})
                found[-1][key] = value
        return found

    def _names(self, level):
        return self.names.get(level.head.position, [])

    def _packages_above(self, level):
        """The names of the nearest package level above that is marked."""
        for above in level.ancestors():
            if above.code in (TARE, PACK) and (names := self._names(above)):
                return names
        return []

    def _order(self, level):
        part = self.parts[level.head.position]
        order = self._order_of(part.need("PRF"))
        for key, value in {"parties": part.parties(), "references": part.references()}.items():
            if value:
                order.setdefault(key, value)

    def _order_of(self, segment):
        number = required(segment, 1, "order number")
        date = date_of(segment, 4, "order date", self.version)
        made = {"number": number, **tidy({"release": segment.get(2), "date": date}), "lines": []}
        return self.orders.setdefault(number, made)

    def _item(self, level):
        part = self.parts[level.head.position]
        order = self._order_above(level, part)
        shipped = part.need("SN1")
        quantity = number_of(shipped, 2, "shipped quantity", mandatory=True)
        head = part.need("LIN")
        pairs = item_pairs(head, 2, self.warnings)
        status = shipped.get(8)
        numbers = ITEMS.collect([pair for pair in pairs if pair[0] not in ("LT", "SN")], self.warnings)
        if not numbers and not head.get(1):
            raise X12Error("it has no item number", segment="LIN", position=head.position, element=3, code="1")
        line = {"line": head.get(1) or shipped.get(1) or numbers.get("order_line", ""), "items": numbers}
        line |= {"quantity": "", "unit": shipped.get(3), "description": part.description()}
        line |= tidy(
            {
                "ordered_quantity": number_of(shipped, 5, "ordered quantity"),
                "status": status and LINE_STATUSES.word(status),
                "references": part.references(without=(_LOT, _SERIAL)),
            }
        )
        key = (order["number"], line["line"], line["unit"], tuple(sorted(numbers.items())))
        _line, pieces = self.lines.setdefault(key, (line, []))
        pieces.extend(self._pieces(level, part, quantity, pairs))

    def _order_above(self, level, part):
        own = part.first("PRF")
        if own:
            return self._order_of(own)
        above = next((above for above in level.ancestors() if above.code == ORDER), None)
        if not above:
            raise X12Error(
                "this item belongs to no order", segment="HL", position=level.head.position, expected="a PRF", code="3"
            )
        return self._order_of(self.parts[above.head.position].need("PRF"))

    def _pieces(self, level, part, quantity, pairs):
        serials = [value for code, value in pairs if code == "SN"] + part.reference_values(_SERIAL)
        lots = [(value, "") for code, value in pairs if code == "LT"]
        for segment in part.all("REF"):
            if segment.get(1) == _LOT and segment.get(2) and segment.get(2) not in dict(lots):
                lots.append((segment.get(2), segment.get(3)))
        packages = self._names(level) + [name for child in level.children for name in self._names(child)]
        rest = {
            "expires": part.dates().get(EXPIRES, ""),
            "serials": list(dict.fromkeys(serials)),
            "packages": list(dict.fromkeys(packages or self._packages_above(level))),
        }
        if len(lots) < 2:
            return [tidy({"quantity": quantity, "lot": lots[0][0] if lots else "", **rest})]
        return [
            tidy({"quantity": share, "lot": lot, **rest}) for lot, share in self._shares(lots, serials, quantity, level)
        ]

    def _shares(self, lots, serials, quantity, level):
        """Several lots at one item level: some guides put each lot's quantity into REF03."""
        shares = [Decimal(said) if said.isdecimal() and said.isascii() else None for _lot, said in lots]
        if serials or None in shares or plain(sum(shares)) != quantity:
            problem = f"this item names {len(lots)} lots, but not what belongs to each"
            raise X12Error(problem, segment="HL", position=level.head.position, expected="one item level a lot")
        return [(lot, plain(share)) for (lot, _said), share in zip(lots, shares, strict=True)]

    def _part(self, segments, place=0):
        return Part(segments, self.version, self.warnings, place)
