"""A partner is told what became of what was sent, and we understand what partners tell us."""

import pytest
import pyx12.map_if
import pyx12.params
import pyx12.segment
from x12 import Segment, TransactionSet, X12Error, documents, read, write
from x12.ack import SetResult, acknowledge, read_acknowledgement, read_ta1, ta1
from x12_story import changed, only_set, own, sets_in_envelope


def _group(data):
    return read(data).interchanges[0].groups[0]


def _lines(transaction):
    return ["*".join((segment.id, *segment.elements)) for segment in transaction.segments]


def _complaints(transaction):
    """What pyx12 says about each segment of a 997, element by element.

    Its list of sets is that of health care, so that it doesn't know a 850; its walk over a whole 997 fails at AK1.
    """
    header = pyx12.map_if.load_map_file("997.4010.xml", pyx12.params.ParamsBase())
    places = {
        "AK1": "AK1",
        "AK2": "AK2/AK2",
        "AK3": "AK2/AK3/AK3",
        "AK4": "AK2/AK3/AK4",
        "AK5": "AK2/AK5",
        "AK9": "AK9",
    }
    found = []
    for line, segment in zip(_lines(transaction), transaction.segments, strict=True):
        node = header.getnodebypath(f"/ISA_LOOP/GS_LOOP/ST_LOOP/HEADER/{places[segment.id]}")
        _fine, errors = node.is_valid_errors(pyx12.segment.Segment(line + "~", "~", "*", ">"))
        found += [(line, error.err_str) for error in errors if error.refdes not in ("AK101", "AK201")]
    return found


def test_the_independent_check_would_find_a_fault():
    wrong = TransactionSet("997", "0001", [Segment("AK5", ("Q",)), Segment("AK9", ("A",))])
    assert {line for line, _complaint in _complaints(wrong)} == {"AK5*Q", "AK9*A"}


def test_accepted_order_is_acknowledged():
    group = _group(own("850"))
    answer = acknowledge(group, [SetResult(group.sets[0])], "0001")
    assert _lines(answer) == ["AK1*PO*4711", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
    assert _complaints(answer) == []


def test_rejected_order_names_segment_and_element():
    group = _group(changed("850", "PO1*2*60*", "PO1*2*sixty*"))
    with pytest.raises(X12Error) as refused:
        documents.decode(group.sets[0])
    answer = acknowledge(group, [SetResult(group.sets[0], [refused.value])], "0001")
    assert _lines(answer) == [
        "AK1*PO*4711",
        "AK2*850*0001",
        "AK3*PO1*24**8",
        "AK4*2**6*sixty",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]
    assert _complaints(answer) == []


def test_missing_segment_is_named():
    group = _group(changed("850", "BEG*00*SA*PO-88123**20260302~\n", "").replace(b"SE*30*", b"SE*29*"))
    with pytest.raises(X12Error, match="it is missing") as refused:
        documents.decode(group.sets[0])
    answer = acknowledge(group, [SetResult(group.sets[0], [refused.value])], "0001")
    assert "AK3*BEG*2**3" in _lines(answer)
    assert _complaints(answer) == []


def test_some_accepted_some_rejected():
    text = own("850").decode()
    start, end = text.index("ST*"), text.index("GE*")
    second = text[start:end].replace("*0001~", "*0002~").replace("SE*30*", "SE*31*")
    data = text[:start] + text[start:end] + second + text[end:].replace("GE*1*", "GE*2*")
    group = read(data, isolate_sets=True).interchanges[0].groups[0]
    answer = acknowledge(group, [SetResult(one, one.errors) for one in group.sets], "0001")
    assert _lines(answer)[1:] == ["AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*4", "AK9*P*2*2*1"]
    assert _complaints(answer) == []


def test_taken_in_spite_of_errors():
    group = _group(own("850"))
    error = X12Error("too long", segment="REF", position=4, element=2, code="5", value="CYCLING~AND*MORE")
    answer = acknowledge(group, [SetResult(group.sets[0], [error], accepted=True)], "0001")
    assert _lines(answer)[2:] == ["AK3*REF*4**8", "AK4*2**5*CYCLING AND MORE", "AK5*E*5", "AK9*E*1*1*1"]
    assert _complaints(answer) == []


def test_group_error_rejects_all():
    group = _group(own("850"))
    error = X12Error("version", segment="GS", element=8, code="2", level="group")
    assert _lines(acknowledge(group, [], "0001", errors=[error]))[-1] == "AK9*R*1*1*0*2"


def test_acknowledgement_is_understood_as_it_was_meant():
    group = _group(own("850"))
    error = X12Error("x", segment="PO1", position=24, element=2, code="6", value="sixty")
    answer = acknowledge(group, [SetResult(group.sets[0], [error])], "0001")
    assert read_acknowledgement(only_set(read(write(sets_in_envelope(answer))))) == {
        "functional_id": "PO",
        "group": "4711",
        "status": "rejected",
        "included": "1",
        "received": "1",
        "accepted": "0",
        "codes": [],
        "sets": [
            {
                "code": "850",
                "control": "0001",
                "status": "rejected",
                "codes": ["5"],
                "errors": [
                    {
                        "segment": "PO1",
                        "position": "24",
                        "code": "8",
                        "elements": [{"element": "2", "code": "6", "value": "sixty"}],
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("AK9*A*1*1*1~", "AK1: it is missing"),
        ("AK1*PO*1~", "AK9: it is missing"),
        ("AK1*PO*1~AK5*A~", "AK5 .segment 3.: it comes before AK2"),
        ("AK1*PO*1~AK2*850*0001~AK4*1**7~", "AK4 .segment 4.: it comes before AK3"),
        ("AK1*PO*1~AK2*850*0001~AK9*A*1*1*1~", "AK5: it is missing for the set 0001"),
        ("AK1*PO*1~AK2*850*0001~AK5*Q~", "AK5 .segment 4. element 01: status 'Q' is unknown"),
    ],
)
def test_broken_acknowledgement_is_refused(lines, message):
    text = own("850").decode()
    head = text[: text.index("ST*")].replace("GS*PO", "GS*FA")
    body = f"ST*997*0001~{lines}SE*{lines.count('~') + 2}*0001~"
    transaction = only_set(read(head + body + text[text.index("GE*") :]))
    with pytest.raises(X12Error, match=message):
        read_acknowledgement(transaction)
    with pytest.raises(X12Error, match="this is a 850, not a 997"):
        read_acknowledgement(only_set(read(own("850"))))


def test_interchange_is_answered_by_ta1():
    (interchange,) = read(own("850")).interchanges
    taken = ta1(interchange)
    assert taken.elements == ("000004711", "260302", "0915", "A", "000")
    assert read_ta1(taken) == {
        "interchange": "000004711",
        "date": "2026-03-02",
        "time": "09:15",
        "status": "accepted",
        "code": "000",
    }
    error = X12Error("twice", level="interchange", code="025")
    assert read_ta1(ta1(interchange, error))["status"] == "rejected"
