"""More rules as in mutant_table.py: of waking and handing over, of the way out, of copies, and of what Odoo answers."""

from .mutant_table import MODEL, ORDER, REPETITION, TESTS, mutant

HAND_OVER = f"{TESTS}test_hand_over.py::TestHandOver::"
CAPTURE = f"{TESTS}test_capture.py::TestCapture::"
WAKE = f"{TESTS}test_capture.py::TestWake::"
STAMP = f"{TESTS}test_stamp.py::TestStamp::"
BORDER = "tests/border/"
REFUSALS = "tests/refusals/test_refusals.py::test_a_button_that_another_addon_refuses"


BORDER_MUTANTS = (
    mutant(
        "two systems behind one hub number their facts each for itself",
        "twins.py",
        f"{REPETITION}test_two_systems_behind_one_hub_number_their_facts_each_for_itself",
        ("AND t.{column} = ANY(%s) AND t.system_id = %s", "AND t.{column} = ANY(%s) AND %s > 0"),
        ("AND t.system_id = m.system_id AND t.id <> m.id", "AND t.id <> m.id"),
    ),
    mutant(
        "what somebody holds is passed over",
        "claim.py",
        f"{BORDER}test_way_in.py::test_a_message_that_somebody_is_deciding_about_keeps_nobody_else_waiting",
        (
            "ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED",
            "ORDER BY m.sort_time, m.id LIMIT %s FOR NO KEY UPDATE",
        ),
    ),
    mutant(
        "a failed one blocks its scope",
        "lanes.py",
        f"{ORDER}test_a_bad_issue_holds_its_own_item_and_the_closing_but_not_the_finished_goods",
        ('return earlier["scope"] == later', 'return earlier["state"] != "dead" and earlier["scope"] == later'),
    ),
    mutant(
        "a failed one keeps its document from being closed",
        "lanes.py",
        f"{ORDER}test_a_bad_issue_holds_its_own_item_and_the_closing_but_not_the_finished_goods",
        (' or not later["scope"]', ""),
    ),
    mutant(
        "what is tried again blocks its scope",
        "lanes.py",
        f"{ORDER}test_what_waits_behind_a_retry_needs_a_person_once_the_retry_does",
        (
            'return earlier["scope"] == later["scope"] or not later["scope"]',
            'return earlier["state"] != "pending" and (earlier["scope"] == later["scope"] or not later["scope"])',
        ),
    ),
    mutant(
        "what is announced lets those go that wait for it",
        "group.py",
        MODEL,
        ("release.release(self.cr, self.announced)", "pass"),
    ),
    mutant(
        "a match lets those go that wait for it",
        "release.py",
        f"{ORDER}test_a_match_made_by_hand_lets_the_message_go_on_in_its_documents_lane",
        ("WHERE state = 'held' AND wait_key = ANY(%s)", "WHERE state = 'held' AND false AND wait_key = ANY(%s)"),
    ),
    mutant(
        "early ones are looked at again",
        "sweep.py",
        f"{ORDER}test_an_early_one_past_patience_needs_a_person_and_keeps_looking",
        ("            self._look_again,\n", ""),
    ),
    mutant(
        "an accepted message wakes its drain after the commit",
        "wake.py",
        f"{BORDER}test_way_in.py::test_an_accepted_message_is_applied_by_a_worker_within_a_second",
        ("cr.postcommit.add(lambda: _wake_all(", "bool(lambda: _wake_all("),
    ),
    mutant(
        "jobs of one drain have one identity",
        "wake.py",
        f"{WAKE}test_a_message_wakes_one_job",
        ("identity_key=key, ", ""),
    ),
    mutant(
        "a job is never tried again by itself",
        "wake.py",
        f"{WAKE}test_a_message_wakes_one_job",
        ("eta=eta, max_retries=0)", "eta=eta)"),
    ),
    mutant(
        "a drain at work needs no job",
        "wake.py",
        f"{WAKE}test_a_drain_at_work_needs_no_job",
        ("if not is_running(env.cr, *pair)", "if True"),
    ),
    mutant(
        "an earlier time moves the job that waits",
        "wake.py",
        f"{WAKE}test_an_earlier_due_time_moves_the_job_that_waits",
        ("    elif eta:\n", "    elif False:\n"),
    ),
    mutant(
        "a drain whose time is over hands over",
        "drain.py",
        f"{HAND_OVER}test_a_drain_whose_time_is_over_leaves_the_rest_to_one_new_job",
        ("worker.endpoint_id, direction, stuck=idle > 1)", "0, direction)"),
    ),
    mutant(
        "the next due time gets one job",
        "drain.py",
        f"{HAND_OVER}test_what_is_tried_again_later_gets_one_job_for_that_time",
        ("wake.later(env, endpoint_id, direction, due)", "wake.later(env, endpoint_id, direction)"),
    ),
    mutant(
        "who lets the lock go looks once more",
        "drain.py",
        f"{HAND_OVER}test_what_was_committed_while_a_drain_let_its_lock_go_is_looked_at_once_more",
        ("or idle > 1 or not worker.has_due():", "or True:"),
    ),
    mutant(
        "past patience a person is asked, also before the next look",
        "sweep.py",
        f"{ORDER}test_when_patience_ends_a_person_is_asked_also_long_before_the_next_look",
        ("            self._out_of_patience,\n", ""),
    ),
    mutant(
        "a drain ends after its time",
        "drain.py",
        f"{HAND_OVER}test_a_drain_whose_time_is_over_leaves_the_rest_to_one_new_job",
        ("while not turn.over():\n            try:", "while True:\n            try:"),
    ),
    mutant(
        "a neutralized copy is still",
        "working.py",
        f"{STAMP}test_a_neutralized_database_is_still",
        ("if not endpoint.id or is_neutralized(env):", "if not endpoint.id:"),
    ),
    mutant(
        "a neutralized copy accepts nothing",
        "gate.py",
        f"{STAMP}test_a_neutralized_database_is_still",
        ('if database.get("database.is_neutralized"):', "if False:"),
    ),
    mutant(
        "a copy accepts nothing",
        "gate.py",
        f"{STAMP}test_a_copy_with_a_new_uuid_is_still_until_somebody_confirms",
        ('if not is_home(self.cr.dbname, database.get("database.uuid"), endpoint):', "if False:"),
    ),
    mutant(
        "the bytes that came are what is signed",
        "gate.py",
        f"{BORDER}test_gate.py::test_the_bytes_that_came_are_what_is_signed",
        ("signature.verify(body, headers, secrets)", "signature.verify(body.strip(), headers, secrets)"),
    ),
    mutant(
        "a change leaves only a mark",
        "mfg_sync/models/capture.py",
        f"{CAPTURE}test_a_change_leaves_only_a_mark_and_is_told_as_it_is_when_the_drain_looks",
        (
            'self._note("marks")[(kind, record._name, record.id)] = True',
            'self._note("events")[(kind, record._name, record.id, "1")] = datetime.utcnow()',
        ),
    ),
    mutant(
        "what changed first is told first",
        "mfg_sync/models/capture_marks.py",
        f"{CAPTURE}test_what_changed_first_is_told_first_wherever_its_mark_lies",
        ("sorted(self.env.cr.fetchall())", "self.env.cr.fetchall()"),
    ),
    mutant(
        "what was told last is not told again",
        "mfg_sync/models/capture_marks.py",
        f"{CAPTURE}test_an_unchanged_state_is_not_told_again",
        ("self._changed(kind, flow, rendered)}", "rendered}"),
    ),
    mutant(
        "a later state takes the place of one not yet sent",
        "mfg_sync/models/capture_marks.py",
        f"{CAPTURE}test_a_later_state_takes_the_place_of_one_not_yet_sent",
        ('if inserted and flow["pattern"] == "state" and', "if False and"),
    ),
    mutant(
        "documents are rendered as the service user",
        "mfg_sync/models/capture_rendering.py",
        f"{CAPTURE}test_documents_are_rendered_as_the_service_user_in_its_company",
        ('            flow["user_id"],\n', "            1,\n"),
    ),
    mutant(
        "a fact is told once however often the hook runs",
        "mfg_sync/models/capture_rendering.py",
        f"{CAPTURE}test_many_savepoints_make_one_row",
        ('uuidlib.uuid5(uuidlib.NAMESPACE_URL, "|".join(parts))', "uuidlib.uuid4()"),
    ),
    mutant(
        "a synchronization that fails costs nobody his change",
        "mfg_sync/models/capture_rendering.py",
        f"{CAPTURE}test_a_failing_builder_costs_a_dead_row_and_not_the_users_change",
        ("            # a failing flow never fails a user's action", "            raise\n            #"),
    ),
    mutant(
        "what a failed builder changed is taken back",
        "mfg_sync/models/capture_rendering.py",
        f"{CAPTURE}test_a_failing_builder_takes_nothing_of_the_users_change_along",
        ("            with cr.savepoint(flush=flush):\n", "            if True:\n"),
    ),
    mutant(
        "another company's documents are not told",
        "mfg_sync/models/capture_rendering.py",
        f"{CAPTURE}test_items_of_another_company_are_not_told",
        ('if "company_id" in records._fields:', "if False:"),
    ),
    mutant(
        "what is told of a document goes out one after the other",
        "delivery.py",
        f"{CAPTURE}test_a_later_fact_of_a_document_waits_for_the_one_before",
        ("rows += runnable[:1]", "rows += runnable"),
    ),
    mutant(
        "the other side's wish to wait is respected",
        "retry.py",
        "tests/protocol/test_lanes.py::test_the_other_sides_wish_counts_up_to_the_cap",
        ("max(wait, retry_after or 0.0)", "wait"),
    ),
    mutant(
        "a handler looks whether Odoo did it",
        "mfg_sync_mes/handlers/operation.py",
        f"{REFUSALS}[mrp.workorder.button_finish-nothing]",
        (
            'if workorder.state != "done":\n            raise self.refused(',
            "if False:\n            raise self.refused(",
        ),
    ),
    mutant(
        "who refused is told",
        "mfg_sync/models/refusal.py",
        f"{REFUSALS}[stock.picking.button_validate-refuse]",
        ("if not addon or _is_self(addon):", "if True:"),
    ),
)
