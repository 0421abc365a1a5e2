"""Real files of other projects are read, with no more leniency than each needs.

They aren't ours to copy: MFG_SYNC_SAMPLES names the folder that has them in `x12`.
"""

import os
from pathlib import Path

import pytest
from x12 import LENIENCIES, TransactionSet, X12Error, documents, read
from x12.ack import read_acknowledgement
from x12_story import NOT_WRITTEN

FOLDER = Path(os.environ.get("MFG_SYNC_SAMPLES", "/nonexistent")) / "x12"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="MFG_SYNC_SAMPLES names no folder of public samples")

# name: (leniencies it needs, documents in it)
FILES = {
    "810_850_staedi_dual.edi": ("", "810 810 850"),
    "810_bots.x12": ("", "810 810"),
    "810_bots_retail.x12": ("unknown_version", "810"),
    "810_indice_a.edi": ("bom stray_blanks unpadded_isa", "810"),
    "810_staedi.edi": ("", "810 810"),
    "850_bots_01.x12": ("newline_terminator unknown_version", "850"),
    "850_bots_02.x12": ("repeated_control unknown_version", "850 850 850 850"),
    "850_bots_04.x12": ("", "850"),
    "850_bots_06.x12": ("", "850"),
    "850_bots_11.x12": ("", "850"),
    "850_bots_18.x12": ("", "850"),
    "850_bots_ascii-lf.x12": ("newline_terminator", "850"),
    "850_bots_ascii-st.x12": ("", "850"),
    "850_gozer.txt": ("newline_terminator unknown_version wrong_segment_count", "850"),
    "850_indice.edi": ("bom control_mismatch non_ascii trailing_empty_elements", "850"),
    "850_indice_a.edi": ("bom control_mismatch non_ascii stray_blanks unpadded_isa", "850"),
    "855_bots.x12": ("stray_blanks", "855 855 855 855 855 855"),
    "856_bots_1.x12": ("unknown_version", "856"),
    "856_bots_partner2.x12": ("unknown_version", "856 856"),
    "856_bots_partner3.x12": ("unknown_version", "856"),
    "997_bots_accept.x12": ("unknown_version", "997"),
    "997_bots_multi.x12": ("unknown_version", "997 997 997"),
    "997_staedi.edi": ("", "997"),
    "997_staedi_invalid.edi": ("", "997"),
    "997_staedi_multi_interchange.edi": ("several_interchanges", "997 997 997"),
    "846_x12types.edi": ("", "846"),
    "861_x12types.edi": ("", "861"),
    "940_x12types_1.edi": ("control_mismatch unknown_version", "940"),
    "940_x12types_2.edi": ("wrapped_lines", "940"),
    "940_x12types_3.edi": ("no_component_separator", "940"),
    "940_x12types_4.edi": ("no_component_separator", "940"),
    "943_x12types.edi": ("wrong_segment_count", "943"),
    "944_x12types.edi": ("wrong_segment_count", "944"),
    "ta1_staedi.txt": ("wrong_group_count", ""),
}
REFUSED = {
    "943_x12types_set.edi": "an interchange begins with ISA",
    "945_x12types_set.edi": "an interchange begins with ISA",
    "bad_no_iea.edi": "IEA: it is missing: the file ends before it",
    "odd_separator.edi": "SE: it is missing: the file ends before it",
}
WRONG_COUNTS = {
    "bad_gs_count.edi": "IEA (segment 2) element 01: it says '1' groups, there are 0",
    "bad_segment_count.edi": "SE (segment 2) element 01: it says '3' segments, there are 2",
}


@pytest.mark.parametrize("name", FILES)
def test_file_needs_just_its_leniencies(name):
    needed, codes = (text.split() for text in FILES[name])
    data = (FOLDER / name).read_bytes()
    reading = read(data, allow=needed)
    assert sorted(use.name for use in reading.leniencies) == needed
    assert [transaction.code for _interchange, _group, transaction in reading.transaction_sets()] == codes
    for one in needed:
        with pytest.raises(X12Error):
            read(data, allow=set(needed) - {one})


@pytest.mark.parametrize("name", [name for name, (_needed, codes) in FILES.items() if codes[:3] in documents.MODULES])
def test_documents_are_decoded_and_encoded_alike(name):
    reading = read((FOLDER / name).read_bytes(), allow=LENIENCIES)
    for _interchange, _group, transaction in reading.transaction_sets():
        document = documents.decode(transaction)
        if name == "850_indice_a.edi":
            # Its N402 "State" is longer than the standard allows; reading is lenient there, writing isn't.
            document["parties"]["supplier"]["state"] = "MO"
        segments = documents.encode(transaction.code, document)
        again = documents.decode(TransactionSet(transaction.code, "0001", segments))
        assert {**again, **dict.fromkeys(NOT_WRITTEN)} == {**document, **dict.fromkeys(NOT_WRITTEN)}


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("997")])
def test_acknowledgements_are_understood(name):
    reading = read((FOLDER / name).read_bytes(), allow=LENIENCIES)
    for _interchange, _group, transaction in reading.transaction_sets():
        answer = read_acknowledgement(transaction)
        assert answer["status"] in ("accepted", "rejected")
        assert len(answer["sets"]) == int(answer["included"])


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_interchange_is_refused_whatever_is_allowed(name):
    with pytest.raises(X12Error) as refused:
        read((FOLDER / name).read_bytes(), allow=LENIENCIES)
    assert REFUSED[name] in str(refused.value)


@pytest.mark.parametrize("name", WRONG_COUNTS)
def test_wrong_counts_are_refused(name):
    with pytest.raises(X12Error) as refused:
        read((FOLDER / name).read_bytes(), allow={"unknown_version"})
    assert WRONG_COUNTS[name] in str(refused.value)


def test_order_is_read_in_full():
    name = "850_indice_a.edi"
    ((_interchange, _group, transaction),) = read((FOLDER / name).read_bytes(), allow=LENIENCIES).transaction_sets()
    order = documents.decode(transaction)
    assert (order["number"], order["date"], order["currency"]) == ("4600000406", "2014-07-24", "USD")
    assert order["parties"]["ship_to"]["id"] == "T100"
    assert [line["quantity"] for line in order["lines"]] == ["2500", "2000", "1000"]
    assert order["lines"][2]["items"]["buyer"] == "A_QF001-RED"
    assert order["unread"] == ["FOB", "MEA", "TC2"]


def test_ship_notice_has_its_packages():
    name = "856_bots_1.x12"
    ((_interchange, _group, transaction),) = read((FOLDER / name).read_bytes(), allow=LENIENCIES).transaction_sets()
    notice = documents.decode(transaction)
    (order,) = notice["orders"]
    assert [package["sscc"][-2:] for package in notice["packages"]] == ["92", "91", "90"]
    assert len(order["lines"]) == 58
    assert order["lines"][0]["packages"] == ["0000123456781234567892"]


def test_invoice_adds_up():
    name = "810_bots.x12"
    reading = read((FOLDER / name).read_bytes())
    first, second = (documents.decode(transaction) for _interchange, _group, transaction in reading.transaction_sets())
    assert (first["total"], first["warnings"]) == ("8432.02", [])
    assert (second["total"], second["warnings"]) == ("1129.92", [])
