"""The rules of the engine, each with a change that breaks it and the test that must notice."""

from dataclasses import dataclass

ENGINE = "mfg_sync/engine/"
TESTS = "mfg_sync/tests/"
ORDER = f"{TESTS}test_order.py::TestOrder::"
REPETITION = f"{TESTS}test_repetition.py::TestRepetition::"
FAILURES = f"{TESTS}test_failures.py::TestFailures::"
GROUP = f"{TESTS}test_group.py::TestGroup::"
BREAKER = f"{TESTS}test_breaker.py::TestBreaker::"
OUTBOX = f"{TESTS}test_outbox.py::TestOutbox::"
LIMITS = f"{TESTS}test_limits.py::TestLimits::"
PAUSE = f"{TESTS}test_pause.py::TestPause::"
RETENTION = f"{TESTS}test_retention.py::TestRetention::"
REMEMBERED = f"{TESTS}test_retention.py::TestRemembered::"
MODEL = "tests/model"
SCHEDULE = f"{TESTS}test_schedule.py::TestSchedule::"
UPLOADS = "tests/border/test_statements.py::"


@dataclass(frozen=True)
class Mutant:
    """
    :ivar rule: what no longer holds
    :ivar file: of the engine
    :ivar test: file, or file::Class::test
    :ivar changes: pairs of text that stands in the file once, and what stands there instead
    """

    rule: str
    file: str
    test: str
    changes: tuple


def _mutant(rule, file, test, *changes):
    return Mutant(rule, ENGINE + file, test, changes)


MUTANTS = (
    _mutant(
        "one drain a connection at a time",
        "drain.py",
        f"{FAILURES}test_while_one_drain_works_another_leaves_the_messages_to_it",
        ("if not wake.try_lock(lock_cr, worker.endpoint_id, direction):", "if False:"),
    ),
    _mutant(
        "a person who works on the same record wins",
        "drain.py",
        f"{FAILURES}test_who_works_on_the_same_record_is_not_kept_waiting",
        ("cr.execute(\"SET LOCAL lock_timeout = '800ms'\")", "pass"),
    ),
    _mutant(
        "what races again and again waits alone",
        "drain.py",
        f"{FAILURES}test_a_record_that_somebody_holds_stops_only_its_message",
        ("PATIENT_RACES = 3", "PATIENT_RACES = 1000"),
    ),
    _mutant(
        "an id with other content is refused",
        "gate.py",
        MODEL,
        ('if before and remembered.agrees(row["content_hash"], before["content_hash"]):', "if before:"),
    ),
    _mutant(
        "early ones step aside",
        "lanes.py",
        f"{ORDER}test_a_scrap_before_its_operation_started_steps_aside_and_comes_back",
        ('return later["closing"]', "return True"),
    ),
    _mutant(
        "closing waits for what stepped aside",
        "lanes.py",
        f"{ORDER}test_closing_waits_for_what_stepped_aside",
        ('return later["closing"]', "return False"),
    ),
    _mutant(
        "only the same scope waits",
        "lanes.py",
        f"{ORDER}test_a_bad_issue_holds_its_own_item_and_the_closing_but_not_the_finished_goods",
        ('return earlier["scope"] == later["scope"] or not later["scope"]', "return True"),
    ),
    _mutant(
        "order of a lane",
        "ledger.py",
        f"{ORDER}test_reports_of_one_order_are_applied_in_the_order_they_happened",
        ("WHERE last.id = ANY(%s) ORDER BY m.sort_time, m.id", "WHERE last.id = ANY(%s) ORDER BY m.id"),
        ("ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY", "ORDER BY m.id LIMIT %s FOR NO KEY"),
        ("AND (m.sort_time, m.id) <= (last.sort_time, last.id)", "AND (m.id, m.id) <= (last.id, last.id)"),
    ),
    _mutant(
        "a pause keeps messages",
        "ledger.py",
        f"{ORDER}test_a_paused_system_keeps_its_messages",
        ("AND NOT COALESCE(f.paused, false) AND NOT COALESCE(s.paused, false)", ""),
        ('row["id"] in locked and not row["paused"]', 'row["id"] in locked'),
    ),
    _mutant(
        "patience ends",
        "ledger.py",
        f"{FAILURES}test_patience_ends",
        ("state = CASE WHEN patience_until < {NOW} THEN 'dead' ELSE 'pending' END", "state = 'pending'"),
    ),
    _mutant(
        "the same fact has one effect",
        "repetition.py",
        f"{REPETITION}test_the_same_fact_under_a_new_id_changes_nothing",
        ('if row["business_key"]:', "if False:"),
    ),
    _mutant(
        "look-alikes are asked about",
        "repetition.py",
        f"{REPETITION}test_without_a_number_what_looks_alike_is_asked_about",
        ('elif row["look_alike_key"]:', "elif False:"),
    ),
    _mutant(
        "repetitions are told in the order of lanes",
        "ledger.py",
        f"{REPETITION}test_two_closings_that_arrive_the_other_way_round_do_not_wait_for_each_other",
        ("(sort_time, id) < (%s, %s) OR state", "(%s::timestamp IS NOT NULL AND id < %s) OR state"),
    ),
    _mutant(
        "equal data is found among several",
        "ledger.py",
        f"{REPETITION}test_a_repetition_of_what_was_really_new_changes_nothing",
        ("ORDER BY data_hash = %s DESC, state", "ORDER BY %s IS NULL, state"),
    ),
    _mutant(
        "what waits behind a cancelled one goes on",
        "release.py",
        f"{ORDER}test_what_waits_behind_a_retry_needs_a_person_once_the_retry_does",
        ("released += release_lanes(cr, endpoint_id, direction, [lane])", "pass"),
    ),
    _mutant(
        "who steps aside lets pass",
        "chunk.py",
        f"{ORDER}test_what_is_blocked_behind_a_failed_one_goes_on_when_that_one_steps_aside",
        ("if self.aside:", "if False:"),
    ),
    _mutant(
        "only the entry helps a missing mapping",
        "release.py",
        f"{ORDER}test_an_entry_of_the_mapping_lets_the_message_go_on",
        ("(hold_reason = 'reference' AND error_class <> 'mapping')", "hold_reason = 'reference'"),
    ),
    _mutant(
        "an effect that fails leaves nothing",
        "chunk.py",
        f"{FAILURES}test_a_refusal_of_odoo_is_told_in_its_own_words",
        (
            "with self.cr.savepoint():\n                result = handler.apply",
            "if True:\n                result = handler.apply",
        ),
    ),
    _mutant(
        "what a failed one wanted after commit is cut back",
        "chunk.py",
        f"{FAILURES}test_what_a_failed_message_wanted_after_commit_is_cut_back",
        ("functions, data = postcommit\n", "return\n        functions, data = postcommit\n"),
    ),
    _mutant(
        "effects run as the service user",
        "chunk.py",
        f"{FAILURES}test_handlers_run_as_the_service_user_in_its_company",
        ("endpoint.user_id.id,\n            {", "1,\n            {"),
    ),
    _mutant(
        "what is only tried changes nothing",
        "chunk.py",
        f"{TESTS}test_failures.py::TestShadow::test_shadow_changes_nothing_and_says_what_it_would_do",
        ("raise ShadowDone(result)", "pass"),
    ),
    _mutant(
        "rows follow their document's match",
        "ledger.py",
        f"{ORDER}test_a_row_the_gate_put_into_the_old_lane_follows_the_match",
        ("    if not external:\n", "    if True:\n"),
    ),
    _mutant(
        "what was too late for the match is not overtaken",
        "ledger.py",
        f"{ORDER}test_what_was_too_late_for_the_match_is_still_applied_before_what_happened_after_it",
        ("    if not records:\n", "    if True:\n"),
    ),
    _mutant(
        "a match made in a group is followed at once",
        "inbound.py",
        f"{GROUP}test_who_makes_a_match_does_not_let_the_rest_of_its_lane_overtake",
        ("self.group.left.update(lanes)", "pass"),
    ),
    _mutant(
        "who looks at the ledger sees what its group did",
        "inbound.py",
        f"{GROUP}test_who_closes_sees_that_those_before_it_are_done",
        ("self.group.write_down()", "pass"),
    ),
    _mutant(
        "nothing stays of a group that failed",
        "group.py",
        f"{GROUP}test_who_loses_a_result_is_asked_one_by_one",
        ("if len(self.done) != len(self.taken):", "if False:"),
    ),
    _mutant(
        "after a failure it goes on carefully",
        "drain.py",
        f"{GROUP}test_those_before_the_bad_one_are_not_tried_again_and_again",
        ("min(CAREFUL, max(failed.rows, 2 * self.was_careful))", "1"),
    ),
    _mutant(
        "what acts outside is alone",
        "chunk.py",
        f"{GROUP}test_what_acts_outside_is_alone_in_its_transaction",
        ('return bool(message.kind and self.env[message.kind["handler"]]._acts_outside)', "return False"),
    ),
    _mutant(
        "repetitions are told one by one",
        "group.py",
        f"{REPETITION}test_two_of_the_same_fact_at_once_have_one_effect",
        ('if row["id"] in twins or not', "if not"),
    ),
    _mutant(
        "retries are spread by chance",
        "retry.py",
        "tests/protocol/test_lanes.py::test_those_that_failed_together_do_not_come_back_together",
        ("random.uniform(ceiling / 10, ceiling)", "ceiling"),
    ),
    _mutant(
        "a copy of the database applies nothing",
        "working.py",
        f"{TESTS}test_stamp.py::TestStamp::test_a_copy_with_a_new_uuid_is_still_until_somebody_confirms",
        ("        and endpoint.stamp_ok\n", ""),
    ),
    _mutant(
        "a part with other content is refused",
        "uploads.py",
        f"{UPLOADS}test_a_part_may_come_again_but_not_with_other_content",
        ("if before[0] != digest:", "if False:"),
    ),
    _mutant(
        "a statement is what its sender announced",
        "uploads.py",
        f"{UPLOADS}test_parts_that_were_exchanged_on_the_way_are_noticed",
        ("    if found != digest:\n", "    if False:\n"),
    ),
    _mutant(
        "all parts of a statement together are bounded",
        "uploads.py",
        f"{UPLOADS}test_size_and_number_of_uploads_are_bounded",
        (" > limit:", " > 10 * limit:"),
    ),
    _mutant(
        "uploads that nobody completes go after a day",
        "sweep.py",
        f"{UPLOADS}test_what_nobody_completes_is_gone_after_a_day",
        ("        ledger.settled(self.registry, uploads.forget_old)\n", ""),
    ),
    _mutant(
        "the breaker counts different messages",
        "breaker.py",
        f"{BREAKER}test_one_message_that_fails_again_and_again_says_nothing_of_the_line",
        ("mfg_sync_line.failing @> EXCLUDED.failing OR ", ""),
    ),
    _mutant(
        "half-open lets one probe go, the least tried",
        "delivery.py",
        f"{BREAKER}test_half_open_one_message_goes_as_a_probe_and_the_least_tried",
        ('rows = sorted(rows, key=lambda row: row["attempt_count"])[:1]', "pass"),
    ),
    _mutant(
        "probes of the breaker are spread by chance",
        "breaker.py",
        f"{BREAKER}test_probes_of_many_plants_do_not_come_together",
        ("retry.delay(probes, first_probe, retry_after, cap=PROBE_CAP)", "min(PROBE_CAP, first_probe * 2**probes)"),
    ),
    _mutant(
        "who comes back from an outage is not overrun",
        "breaker.py",
        f"{BREAKER}test_who_comes_back_from_an_outage_is_not_overrun",
        ("        bucket.back(cr, endpoint_id)", "        pass"),
    ),
    _mutant(
        "the pace that the other side bears is kept",
        "pace.py",
        f"{BREAKER}test_messages_go_evenly_spaced_and_not_faster_after_a_pause",
        ("self.next_at = max(self.next_at, time.monotonic()) + self.interval", "pass"),
    ),
    _mutant(
        "the outbox hides what was fetched for a while",
        "outbox.py",
        f"{OUTBOX}test_what_was_fetched_is_not_seen_again_until_its_time_is_over",
        ('_hide(cr, row["id"], endpoint["fetch_again"])', "pass"),
    ),
    _mutant(
        "the outbox hands out one of a lane",
        "outbox.py",
        f"{OUTBOX}test_of_one_item_the_next_is_handed_out_when_the_one_before_is_acknowledged",
        ('for row in runnable[:1] if row["ready"]', 'for row in runnable if row["ready"]'),
    ),
    _mutant(
        "an acknowledgement to the outbox may be repeated",
        "outbox.py",
        f"{OUTBOX}test_an_acknowledgement_may_be_repeated",
        ('or (row["state"], result) in (("done", "done"), ("dead", "refused"))', ""),
    ),
    _mutant(
        "the outbox of another company is out of reach",
        "outbox.py",
        f"{OUTBOX}test_a_token_of_the_second_company_neither_fetches_nor_acknowledges_ours",
        ("WHERE uuid = ANY(%s) AND endpoint_id = %s AND direction", "WHERE uuid = ANY(%s) AND %s > 0 AND direction"),
    ),
    _mutant(
        "events are limited, not requests",
        "gate.py",
        f"{LIMITS}test_events_are_counted_not_requests_and_a_refused_batch_takes_nothing",
        ("bucket.take(self.cr.dbname, endpoint, len(events))", "bucket.take(self.cr.dbname, endpoint, 1)"),
    ),
    _mutant(
        "a batch larger than the burst passes when the bucket is full",
        "bucket.py",
        f"{LIMITS}test_a_batch_larger_than_the_burst_passes_when_the_bucket_is_full_and_is_paid_for_later",
        ("WHERE {filled} >= LEAST(%(burst)s, %(events)s)", "WHERE {filled} >= %(events)s"),
    ),
    _mutant(
        "the bucket of a limit is no larger than its burst",
        "bucket.py",
        f"{LIMITS}test_a_quiet_time_fills_the_bucket_no_further_than_its_burst",
        ('FILLED = """LEAST(%(burst)s, ', 'FILLED = """LEAST(1e9, '),
    ),
    _mutant(
        "a backlog gives way to others",
        "turn.py",
        f"{PAUSE}test_a_drain_gives_way_when_another_job_waits_for_the_slot",
        ("if wake.others_wait(", "if False and wake.others_wait("),
    ),
    _mutant(
        "a connection whose systems are paused is told nothing",
        "working.py",
        f"{PAUSE}test_a_connection_is_told_nothing_while_all_its_systems_are_paused",
        (" or _nobody_listens(endpoint)", ""),
    ),
    _mutant(
        "nobody comes in vain for marks of a pause",
        "ledger.py",
        f"{PAUSE}test_marks_of_a_paused_synchronization_wait_and_collapse",
        ("WHERE k.endpoint_id = %s AND f.paused IS NOT TRUE LIMIT 1", "WHERE k.endpoint_id = %s LIMIT 1"),
    ),
    _mutant(
        "never more than a quarter of the workers waits",
        "waiting.py",
        "tests/border/test_waiting.py::test_more_than_a_quarter_of_the_workers_never_waits",
        ('config["workers"] // 4', 'config["workers"]'),
        ('min(endpoint["wait_requests"], most)', "most"),
    ),
    _mutant(
        "a group is written by the service user",
        "group.py",
        f"{GROUP}test_what_a_group_changes_is_changed_by_the_service_user",
        ("            self.chunk.service_env.flush_all()\n", ""),
    ),
    _mutant(
        "what is on legal hold stays",
        "holds.py",
        f"{TESTS}test_hold.py::TestHold::test_a_hold_on_a_document_keeps_what_was_said_about_it_and_what_held_that",
        ('HELD = f"EXISTS (SELECT 1 FROM mfg_sync_hold h WHERE {_COVERS})"', 'HELD = "false"'),
    ),
    _mutant(
        "what an open message points to stays",
        "retention.py",
        f"{RETENTION}test_what_is_open_stays_however_old_and_so_does_what_it_points_to",
        ("o.business_key = m.business_key", "false"),
    ),
    _mutant(
        "the law's minimum can't be undercut",
        "retention.py",
        f"{RETENTION}test_the_law_counts_also_where_it_came_after_the_choice",
        ("THEN GREATEST(f.payload_days, t.legal_days) END", "THEN f.payload_days END"),
    ),
    _mutant(
        "the last comparison of a site stays",
        "retention.py",
        f"{RETENTION}test_the_last_comparison_of_a_site_stays_with_its_message",
        ("later.as_of > s.as_of", "later.as_of >= s.as_of"),
    ),
    _mutant(
        "who decided what stays as long as it is known",
        "retention.py",
        f"{RETENTION}test_who_decided_what_is_kept_as_long_as_the_message_is_known",
        ("SELECT 1 FROM mfg_sync_decision d WHERE d.message_id = m.id", "SELECT 1 WHERE false"),
    ),
    _mutant(
        "a resend after years is still a duplicate",
        "gate.py",
        f"{REMEMBERED}test_the_same_message_after_two_years_is_still_a_duplicate",
        ("removed = self._removed(endpoint, rows, inserted)", "removed = {}"),
    ),
    _mutant(
        "the same fact is known after years",
        "repetition.py",
        f"{REMEMBERED}test_the_same_fact_under_a_new_id_after_two_years_changes_nothing",
        (" or remembered.twin(cr, row, column)", ""),
    ),
    _mutant(
        "what is older than what is known is refused",
        "gate.py",
        f"{REMEMBERED}test_after_ten_years_it_is_forgotten_and_therefore_refused",
        ("if occurred and occurred < datetime.utcnow() - timedelta", "if False and occurred - timedelta"),
    ),
    _mutant(
        "what was told and removed is not told again",
        "ledger.py",
        f"{REMEMBERED}test_what_was_told_and_removed_is_not_told_again",
        ('if any(row["direction"] == "out" for row in rows) else ""', 'if False else ""'),
    ),
    _mutant(
        "figures are summed by their hour and day",
        "figures.py",
        f"{TESTS}test_figures.py::TestFigures::test_minutes_become_hours_and_hours_days",
        ("AND f.start >= due.start AND f.start <", "AND f.start = due.start AND f.start <"),
    ),
    _mutant(
        "what arrived is counted once",
        "figures.py",
        f"{TESTS}test_figures.py::TestFigures::test_what_a_drain_did_is_counted",
        ("FROM tried WHERE first", "FROM tried WHERE NOT first"),
    ),
    _mutant(
        "a lane is claimed without looking at all others",
        "ledger.py",
        f"{TESTS}test_cost.py::TestCost::test_claiming_lanes_does_not_look_at_the_whole_backlog_for_each",
        ("                OFFSET 0) m\n", "                ) m\n"),
    ),
    _mutant(
        "a corrected message takes the place of the original",
        "correction.py",
        f"{TESTS}test_correction.py::TestCorrection::test_the_corrected_issue_is_booked_where_the_wrong_one_stood",
        ("microseconds=1 if cr.fetchone() else 0", "microseconds=0"),
    ),
    _mutant(
        "only what waits for a person is corrected",
        "correction.py",
        f"{TESTS}test_correction.py::TestCorrection::test_what_a_drain_has_done_meanwhile_is_not_corrected",
        ("AND m.state IN ('pending', 'held', 'dead') AND m.hold_reason", "AND m.hold_reason"),
        ("AND m.needs_person\n", "\n"),
    ),
    _mutant(
        "a dry run takes everything back",
        "dry_run.py",
        f"{TESTS}test_dry_run.py::TestDryRun::test_nothing_stays_of_what_was_tried",
        ("            finally:\n                cr.rollback()\n", "            finally:\n                pass\n"),
        ("            cr.rollback()\n        return tried", "        return tried"),
    ),
    _mutant(
        "what is finished is not replayed",
        "replay.py",
        f"{TESTS}test_replay.py::TestReplay::test_of_those_selected_what_is_finished_stays_as_it_is",
        ("AND state = ANY(%s)", "AND state <> ALL(%s)"),
    ),
    Mutant(
        "what is kept out of the synchronization is not told",
        "mfg_sync/models/capture.py",
        "mfg_sync_wms/tests/test_send_again.py::TestSendAgain::"
        "test_a_transfer_that_is_kept_out_is_neither_told_nor_booked",
        (("        if left_out:\n", "        if False:\n"),),
    ),
    _mutant(
        "what is kept out of the synchronization is not booked",
        "inbound.py",
        "mfg_sync_mes/tests/test_left_out.py::TestLeftOut::"
        "test_what_the_floor_reports_about_it_waits_and_goes_on_when_it_is_taken_back",
        ('if self.left_out and "mfg_sync_left_out" in record._fields:', "if False:"),
    ),
    Mutant(
        "changes wait for the run of their schedule",
        "mfg_sync/models/capture.py",
        f"{SCHEDULE}test_changes_wait_for_the_run_and_are_told_once",
        ((" AND k.due IS NULL AND", " AND"),),
    ),
    _mutant(
        "of the runs that were missed one is made up for",
        "runs.py",
        f"{SCHEDULE}test_of_the_runs_that_were_missed_one_is_made_up_for",
        ("    flow._plan_run(due and due[0])\n", "    due or flow._plan_run()\n"),
    ),
    _mutant(
        "no run begins while its connection is paused",
        "runs.py",
        f"{SCHEDULE}test_while_the_connection_is_paused_no_run_begins",
        ("    if not may_work(flow.endpoint_id):\n", "    if False:\n"),
    ),
    _mutant(
        "what was collected of a record is told together",
        "runs.py",
        f"{SCHEDULE}test_what_changes_again_and_again_in_a_moment_is_told_once_as_it_is_then",
        ("(m.flow_id, m.res_model, m.res_id) = (first.flow_id, first.res_model, first.res_id)", "m.id = first.id"),
    ),
    _mutant(
        "what goes into a file is not sent as well",
        "ledger.py",
        f"{SCHEDULE}test_what_goes_into_a_file_is_never_sent",
        ('                  AND NOT COALESCE(f.into_file, false)"""', '"""'),
    ),
    _mutant(
        "a file is there whole or not at all",
        "files.py",
        f"{SCHEDULE}test_a_file_that_is_half_written_is_never_seen",
        ('draft, size = path.with_name(f".{path.name}.{uuid.uuid4().hex}"), 0', "draft, size = path, 0"),
    ),
    _mutant(
        "no file is written outside of its folder",
        "files.py",
        f"{SCHEDULE}test_nothing_is_written_outside_of_the_folder",
        ("    if path.resolve() != path:\n", "    if False:\n"),
    ),
    Mutant(
        "in the hour that comes twice a run begins once",
        "mfg_sync/protocol/times.py",
        "tests/protocol/test_times.py::test_what_runs_in_the_hour_that_comes_twice_runs_the_first_time_only",
        (("return both if every_hour else both[:1]", "return both"),),
    ),
    _mutant(
        "a file is imported for one system only",
        "bulk.py",
        f"{TESTS}test_import.py::TestImport::test_each_line_is_judged_as_if_the_system_had_sent_it",
        ('if sent["source"] != source:', "if False:"),
    ),
)
