"""855 purchase order acknowledgement.

{"purpose", "kind" ("accepted", "accepted_with_change", "rejected" …), "number", "date" (of the order),
"seller_order"?, "acknowledged"? (date), "currency"?, "scheduled_delivery"?, "scheduled_ship"?, "dates"?,
"parties" {}, "references" {}, "notes" [], "carrier"?, "lines": [order line + {"status", "acknowledged_quantity"?,
"acknowledged_unit"?, "acknowledged_date"?, "acknowledged_date_kind"?, "acknowledged_items"?,
"acknowledgements"? [the same keys without "acknowledged_", when a line is answered in several parts]}],
"warnings", "unread"}

An order that is taken or refused as a whole may have no lines. A line without ACK has the status the
whole order got ("accepted" or "rejected"), else "not_stated".
Source: ASC X12 004010, transaction set 855.
"""

from ..values import date_of, number_of, required
from .build import Builder, date_in, must, must_date, number_in, pairs
from .codes import ACKNOWLEDGEMENTS, DATE_KINDS, LINE_STATUSES, PURPOSES
from .lines import LineDocument, number_lines, read_line
from .parts import check_count, items, tidy

NOT_STATED = "not_stated"
_NAMED_DATES = {"067": "scheduled_delivery", "068": "scheduled_ship"}
# Codes of BAK02 without and with lines.
_WHOLE = {"accepted": ("AK", "AD"), "rejected": ("RJ", "RD")}
# The parts of an ACK, as keys of a line.
_ACKNOWLEDGED = ("quantity", "unit", "date", "date_kind", "items")


def decode(transaction):
    """The acknowledgement of an 855.

    :raise X12Error: a mandatory segment or element is missing, or a value isn't what it must be
    """
    source = LineDocument(transaction, "855", "PO1", {"CTT"}, need_lines=False)
    head, warnings = source.header, source.warnings
    start = head.need("BAK")
    kind = ACKNOWLEDGEMENTS.word(required(start, 2, "kind of acknowledgement"))
    dates = head.dates()
    found = {
        "purpose": PURPOSES.word(required(start, 1, "purpose")),
        "kind": kind,
        "number": required(start, 3, "order number"),
        "date": date_of(start, 4, "order date", source.version, mandatory=True),
        **tidy(
            {
                "seller_order": start.get(8),
                "acknowledged": date_of(start, 9, "date of acknowledgement", source.version),
                "currency": head.currency(),
            }
        ),
        **{name: dates.pop(code) for code, name in _NAMED_DATES.items() if code in dates},
        **tidy({"dates": dates}),
        "parties": head.parties(),
        "references": head.references(),
        "notes": head.notes(),
        **tidy({"carrier": head.carrier()}),
        "lines": [_line(part, kind) for part in source.lines],
    }
    number_lines(found["lines"], warnings)
    check_count(source.summary, {len(found["lines"])}, [line["quantity"] for line in found["lines"]], warnings)
    return found | {"warnings": warnings, "unread": source.unread()}


def encode(document, *, qualifiers=None):
    """The segments of an 855; `qualifiers` as for an 850."""
    build = Builder()
    kind, lines = must(document, "kind", "BAK", 2), document.get("lines") or []
    build.add(
        "BAK",
        PURPOSES.code(document.get("purpose") or "original", "BAK", 1),
        _WHOLE.get(kind, ("", ""))[bool(lines)] or ACKNOWLEDGEMENTS.code(kind, "BAK", 2),
        must(document, "number", "BAK", 3),
        must_date(document, "date", "BAK", 4),
        "",
        "",
        "",
        document.get("seller_order"),
        date_in(document, "acknowledged", "BAK", 9),
    )
    build.currency(document.get("currency"))
    build.references(document.get("references"))
    named = {code: document.get(name) for code, name in _NAMED_DATES.items()}
    build.dates(named | (document.get("dates") or {}))
    build.carrier(document.get("carrier"))
    build.notes(document.get("notes"))
    build.parties(document.get("parties"))
    for line in lines:
        build.line("PO1", line, qualifiers)
        build.description(line.get("description"))
        for answer in line.get("acknowledgements") or [_answer_of(line)]:
            _build_answer(build, answer, qualifiers)
    if lines:
        build.count(len(lines))
    return build.segments


def _line(part, kind):
    line = read_line(part, "PO1")
    answers = [
        tidy(
            {
                "status": LINE_STATUSES.word(required(segment, 1, "line status")),
                "quantity": number_of(segment, 2, "acknowledged quantity"),
                "unit": segment.get(3),
                "date_kind": DATE_KINDS.word(segment.get(4)),
                "date": date_of(segment, 5, "acknowledged date", part.version),
                "items": items(segment, 7, part.warnings),
            }
        )
        for segment in part.all("ACK")
    ]
    if not answers:
        return line | {"status": kind if kind in ("accepted", "rejected") else NOT_STATED}
    first = answers[0]
    line["status"] = first["status"]
    line |= {f"acknowledged_{key}": first[key] for key in _ACKNOWLEDGED if key in first}
    return line | ({"acknowledgements": answers} if len(answers) > 1 else {})


def _answer_of(line):
    answer = {key: line.get(f"acknowledged_{key}") for key in _ACKNOWLEDGED}
    return answer | {"status": must(line, "status", "ACK", 1)}


def _build_answer(build, answer, qualifiers):
    status = must(answer, "status", "ACK", 1)
    if status == NOT_STATED:
        return
    date = date_in(answer, "date", "ACK", 5)
    build.add(
        "ACK",
        LINE_STATUSES.code(status, "ACK", 1),
        number_in(answer, "quantity", "ACK", 2),
        answer.get("unit"),
        DATE_KINDS.code(answer.get("date_kind") or "scheduled_ship", "ACK", 4) if date else "",
        date,
        "",
        *pairs(answer.get("items"), qualifiers, "ACK", 7),
    )
