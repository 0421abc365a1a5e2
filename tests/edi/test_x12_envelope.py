"""An interchange is read strictly; what a partner gets wrong is allowed by name, and told."""

import subprocess
import sys

import pytest
from x12 import LENIENCIES, Composite, Limits, Repeated, X12Error, read
from x12_story import OWN, changed, only_set, own

ORDER = own("850").decode()


def test_codec_stands_without_odoo():
    script = "import sys, x12.ack, x12.documents; print('odoo' in sys.modules)"
    addon = OWN.parents[1]
    done = subprocess.run([sys.executable, "-c", script], cwd=addon, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_envelope_is_read_whole():
    reading = read(own("850"))
    assert reading.leniencies == []
    (interchange,) = reading.interchanges
    assert (interchange.sender_qualifier, interchange.sender) == ("ZZ", "NORTHWIND")
    assert (interchange.receiver_qualifier, interchange.receiver) == ("ZZ", "RIDGELINE")
    assert (interchange.control, interchange.version, interchange.usage) == ("000004711", "00401", "P")
    assert (interchange.date, interchange.time) == ("2026-03-02", "09:15")
    (group,) = interchange.groups
    assert (group.functional_id, group.number, group.version) == ("PO", "4711", "004010")
    assert (group.date, group.time) == ("2026-03-02", "09:15")
    (order,) = group.sets
    assert (order.code, order.control, order.version) == ("850", "0001", "004010")
    assert (order.segments[0].id, order.segments[0].position) == ("BEG", 2)
    assert order.segments[0].get(3) == "PO-88123"
    assert order.segments[0].get(99) == ""


def test_delimiters_come_from_isa():
    data = ORDER.replace("*", "|").replace("~", "!").replace(">", ":")
    reading = read(data)
    delimiters = reading.interchanges[0].delimiters
    assert (delimiters.element, delimiters.component, delimiters.terminator) == ("|", ":", "!")
    assert only_set(reading).segments == only_set(read(ORDER)).segments


def test_components_and_repetitions_are_taken_apart():
    data = ORDER.replace("*U*00401*", "*^*00501*").replace("REF*DP*CYCLING~", "REF*DP*A>B^C~")
    element = only_set(read(data)).segments[2].elements[1]
    assert isinstance(element, Repeated) and isinstance(element.parts[0], Composite)
    assert element == "A>B^C"
    assert element.parts[0].parts == ("A", "B")
    assert element.parts[1] == "C"


def _unpadded(text):
    head, rest = text.split("~", 1)
    return "*".join(value.strip() for value in head.split("*")) + "~" + rest


def _two_interchanges(text):
    return text + text.replace("4711", "4712")


WRONG = {
    "bom": lambda text: "\ufeff" + text,
    "non_ascii": lambda text: text.replace("CYCLING", "FAHRRÄDER"),
    "unpadded_isa": _unpadded,
    "no_component_separator": lambda text: text.replace("*>~", "*~"),
    "newline_terminator": lambda text: text.replace("~", ""),
    "unknown_version": lambda text: text.replace("00401", "00403"),
    "several_interchanges": _two_interchanges,
    "stray_blanks": lambda text: text.replace("\nREF*DP", "\n\t REF*DP"),
    "wrapped_lines": lambda text: text.replace("CYCLING", "CYC\nLING"),
    "trailing_empty_elements": lambda text: text.replace("CYCLING~", "CYCLING**~"),
    "wrong_segment_count": lambda text: text.replace("SE*30*", "SE*31*"),
    "wrong_set_count": lambda text: text.replace("GE*1*", "GE*2*"),
    "wrong_group_count": lambda text: text.replace("IEA*1*", "IEA*2*"),
    "control_mismatch": lambda text: text.replace("IEA*1*000004711", "IEA*1*000004712"),
    "repeated_control": lambda text: text + text,
}


def test_every_leniency_has_its_wrong_file():
    assert set(WRONG) == set(LENIENCIES)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_file_is_refused_until_its_leniency_is_allowed(name):
    data = WRONG[name](ORDER).encode()
    also = {"several_interchanges"} if name == "repeated_control" else set()
    with pytest.raises(X12Error) as refused:
        read(data, allow=also)
    assert refused.value.leniency == name

    reading = read(data, allow=also | {name})
    assert {use.name for use in reading.leniencies} == also | {name}
    sets = [transaction for _interchange, _group, transaction in reading.transaction_sets()]
    assert len(sets) == (2 if "several" in name or "repeated" in name else 1)
    assert len(sets[0].segments) == len(only_set(read(ORDER)).segments)


def test_leniency_is_told_once_with_its_place():
    data = ORDER.replace("CYCLING~", "CYCLING**~").replace("USD~", "USD*~")
    (use,) = read(data, allow={"trailing_empty_elements"}).leniencies
    assert (use.name, use.position) == ("trailing_empty_elements", 3)


def test_unknown_leniency_is_the_programmers_mistake():
    with pytest.raises(ValueError, match="No such leniency: anything"):
        read(ORDER, allow={"anything"})


def test_latin_1_is_read_where_utf_8_does_not_fit():
    data = ORDER.replace("CYCLING", "FAHRRÄDER").encode("latin-1")
    assert only_set(read(data, allow={"non_ascii"})).segments[2].get(2) == "FAHRRÄDER"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"  \r\n", "the file is empty"),
        ("ISA".encode("utf-16"), "the file is UTF-16"),
        (b"UNA:+.? 'UNB+UNOA:1+A+B'", "an interchange begins with ISA"),
        (b"ST*850*0001~SE*2*0001~", "an interchange begins with ISA"),
        (b"ISA", "can't be an element separator"),
        (b"ISAX00X", "can't be an element separator"),
        (ORDER[:90], "ISA doesn't have its 106 characters"),
        (ORDER[:105], "the file ends within ISA"),
        (ORDER[:106], "IEA: it is missing"),
        (ORDER[:300], "segment 7: the last segment has no terminator"),
        (ORDER.split("SE*30")[0], "SE: it is missing"),
        (ORDER.split("GE*")[0], "GE: it is missing"),
        (ORDER.split("IEA*")[0], "IEA: it is missing"),
        (ORDER.replace("SE*30*0001~\n", ""), "GE (segment 30): it stands at a wrong place; expected SE"),
        (ORDER.replace("GE*1*4711~\n", ""), "IEA (segment 33): it stands at a wrong place; expected ST or GE"),
        (ORDER.replace("ST*850*0001~\n", ""), "BEG (segment 3): it stands at a wrong place; expected ST or GE"),
        (ORDER.replace("ST*850*0001", "ST*850"), "ST (segment 1) element 02: control number is missing"),
        (ORDER.replace("SE*30*0001", "SE*30*0002"), "SE (segment 30) element 02: control number '0002'"),
        (ORDER.replace("SE*30*0001", "SE*x*0001"), "SE (segment 30) element 01: it says 'x' segments, there are 30"),
        (ORDER.replace("GS*PO", "GS*IN"), "ST (segment 1) element 01: a 850 stands in a group of 'IN'; expected PO"),
        (ORDER.replace("REF*DP", "ref*DP"), "segment 4: 'ref' is not a segment id"),
        (ORDER.replace("CYCLING", "CYC\x07LING"), "REF (segment 4) element 02: it holds a control character"),
        (ORDER.replace("*P*>~", "*X*>~"), "ISA (segment 1) element 15: usage 'X' is unknown; expected P, T or I"),
        (ORDER.replace("260302*0915", "261302*0915"), "ISA (segment 1) element 09: date '261302' is not a date"),
        (ORDER.replace("*>~", "*~~"), "one character has two roles"),
        (ORDER + "more", "the file goes on after IEA; expected nothing, or another ISA"),
    ],
)
def test_message_names_place_and_problem(data, message):
    with pytest.raises(X12Error) as refused:
        read(data)
    assert message in str(refused.value)


def test_limits_hold_before_memory_is_spent():
    for limits, message in (
        (Limits(size=100), "bytes; expected at most 100"),
        (Limits(segments=10), "too many segments; expected at most 10"),
        (Limits(elements=5), "GS .segment 2.: it has 8 elements; expected at most 5"),
    ):
        with pytest.raises(X12Error, match=message):
            read(ORDER, limits=limits)


def test_one_broken_order_does_not_hold_up_the_others():
    start, end = ORDER.index("ST*"), ORDER.index("GE*")
    order = ORDER[start:end]
    second = order.replace("*0001~", "*0002~").replace("SE*30*", "SE*27*")
    third = order.replace("SE*30*0001", "SE*30*0009")
    data = ORDER[:start] + order + second + third + ORDER[end:].replace("GE*1*", "GE*3*")
    sets = [transaction for _interchange, _group, transaction in read(data, isolate_sets=True).transaction_sets()]
    assert [[error.code for error in transaction.errors] for transaction in sets] == [[], ["4"], ["3", "23"]]
    with pytest.raises(X12Error, match="says '27' segments, there are 30"):
        read(data)


def test_ta1_is_kept_with_its_interchange():
    data = ORDER.split("GS*")[0] + "TA1*000000050*260301*1200*A*000~\nIEA*0*000004711~\n"
    (interchange,) = read(data).interchanges
    assert interchange.groups == []
    assert interchange.acknowledgements[0].get(1) == "000000050"


def test_older_release_has_dates_of_six_digits():
    data = changed("850", "X*004010", "X*003040").replace(b"**20260302~", b"**260302~")
    assert only_set(read(data)).version == "003040"
