"""What we send is padded and counted, and never holds a delimiter in its data."""

import io
from dataclasses import replace

import pytest
import pyx12.x12file
from x12 import Composite, Delimiters, Repeated, Segment, TransactionSet, X12Error, clean, documents, read, write
from x12_story import NAMES, only_set, own, own_document, sets_in_envelope


def _order(*segments):
    return TransactionSet("850", "0001", list(segments))


def pyx12_reading(data):
    """(errors, segments) as pyx12 reads the file: an independent reader of release 00401 and 00501."""
    with pyx12.x12file.X12Reader(io.StringIO(data.decode("ascii"))) as source:
        segments = [segment.format() for segment in source]
        return source.pop_errors(), segments


@pytest.mark.parametrize("code", NAMES)
def test_what_was_read_is_written_again_alike(code):
    data = own(code)
    assert write(*read(data).interchanges) == data


@pytest.mark.parametrize("code", NAMES)
def test_an_independent_reader_finds_no_fault(code):
    data = write(sets_in_envelope(TransactionSet(code, "0001", documents.encode(code, own_document(code)))))
    errors, segments = pyx12_reading(data)
    assert errors == []
    assert segments == [line + "~" for line in data.decode().replace("\n", "").split("~")[:-1]]


def test_the_independent_reader_would_find_a_fault():
    errors, _segments = pyx12_reading(own("850").replace(b"SE*30*", b"SE*32*"))
    assert errors


def test_several_sets_are_counted():
    first = _order(Segment("BEG", ("00", "SA", "PO-1", "", "20260302")))
    second = replace(first, control="0002")
    data = write(sets_in_envelope(first, second), newline=False)
    assert data.endswith(b"SE*3*0001~ST*850*0002~BEG*00*SA*PO-1**20260302~SE*3*0002~GE*2*7~IEA*1*000000007~")
    assert len(data.split(b"~")[0]) == 105
    assert pyx12_reading(data)[0] == []


def test_release_00501_carries_repetitions():
    delimiters = Delimiters("|", ":", "\n", "^")
    ref = Segment("REF", ("ZZ", Repeated([Composite(["A", "B"]), "C"])))
    data = write(sets_in_envelope(replace(_order(ref), version="005010"), delimiters=delimiters, version="00501"))
    assert b"\nREF|ZZ|A:B^C\n" in data
    assert b"|^|00501|" in data
    reading = read(data, allow={"newline_terminator"})
    assert only_set(reading).segments[0].elements[1].parts == ("A:B", "C")
    assert pyx12_reading(data)[0] == []


def test_composites_take_the_delimiters_of_where_they_go():
    ref = only_set(read(own("850").replace(b"CYCLING", b"A>B"))).segments[2]
    assert b"REF*DP*A:B~" in write(sets_in_envelope(_order(ref), delimiters=Delimiters(component=":")))


@pytest.mark.parametrize("text", ["STEM 31.8*90", "A~B", "A>B", "FAHRRÄDER", "LINE\nBREAK", "BELL\x07", 24, None])
def test_data_that_would_break_the_file_is_refused(text):
    with pytest.raises(X12Error) as refused:
        write(sets_in_envelope(_order(Segment("BEG", ("00",)), Segment("MSG", (text,)))))
    assert (refused.value.segment, refused.value.position, refused.value.element) == ("MSG", 3, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sender": "A NAME OF SIXTEEN"}, "ISA (segment 1) element 06"),
        ({"sender": ""}, "needs a sender and a receiver"),
        ({"sender": "RIDGE*LINE"}, "ISA (segment 1) element 06: 'RIDGE*LINE' holds '*'"),
        ({"control": "1234567890"}, "ISA (segment 1) element 13"),
        ({"usage": "X"}, "ISA (segment 1) element 15"),
        ({"date": ""}, "ISA element 09: date '' is not a date"),
        ({"time": "25:00"}, "ISA element 10: time '25:00' is not a time"),
        ({"version": "00501"}, "needs repetition separator"),
        ({"delimiters": Delimiters(repetition="^")}, "has no repetition separator"),
        ({"delimiters": Delimiters("A")}, "can't be the element separator"),
        ({"delimiters": Delimiters("~")}, "two roles"),
    ],
)
def test_envelope_that_no_partner_could_read_is_refused(change, message):
    interchange = replace(sets_in_envelope(_order(Segment("BEG", ("00",)))), **change)
    with pytest.raises(X12Error) as refused:
        write(interchange)
    assert message in str(refused.value)


def test_control_numbers_are_not_used_twice():
    order = _order(Segment("BEG", ("00",)))
    with pytest.raises(X12Error, match="ST element 02: control number '0001' is used twice"):
        write(sets_in_envelope(order, order))


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        (Segment("SE", ("1",)), "it belongs to the envelope"),
        (Segment("be", ("1",)), "'be' is not a segment id"),
        (Segment("BEG", ("", "")), "it has no elements"),
    ],
)
def test_segments_that_are_none_are_refused(segment, message):
    with pytest.raises(X12Error, match=message):
        write(sets_in_envelope(_order(segment)))


def test_free_text_is_cleaned_on_demand():
    assert clean("Größe 31.8*90 \u2013 Señor~\n\u201cx\u201d") == 'Grosse 31.8 90 - Senor  "x"'
    assert clean("A:B>C", Delimiters(component=":")) == "A B>C"
    assert clean("漢字 rim") == "?? rim"
    assert clean("WHEEL 700C FRONT", limit=6) == "WHEEL"
