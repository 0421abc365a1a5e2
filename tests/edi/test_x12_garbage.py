"""Whatever arrives: the reader and the documents answer with a document or an X12Error, never with anything else."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from x12 import LENIENCIES, X12Error, documents, read
from x12.ack import read_acknowledgement
from x12_story import NAMES, own

INTERESTING = (b"*", b"~", b">", b"^", b"\n", b"\x00", b"\xff", b"", b"HL", b"ISA*", b"-", b"9" * 50, "é²".encode())


def take_in(data, allow):
    """Read and decode all there is; how far it got."""
    try:
        reading = read(data, allow=allow)
    except X12Error:
        return "refused"
    for _interchange, _group, transaction in reading.transaction_sets():
        decode = documents.decode if transaction.code in documents.MODULES else read_acknowledgement
        try:
            decode(transaction)
        except X12Error:
            return "not understood"
    return "understood"


def garbled(data, random, times):
    """Bytes replaced, dropped and repeated; now and then a segment moved, or a whole piece."""
    for _time in range(times):
        place, end = sorted(random.randrange(len(data) + 1) for _ in range(2))
        kind = random.random()
        if kind < 0.5:
            data = data[:place] + random.choice(INTERESTING) + data[place + 1 :]
        elif kind < 0.65:
            data = data[:place] + data[place + random.randrange(1, 4) :]
        elif kind < 0.9:
            segments = data.split(b"~")
            segments.insert(random.randrange(len(segments)), segments.pop(random.randrange(len(segments))))
            data = b"~".join(segments)
        else:
            data = data[:place] + data[end:] if kind < 0.95 else data[:end] + data[place:]
    return data


@pytest.mark.parametrize("code", NAMES)
@settings(max_examples=2500, deadline=None)
@given(random=st.randoms(use_true_random=False), times=st.integers(1, 6), lenient=st.booleans())
def test_garbled_documents(code, random, times, lenient):
    take_in(garbled(own(code), random, times), LENIENCIES if lenient else ())


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes(data, lenient):
    take_in(data, LENIENCIES if lenient else ())
    take_in(own("850")[:106] + data, LENIENCIES if lenient else ())


def test_garbling_reaches_the_documents():
    """Were all garbled files refused by the envelope, the tests above would say nothing about documents."""
    outcomes = [take_in(garbled(own(code), Random(seed), 2), LENIENCIES) for code in NAMES for seed in range(100)]
    assert min(outcomes.count(outcome) for outcome in ("refused", "not understood", "understood")) > 20
