"""What we encode comes back as it was meant, and what a partner's reader would choke on isn't written."""

import json

import pytest
from hypothesis import given, settings
from x12 import X12Error, documents
from x12_story import NAMES, NOT_WRITTEN, own_document, there_and_back
from x12_strategies import ACKNOWLEDGEMENT, INVOICE, ORDER, ship_notices


@settings(deadline=None)
@given(ORDER)
def test_any_order_comes_back(order):
    assert there_and_back("850", order) == order


@settings(deadline=None)
@given(ACKNOWLEDGEMENT)
def test_any_acknowledgement_comes_back(acknowledgement):
    assert there_and_back("855", acknowledgement) == acknowledgement


@settings(deadline=None)
@given(INVOICE)
def test_any_invoice_comes_back(invoice):
    assert there_and_back("810", invoice) == invoice


def _sorted_notice(notice):
    """The tree of packages decides in which order lines and pieces are written; that order says nothing."""
    found = dict(notice, packages=sorted(notice["packages"], key=lambda package: package["sscc"]), orders=[])
    for order in notice["orders"]:
        lines = [_sorted_line(line) for line in order["lines"]]
        found["orders"].append(dict(order, lines=sorted(lines, key=lambda line: line["line"])))
    return found


def _sorted_line(line):
    def key(value):
        return json.dumps(value, sort_keys=True)

    return {name: sorted(value, key=key) if isinstance(value, list) else value for name, value in line.items()}


@settings(deadline=None)
@given(ship_notices())
def test_any_ship_notice_comes_back(notice):
    assert _sorted_notice(there_and_back("856", notice)) == _sorted_notice(notice)


@pytest.mark.parametrize("code", NAMES)
def test_own_samples_come_back(code):
    document = {key: value for key, value in own_document(code).items() if key not in NOT_WRITTEN}
    assert there_and_back(code, document) == document


def _with(code, *path, value):
    document = own_document(code)
    place = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("code", "path", "value", "message"),
    [
        ("850", ["number"], "", "BEG element 03: number is missing"),
        ("850", ["number"], "P" * 23, "BEG (segment 2) element 03: 'PPPPPPPPPPPPPPPPPPPPPPP' has 23 characters"),
        ("850", ["date"], "2026-02-30", "BEG element 05: date '2026-02-30' is not a date; expected YYYY-MM-DD"),
        ("850", ["purpose"], "new", "BEG element 01: purpose 'new' is unknown; expected a code, or original"),
        ("850", ["lines"], [], "PO1: lines is missing"),
        ("850", ["lines", 0, "quantity"], "many", "PO1 element 02: quantity 'many' is not a number"),
        ("850", ["lines", 0, "quantity"], 1.5, "PO1 element 02: quantity '1.5' is not a number"),
        ("850", ["lines", 0, "quantity"], None, "PO1 element 02: quantity is missing"),
        ("850", ["lines", 0, "items"], {"colour": "red"}, "PO1 element 06: item 'colour' is unknown"),
        ("850", ["parties"], {"friend": {}}, "N1 element 01: party 'friend' is unknown"),
        ("850", ["charges", 0, "amount"], "1.005", "SAC element 05: amount '1.005' has more than two decimals"),
        ("855", ["kind"], "perhaps", "BAK element 02: acknowledgement 'perhaps' is unknown"),
        ("855", ["lines", 0, "status"], "", "ACK element 01: status is missing"),
        ("856", ["time"], "", "BSN element 04: time is missing"),
        ("856", ["time"], "4 pm", "BSN element 04: time '4 pm' is not a time"),
        ("856", ["structure"], "9999", "BSN element 05: structure '9999' is unknown"),
        ("856", ["packages"], [{"sscc": "X"}], "MAN element 02: package 'X' holds nothing"),
        ("856", ["packages"], [{"kind": "pack"}], "MAN element 02: a package has neither SSCC nor tracking number"),
        ("856", ["orders", 0, "lines", 1, "quantity"], "9", "line '2': its contents add up to 40, its quantity is 9"),
        ("856", ["orders", 0, "lines", 1, "contents"], None, "line '2': what is in which lot or package is open"),
        ("856", ["orders", 0, "lines", 2, "lots"], [{"lot": "L"}], "line '3': a lot or piece has no quantity"),
        ("856", ["orders", 0, "lines", 0, "items"], {}, "LIN element 02: line '1' has no item number"),
        ("856", ["orders", 0, "lines", 0, "packages"], ["A", "B"], "MAN element 02: line '1': one piece is in 2"),
        ("810", ["total"], None, "TDS element 01: total is missing"),
    ],
)
def test_what_cannot_be_sent_is_refused(code, path, value, message):
    with pytest.raises(X12Error) as refused:
        documents.encode(code, _with(code, *path, value=value))
    assert message in str(refused.value)


def test_package_inside_itself_is_refused():
    notice = own_document("856")
    notice["packages"][0]["parent"] = notice["packages"][1]["sscc"]
    with pytest.raises(X12Error, match="is inside itself"):
        documents.encode("856", notice)


@pytest.mark.parametrize(("kind", "code"), [("accepted", "AK"), ("rejected", "RJ")])
def test_order_is_answered_as_a_whole(kind, code):
    answer = {key: value for key, value in own_document("855").items() if key not in NOT_WRITTEN}
    answer |= {"kind": kind, "lines": []}
    assert documents.encode("855", answer)[0].get(2) == code
    assert there_and_back("855", answer) == answer


def test_invoice_of_charges_only():
    invoice = {key: value for key, value in own_document("810").items() if key not in NOT_WRITTEN}
    invoice |= {"lines": [], "total": "125"}
    assert there_and_back("810", invoice) == invoice


def test_zero_is_a_number_even_when_it_is_an_integer():
    answer = own_document("855")
    answer["lines"][0] |= {"status": "rejected", "acknowledged_quantity": 0}
    assert there_and_back("855", answer)["lines"][0]["acknowledged_quantity"] == "0"


def test_partner_may_want_other_qualifiers():
    segments = documents.encode("850", own_document("850"), qualifiers={"buyer": "IN", "vendor": "VN"})
    line = next(segment for segment in segments if segment.id == "PO1")
    assert line.elements[5:9] == ("IN", "BK-2001", "VN", "RC-GRAVEL-54")


def test_simple_ship_notice_needs_no_contents():
    line = {"line": "1", "items": {"vendor": "RC-TUBE-32-45"}, "unit": "EA", "quantity": "5"}
    notice = {"shipment": "SHIP-1", "date": "2026-03-25", "time": "16:30"}
    loose = notice | {"orders": [{"number": "PO-1", "lines": [line]}]}
    assert there_and_back("856", loose)["structure"] == "0004"
    packed = notice | {"orders": [{"number": "PO-1", "lines": [line | {"packages": ["A1"]}]}]}
    found = there_and_back("856", packed)
    assert (found["structure"], found["packages"]) == ("0001", [{"sscc": "A1", "kind": "pack"}])
