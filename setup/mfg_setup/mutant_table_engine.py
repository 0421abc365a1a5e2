"""More rules as in mutant_table.py: of the way out, where processes are killed, people stop it and clocks differ."""

from .mutant_table import TESTS, mutant

WAY_OUT = f"{TESTS}test_way_out.py::TestWayOut::"
GONE = f"{TESTS}test_way_out.py::TestGone::"
OFF = f"{TESTS}test_schedule_off.py::TestScheduleOff::"
CAPTURE = "mfg_sync/models/capture.py"

ENGINE_MUTANTS = (
    mutant(
        "a document over a message that waits does not go on saying that it is in sync",
        "sweep.py",
        f"{WAY_OUT}test_a_document_says_that_a_message_of_a_paused_connection_waits",
        ("AND (m.needs_person OR s.status <> 'waiting')", "AND m.needs_person"),
    ),
    mutant(
        "older messages are asked in their turn whether their documents show them",
        "sweep.py",
        f"{WAY_OUT}test_older_messages_are_asked_in_the_course_of_an_hour",
        ("OR {{id}} %% %(parts)s = {setback.COUNT} %% %(parts)s", "OR %(parts)s = 0"),
    ),
    mutant(
        "a person is asked about what waits for a file that no run writes",
        "sweep.py",
        f"{OFF}test_a_person_is_asked_about_what_waits_for_a_file_that_no_run_writes",
        ("            self._no_file_comes,\n", ""),
    ),
    mutant(
        "nobody is asked about what a run is about to write into its file",
        "sweep.py",
        f"{OFF}test_nobody_is_asked_about_what_a_run_is_about_to_write",
        (" AND NOT ({claim.TELLS})", ""),
    ),
    mutant(
        "a run under way of what is off wakes nobody",
        "sweep.py",
        f"{OFF}test_a_run_under_way_of_what_is_off_wakes_nobody_and_goes_on_when_it_is_on_again",
        ("JOIN mfg_sync_flow f ON f.id = r.flow_id AND {claim.TELLS}", "JOIN mfg_sync_flow f ON f.id = r.flow_id"),
    ),
    mutant(
        "who cancels what is still to be sent of a batch is in time",
        "delivery.py",
        f"{WAY_OUT}test_who_cancels_a_message_while_its_batch_is_on_its_way_is_in_time",
        ("if not self._may_still_go(row, batch):", "if False:"),
    ),
    mutant(
        "a pause of the connection holds the rest of a batch",
        "claim.py",
        f"{WAY_OUT}test_a_pause_holds_the_rest_of_a_batch_that_is_on_its_way",
        (" AND NOT COALESCE({STOPPED}, false))", ")"),
    ),
    mutant(
        "a pause of all systems holds the rest of a batch",
        "claim.py",
        f"{WAY_OUT}test_a_pause_holds_the_rest_of_a_batch_that_is_on_its_way",
        ("WHERE endpoint_id = m.endpoint_id AND active) IS NOT TRUE", "WHERE endpoint_id = 0) IS NOT TRUE"),
    ),
    mutant(
        "quick messages are not looked at again one by one",
        "delivery.py",
        f"{WAY_OUT}test_quick_messages_are_not_looked_at_again_one_by_one",
        ('if time.monotonic() - batch["looked"] >= LOOK_SECONDS:', "if True:"),
    ),
    mutant(
        "a mark for a synchronization that was deleted meanwhile fails no save",
        CAPTURE,
        f"{GONE}test_a_user_s_save_does_not_fail_by_a_mark_for_it",
        ("WHERE EXISTS (SELECT 1 FROM mfg_sync_flow f WHERE f.id = m.flow_id) ", ""),
    ),
    mutant(
        "a fact for a synchronization that was deleted meanwhile fails no save",
        "ledger.py",
        f"{GONE}test_a_user_s_save_does_not_fail_by_a_fact_for_it",
        ("\n  AND ({{flow_id}} IS NULL OR EXISTS (SELECT 1 FROM mfg_sync_flow f WHERE f.id = {{flow_id}}))", ""),
    ),
    mutant(
        "what is told has its turn by the database's clock",
        "mfg_sync/models/capture_rendering.py",
        f"{WAY_OUT}test_what_came_first_is_told_first_though_its_server_s_clock_is_ahead",
        (
            '            "occurred": occurred.isoformat(),\n',
            '            "occurred": occurred.isoformat(),\n            "sort_time": occurred.isoformat(),\n',
        ),
    ),
    mutant(
        "facts of one transaction have their turn in the order in which they happened",
        CAPTURE,
        f"{WAY_OUT}test_facts_of_one_transaction_have_their_turn_in_the_order_in_which_they_happened",
        ("if len(events) < 2:", "if events:"),
    ),
    mutant(
        "what is noted again happened last",
        CAPTURE,
        f"{WAY_OUT}test_facts_of_one_transaction_have_their_turn_in_the_order_in_which_they_happened",
        ("                noted.pop(key, None)\n", ""),
    ),
)
