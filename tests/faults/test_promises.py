"""What counts as lost, doubled or out of order: a run can only be believed if it would have told."""

from datetime import datetime, timezone

from faults.promises import looked_at, of_effects, of_tellings
from faults.senders import Fact


def fact(number, when, accepted, lane="L"):
    return Fact((lane, number), f"t{number}", when, accepted, number)


def effect(number, begun, lane="L"):
    return {
        "lane": lane,
        "number": number,
        "token": f"t{number}",
        "begun": datetime.fromtimestamp(begun, timezone.utc),
    }


def broken(promises):
    return {each.name: len(each.broken) for each in promises if each.broken}


def checked(effects, *facts, applied=None):
    known = {each.key: each for each in facts}
    return broken(of_effects(effects, {"L": len(known)} if applied is None else applied, known))


def test_an_effect_each_in_order_is_as_promised():
    assert not checked([effect(1, 20), effect(2, 20)], fact(1, 10, 11), fact(2, 12, 13))


def test_an_accepted_message_without_effect_is_lost():
    assert checked([effect(1, 20)], fact(1, 10, 11), fact(2, 12, 13)) == {"lost": 1}


def test_two_effects_and_effects_of_nobody_are_too_many():
    effects = [effect(1, 20), effect(1, 20), effect(2, 30)]
    assert checked(effects, fact(1, 10, 11)) == {"applied twice": 2}


def test_a_document_that_counts_otherwise_is_told():
    assert checked([effect(1, 20)], fact(1, 10, 11), applied={"L": 2}) == {"applied twice": 1}


def test_what_was_there_and_is_applied_after_a_later_one_is_out_of_order():
    assert checked([effect(2, 20), effect(1, 21)], fact(1, 10, 11), fact(2, 12, 13)) == {"out of order": 1}
    same_step = [effect(2, 20), effect(1, 20)]
    assert checked(same_step, fact(1, 10, 11), fact(2, 12, 13)) == {"out of order": 1}


def test_what_arrives_after_a_later_one_was_applied_is_not_out_of_order():
    assert not checked([effect(2, 20), effect(1, 40)], fact(1, 10, 30), fact(2, 12, 13))


def test_without_a_time_the_order_of_acceptance_counts():
    assert checked([effect(2, 20), effect(1, 21)], fact(1, None, 11), fact(2, None, 13)) == {"out of order": 1}


def test_the_other_side_may_get_a_message_twice_but_not_under_two_ids():
    told = {("L", 1), ("L", 2)}
    assert not broken(of_tellings(told, [[1, "a", "L", 1], [2, "a", "L", 1], [3, "b", "L", 2]]))
    assert broken(of_tellings(told, [[1, "a", "L", 1], [2, "c", "L", 1], [3, "b", "L", 2]])) == {"applied twice": 1}
    assert broken(of_tellings(told, [[3, "b", "L", 2], [4, "a", "L", 1]])) == {"out of order": 1}
    assert broken(of_tellings(told, [[1, "a", "L", 1]])) == {"lost": 1}
    assert broken(of_tellings({("L", 1)}, [[1, "a", "L", 1], [3, "b", "L", 2]])) == {"applied twice": 1}


def test_what_nobody_has_looked_at_does_not_hold():
    assert broken(looked_at(of_tellings(set(), []))) == {"lost": 1, "applied twice": 1, "out of order": 1}
