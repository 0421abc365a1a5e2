"""856 ship notice, written: the document that asn856 describes, as S-O-T-P-I, S-O-I-P or S-O-I.

Source: ASC X12 004010, transaction set 856; order of segments within HL as in its table 2.
"""

from ..errors import X12Error, shown
from ..values import number_text, time_text
from .build import Builder, date_in, must, must_date, number_in, pairs
from .codes import LINE_STATUSES, PURPOSES
from .contents import pieces_of
from .hl import ITEM, ORDER, PACK, SHIPMENT, TARE

_DEEPEST = 10
PICK_AND_PACK, STANDARD, NO_PACKAGES = "0001", "0002", "0004"


def encode(notice, *, qualifiers=None):
    """The segments of an 856.

    :param qualifiers: {kind of item number: code} where the partner wants others than BP, VP …
    :raise X12Error: something mandatory is missing, or what is in which package can't be told
    """
    return _Encoder(notice, qualifiers).segments()


class _Encoder:
    def __init__(self, notice, qualifiers):
        self.notice = notice
        self.qualifiers = qualifiers
        self.build = Builder()
        self.packages = {package.get("sscc") or package.get("tracking"): package for package in self._packages()}
        self.levels = 0
        self.written = set()

    def segments(self):
        notice, build = self.notice, self.build
        orders = [(order, self._content(order)) for order in must(notice, "orders", "HL", 0)]
        packed = any(piece.get("packages") for _order, content in orders for _line, piece in content)
        structure = notice.get("structure") or (PICK_AND_PACK if packed else NO_PACKAGES)
        self._start(structure)
        shipment = self._level("", SHIPMENT)
        self._shipment()
        write = {PICK_AND_PACK: self._packs_with_items, STANDARD: self._items_with_packs, NO_PACKAGES: self._items}
        if structure not in write:
            expected = f"one of {', '.join(write)}"
            raise X12Error(f"structure {shown(structure)} is unknown", segment="BSN", element=5, expected=expected)
        for order, content in orders:
            level = self._level(shipment, ORDER)
            release, date = order.get("release"), date_in(order, "date", "PRF", 4)
            build.add("PRF", must(order, "number", "PRF", 1), release, "", date)
            build.references(order.get("references"))
            build.parties(order.get("parties"))
            write[structure](level, content)
        empty = [name for name, package in self.packages.items() if name not in self.written]
        if empty:
            raise X12Error(f"package {shown(empty[0])} holds nothing", segment="MAN", element=2)
        build.count(self.levels)
        return build.segments

    def _packages(self):
        found = self.notice.get("packages") or []
        for package in found:
            if not (package.get("sscc") or package.get("tracking")):
                raise X12Error("a package has neither SSCC nor tracking number", segment="MAN", element=2)
        return found

    def _content(self, order):
        lines = must(order, "lines", "HL", 0)
        return [(line, piece) for line in lines for piece in pieces_of(line)]

    def _start(self, structure):
        notice = self.notice
        self.build.add(
            "BSN",
            PURPOSES.code(notice.get("purpose") or "original", "BSN", 1),
            must(notice, "shipment", "BSN", 2),
            must_date(notice, "date", "BSN", 3),
            time_text(must(notice, "time", "BSN", 4), "BSN", 4),
            structure,
        )

    def _shipment(self):
        notice, build = self.notice, self.build
        for one in notice.get("packaging") or []:
            weight = number_in(one, "weight", "TD1", 7)
            count = number_in(one, "count", "TD1", 2)
            build.add("TD1", one.get("code"), count, "", "", "", weight and "G", weight, one.get("weight_unit"))
        build.carrier(notice.get("carrier"))
        for one in notice.get("equipment") or []:
            build.add("TD3", one.get("code"), one.get("initial"), one.get("number"), *[""] * 5, one.get("seal"))
        for number in notice.get("tracking") or []:
            build.add("REF", "2I", number)
        build.references(notice.get("references"))
        named = {"011": notice.get("shipped_at"), "017": notice.get("estimated_delivery")}
        build.dates(named | (notice.get("dates") or {}))
        build.parties(notice.get("parties"))

    def _level(self, parent, code):
        self.levels += 1
        self.build.add("HL", str(self.levels), parent, code)
        return str(self.levels)

    def _packs_with_items(self, parent, content):
        """O-T-P-I: each package once an order, below its pallet, with all that the order has in it."""
        packed = {}
        for line, piece in content:
            names = piece.get("packages") or [""]
            if len(names) > 1:
                problem = f"line {shown(line.get('line', ''))}: one piece is in {len(names)} packages"
                raise X12Error(problem, segment="MAN", element=2, expected='in "contents", one piece a package')
            packed.setdefault(names[0], []).append((line, piece))
        self._write_packs(parent, "", packed, self._tree(packed))

    def _tree(self, packed):
        """{package: the packages directly in it}, "" being the top."""
        below = {}
        for name in filter(None, packed):
            path = [name]
            while path[-1]:
                above = self._package(path[-1]).get("parent") or ""
                if above in path or len(path) > _DEEPEST:
                    raise X12Error(f"package {shown(name)} is inside itself", segment="MAN", element=2)
                below.setdefault(above, {})[path[-1]] = True
                path.append(above)
        return below

    def _write_packs(self, level, name, packed, below):
        for line, piece in packed.get(name, []):
            self._item(level, line, piece)
        for inner in below.get(name, []):
            kind = self._package(inner).get("kind") or ("tare" if inner in below else "pack")
            inner_level = self._pack(level, inner, TARE if kind == "tare" else PACK)
            self._write_packs(inner_level, inner, packed, below)

    def _items_with_packs(self, parent, content):
        for line, piece in content:
            level = self._item(parent, line, piece)
            for name in piece.get("packages") or []:
                self._pack(level, name, PACK)

    def _items(self, parent, content):
        for line, piece in content:
            self._item(parent, line, piece, marks=piece.get("packages") or [])

    def _package(self, name):
        return self.packages.get(name) or {"sscc": name}

    def _pack(self, parent, name, code):
        level = self._level(parent, code)
        self._mark(name)
        return level

    def _mark(self, name):
        self.written.add(name)
        package = self._package(name)
        marks = [("GM", package.get("sscc")), ("CP", package.get("tracking"))]
        for kind, value in marks:
            self.build.add("MAN", value and kind, value)

    def _item(self, parent, line, piece, marks=()):
        build = self.build
        numbers = pairs(line.get("items"), self.qualifiers, "LIN", 2)
        numbers += ["LT", piece["lot"]] if piece.get("lot") else []
        if not numbers:
            problem = f"line {shown(line.get('line', ''))} has no item number"
            raise X12Error(problem, segment="LIN", element=2, code="1")
        level = self._level(parent, ITEM)
        build.add("LIN", line.get("line"), *numbers)
        ordered, unit = number_in(line, "ordered_quantity", "SN1", 5), line.get("unit")
        quantity = number_text(piece["quantity"], "SN1", 2, "shipped quantity")
        status = line.get("status") and LINE_STATUSES.code(line["status"], "SN1", 8)
        build.add("SN1", "", quantity, unit, "", ordered, ordered and unit, "", status)
        build.description(line.get("description"))
        build.references(line.get("references"))
        for serial in piece.get("serials") or []:
            build.add("REF", "SE", serial)
        for name in marks:
            self._mark(name)
        build.dates({"036": piece.get("expires")})
        return level
