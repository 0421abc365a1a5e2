"""810 invoice.

{"number", "date", "kind" ("invoice", "credit", "debit_memo"), "order_number"?, "order_date"?, "currency"?, "dates"?,
"parties" {}, "references" {}, "notes" [], "terms"? [], "carrier"? {}, "taxes" [{"type", "amount", "percent"}],
"charges" [{"kind" ("allowance", "charge", "none"), "code", "amount", "percent", "description"}], "total",
"lines": [{"line", "quantity", "unit", "price"?, "price_basis"?, "items" {}, "description", "taxes"?, "charges"?,
"references"?, "dates"?, "parties"?}], "warnings", "unread"}

An invoice of charges only has no lines. The total is TDS01, which like SAC05 has two implied
decimals; TXI02 has an explicit point.
Source: ASC X12 004010, transaction set 810.
"""

from decimal import Decimal

from ..values import amount_of, date_of, plain, required
from .build import Builder, amount_in, date_in, must, must_date, wrapped
from .codes import INVOICE_KINDS
from .lines import LineDocument, number_lines, read_line
from .parts import check_count, tidy

# A price's basis (element 639) under which quantity times price is the line's amount; others are per hundred or so.
_PER_UNIT = ("", "PE", "NT", "QT", "CT", "TE", "WE", "UM")


def decode(transaction):
    """The invoice of an 810.

    :raise X12Error: a mandatory segment or element is missing, or a value isn't what it must be
    """
    source = LineDocument(transaction, "810", "IT1", {"TDS", "CTT"}, need_lines=False)
    head, tail, warnings = source.header, source.summary, source.warnings
    start = head.need("BIG")
    invoice = {
        "number": required(start, 2, "invoice number"),
        "date": date_of(start, 1, "invoice date", source.version, mandatory=True),
        "kind": INVOICE_KINDS.word(start.get(7) or "DI"),
        **tidy(
            {
                "order_number": start.get(4),
                "order_date": date_of(start, 3, "order date", source.version),
                "currency": head.currency(),
                "dates": head.dates(),
            }
        ),
        "parties": head.parties(),
        "references": head.references(),
        "notes": head.notes(),
        **tidy({"terms": head.terms(), "carrier": _carrier(tail)}),
        "taxes": head.taxes() + tail.taxes(),
        "charges": head.charges() + tail.charges(),
        "total": amount_of(tail.need("TDS"), 1, "total", mandatory=True),
        "lines": [_line(part) for part in source.lines],
    }
    number_lines(invoice["lines"], warnings)
    check_count(tail, {len(invoice["lines"])}, [line["quantity"] for line in invoice["lines"]], warnings)
    _check_total(invoice, warnings)
    return invoice | {"warnings": warnings, "unread": source.unread()}


def encode(invoice, *, qualifiers=None):
    """The segments of an 810; `qualifiers` as for an 850."""
    build = Builder()
    build.add(
        "BIG",
        must_date(invoice, "date", "BIG", 1),
        must(invoice, "number", "BIG", 2),
        date_in(invoice, "order_date", "BIG", 3),
        invoice.get("order_number"),
        "",
        "",
        INVOICE_KINDS.code(invoice.get("kind") or "invoice", "BIG", 7),
    )
    for note in invoice.get("notes") or []:
        for text in wrapped(note, 80):
            build.add("NTE", "GEN", text)
    if invoice.get("currency"):
        build.add("CUR", "SE", invoice["currency"])
    build.references(invoice.get("references"))
    build.parties(invoice.get("parties"))
    build.terms(invoice.get("terms"))
    build.dates(invoice.get("dates") or {})
    lines = invoice.get("lines") or []
    for line in lines:
        build.line("IT1", line, qualifiers)
        build.taxes(line.get("taxes"))
        build.description(line.get("description"))
        build.references(line.get("references"))
        build.dates(line.get("dates") or {})
        build.charges(line.get("charges"))
        build.parties(line.get("parties"))
    must(invoice, "total", "TDS", 1)
    build.add("TDS", amount_in(invoice, "total", "TDS", 1))
    build.taxes(invoice.get("taxes"))
    carrier = invoice.get("carrier") or {}
    build.add("CAD", carrier.get("mode"), "", "", carrier.get("scac"), carrier.get("routing"))
    build.charges(invoice.get("charges"))
    if lines:
        build.count(len(lines))
    return build.segments


def _line(part):
    details = {
        "taxes": part.taxes(),
        "charges": part.charges(),
        "references": part.references(),
        "dates": part.dates(),
        "parties": part.parties(),
    }
    return read_line(part, "IT1") | tidy(details)


def _carrier(tail):
    segment = tail.first("CAD")
    return tidy({"mode": segment.get(1), "scac": segment.get(4), "routing": segment.get(5)}) if segment else {}


def _check_total(invoice, warnings):
    """Lines, taxes and charges against TDS01, to a cent a line, as partners round differently."""
    if any(not _adds_up(line) for line in invoice["lines"]):
        return
    present = _extras(invoice)
    for line in invoice["lines"]:
        present += Decimal(line["quantity"]) * Decimal(line["price"]) + _extras(line)
    if abs(present - Decimal(invoice["total"])) > Decimal("0.01") * max(1, len(invoice["lines"])):
        warnings.append(f"The invoice says a total of {invoice['total']}, its lines add up to {plain(present)}")


def _adds_up(line):
    basis = line.get("price_basis", "")
    return "price" in line and (basis in _PER_UNIT or basis == line["unit"])


def _extras(values):
    """Taxes and charges of an invoice or a line, allowances taken off."""
    signs = {"charge": 1, "allowance": -1}
    taxes = sum((Decimal(tax.get("amount", "0")) for tax in values.get("taxes", [])), Decimal())
    charges = (Decimal(one.get("amount", "0")) * signs.get(one["kind"], 0) for one in values.get("charges", []))
    return taxes + sum(charges, Decimal())
