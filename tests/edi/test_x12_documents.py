"""A bike maker's documents: a customer's order, its acknowledgement, the ship notice, the invoice."""

import json

import pytest
from x12 import X12Error, documents, read
from x12_story import NAMES, changed, only_set, own, own_document


def decoded(data):
    return documents.decode(only_set(read(data, allow={"wrong_segment_count"})))


def test_own_samples_are_read_without_a_word():
    for code in NAMES:
        document = own_document(code)
        assert (document["warnings"], document["unread"]) == ([], [])
        assert json.loads(json.dumps(document)) == document


def test_order():
    order = own_document("850")
    assert (order["purpose"], order["kind"], order["number"], order["release"]) == ("original", "SA", "PO-88123", "")
    assert (order["date"], order["requested_delivery"], order["dates"]) == (
        "2026-03-02",
        "2026-03-30",
        {"001": "2026-04-15"},
    )
    assert (order["currency"], order["total"]) == ("USD", "36235")
    assert order["references"] == {"DP": "CYCLING", "CO": "SPRING-26"}
    assert order["notes"] == ["PALLETS NO HIGHER THAN 60 INCHES.", "CALL THE DOCK A DAY BEFORE DELIVERY."]
    assert order["charges"] == [{"kind": "charge", "code": "D240", "amount": "125", "description": "OVERSIZE FREIGHT"}]
    assert order["terms"][0]["discount_percent"] == "2"
    assert order["carrier"] == {"scac": "RDWY", "mode": "M", "routing": "ROADWAY TO DOCK 4"}
    assert list(order["parties"]) == ["buyer", "ship_to", "seller"]
    assert order["parties"]["ship_to"] == {
        "name": "NORTHWIND DC EAST",
        "name2": "RECEIVING",
        "id_type": "assigned_by_buyer",
        "id": "DC04",
        "street": ["1200 HARBOR ROAD", "DOCK 4"],
        "city": "BALTIMORE",
        "state": "MD",
        "zip": "21224",
        "country": "US",
    }
    first, second, third = order["lines"]
    assert first == {
        "line": "1",
        "quantity": "24",
        "unit": "EA",
        "price": "1249.5",
        "price_basis": "PE",
        "items": {"buyer": "BK-2001", "vendor": "RC-GRAVEL-54", "upc": "810000120017"},
        "description": "GRAVEL BIKE 54 CM SAND",
        "schedule": [
            {"quantity": "12", "unit": "EA", "kind": "requested_delivery", "date": "2026-03-30"},
            {"quantity": "12", "unit": "EA", "kind": "requested_delivery", "date": "2026-04-13"},
        ],
    }
    assert (second["quantity"], third["price"]) == ("60", "4.25")


def test_acknowledgement_with_a_backorder_and_a_smaller_quantity():
    answer = own_document("855")
    assert (answer["kind"], answer["number"], answer["seller_order"]) == ("accepted_with_change", "PO-88123", "SO-5567")
    first, second, third = answer["lines"]
    assert (first["status"], first["acknowledged_quantity"], first["acknowledged_date"]) == (
        "accepted",
        "24",
        "2026-03-25",
    )
    assert "acknowledgements" not in first
    assert [(one["status"], one["quantity"], one["date"]) for one in second["acknowledgements"]] == [
        ("accepted", "40", "2026-03-25"),
        ("backordered", "20", "2026-04-08"),
    ]
    assert (third["status"], third["quantity"], third["acknowledged_quantity"]) == ("quantity_changed", "200", "180")


@pytest.mark.parametrize(("kind", "status"), [("AD", "accepted"), ("RJ", "rejected"), ("AC", "not_stated")])
def test_line_without_answer_has_that_of_the_order(kind, status):
    data = changed("855", "BAK*00*AC*", f"BAK*00*{kind}*").replace(b"ACK*IA*24*EA*068*20260325~\n", b"")
    assert decoded(data)["lines"][0]["status"] == status


def test_substitution_names_the_other_item():
    data = changed("855", "ACK*IQ*180*EA*068*20260325~", "ACK*IS*200*EA*067*20260328**VP*RC-TUBE-35-47~")
    line = decoded(data)["lines"][2]
    assert (line["status"], line["acknowledged_items"]) == ("substituted", {"vendor": "RC-TUBE-35-47"})
    assert line["acknowledged_date_kind"] == "scheduled_delivery"


def test_ship_notice_knows_pallets_packs_lots_and_serials():
    notice = own_document("856")
    assert (notice["shipment"], notice["date"], notice["time"]) == ("SHIP-00917", "2026-03-25", "16:30")
    assert (notice["shipped_at"], notice["estimated_delivery"]) == ("2026-03-25T16:15", "2026-03-28")
    assert (notice["tracking"], notice["references"]) == (["794612345678"], {"BM": "BOL-00917"})
    assert notice["packaging"] == [{"code": "CTN25", "count": "3", "weight": "412.5", "weight_unit": "LB"}]
    assert notice["equipment"] == [{"code": "TL", "number": "53117", "seal": "SEAL-7781"}]
    pallet, bike_box, wheel_box, loose_box = (package["sscc"] for package in notice["packages"])
    assert [package.get("parent") for package in notice["packages"]] == [None, pallet, pallet, None]
    assert [package["kind"] for package in notice["packages"]] == ["tare", "pack", "pack", "pack"]
    assert notice["packages"][3]["tracking"] == "1Z9994W80312345678"

    (order,) = notice["orders"]
    assert (order["number"], order["date"]) == ("PO-88123", "2026-03-02")
    bikes, wheels, tubes = order["lines"]
    assert (bikes["serials"], bikes["packages"]) == (["RCG54-26-00141", "RCG54-26-00142"], [bike_box])
    assert (wheels["quantity"], wheels["ordered_quantity"]) == ("40", "60")
    assert wheels["lots"] == [{"lot": "W260311", "quantity": "25"}, {"lot": "W260318", "quantity": "15"}]
    assert wheels["packages"] == [wheel_box, loose_box]
    assert wheels["contents"] == [
        {"quantity": "25", "lot": "W260311", "packages": [wheel_box]},
        {"quantity": "5", "lot": "W260318", "packages": [wheel_box]},
        {"quantity": "10", "lot": "W260318", "packages": [loose_box]},
    ]
    assert tubes["lots"] == [{"lot": "T260220", "quantity": "180", "expires": "2031-02-20"}]
    assert "contents" not in tubes


def _ship_notice(structure, levels):
    """Our ship notice with another tree: (level, parent, segments)."""
    head, rest = own("856").decode().split("HL*1**S~\n")
    head = head.replace("*0001~\nHL", "*0001~\nHL").replace("1630*0001", f"1630*{structure}")
    body = "".join(
        f"HL*{number}*{parent or ''}*{code}~\n" + "".join(f"{segment}~\n" for segment in segments)
        for number, (code, parent, segments) in enumerate(levels, start=1)
    )
    return (head + body + f"CTT*{len(levels)}~\n" + rest[rest.index("SE*51") :]).encode()


SHIPMENT = ("S", None, ["DTM*011*20260325"])
ORDER = ("O", 1, ["PRF*PO-1"])


def _item(parent, *more, line="1", quantity=5):
    return ("I", parent, [f"LIN*{line}*VP*RC-WHEEL-700C", f"SN1**{quantity}*EA", *more])


def test_packs_below_items():
    levels = [SHIPMENT, ORDER, _item(2), ("P", 3, ["MAN*GM*A1"]), ("P", 3, ["MAN*GM*A2"])]
    notice = decoded(_ship_notice("0002", levels))
    (line,) = notice["orders"][0]["lines"]
    assert (line["quantity"], line["packages"]) == ("5", ["A1", "A2"])
    assert notice["warnings"] == []


def test_items_without_packs():
    levels = [SHIPMENT, ORDER, _item(2, "REF*LT*L1"), _item(2, "REF*LT*L2", quantity=3), _item(2, line="2")]
    first, second = decoded(_ship_notice("0004", levels))["orders"][0]["lines"]
    assert first["lots"] == [{"lot": "L1", "quantity": "5"}, {"lot": "L2", "quantity": "3"}]
    assert (first["quantity"], first["packages"], "contents" in first) == ("8", [], False)
    assert (second["line"], second["quantity"]) == ("2", "5")


def test_pallet_above_orders():
    pallet = ("T", 1, ["MAN*GM*T1"])
    levels = [SHIPMENT, pallet, ("O", 2, ["PRF*PO-1"]), _item(3), ("O", 2, ["PRF*PO-2"]), _item(5)]
    first, second = decoded(_ship_notice("ZZZZ", levels))["orders"]
    assert (first["number"], second["number"]) == ("PO-1", "PO-2")
    assert first["lines"][0]["packages"] == second["lines"][0]["packages"] == ["T1"]


def test_order_of_two_pallets_is_one_order():
    levels = [SHIPMENT]
    for pallet in (2, 5):
        levels += [("T", 1, [f"MAN*GM*T{pallet}"]), ("O", pallet, ["PRF*PO-1"]), _item(pallet + 1)]
    (order,) = decoded(_ship_notice("ZZZZ", levels))["orders"]
    (line,) = order["lines"]
    assert (line["quantity"], line["packages"]) == ("10", ["T2", "T5"])


def test_lots_with_their_quantity_at_one_item():
    levels = [SHIPMENT, ORDER, _item(2, "REF*LT*L1*2", "REF*LT*L2*3")]
    (line,) = decoded(_ship_notice("0004", levels))["orders"][0]["lines"]
    assert line["lots"] == [{"lot": "L1", "quantity": "2"}, {"lot": "L2", "quantity": "3"}]


def test_order_number_at_the_item():
    levels = [SHIPMENT, _item(1, "PRF*PO-9")]
    assert decoded(_ship_notice("0004", levels))["orders"][0]["number"] == "PO-9"


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ([SHIPMENT], "HL: it is missing: the ship notice has no items"),
        ([ORDER], "HL (segment 3) element 02: parent '1' is not an earlier level"),
        ([("O", None, ["PRF*PO-1"])], "HL (segment 3) element 03: level 'O' can't stand here"),
        ([SHIPMENT, ("S", 1, [])], "HL (segment 5) element 03: level 'S' can't stand here; expected one shipment (S)"),
        ([SHIPMENT, _item(7)], "HL (segment 5) element 02: parent '7' is not an earlier level"),
        ([SHIPMENT, _item(1)], "HL (segment 5): this item belongs to no order; expected a PRF"),
        ([SHIPMENT, ("O", 1, []), _item(2)], "PRF (segment 5): it is missing"),
        ([SHIPMENT, ORDER, ("I", 2, ["SN1**5*EA"])], "LIN (segment 7): it is missing"),
        ([SHIPMENT, ORDER, ("I", 2, ["LIN**VP*X"])], "SN1 (segment 7): it is missing"),
        ([SHIPMENT, ORDER, ("I", 2, ["LIN**LT*X", "SN1**5*EA"])], "LIN (segment 8) element 03: it has no item number"),
        ([SHIPMENT, ORDER, _item(2, quantity="five")], "SN1 (segment 9) element 02: shipped quantity 'five' is not a"),
        (
            [SHIPMENT, ORDER, _item(2, "REF*LT*L1", "REF*LT*L2")],
            "HL (segment 7): this item names 2 lots, but not what belongs to each; expected one item level a lot",
        ),
        ([SHIPMENT, ORDER, *[("P", number, ["MAN*GM*A"]) for number in range(2, 30)]], "the levels are too deep"),
    ],
)
def test_broken_tree_is_refused(levels, message):
    with pytest.raises(X12Error) as refused:
        decoded(_ship_notice("0001", levels))
    assert message in str(refused.value)


def test_invoice():
    invoice = own_document("810")
    assert (invoice["number"], invoice["date"], invoice["kind"]) == ("INV-2026-0388", "2026-03-26", "invoice")
    assert (invoice["order_number"], invoice["order_date"]) == ("PO-88123", "2026-03-02")
    assert invoice["total"] == "7164.63"
    assert invoice["charges"][0]["amount"] == "125"
    assert invoice["lines"][1]["taxes"] == [{"type": "ST", "amount": "215.88", "percent": "6"}]
    assert invoice["lines"][2]["charges"] == [
        {"kind": "allowance", "code": "C310", "amount": "38.25", "percent": "5", "description": "VOLUME"}
    ]
    assert invoice["parties"]["remit_to"]["id"] == "RDG"


@pytest.mark.parametrize(
    ("code", "old", "new", "message"),
    [
        ("850", "PO1*2*60*", "PO1*2*abc*", "PO1 (segment 24) element 02: quantity 'abc' is not a number"),
        ("850", "PO1*2*60*", "PO1*2**", "PO1 (segment 24) element 02: quantity is missing"),
        ("850", "EA*89.95*", "EA*89,95*", "PO1 (segment 24) element 04: price '89,95' is not a number"),
        (
            "850",
            "EA*89.95*",
            f"EA*{'9' * 40}*",
            "element 04: price '9999999999999999999999999999999999999999' is not a number",
        ),
        ("850", "*PO-88123**", "***", "BEG (segment 2) element 03: order number is missing"),
        ("850", "**20260302~", "**20260231~", "BEG (segment 2) element 05: order date '20260231' is not a date"),
        ("850", "**20260302~", "**260302~", "order date '260302' is not a date; expected CCYYMMDD"),
        ("850", "***12500*", "***125.00*", "SAC (segment 6) element 05: amount '125.00' is not a whole number"),
        ("850", "N1*BY*", "N1**", "N1 (segment 14) element 01: kind of party is missing"),
        (
            "850",
            "SCH*12*EA***002*20260330",
            "SCH**EA***002*20260330",
            "SCH (segment 22) element 01: quantity is missing",
        ),
        ("855", "BAK*00*AC*", "BAK*00**", "BAK (segment 2) element 02: kind of acknowledgement is missing"),
        ("855", "ACK*IQ*180*", "ACK*IQ*many*", "element 02: acknowledged quantity 'many' is not a number"),
        ("855", "*PO-88123*20260302*", "*PO-88123**", "BAK (segment 2) element 04: order date is missing"),
        ("856", "BSN*00*SHIP-00917*", "BSN*00**", "BSN (segment 2) element 02: shipment number is missing"),
        ("856", "*20260325*1630*", "*20260325*2530*", "BSN (segment 2) element 04: time '2530' is not a time"),
        ("856", "HL*2*1*O", "HL*1*1*O", "HL (segment 15) element 01: number '1' is used twice"),
        ("810", "TDS*716463~", "TDS*7164.63~", "TDS (segment 23) element 01: total '7164.63' is not a whole number"),
        ("810", "TDS*716463~\n", "", "TDS (segment 25): it is missing"),
        ("810", "BIG*20260326*INV-2026-0388", "BIG*20260326*", "BIG (segment 2) element 02: invoice number is missing"),
    ],
)
def test_message_names_segment_element_and_value(code, old, new, message):
    with pytest.raises(X12Error) as refused:
        decoded(changed(code, old, new))
    assert message in str(refused.value)


def test_order_without_lines_is_refused():
    text = own("850").decode()
    with pytest.raises(X12Error, match="PO1: it is missing: the document has no lines"):
        decoded(text[: text.index("PO1*1")] + text[text.index("CTT") :])


def test_line_after_the_count_is_refused():
    data = changed("850", "AMT*TT*36235~", "AMT*TT*36235~\nPO1*4*1*EA~")
    with pytest.raises(X12Error, match="it comes after the lines"):
        decoded(data)


def test_document_is_not_taken_for_another():
    with pytest.raises(X12Error, match="this is a 810, not a 850"):
        documents.po850.decode(only_set(read(own("810"))))


@pytest.mark.parametrize(
    ("code", "old", "new", "warning"),
    [
        ("850", "CTT*3*284", "CTT*4*284", "CTT says 4 lines, there are 3"),
        ("850", "CTT*3*284", "CTT*3*285", "CTT says a total of 285, the quantities add up to 284"),
        ("850", "REF*CO*SPRING-26", "REF*DP*OTHER", "A second reference DP 'OTHER' was left out"),
        ("850", "DTM*001*20260415", "DTM*002*20260415", "A second date 002 2026-04-15 was left out"),
        ("850", "PO1*2*60*", "PO1*3*60*", "Several lines have the number 3"),
        ("850", "PO1*2*60*", "PO1**60*", "Some lines have a number, some have none"),
        ("850", "*VP*RC-WHEEL-700C*", "*VP**", "PO1 (segment 24): item number 'VP' is half"),
        ("856", "CTT*11", "CTT*12", "CTT says 12 lines, there are 11"),
        ("810", "TDS*716463", "TDS*716563", "The invoice says a total of 7165.63, its lines add up to 7164.63"),
    ],
)
def test_what_does_not_add_up_is_told(code, old, new, warning):
    assert decoded(changed(code, old, new))["warnings"] == [warning]


def test_total_of_an_order_is_checked_where_nothing_else_counts():
    data = changed("850", "SAC*C*D240***12500**********OVERSIZE FREIGHT~\n", "").replace(b"TT*36235", b"TT*36000")
    assert decoded(data)["warnings"] == ["The order says a total of 36000, its lines add up to 36235"]


def test_price_per_hundred_is_not_multiplied():
    data = changed("810", "EA*4.25*PE*", "EA*425*HP*")
    assert decoded(data)["warnings"] == []


def test_what_is_not_read_is_told():
    data = changed("850", "REF*DP*CYCLING~", "REF*DP*CYCLING~\nPER*BD*J. DOE~\nFOB*PP~")
    assert decoded(data)["unread"] == ["FOB", "PER"]


def test_sublines_are_not_taken_for_the_line():
    subline = "SLN*1**I*2*EA****VP*RC-TUBE-32-45~\nPID*F****TUBE OF THE SET~\nPO1*3*"
    order = decoded(changed("850", "PO1*3*", subline))
    assert [line["description"] for line in order["lines"]][1] == "WHEEL 700C FRONT"
    assert order["unread"] == ["PID", "SLN"]


def test_lines_without_numbers_are_counted():
    text = own("850").decode()
    for number in "123":
        text = text.replace(f"PO1*{number}*", "PO1**")
    assert [line["line"] for line in decoded(text)["lines"]] == ["1", "2", "3"]


def test_two_numbers_of_the_buyer_are_both_kept():
    order = decoded(changed("850", "*VP*RC-WHEEL-700C*", "*IN*7000700*"))
    assert order["lines"][1]["items"] == {"buyer": "WH-0700", "IN": "7000700", "upc": "810000120024"}


def test_dates_of_an_older_release():
    text = own("850").decode().replace("X*004010", "X*003040").replace("**20260302~", "**990302~")
    assert decoded(text)["date"] == "1999-03-02"
