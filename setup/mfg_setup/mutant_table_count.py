"""More rules as in mutant_table.py: of messages that their sender counts, and of states that came too late."""

from .mutant_table import MODEL, TESTS, mutant

NUMBERS = f"{TESTS}test_numbers.py::TestNumbers::"
NUMBER_ORDER = f"{TESTS}test_number_order.py::TestNumberOrder::"
STATES = f"{TESTS}test_states.py::TestStates::"

COUNT_MUTANTS = (
    mutant(
        "what follows a missing number waits",
        "numbers.py",
        f"{NUMBERS}test_what_follows_a_missing_report_waits_until_it_arrives",
        ('return following is not None and row["sequence_no"] > last', "return False"),
    ),
    mutant(
        "what follows a missing number waits, also in random histories",
        "numbers.py",
        MODEL,
        ('return following is not None and row["sequence_no"] > last', "return False"),
    ),
    mutant(
        "who waits behind whom does not depend on where the time ends",
        "group.py",
        f"{TESTS}test_group.py::TestGroup::test_where_the_time_ends_changes_nothing_about_who_waits_behind_whom",
        ('if all(row["id"] in done for row in may_run):', "if True:"),
    ),
    mutant(
        "a gap that has closed lets go",
        "numbers.py",
        MODEL,
        ("let_go = _let_go(env.cr, counted, reached)", "let_go = set()"),
    ),
    mutant(
        "what a closed gap lets go has its turn before higher numbers",
        "numbers.py",
        f"{NUMBER_ORDER}test_what_was_held_goes_before_higher_numbers_that_come_with_the_missing_one",
        ('due=not row["paused"])', "due=False)"),
    ),
    mutant(
        "numbers decide about the order",
        "numbers.py",
        f"{NUMBER_ORDER}test_the_numbers_decide_about_the_order_whatever_the_clocks_say",
        ("        in_turn(rows, counted)\n", "        pass\n"),
    ),
    mutant(
        "numbers decide about the order, also in random histories",
        "numbers.py",
        MODEL,
        ("        in_turn(rows, counted)\n", "        pass\n"),
    ),
    mutant(
        "lower numbers of later times are waited for",
        "numbers.py",
        f"{NUMBER_ORDER}test_a_report_waits_for_a_lower_number_of_a_later_time_that_failed",
        ('        found[row["lane"]].append(row)\n', "        pass\n"),
    ),
    mutant(
        "the lowest numbers have their turn also where a chunk looks at a few",
        "numbers.py",
        f"{NUMBER_ORDER}test_the_numbers_decide_also_where_a_chunk_looks_at_a_few",
        ('locked = _lock(env.cr, [row["id"] for row in due[:limit]])', "locked = {}"),
    ),
    mutant(
        "what comes after a number that was left is left",
        "numbers.py",
        f"{NUMBER_ORDER}test_who_looks_at_a_few_locks_a_few",
        ("        _leave(rows)\n", "        pass\n"),
    ),
    mutant(
        "nothing waits for what waits for it",
        "lanes.py",
        f"{NUMBER_ORDER}test_a_late_number_does_not_put_a_report_behind_what_waits_for_it",
        (" and not self._is_after(each, row)", ""),
    ),
    mutant(
        "nor for what waits for one beyond a look",
        "numbers.py",
        f"{NUMBER_ORDER}test_a_circle_of_waiting_does_not_close_over_what_a_look_does_not_reach",
        ("    _look_beyond(env.cr, [row for rows in found.values() for row in rows])\n", ""),
    ),
    mutant(
        "what numbers brought in since is not beyond a look",
        "numbers.py",
        f"{NUMBER_ORDER}test_who_waits_for_a_lower_number_of_a_later_time_is_waited_for",
        (
            "    changed = _by_number(env, found, limit)\n",
            "    _look_beyond(env.cr, [row for rows in found.values() for row in rows])\n"
            "    changed = _by_number(env, found, limit)\n",
        ),
        (
            "    _look_beyond(env.cr, [row for rows in found.values() for row in rows])\n    return changed\n",
            "    return changed\n",
        ),
    ),
    mutant(
        "a person goes on without the missing number",
        "numbers.py",
        f"{NUMBERS}test_past_patience_a_person_is_asked_and_goes_on_without",
        ("AND m.accept_gap\n", "AND false\n"),
    ),
    mutant(
        "a count is one of its document",
        "accept.py",
        f"{NUMBERS}test_a_match_made_meanwhile_does_not_begin_the_count_anew",
        ('row["counter"] = row["lane"]', 'row["counter"] = row["uuid"]'),
    ),
    mutant(
        "the highest number that was done is not forgotten",
        "retention.py",
        f"{NUMBERS}test_what_was_removed_after_years_does_not_look_as_if_it_were_missing",
        ("AND (m.counter IS NULL OR m.done_at", "AND (true OR m.done_at"),
    ),
    mutant(
        "a corrected message keeps its number",
        "correction.py",
        f"{NUMBERS}test_a_number_of_one_order_is_none_of_the_order_it_is_corrected_to",
        ("corrected.update(counter=None, sequence_no=None)", "pass"),
    ),
    mutant(
        "repetitions are told by number where they are counted",
        "twins.py",
        f"{NUMBERS}test_two_closings_with_numbers_against_their_clock_do_not_wait_for_each_other",
        ("{one}.sequence_no <> {other}.sequence_no", "false"),
    ),
    mutant(
        "what is tried only keeps nobody waiting for its number",
        "lanes.py",
        f"{NUMBERS}test_what_is_only_tried_is_counted_and_keeps_nobody_waiting",
        ('    if earlier.get("shadow"):\n', "    if False:\n"),
    ),
    mutant(
        "an older state changes nothing",
        "states.py",
        f"{STATES}test_a_state_that_is_older_than_what_was_applied_changes_nothing",
        ("AND n.sort_time > m.sort_time", "AND n.sort_time > m.sort_time AND false"),
    ),
    mutant(
        "an older state changes nothing, also in random histories",
        "states.py",
        MODEL,
        ("AND n.sort_time > m.sort_time", "AND n.sort_time > m.sort_time AND false"),
    ),
    mutant(
        "events are never dropped",
        "states.py",
        f"{STATES}test_an_event_is_never_dropped_however_late_it_comes",
        ('if kind["pattern"] == "event":', "if False:"),
    ),
    mutant(
        "one subject in two lanes is told in order",
        "states.py",
        f"{STATES}test_one_subject_in_two_lanes_is_told_in_the_order_of_its_states",
        ('return {row["id"] for row in states if lane_of', 'return {row["id"] for row in () if lane_of'),
    ),
)
