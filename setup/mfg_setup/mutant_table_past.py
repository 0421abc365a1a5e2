"""More rules as in mutant_table.py: of what is kept and counted, of what people decide, of schedules and files."""

from .mutant_table import TESTS, mutant

RETENTION = f"{TESTS}test_retention.py::TestRetention::"
NAMES = "mfg_sync_mes/tests/test_names.py::TestNames::"
REMEMBERED = f"{TESTS}test_retention.py::TestRemembered::"
KIND = f"{TESTS}test_kind.py::TestKind::"
SCHEDULE = f"{TESTS}test_schedule.py::TestSchedule::"

PAST_MUTANTS = (
    mutant(
        "what is on legal hold stays",
        "holds.py",
        f"{TESTS}test_hold.py::TestHold::test_a_hold_on_a_document_keeps_what_was_said_about_it_and_what_held_that",
        ('HELD = f"EXISTS (SELECT 1 FROM mfg_sync_hold h WHERE {_COVERS})"', 'HELD = "false"'),
    ),
    mutant(
        "what an open message points to stays",
        "retention.py",
        f"{RETENTION}test_what_is_open_stays_however_old_and_so_does_what_it_points_to",
        ("o.business_key = m.business_key", "false"),
    ),
    mutant(
        "the law's minimum can't be undercut",
        "retention.py",
        f"{RETENTION}test_the_law_counts_also_where_it_came_after_the_choice",
        ("THEN GREATEST(f.payload_days, t.legal_days) END", "THEN f.payload_days END"),
        ("SELECT kind.legal_days FROM", "SELECT 0 FROM"),
    ),
    mutant(
        "the law goes by a message's own kind",
        "retention.py",
        f"{KIND}test_retention_follows_the_kind_of_the_message",
        ("SELECT kind.legal_days FROM", "SELECT 0 FROM"),
    ),
    mutant(
        "an addon stays while its messages are open",
        "mfg_sync/models/module.py",
        f"{KIND}test_an_addon_is_not_uninstalled_while_its_messages_are_open",
        ("        if still_open:\n", "        if False:\n"),
    ),
    mutant(
        "the last comparison of a site stays",
        "retention.py",
        f"{RETENTION}test_the_last_comparison_of_a_site_stays_with_its_message",
        ("later.as_of > s.as_of", "later.as_of >= s.as_of"),
    ),
    mutant(
        "who decided what stays as long as it is known",
        "retention.py",
        f"{RETENTION}test_who_decided_what_is_kept_as_long_as_the_message_is_known",
        ("SELECT 1 FROM mfg_sync_decision d WHERE d.message_id = m.id", "SELECT 1 WHERE false"),
    ),
    mutant(
        "a resend after years is still a duplicate",
        "gate.py",
        f"{REMEMBERED}test_the_same_message_after_two_years_is_still_a_duplicate",
        ("removed = self._removed(endpoint, rows, inserted)", "removed = {}"),
    ),
    mutant(
        "the same fact is known after years",
        "repetition.py",
        f"{REMEMBERED}test_the_same_fact_under_a_new_id_after_two_years_changes_nothing",
        (" or remembered.twin(cr, row, column, keys)", ""),
    ),
    mutant(
        "what is older than what is known is refused",
        "gate.py",
        f"{REMEMBERED}test_after_ten_years_it_is_forgotten_and_therefore_refused",
        ("if occurred and occurred < datetime.utcnow() - timedelta", "if False and occurred - timedelta"),
    ),
    mutant(
        "what was told and removed is not told again",
        "ledger.py",
        f"{REMEMBERED}test_what_was_told_and_removed_is_not_told_again",
        ('any(row["direction"] == "out" for row in rows)', "False"),
    ),
    mutant(
        "figures are summed by their hour and day",
        "figures.py",
        f"{TESTS}test_figures.py::TestFigures::test_minutes_become_hours_and_hours_days",
        ("AND f.start >= due.start AND f.start <", "AND f.start = due.start AND f.start <"),
    ),
    mutant(
        "what arrived is counted once",
        "figures.py",
        f"{TESTS}test_figures.py::TestFigures::test_what_a_drain_did_is_counted",
        ("FROM tried WHERE first", "FROM tried WHERE NOT first"),
    ),
    mutant(
        "a lane is claimed without looking at all others",
        "claim.py",
        f"{TESTS}test_cost.py::TestCost::test_claiming_lanes_does_not_look_at_the_whole_backlog_for_each",
        ("                OFFSET 0) m\n", "                ) m\n"),
    ),
    mutant(
        "a corrected message takes the place of the original",
        "correction.py",
        f"{TESTS}test_correction.py::TestCorrection::test_the_corrected_issue_is_booked_where_the_wrong_one_stood",
        ("microseconds=1 if cr.fetchone() else 0", "microseconds=0"),
    ),
    mutant(
        "only what waits for a person is corrected",
        "correction.py",
        f"{TESTS}test_correction.py::TestCorrection::test_what_a_drain_has_done_meanwhile_is_not_corrected",
        ("AND m.state IN ('pending', 'held', 'dead') AND m.hold_reason", "AND m.hold_reason"),
        ("AND (m.needs_person OR m.state = 'held' AND m.hold_reason = 'reference')\n", "\n"),
    ),
    mutant(
        "a dry run takes everything back",
        "dry_run.py",
        f"{TESTS}test_dry_run.py::TestDryRun::test_nothing_stays_of_what_was_tried",
        ("            finally:\n                cr.rollback()\n", "            finally:\n                pass\n"),
        ("            cr.rollback()\n        return tried", "        return tried"),
    ),
    mutant(
        "what is finished is not replayed",
        "replay.py",
        f"{TESTS}test_replay.py::TestReplay::test_of_those_selected_what_is_finished_stays_as_it_is",
        ("AND m.state = ANY(%s)", "AND m.state <> ALL(%s)"),
    ),
    mutant(
        "what is kept out of the synchronization is not told",
        "mfg_sync/models/capture_rendering.py",
        "mfg_sync_wms/tests/test_send_again.py::TestSendAgain::"
        "test_a_transfer_that_is_kept_out_is_neither_told_nor_booked",
        ("        if left_out:\n", "        if False:\n"),
    ),
    mutant(
        "what is kept out of the synchronization is not booked",
        "inbound.py",
        "mfg_sync_mes/tests/test_left_out.py::TestLeftOut::"
        "test_what_the_floor_reports_about_it_waits_and_goes_on_when_it_is_taken_back",
        ('if self.left_out and "mfg_sync_left_out" in record._fields:', "if False:"),
    ),
    mutant(
        "a document that Odoo knows is matched before anything is applied",
        "drain.py",
        f"{NAMES}test_nothing_passes_what_failed_because_it_calls_the_order_otherwise",
        ("homes.settle(chunk, rows)", "0, claim.lanes_of(rows)"),
    ),
    mutant(
        "who decides about a message keeps no other document from being matched",
        "homes.py",
        f"{NAMES}test_who_decides_about_a_message_of_an_order_keeps_no_other_order_waiting",
        ("        if error.pgcode not in RACES:\n            raise\n        return None, home\n", "        raise\n"),
    ),
    mutant(
        "what is only tried matches nothing",
        "homes.py",
        f"{NAMES}test_what_is_only_tried_matches_nothing",
        (" AND f.mode = 'live'", ""),
    ),
    mutant(
        "a fact is the same, however its document is called",
        "repetition.py",
        f"{NAMES}test_a_fact_is_the_same_however_its_order_is_called",
        (', *twins.otherwise(cr, [row]).get(row["id"], ())]', "]"),
    ),
    mutant(
        "also where many are applied together",
        "twins.py",
        f"{NAMES}test_a_fact_is_the_same_however_its_order_is_called",
        ("    also = otherwise(cr, rows)\n", "    also = {}\n"),
    ),
    mutant(
        "also where the first of them was removed",
        "remembered.py",
        f"{NAMES}test_what_was_removed_is_known_under_the_other_name_too",
        ('for key in keys], row["data_hash"]', 'for key in keys[:1]], row["data_hash"]'),
    ),
    mutant(
        "changes wait for the run of their schedule",
        "mfg_sync/models/capture_marks.py",
        f"{SCHEDULE}test_changes_wait_for_the_run_and_are_told_once",
        (" AND k.due IS NULL AND", " AND"),
    ),
    mutant(
        "of the runs that were missed one is made up for",
        "runs.py",
        f"{SCHEDULE}test_of_the_runs_that_were_missed_one_is_made_up_for",
        ("    flow._plan_run(due and due[0])\n", "    due or flow._plan_run()\n"),
    ),
    mutant(
        "no run begins while its connection is paused",
        "runs.py",
        f"{SCHEDULE}test_while_the_connection_is_paused_no_run_begins",
        ("    if not may_work(flow.endpoint_id):\n", "    if False:\n"),
    ),
    mutant(
        "what was collected of a record is told together",
        "runs.py",
        f"{SCHEDULE}test_what_changes_again_and_again_in_a_moment_is_told_once_as_it_is_then",
        ("(m.flow_id, m.res_model, m.res_id) = (first.flow_id, first.res_model, first.res_id)", "m.id = first.id"),
    ),
    mutant(
        "what goes into a file is not sent as well",
        "claim.py",
        f"{SCHEDULE}test_what_goes_into_a_file_is_never_sent",
        ('                  AND NOT COALESCE(f.into_file, false)"""', '"""'),
    ),
    mutant(
        "a file is there whole or not at all",
        "files.py",
        f"{SCHEDULE}test_a_file_that_is_half_written_is_never_seen",
        ('draft, size = path.with_name(f".{path.name}.{uuid.uuid4().hex}"), 0', "draft, size = path, 0"),
    ),
    mutant(
        "no file is written outside of its folder",
        "files.py",
        f"{SCHEDULE}test_nothing_is_written_outside_of_the_folder",
        ("    if path.resolve() != path:\n", "    if False:\n"),
    ),
    mutant(
        "runs of an addon that is uninstalled end",
        "mfg_sync/models/module.py",
        f"{SCHEDULE}test_who_uninstalls_its_addon_ends_the_run_that_is_under_way",
        ('flows.search([("type_id", "in", kinds.ids)])._end_runs', "flows._end_runs"),
    ),
    mutant(
        "in the hour that comes twice a run begins once",
        "mfg_sync/protocol/times.py",
        "tests/protocol/test_times.py::test_what_runs_in_the_hour_that_comes_twice_runs_the_first_time_only",
        ("return both if every_hour else both[:1]", "return both"),
    ),
    mutant(
        "a file is imported for one system only",
        "bulk.py",
        f"{TESTS}test_import.py::TestImport::test_each_line_is_judged_as_if_the_system_had_sent_it",
        ('if sent["source"] != source:', "if False:"),
    ),
    mutant(
        "of several lots told at once a reserved one is not the first",
        "mfg_sync_mes/handlers/material.py",
        "mfg_sync_mes/tests/test_merging.py::TestMerging::"
        "test_the_first_piece_has_the_lot_that_was_told_first_whatever_was_reserved",
        ("                one_place\n", "                True\n"),
    ),
)
