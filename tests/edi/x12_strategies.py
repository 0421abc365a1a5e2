"""Documents as Hypothesis makes them up, within what X12 can carry."""

from hypothesis import strategies as st
from x12 import documents

SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz0123456789 -./#&'"


def text(longest, shortest=1):
    return (
        st.text(SAFE, min_size=shortest, max_size=longest)
        .map(lambda found: " ".join(found.split()))
        .filter(lambda found: len(found) >= shortest)
    )


def optional(required, **others):
    return st.fixed_dictionaries(required, optional=others)


def decimals(places, top=10**9, bottom=0):
    return st.integers(bottom * 10**places, top).map(lambda number: _plain(number, places))


def _plain(number, places):
    found = f"{abs(number):0{places + 1}d}"
    found = f"{found[:-places]}.{found[-places:]}".rstrip("0").rstrip(".") if places else found
    return f"-{found}" if number < 0 and found != "0" else found


QUANTITY = decimals(3)
PRICE = decimals(4)
AMOUNT = decimals(2, bottom=-100)
DATE = st.dates().map(lambda date: date.isoformat())
TIME = st.times().map(lambda time: time.isoformat("minutes"))
MOMENT = st.one_of(DATE, st.tuples(DATE, TIME).map("T".join))
UNIT = st.sampled_from(["EA", "CA", "LB", "FT"])
ITEMS = st.dictionaries(
    st.sampled_from(["buyer", "vendor", "upc", "ean", "gtin", "sku", "manufacturer"]), text(48), min_size=1, max_size=4
)
REFERENCES = st.dictionaries(st.sampled_from(["DP", "CO", "IA", "BM", "PK"]), text(30), max_size=3)
SOME_REFERENCES = st.dictionaries(st.sampled_from(["DP", "CO", "IA"]), text(30), min_size=1, max_size=2)
PARTY = optional(
    {"name": text(60)},
    name2=text(60),
    street=st.lists(text(55), min_size=1, max_size=4),
    city=text(30),
    state=st.sampled_from(["MD", "ME"]),
    zip=st.just("04101"),
    country=st.sampled_from(["US", "DE"]),
) | st.fixed_dictionaries({"id_type": st.sampled_from(["assigned_by_buyer", "duns4", "gln", "15"]), "id": text(80)})
PARTIES = st.dictionaries(
    st.sampled_from(["buyer", "bill_to", "ship_to", "ship_from", "seller", "supplier", "remit_to", "EX"]),
    PARTY,
    max_size=3,
)
CHARGES = st.lists(
    optional(
        {"kind": st.sampled_from(["allowance", "charge", "none"]), "code": st.sampled_from(["D240", "C310"])},
        amount=AMOUNT,
        percent=decimals(2, 10**4),
        rate=PRICE,
        description=text(80),
    ),
    min_size=1,
    max_size=2,
)
TERMS = st.lists(
    optional(
        {"type": st.just("08")},
        basis=st.just("3"),
        discount_percent=decimals(1, 100),
        discount_days=decimals(0, 90),
        discount_date=DATE,
        net_days=decimals(0, 90),
        net_date=DATE,
        description=text(80),
    ),
    min_size=1,
    max_size=2,
)
CARRIER = optional({"scac": st.just("RDWY")}, mode=st.just("M"), routing=text(35))
NOTES = st.lists(text(264), max_size=2)
SOME_NOTES = st.lists(text(264), min_size=1, max_size=2)
DESCRIPTION = st.one_of(st.just(""), text(80), st.lists(text(30), min_size=3, max_size=8).map(" ".join))


def lines(required=None, **others):
    line = optional(
        {"quantity": QUANTITY, "unit": UNIT, "items": ITEMS, "description": DESCRIPTION, **(required or {})},
        price=PRICE,
        price_basis=st.just("PE"),
        **others,
    )
    return st.lists(line, min_size=1, max_size=4).map(
        lambda found: [{"line": str(number), **one} for number, one in enumerate(found, start=1)]
    )


KIND_OF_DATE = st.sampled_from(["requested_delivery", "requested_ship"])
SCHEDULE = st.lists(
    st.fixed_dictionaries({"quantity": QUANTITY, "unit": UNIT, "kind": KIND_OF_DATE, "date": DATE}),
    min_size=1,
    max_size=2,
)

ORDER = optional(
    {
        "purpose": st.sampled_from(["original", "replace", "confirm", "cancel"]),
        "kind": st.sampled_from(["SA", "NE", "RL"]),
        "number": text(22),
        "release": st.one_of(st.just(""), text(30)),
        "date": DATE,
        "parties": PARTIES,
        "references": REFERENCES,
        "notes": NOTES,
        "lines": lines(
            schedule=SCHEDULE,
            requested_delivery=DATE,
            references=SOME_REFERENCES,
            notes=SOME_NOTES,
            charges=CHARGES,
        ),
    },
    currency=st.sampled_from(["USD", "EUR"]),
    requested_delivery=DATE,
    requested_ship=DATE,
    dates=st.dictionaries(st.sampled_from(["001", "037"]), DATE, min_size=1),
    terms=TERMS,
    charges=CHARGES,
    carrier=CARRIER,
    total=PRICE,
)

ANSWER = optional(
    {"status": st.sampled_from(["accepted", "backordered", "price_changed", "rejected", "R1"])},
    quantity=QUANTITY,
    unit=UNIT,
    items=ITEMS,
)


def _answered(found):
    """A line as its answers make it."""
    line = {key: value for key, value in found.items() if key != "answers"}
    first, *others = found["answers"]
    line |= {key if key == "status" else f"acknowledged_{key}": value for key, value in first.items()}
    return line | ({"acknowledgements": found["answers"]} if others else {})


ACKNOWLEDGEMENT = optional(
    {
        "purpose": st.just("original"),
        "kind": st.sampled_from(["accepted", "accepted_with_change", "rejected", "on_hold"]),
        "number": text(22),
        "date": DATE,
        "parties": PARTIES,
        "references": REFERENCES,
        "notes": NOTES,
        "lines": lines({"answers": st.lists(ANSWER, min_size=1, max_size=3)}).map(
            lambda found: [_answered(line) for line in found]
        ),
    },
    seller_order=text(30),
    acknowledged=DATE,
    scheduled_ship=DATE,
    scheduled_delivery=DATE,
    carrier=CARRIER,
)

TAX = optional({"type": st.sampled_from(["ST", "VA"])}, amount=AMOUNT, percent=decimals(2, 10**4))
INVOICE = optional(
    {
        "number": text(22),
        "date": DATE,
        "kind": st.sampled_from(["invoice", "credit", "debit_memo"]),
        "parties": PARTIES,
        "references": REFERENCES,
        "notes": st.lists(text(80), max_size=2),
        "taxes": st.lists(TAX, max_size=2),
        "charges": st.one_of(st.just([]), CHARGES),
        "total": AMOUNT,
        "lines": lines(taxes=st.lists(TAX, min_size=1, max_size=2), charges=CHARGES, references=SOME_REFERENCES),
    },
    order_number=text(22),
    order_date=DATE,
    currency=st.sampled_from(["USD", "EUR"]),
    terms=TERMS,
    carrier=CARRIER,
)


@st.composite
def ship_notices(draw):
    """Lines in pieces, each piece in one of a few packages, some of these on a pallet."""
    structure = draw(st.sampled_from(["0001", "0002", "0004"]))
    names = [f"00{number:016d}" for number in range(1, draw(st.integers(1, 4)))]
    on_pallet = {name for name in names if structure == "0001" and draw(st.booleans())}
    orders, used = [], set()
    for number in range(draw(st.integers(1, 2))):
        found = []
        for line_number in range(draw(st.integers(1, 3))):
            pieces = draw(st.lists(_pieces(names, structure), min_size=1, max_size=3))
            line = {
                "line": str(line_number + 1),
                "items": draw(ITEMS),
                "unit": draw(UNIT),
                "description": draw(DESCRIPTION),
            }
            used |= {name for piece in pieces for name in piece.get("packages", [])}
            found.append(documents.asn856.summarize(line, pieces))
        orders.append({"number": f"PO-{number}", "date": draw(DATE), "lines": found})
    pallets = [{"sscc": "PALLET", "kind": "tare"}] if used & on_pallet else []
    packs = [
        {"sscc": name, "kind": "pack"} | ({"parent": "PALLET"} if name in on_pallet else {})
        for name in names
        if name in used
    ]
    notice = draw(
        optional(
            {"purpose": st.just("original"), "shipment": text(30, 2), "date": DATE, "time": TIME},
            shipped_at=MOMENT,
            estimated_delivery=MOMENT,
            packaging=st.just([{"code": "PLT94", "count": "2", "weight": "12.5", "weight_unit": "LB"}]),
            equipment=st.just([{"code": "TL", "number": "1", "seal": "S"}]),
        )
    )
    return notice | {
        "structure": structure,
        "tracking": draw(st.lists(text(30), max_size=2, unique=True)),
        "carrier": draw(CARRIER),
        "parties": draw(PARTIES),
        "references": draw(REFERENCES),
        "packages": pallets + packs,
        "orders": orders,
    }


def _pieces(names, structure):
    most = 1 if structure == "0001" else 2
    packages = st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True) if names else st.nothing()
    lot = st.sampled_from([{}, {"lot": "L1"}, {"lot": "L2", "expires": "2031-02-20"}])
    rest = optional(
        {"quantity": QUANTITY},
        serials=st.lists(text(30), min_size=1, max_size=2, unique=True),
        **({"packages": packages} if names else {}),
    )
    return st.tuples(rest, lot).map(lambda found: found[0] | found[1])
