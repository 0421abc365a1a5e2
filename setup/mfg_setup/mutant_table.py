"""The rules of the engine, each with a change that breaks it and the test that must notice."""

from dataclasses import dataclass

ENGINE = "mfg_sync/engine/"
TESTS = "mfg_sync/tests/"
ORDER = f"{TESTS}test_order.py::TestOrder::"
REPETITION = f"{TESTS}test_repetition.py::TestRepetition::"
FAILURES = f"{TESTS}test_failures.py::TestFailures::"
GROUP = f"{TESTS}test_group.py::TestGroup::"
MODEL = "tests/model"


@dataclass(frozen=True)
class Mutant:
    """
    :ivar rule: what no longer holds
    :ivar file: whose text is changed
    :ivar test: file, or file::Class::test
    :ivar changes: pairs of text that stands in the file once, and what stands there instead
    """

    rule: str
    file: str
    test: str
    changes: tuple


def mutant(rule, file, test, *changes):
    """A file without a folder is of the engine."""
    return Mutant(rule, file if "/" in file else ENGINE + file, test, changes)


MUTANTS = (
    mutant(
        "one drain a connection at a time",
        "drain.py",
        f"{FAILURES}test_while_one_drain_works_another_leaves_the_messages_to_it",
        ("if not wake.try_lock(lock_cr, worker.endpoint_id, direction):", "if False:"),
    ),
    mutant(
        "a person who works on the same record wins",
        "drain.py",
        f"{FAILURES}test_who_works_on_the_same_record_is_not_kept_waiting",
        ("cr.execute(\"SET LOCAL lock_timeout = '800ms'\")", "pass"),
    ),
    mutant(
        "what races again and again waits alone",
        "drain.py",
        f"{FAILURES}test_a_record_that_somebody_holds_stops_only_its_message",
        ("PATIENT_RACES = 3", "PATIENT_RACES = 1000"),
    ),
    mutant(
        "who meets what another one has just made looks again",
        "chunk.py",
        f"{FAILURES}test_who_makes_what_a_colleague_has_just_made_finds_it_at_the_next_look",
        ("else (*RACES, UNIQUE_VIOLATION)", "else RACES"),
    ),
    mutant(
        "an id with other content is refused",
        "gate.py",
        MODEL,
        ('if before and remembered.agrees(row["content_hash"], before["content_hash"]):', "if before:"),
    ),
    mutant(
        "early ones step aside",
        "lanes.py",
        f"{ORDER}test_a_scrap_before_its_operation_started_steps_aside_and_comes_back",
        ('return later["closing"]', "return True"),
    ),
    mutant(
        "closing waits for what stepped aside",
        "lanes.py",
        f"{ORDER}test_closing_waits_for_what_stepped_aside",
        ('return later["closing"]', "return False"),
    ),
    mutant(
        "only the same scope waits",
        "lanes.py",
        f"{ORDER}test_a_bad_issue_holds_its_own_item_and_the_closing_but_not_the_finished_goods",
        ('return earlier["scope"] == later["scope"] or not later["scope"]', "return True"),
    ),
    mutant(
        "order of a lane",
        "claim.py",
        f"{ORDER}test_reports_of_one_order_are_applied_in_the_order_they_happened",
        ("ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY", "ORDER BY m.id LIMIT %s FOR NO KEY"),
        ("AND (m.sort_time, m.id) <= (last.sort_time, last.id)", "AND (m.id, m.id) <= (last.id, last.id)"),
    ),
    mutant(
        "order of a lane of which something stands already",
        "claim.py",
        f"{ORDER}test_what_failed_stands_between_those_before_and_those_after_it",
        ('sorted(standing + locked, key=lambda row: (row["sort_time"], row["id"]))', "standing + locked"),
    ),
    mutant(
        "what waits behind one whose patience has ended needs a person too",
        "documents.py",
        f"{ORDER}test_what_waits_behind_one_whose_patience_has_ended_needs_a_person_too",
        ("b.needs_person OR m.patience_until < {NOW} AS needs", "b.needs_person AS needs"),
    ),
    mutant(
        "a pause keeps messages",
        "claim.py",
        f"{ORDER}test_a_paused_system_keeps_its_messages",
        ("AND NOT COALESCE(f.paused, false) AND NOT COALESCE(s.paused, false)", ""),
    ),
    mutant(
        "patience ends",
        "verdicts.py",
        f"{FAILURES}test_patience_ends",
        ("state = CASE WHEN patience_until < {NOW} THEN 'dead' ELSE 'pending' END", "state = 'pending'"),
    ),
    mutant(
        "the same fact has one effect",
        "repetition.py",
        f"{REPETITION}test_the_same_fact_under_a_new_id_changes_nothing",
        ('if row["business_key"]:', "if False:"),
    ),
    mutant(
        "look-alikes are asked about",
        "repetition.py",
        f"{REPETITION}test_without_a_number_what_looks_alike_is_asked_about",
        ('elif row["look_alike_key"]:', "elif False:"),
    ),
    mutant(
        "repetitions are told in the order of lanes",
        "twins.py",
        f"{REPETITION}test_two_closings_that_arrive_the_other_way_round_do_not_wait_for_each_other",
        ("ELSE ({one}.sort_time, {one}.id) < ({other}.sort_time, {other}.id) END", "ELSE {one}.id < {other}.id END"),
    ),
    mutant(
        "equal data is found among several",
        "twins.py",
        f"{REPETITION}test_a_repetition_of_what_was_really_new_changes_nothing",
        ("ORDER BY t.data_hash = %s DESC, t.state", "ORDER BY %s IS NULL, t.state"),
    ),
    mutant(
        "what waits behind a cancelled one goes on",
        "release.py",
        f"{ORDER}test_what_waits_behind_a_retry_needs_a_person_once_the_retry_does",
        ("released += release_lanes(cr, endpoint_id, direction, [lane])", "pass"),
    ),
    mutant(
        "who steps aside lets pass",
        "chunk.py",
        f"{ORDER}test_what_is_blocked_behind_a_failed_one_goes_on_when_that_one_steps_aside",
        ("if self.aside:", "if False:"),
    ),
    mutant(
        "only the entry helps a missing mapping",
        "release.py",
        f"{ORDER}test_an_entry_of_the_mapping_lets_the_message_go_on",
        ("(hold_reason = 'reference' AND error_class <> 'mapping')", "hold_reason = 'reference'"),
    ),
    mutant(
        "an effect that fails leaves nothing",
        "chunk.py",
        f"{FAILURES}test_a_refusal_of_odoo_is_told_in_its_own_words",
        (
            "with self.cr.savepoint():\n                result = handler.apply",
            "if True:\n                result = handler.apply",
        ),
    ),
    mutant(
        "what a failed one wanted after commit is cut back",
        "after_commit.py",
        f"{FAILURES}test_what_a_failed_message_wanted_after_commit_is_cut_back",
        ("functions, data = noted_before\n", "return\n    functions, data = noted_before\n"),
    ),
    mutant(
        "effects run as the service user",
        "chunk.py",
        f"{FAILURES}test_handlers_run_as_the_service_user_in_its_company",
        ("            user_id,\n            {", "            1,\n            {"),
    ),
    mutant(
        "what is only tried changes nothing",
        "chunk.py",
        f"{TESTS}test_shadow.py::TestShadow::test_shadow_changes_nothing_and_says_what_it_would_do",
        ("raise ShadowDone(result)", "pass"),
    ),
    mutant(
        "rows follow their document's match",
        "claim.py",
        f"{ORDER}test_a_row_the_gate_put_into_the_old_lane_follows_the_match",
        ("    if not external:\n", "    if True:\n"),
    ),
    mutant(
        "what was too late for the match is not overtaken",
        "claim.py",
        f"{ORDER}test_what_was_too_late_for_the_match_is_still_applied_before_what_happened_after_it",
        ("    if not records:\n", "    if True:\n"),
    ),
    mutant(
        "a match made in a group is followed at once",
        "inbound.py",
        f"{GROUP}test_who_makes_a_match_does_not_let_the_rest_of_its_lane_overtake",
        ("self.group.left.update(lanes)", "pass"),
    ),
    mutant(
        "who looks at the ledger sees what its group did",
        "inbound.py",
        f"{GROUP}test_who_closes_sees_that_those_before_it_are_done",
        ("self.group.write_down()", "pass"),
    ),
    mutant(
        "nothing stays of a group that failed",
        "group.py",
        f"{GROUP}test_who_loses_a_result_is_asked_one_by_one",
        ("if len(self.done) != len(self.taken):", "if False:"),
    ),
    mutant(
        "after a failure it goes on carefully",
        "drain.py",
        f"{GROUP}test_those_before_the_bad_one_are_not_tried_again_and_again",
        ("min(CAREFUL, max(failed.rows, 2 * self.was_careful))", "1"),
    ),
    mutant(
        "what acts outside is alone",
        "chunk.py",
        f"{GROUP}test_what_acts_outside_is_alone_in_its_transaction",
        ('return bool(message.kind and self.env[message.kind["handler"]]._acts_outside)', "return False"),
    ),
    mutant(
        "repetitions are told one by one",
        "group.py",
        f"{REPETITION}test_two_of_the_same_fact_at_once_have_one_effect",
        ('if row["id"] in alone or not', "if not"),
    ),
    mutant(
        "retries are spread by chance",
        "retry.py",
        "tests/protocol/test_lanes.py::test_those_that_failed_together_do_not_come_back_together",
        ("random.uniform(ceiling / 10, ceiling)", "ceiling"),
    ),
    mutant(
        "a copy of the database applies nothing",
        "working.py",
        f"{TESTS}test_stamp.py::TestStamp::test_a_copy_with_a_new_uuid_is_still_until_somebody_confirms",
        (" and setback.is_home(dbname, uuid, found)", ""),
    ),
    mutant(
        "a group is written by the service user",
        "group.py",
        f"{GROUP}test_what_a_group_changes_is_changed_by_the_service_user",
        ("        self.chunk.service_env.flush_all()\n", ""),
    ),
    mutant(
        "a lane is looked up by its own index, whatever the planner knows",
        "claim.py",
        f"{TESTS}test_cost.py::TestCost::test_nor_does_it_in_a_new_database_that_was_never_analyzed",
        ("(m.lane, m.endpoint_id + 0, m.direction)", "(m.lane, m.endpoint_id, m.direction)"),
    ),
    mutant(
        "what is held is looked up by its own index",
        "release.py",
        f"{TESTS}test_cost.py::TestCost::test_nor_does_it_in_a_new_database_that_was_never_analyzed",
        ("AND m.lane = ANY(%s) AND m.state = 'held'", "AND m.lane = ANY(%s) AND m.state || '' = 'held'"),
    ),
    mutant(
        "looking for messages takes none of the time for applying them",
        "group.py",
        f"{GROUP}test_looking_for_messages_takes_none_of_the_time_for_applying_them",
        ("        self.chunk.clock.spent_looking(time.monotonic() - begun)\n", ""),
    ),
    mutant(
        "what is sent goes in by its identity, in whatever order it came",
        "ledger.py",
        "tests/border/test_way_in.py::test_a_batch_that_waits_for_another_holds_nothing_that_the_other_comes_to",
        ("ORDER BY r.source, r.event_id", "ORDER BY r.id"),
    ),
    mutant(
        "what waits for a number is looked at apart from the rest",
        "sweep.py",
        f"{TESTS}test_numbers.py::TestNumbers::test_what_waits_for_a_number_keeps_nobody_from_being_looked_at_again",
        ('return self._due_again(cr, ("early", "reference"))', 'return self._due_again(cr, ("gap", "early"))'),
    ),
    mutant(
        "of rows that only stand before others no contents are read",
        "claim.py",
        f"{TESTS}test_number_order.py::TestNumberOrder::test_of_what_waits_for_a_number_no_contents_are_read",
        ("                SELECT {STANDING} FROM", "                SELECT m.* FROM"),
    ),
    mutant(
        "what is behind a blocked one is written after it",
        "claim.py",
        f"{TESTS}test_order.py::TestOrder::test_what_comes_behind_one_that_waits_for_a_person_needs_him_too_and_so_on",
        (' if blocker["id"] not in later]\n        cr', "]\n        cr"),
        ('left = [(row, blocker) for row, blocker in left if blocker["id"] in later]', "left = []"),
    ),
    mutant(
        "what bears no time comes in the order in which it was sent",
        "ledger.py",
        f"{TESTS}test_order.py::TestOrder::"
        "test_reports_of_a_batch_that_bear_no_time_are_applied_as_they_were_sent_whatever_their_ids",
        ('"COALESCE({sort_time}, {arrived})"', 'f"COALESCE({{sort_time}}, {NOW})"'),
    ),
    mutant(
        "what bears no time comes in the order in which it was sent, also in random histories",
        "ledger.py",
        MODEL,
        ('"COALESCE({sort_time}, {arrived})"', 'f"COALESCE({{sort_time}}, {NOW})"'),
    ),
    mutant(
        "what bears one time comes in the order in which it was sent",
        "ledger.py",
        MODEL,
        ("                  ORDER BY ordinality) AS r", "                  ORDER BY event_id) AS r"),
    ),
    mutant(
        "of what comes twice in one batch the first counts",
        "gate.py",
        MODEL,
        (
            'first.setdefault((row["source"], row["event_id"]), (index, row))',
            'first[row["source"], row["event_id"]] = index, row',
        ),
    ),
)
