"""850 purchase order.

{"purpose", "kind" (BEG02), "number", "release", "date", "currency"?, "requested_delivery"?, "requested_ship"?,
"dates"? {DTM01: date}, "parties" {}, "references" {}, "notes" [], "carrier"? {}, "terms"? [], "charges"? [], "total"?,
"lines": [{"line", "quantity", "unit", "price"?, "price_basis"?, "items" {}, "description", "requested_delivery"?,
"requested_ship"?, "dates"?, "schedule"? [{"quantity", "unit", "kind", "date"}], "references"?, "notes"?, "charges"?,
"parties"?}], "warnings", "unread"}

Source: ASC X12 004010, transaction set 850.
"""

from decimal import Decimal

from ..values import date_of, number_of, plain, required
from .build import Builder, date_in, must, must_date, must_number, number_in
from .codes import DATE_KINDS, PURPOSES
from .lines import LineDocument, number_lines, read_line
from .parts import check_count, tidy

# Header and line dates that have a name of their own; all others stay under "dates".
_NAMED_DATES = {"002": "requested_delivery", "010": "requested_ship"}
_TOTALS = ("TT", "1")


def decode(transaction):
    """The order of an 850.

    :raise X12Error: a mandatory segment or element is missing, or a value isn't what it must be
    """
    source = LineDocument(transaction, "850", "PO1", {"CTT"})
    head, warnings = source.header, source.warnings
    start = head.need("BEG")
    order = {
        "purpose": PURPOSES.word(required(start, 1, "purpose")),
        "kind": required(start, 2, "kind of order"),
        "number": required(start, 3, "order number"),
        "release": start.get(4),
        "date": date_of(start, 5, "order date", source.version, mandatory=True),
        **tidy({"currency": head.currency()}),
        **_named_dates(head),
        "parties": head.parties(),
        "references": head.references(),
        "notes": head.notes(),
        **tidy({"carrier": head.carrier(), "terms": head.terms(), "charges": head.charges()}),
        "lines": [_line(part) for part in source.lines],
    }
    number_lines(order["lines"], warnings)
    check_count(source.summary, {len(order["lines"])}, [line["quantity"] for line in order["lines"]], warnings)
    total = _total(source.summary)
    if total:
        order["total"] = total
        _check_total(order, warnings)
    return order | {"warnings": warnings, "unread": source.unread()}


def encode(order, *, qualifiers=None):
    """The segments of an 850.

    :param qualifiers: {kind of item number: code} where the partner wants others than BP, VP …
    """
    build = Builder()
    build.add(
        "BEG",
        PURPOSES.code(must(order, "purpose", "BEG", 1), "BEG", 1),
        must(order, "kind", "BEG", 2),
        must(order, "number", "BEG", 3),
        order.get("release"),
        must_date(order, "date", "BEG", 5),
    )
    build.currency(order.get("currency"))
    build.references(order.get("references"))
    build.charges(order.get("charges"))
    build.terms(order.get("terms"))
    build.dates(_coded_dates(order))
    build.carrier(order.get("carrier"))
    build.notes(order.get("notes"))
    build.parties(order.get("parties"))
    lines = must(order, "lines", "PO1", 0)
    for line in lines:
        build.line("PO1", line, qualifiers)
        build.description(line.get("description"))
        build.references(line.get("references"))
        build.charges(line.get("charges"))
        build.dates(_coded_dates(line))
        for delivery in line.get("schedule") or []:
            _build_delivery(build, delivery)
        build.notes(line.get("notes"))
        build.parties(line.get("parties"))
    build.count(len(lines))
    total = number_in(order, "total", "AMT", 2)
    build.add("AMT", total and "TT", total)
    return build.segments


def _line(part):
    schedule = [
        tidy(
            {
                "quantity": number_of(segment, 1, "quantity", mandatory=True),
                "unit": segment.get(2),
                "kind": DATE_KINDS.word(segment.get(5)),
                "date": date_of(segment, 6, "date", part.version),
            }
        )
        for segment in part.all("SCH")
    ]
    return read_line(part, "PO1") | _named_dates(part) | _line_details(part, schedule)


def _line_details(part, schedule):
    return tidy(
        {
            "schedule": schedule,
            "references": part.references(),
            "notes": part.notes(),
            "charges": part.charges(),
            "parties": part.parties(),
        }
    )


def _named_dates(part):
    dates = part.dates()
    named = {name: dates.pop(code) for code, name in _NAMED_DATES.items() if code in dates}
    return named | tidy({"dates": dates})


def _coded_dates(values):
    return {code: values.get(name) for code, name in _NAMED_DATES.items()} | (values.get("dates") or {})


def _build_delivery(build, delivery):
    date = date_in(delivery, "date", "SCH", 6)
    build.add(
        "SCH",
        must_number(delivery, "quantity", "SCH", 1),
        delivery.get("unit"),
        "",
        "",
        DATE_KINDS.code(delivery.get("kind") or "requested_delivery", "SCH", 5) if date else "",
        date,
    )


def _total(summary):
    for segment in summary.all("AMT"):
        if segment.get(1) in _TOTALS:
            return number_of(segment, 2, "total")
    return ""


def _check_total(order, warnings):
    if order.get("charges") or any("price" not in line or line.get("charges") for line in order["lines"]):
        return
    present = sum((Decimal(line["quantity"]) * Decimal(line["price"]) for line in order["lines"]), Decimal())
    if abs(present - Decimal(order["total"])) > Decimal("0.01") * len(order["lines"]):
        warnings.append(f"The order says a total of {order['total']}, its lines add up to {plain(present)}")
