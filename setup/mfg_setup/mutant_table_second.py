"""More rules as in mutant_table.py: of what is corrected and has to be approved by a second person."""

from .mutant_table import TESTS, mutant

SECOND = f"{TESTS}test_second_person.py::TestSecondPerson::"
ASKED = f"{TESTS}test_second_asked.py::TestSecondAsked::"

SECOND_MUTANTS = (
    mutant(
        "a replay lets nothing pass that waits for a second person",
        "release.py",
        f"{SECOND}test_no_replay_no_sweep_and_no_drain_lets_it_pass",
        (" AND hold_reason IS DISTINCT FROM 'approval'", ""),
    ),
    mutant(
        "many are replayed without what a second person has to see",
        "replay.py",
        f"{ASKED}test_a_replay_of_a_corrected_one_that_nobody_else_has_seen_is_asked_about",
        (" AND NOT {approval.ALONE}", ""),
    ),
    mutant(
        "a replay of a corrected message is asked about",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_a_replay_of_a_corrected_one_that_nobody_else_has_seen_is_asked_about",
        ('lambda message: message.corrects_id and "approved" not in', 'lambda message: False and "approved" not in'),
    ),
    mutant(
        "who corrected is no second person, whoever replays",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_a_replay_of_a_corrected_one_that_nobody_else_has_seen_is_asked_about",
        ("return self._corrections().user_id.with_env(self.env) or self.env.user", "return self.env.user"),
    ),
    mutant(
        "nobody approves what he corrected",
        "mfg_sync/models/approval.py",
        f"{SECOND}test_nobody_approves_what_he_corrected_whatever_he_calls",
        ("        if self.env.user in self._authors():\n", "        if False:\n"),
    ),
    mutant(
        "a second person is asked where nobody knows what it moves",
        "mfg_sync/models/second_person.py",
        f"{SECOND}test_a_colleague_approves_and_it_is_applied_in_its_place",
        ('if tried.outcome not in ("done", "no_change"):\n        return None,', "if False:\n        return None,"),
    ),
    mutant(
        "a second person is asked about what holds others",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_what_holds_other_messages_or_waits_behind_one_is_asked_about",
        ("    if tried.parts:\n", "    if False:\n"),
    ),
    mutant(
        "a second person is asked about what waits behind another",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_what_holds_other_messages_or_waits_behind_one_is_asked_about",
        ("    if tried.behind:\n", "    if False:\n"),
    ),
    mutant(
        "what was little when it was tried is not applied later unseen",
        "approval.py",
        f"{ASKED}test_what_was_little_when_it_was_tried_is_applied_at_once_or_tried_again",
        ('if too_late or row["attempt_count"] > row["estimated_at"]:', "if too_late:"),
    ),
    mutant(
        "that a connection was for test is no lasting verdict",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_what_was_corrected_while_the_connection_was_for_test_is_asked_about_once_it_is_not",
        ("if verdict.small or verdict.lonely:", "if verdict.small or verdict.note:"),
    ),
    mutant(
        "what was tried out is true for some minutes only",
        "approval.py",
        f"{ASKED}test_what_was_little_before_a_pause_is_tried_again_after_it",
        ("if too_late or row", "if row"),
    ),
    mutant(
        "what has to wait behind another is tried out again",
        "claim.py",
        f"{ASKED}test_what_was_little_and_comes_behind_another_is_tried_again",
        ("estimated_at = {OVER},", "estimated_at = m.estimated_at,"),
    ),
    mutant(
        "what is tried out stands where its corrected content puts it",
        "dry_run.py",
        f"{ASKED}test_whoever_names_another_document_waits_behind_what_failed_there_and_a_colleague_is_asked",
        ('correction.put(cr, row["id"], corrected.get(row["id"]))', "pass"),
    ),
    mutant(
        "who corrected it before somebody else did is no second person",
        "mfg_sync/models/second_person.py",
        f"{SECOND}test_nobody_of_those_who_corrected_it_one_after_the_other_is_the_second_person",
        ("            message = message.corrects_id\n", "            break\n"),
    ),
    mutant(
        "where nobody else could approve it goes on",
        "mfg_sync/models/second_person.py",
        f"{SECOND}test_where_nobody_else_could_approve_it_goes_on_and_the_decision_says_so",
        ('                    ("id", "not in", (author | self._authors()).ids),\n', ""),
    ),
    mutant(
        "who may approve works in that company",
        "mfg_sync/models/second_person.py",
        f"{SECOND}test_where_nobody_else_could_approve_it_goes_on_and_the_decision_says_so",
        ('                    ("company_ids", "in", self.company_id.ids),\n', ""),
    ),
    mutant(
        "on a connection for test nobody else is asked",
        "mfg_sync/models/second_person.py",
        f"{ASKED}test_on_a_connection_for_test_nobody_is_asked_and_the_decision_says_so",
        ('        if self.endpoint_id.environment == "test":\n', "        if False:\n"),
    ),
    mutant(
        "a question whose message is cancelled is withdrawn",
        "mfg_sync/models/second_person.py",
        f"{SECOND}test_cancelling_or_correcting_it_once_more_withdraws_the_question",
        ('if decision in ("cancel", "correct"):', "if False:"),
    ),
    mutant(
        "only an Administrator changes the amount of the second person",
        "mfg_sync/models/res_company.py",
        f"{SECOND}test_only_an_administrator_changes_the_amount_and_that_is_a_decision",
        ("            self._mfg_sync_require_administrator()\n            changed.", "            changed."),
    ),
    mutant(
        "the amount of the second person is a decision",
        "mfg_sync/models/res_company.py",
        f"{SECOND}test_only_an_administrator_changes_the_amount_and_that_is_a_decision",
        ("            changed._mfg_sync_log_amount(before)\n", ""),
    ),
    mutant(
        "a file is no way past the second person",
        "mfg_sync/models/bulk_import.py",
        f"{SECOND}test_a_file_is_no_way_past_a_colleague",
        ("        endpoint._require_may_import()\n", ""),
    ),
    mutant(
        "what was corrected before a second person was asked does not go on by itself",
        "approval.py",
        f"{ASKED}test_what_was_corrected_before_the_company_asked_for_a_colleague_does_not_slip_through_later",
        ('row["estimated_on"] is None and _is_unseen(cr, row["id"])', "False"),
    ),
    mutant(
        "goods that a message takes are worth something",
        "changes.py",
        "mfg_sync_mes/tests/test_second_person.py::TestSecondPerson::"
        "test_what_is_worth_less_is_decided_by_one_and_what_is_worth_more_by_two",
        ("return abs(taken * price), record", "return 0.0, record"),
    ),
    mutant(
        "goods that were taken before do not count again",
        "changes.py",
        "mfg_sync_mes/tests/test_second_person.py::TestSecondPerson::"
        "test_what_is_worth_less_is_decided_by_one_and_what_is_worth_more_by_two",
        ("abs(stand.worth - (before.worth if before else 0.0))", "stand.worth"),
    ),
    mutant(
        "what an operation only prepares has not been taken",
        "mfg_sync_mes/models/stock_move_line.py",
        "mfg_sync_mes/tests/test_second_person.py::TestSecondPerson::"
        "test_goods_that_are_scrapped_count_and_time_does_not",
        ('if self.move_id.raw_material_production_id and self.state != "done":', "if False:"),
    ),
)
