"""The rule of order: what harms what, in a table and for any lane one can think of."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sync_engine import lanes, pointers, retry


def row(number, state="pending", hold_reason=None, scope="", closing=False, due=True, shadow=False, blocker=None):
    return {
        "id": number, "state": state, "hold_reason": hold_reason, "scope": scope, "closing": closing,
        "due": due and state == "pending", "shadow": shadow, "blocker_id": blocker,
    }  # fmt: skip


def ids(rows):
    return [each["id"] for each in rows]


STORIES = [
    ("all run in order", [row(1), row(2), row(3)], [1, 2, 3], []),
    ("a failed issue of one item", [row(1, "dead", scope="item=A"), row(2, scope="item=A")], [], [(2, 1)]),
    ("… lets the finished goods pass", [row(1, "dead", scope="item=A"), row(2, scope="output")], [2], []),
    ("… but not the closing", [row(1, "dead", scope="item=A"), row(2, closing=True)], [], [(2, 1)]),
    ("one that speaks of the whole document blocks only such", [row(1, "dead"), row(2, scope="output")], [2], []),
    ("a retry later blocks its scope", [row(1, due=False), row(2)], [], [(2, 1)]),
    ("a question blocks its scope", [row(1, "held", "look_alike"), row(2)], [], [(2, 1)]),
    ("an early one steps aside", [row(1, "held", "early"), row(2)], [2], []),
    ("one that lacks a reference steps aside", [row(1, "held", "reference"), row(2)], [2], []),
    ("… but the closing waits for it", [row(1, "held", "early", "op=10"), row(2, closing=True)], [], [(2, 1)]),
    ("a blocked one blocks on", [row(1, "dead"), row(2), row(3)], [], [(2, 1), (3, 1)]),
    ("a later failure harms nobody before it", [row(1), row(2, "dead")], [1], []),
    ("what is only tried blocks nobody", [row(1, "dead", shadow=True), row(2, closing=True)], [2], []),
    ("nothing waits for what waits for it", [row(1, "held", "blocked", blocker=2), row(2)], [2], []),
    (
        "… also with another one between",
        [row(1, "held", "blocked", blocker=3), row(2), row(3, "held", "blocked", blocker=2)],
        [2],
        [],
    ),
    ("… nor for what waits for a later one", [row(1, "held", "blocked", blocker=3), row(2), row(3, "dead")], [2], []),
    (
        "… but for what waits for an earlier one",
        [row(0, "dead"), row(1, "held", "blocked", blocker=0), row(2)],
        [],
        [(2, 0)],
    ),
    ("… and for what waited for one that has ended", [row(1, "held", "blocked", blocker=0), row(2)], [], [(2, 1)]),
]


@pytest.mark.parametrize(
    "rows, runnable, blocked", [story[1:] for story in STORIES], ids=[story[0] for story in STORIES]
)
def test_stories(rows, runnable, blocked):
    runs, waits = lanes.plan(rows)
    assert ids(runs) == runnable
    assert [(one["id"], blocker["id"]) for one, blocker in waits] == blocked


any_row = st.builds(
    lambda state, reason, scope, closing, due, shadow: (
        state,
        reason if state == "held" else None,
        scope,
        closing,
        due,
        shadow,
    ),
    st.sampled_from(["pending", "pending", "held", "dead"]),
    st.sampled_from(["early", "reference", "conflict", "look_alike", "blocked", "gap"]),
    st.sampled_from(["", "a", "b"]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
any_lane = st.lists(any_row, max_size=12).map(lambda rows: [row(n, *values) for n, values in enumerate(rows)])


@st.composite
def counted_lane(draw):
    """A lane in which blocked rows wait for any others, also for later ones; none for one that waits for it."""
    rows, known = draw(any_lane), []
    for each in draw(st.permutations(rows)):
        if each["hold_reason"] == "blocked":
            if known:
                each["blocker_id"] = draw(st.sampled_from(known))["id"]
            else:
                each.update(state="dead", hold_reason=None)
        known.append(each)
    return rows


def waiting_after(rows, waits):
    """``{who waits: for whom}``, of those that waited already and those that the plan lets wait."""
    held = {one["id"]: one["blocker_id"] for one in rows if one["hold_reason"] == "blocked"}
    return {**held, **{one["id"]: blocker["id"] for one, blocker in waits}}


def chain(number, waiting):
    """Those for which it waits, one after the other."""
    while number in waiting:
        number = waiting[number]
        yield number


@given(any_lane)
def test_every_due_row_runs_or_waits_behind_an_earlier_open_one(rows):
    runs, waits = lanes.plan(rows)
    assert sorted(ids(runs) + [one["id"] for one, _blocker in waits]) == ids([r for r in rows if r["due"]])
    assert ids(runs) == sorted(ids(runs))
    for one, blocker in waits:
        assert blocker["id"] < one["id"] and blocker["id"] not in ids(runs)
        assert lanes.blocks(blocker, one)


@given(counted_lane())
def test_nothing_waits_for_what_waits_for_it(rows):
    waiting = waiting_after(rows, lanes.plan(rows)[1])
    for number in waiting:
        assert number not in islice(chain(number, waiting), len(rows))


@given(counted_lane())
def test_what_does_not_wait_for_it_blocks_it_as_ever(rows):
    runs, waits = lanes.plan(rows)
    held = waiting_after(rows, waits)
    for late in runs:
        for early in rows[: late["id"]]:
            if early["id"] in held:
                early = {**early, "state": "held", "hold_reason": "blocked"}
            if early["id"] not in ids(runs) and lanes.blocks(early, late):
                assert any(number >= late["id"] for number in chain(early["id"], held))


@given(counted_lane())
def test_a_lane_that_is_cut_after_its_last_due_row_is_planned_as_the_whole(rows):
    last = max((place for place, each in enumerate(rows) if each["due"]), default=-1)
    cut = [{**each, "waits_beyond": (each["blocker_id"] or 0) > last} for each in rows[: last + 1]]
    whole = lanes.plan(rows)
    assert [ids(whole[0]), [(one["id"], other["id"]) for one, other in whole[1]]] == [
        ids(lanes.plan(cut)[0]),
        [(one["id"], other["id"]) for one, other in lanes.plan(cut)[1]],
    ]


@given(any_lane)
def test_nothing_overtakes_what_it_depends_on(rows):
    runs, waits = lanes.plan(rows)
    waiting = {one["id"] for one, _blocker in waits}
    for late in runs:
        for early in rows[: late["id"]]:
            if early["id"] in waiting:
                early = {**early, "state": "held", "hold_reason": "blocked"}
            if early["id"] not in ids(runs):
                assert not lanes.blocks(early, late)


@given(any_lane)
def test_a_lane_without_trouble_runs_whole(rows):
    sound = [{**each, "state": "pending", "hold_reason": None, "due": True} for each in rows]
    assert ids(lanes.plan(sound)[0]) == ids(sound)


@given(st.integers(1, 10**9), st.sampled_from(["item", "production"]), st.text(max_size=2000))
def test_an_external_lane_fits_an_index_and_is_told_from_others(system_id, entity, external_id):
    lane = lanes.of_external(system_id, entity, external_id)
    assert len(lane.encode()) <= lanes.KEY_BYTES
    assert lane == lanes.of_external(system_id, entity, external_id)
    if len(external_id) < 50:
        assert lanes.split_external(lane) == (system_id, entity, external_id)
    assert lanes.split_external(lanes.of_record("mrp.production", 5)) is None
    assert lanes.split_external("0f8fad5b-d9cb-469f-a165-70867728950e") is None


@given(st.integers(0, 10_000), st.floats(0.1, 60))
def test_waits_double_with_jitter_to_an_hour(attempts, first):
    ceiling = min(retry.CAP, first * 2 ** min(attempts, 20))
    assert ceiling / 10 <= retry.delay(attempts, first) <= ceiling


def test_those_that_failed_together_do_not_come_back_together():
    waits = [retry.delay(4, 10.0) for _each in range(200)]
    assert min(waits) < 40 and max(waits) > 120


def test_the_other_sides_wish_counts_up_to_the_cap():
    assert retry.delay(0, 1.0, retry_after=120) == 120
    assert retry.delay(0, 1.0, retry_after=10**6) == retry.CAP


def test_the_part_of_an_order_may_have_a_name_that_ends_in_an_equals_sign():
    """Names in base64 do: without it a failure of this operation would hold up the whole order."""
    assert pointers.scope({"operation": "V2VsZA=="}, ["/operation"]) == "operation=V2VsZA=="
    assert pointers.scope({"operation": "10", "lot": ""}, ["/operation", "/lot", "output"]) == "operation=10|output"
    assert pointers.scope({"operation": None}, ["/operation"]) == ""
