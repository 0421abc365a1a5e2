"""JSON as a plant's systems send it: exact quantities, nothing that two readers could read differently."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_protocol import strict_json
from sync_protocol.errors import Problem

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
decimals = st.decimals(min_value=-(10**20), max_value=10**20, allow_nan=False, places=6)
#: numbers as text: also such as have more digits than a float, and many zeros in front when they are written out
as_sent = st.one_of(
    st.builds("{}.{}e{}".format, st.integers(-9, 9), st.text("0123456789", min_size=1), st.integers(-31, 31)),
    st.builds("1{}e{}".format, st.text("0123456789", min_size=15, max_size=37), st.integers(-60, 10)),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
scalars = st.none() | st.booleans() | st.integers(-(10**25), 10**25) | decimals | texts
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=20)


@pytest.mark.parametrize(
    "body, said",
    [
        (b'{"good": 1, "good": 2}', "'good' stands twice"),
        (b'{"a": {"b": 1, "b": 1}}', "'b' stands twice"),
        (b'{"qty": NaN}', "NaN"),
        (b'{"qty": Infinity}', "Infinity"),
        (b'{"qty": -Infinity}', "-Infinity"),
        (b'{"qty": 1e400}', "out of range"),
        (b'{"qty": 1E+31}', "out of range"),
        (b'{"qty": 1e99999999999999999999}', "1e99999999999999999999 is out of range"),
        (b'{"qty": -1e-99999999999999999999}', "out of range"),
        (b'{"qty": 0e99999999999999999999}', "out of range"),
        (b'{"qty": 123456789012345678901234567890123456e-60}', "more than 40"),
        (b'{"qty": ' + b"9" * 41 + b"}", "more than 40"),
        (b'{"qty": 0.' + b"1" * 41 + b"}", "more than 40"),
        (b"[" * 40 + b"]" * 40, "deeper than 32"),
        (b"[" * 100_000 + b"]" * 100_000, "deeper than 32"),
        (b'{"lot": "\\ud800"}', "surrogate"),
        (b'{"\\ud800": 1}', "surrogate"),
        (b'{"lot": "A\\u0000B"}', "NUL"),
        (b'{"lot": "\xff"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b'{"id": ', "line 1 column 8"),
        (b"", "line 1 column 1"),
        (b"{} {}", "Extra data"),
        (b'{"qty": 01}', "line 1"),
        (b"{'a': 1}", "line 1"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused_and_says_why(body, said):
    with pytest.raises(Problem) as refusal:
        strict_json.loads(body)
    assert (refusal.value.status, refusal.value.code) == (400, "json")
    assert said in refusal.value.detail


def test_a_twin_key_among_very_many_is_found_in_reasonable_time():
    pairs = ",".join(f'"k{number}":1' for number in range(200_000))
    with pytest.raises(Problem, match="k199999"):
        strict_json.loads(f'{{{pairs},"k199999":1}}')


def test_quantities_stay_exact_on_the_way_through():
    exact = "12345678901234567.89"
    value = strict_json.loads(f'{{"qty": {exact}, "each": 0.1, "five": 5.0}}')
    assert value == {"qty": Decimal(exact), "each": Decimal("0.1"), "five": Decimal("5.0")}
    assert strict_json.dumps(value) == f'{{"qty":{exact},"each":0.1,"five":5}}'


@given(values)
def test_what_was_accepted_is_read_again_as_the_same(value):
    once = strict_json.loads(strict_json.dumps(value))
    assert strict_json.canonical(once) == strict_json.canonical(value)


@given(st.lists(as_sent, min_size=1, max_size=4))
def test_a_quantity_that_was_accepted_is_read_from_the_ledger_as_it_was(numbers):
    """Beside others as well: one that no float holds has all of them written out."""
    accepted = strict_json.loads(f"[{','.join(filter(is_accepted, numbers))}]")
    written = strict_json.dumps(accepted)
    assert strict_json.loads(written) == accepted
    assert strict_json.dumps(strict_json.loads(written)) == written


def is_accepted(number):
    try:
        return bool(strict_json.loads(f"[{number}]"))
    except Problem:
        return False


@pytest.mark.parametrize("beside", ["1", "12345678901234567.89"])
@pytest.mark.parametrize("number", ["2.00000000000000000001e-20", "1.2345678901234567e-25", "-1e-30", "1E+30"])
def test_a_very_small_quantity_is_kept_readable_whatever_stands_beside_it(number, beside):
    accepted = strict_json.loads(f'{{"residue": {number}, "weight": {beside}}}')
    assert strict_json.loads(strict_json.dumps(accepted)) == accepted == {
        "residue": Decimal(number), "weight": Decimal(beside)}  # fmt: skip


@given(values)
def test_the_canonical_form_is_json_and_its_own_canonical_form(value):
    text = strict_json.canonical(value)
    json.loads(text)
    assert strict_json.canonical(strict_json.loads(text)) == text


@given(st.dictionaries(texts, scalars, min_size=2))
def test_the_order_of_keys_does_not_make_another_fact(value):
    turned = dict(reversed(value.items()))
    assert strict_json.content_hash(turned) == strict_json.content_hash(value)


@given(decimals, st.integers(0, 6))
def test_zeros_at_the_end_do_not_make_another_quantity(number, zeros):
    shown = f"{number:f}" + ("" if "." in f"{number:f}" else ".") + "0" * zeros
    assert strict_json.content_hash(Decimal(shown)) == strict_json.content_hash(number)


@given(values, values)
def test_two_facts_have_the_same_hash_only_if_they_are_the_same(one, other):
    same = strict_json.canonical(one) == strict_json.canonical(other)
    assert (strict_json.content_hash(one) == strict_json.content_hash(other)) == same


@pytest.mark.parametrize("one, other", [("5", 5), (True, 1), (None, "null"), ([], {}), ("", None), (False, 0)])
def test_kinds_of_values_are_not_confused(one, other):
    assert strict_json.content_hash({"v": one}) != strict_json.content_hash({"v": other})


def test_long_numbers_that_differ_in_the_last_digit_differ():
    one, other = (strict_json.loads("1" * 34 + digit) for digit in "12")
    assert strict_json.content_hash(one) != strict_json.content_hash(other)


def test_nobody_can_put_not_a_number_into_a_message():
    with pytest.raises(ValueError):
        strict_json.dumps({"qty": float("nan")})
