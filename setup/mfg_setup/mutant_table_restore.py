"""More rules as in mutant_table.py: of a backup that is restored in the place of the database."""

from .mutant_table import TESTS, mutant

SETBACK = f"{TESTS}test_setback.py::TestSetback::"
IDS = f"{TESTS}test_setback.py::TestIdsAfterRestore::"
STILL = f"{SETBACK}test_a_restored_backup_is_still_until_an_administrator_goes_on"
HOME = "mfg_sync/models/endpoint_home.py"
RENDERING = "mfg_sync/models/capture_rendering.py"

RESTORE_MUTANTS = (
    mutant(
        "a restored backup sends and applies nothing",
        HOME,
        STILL,
        ("endpoint.stamp_ok = endpoint.stamp_ok and not behind", "pass"),
    ),
    mutant(
        "a restored backup accepts nothing",
        "setback.py",
        STILL,
        (' and not is_before(dbname, uuid, row["sweeps"])', ""),
    ),
    mutant(
        "a restored backup does not come home by itself",
        "setback.py",
        STILL,
        ("found = None if endpoint._stop_if_put_back() else endpoint._counted()", "found = endpoint._counted()"),
    ),
    mutant(
        "each connection of a restored backup waits for its own confirmation",
        HOME,
        f"{SETBACK}test_each_other_side_is_compared_by_itself",
        ("                endpoint.stamp = setback.PUT_BACK\n", ""),
    ),
    mutant(
        "an Administrator is told that a backup was restored",
        HOME,
        f"{SETBACK}test_the_administrator_is_told_what_to_compare",
        ('                endpoint._tell_put_back(known["when"])\n', ""),
    ),
    mutant(
        "a copy does not count for the original",
        HOME,
        f"{SETBACK}test_a_copy_beside_the_original_does_not_count_for_it",
        ("if at_home else None", "if parts else None"),
    ),
    mutant(
        "ids begin anew after a restored backup",
        HOME,
        f"{SETBACK}test_what_happens_after_the_restore_is_no_duplicate_of_what_was_lost",
        (
            "        for endpoint in self:\n            endpoint.id_epochs",
            "        for endpoint in self[:0]:\n            endpoint.id_epochs",
        ),
    ),
    mutant(
        "what was told before the backup keeps its id",
        RENDERING,
        f"{SETBACK}test_what_was_told_before_the_backup_is_not_told_again",
        ('if len(ids) > 1 and flow["pattern"] != "state":', "if False:"),
    ),
    mutant(
        "what is only remembered keeps its id",
        RENDERING,
        f"{SETBACK}test_what_was_told_before_the_backup_is_not_told_again",
        ("{**ledger.identities(*asked), **remembered.identities(*asked)}", "ledger.identities(*asked)"),
    ),
    mutant(
        "a document that got the number of another one is another fact",
        RENDERING,
        f"{IDS}test_another_document_with_the_same_number_is_another_fact",
        ("str(res_id), self._made(model, res_id), revision]", "str(res_id), revision]"),
    ),
    mutant(
        "a mark that got the number of another one is another message",
        "mfg_sync/models/capture_marks.py",
        f"{IDS}test_a_mark_with_the_number_of_another_one_is_another_message",
        ('f"m{mark_id}.{marked:%Y%m%d%H%M%S%f}"', 'f"m{mark_id}"'),
    ),
    mutant(
        "who renders a mark again gives the same id",
        "mfg_sync/models/capture_marks.py",
        f"{IDS}test_a_worker_killed_while_it_renders_gives_the_same_id_again",
        ('f"m{mark_id}.{marked:%Y%m%d%H%M%S%f}"', 'f"m{mark_id}.{datetime.utcnow():%Y%m%d%H%M%S%f}"'),
    ),
    mutant(
        "control numbers go on above what the partner may have seen",
        "mfg_sync_edi/models/x12_control.py",
        "mfg_sync_edi/tests/test_order.py::TestOrder::"
        "test_after_a_restored_backup_numbers_go_on_above_all_that_the_partner_may_have_seen",
        ("LEAP = 1000\n", "LEAP = 0\n"),
    ),
    mutant(
        "the sweep writes down how far the control numbers are",
        "mfg_sync_edi/models/endpoint.py",
        "mfg_sync_edi/tests/test_order.py::TestOrder::"
        "test_after_a_restored_backup_numbers_go_on_above_all_that_the_partner_may_have_seen",
        ("{counter.endpoint_id.source: counter.last for counter in counters}", "{}"),
    ),
    mutant(
        "a turn of a delivery looks once what others have changed",
        "delivery.py",
        f"{TESTS}test_shadow.py::TestHowOftenItLooks::test_a_turn_of_a_delivery_looks_once_what_others_have_changed",
        ("environment=ledger.superuser", "environment=lambda cr: ledger.up_to_date(cr)"),
    ),
    mutant(
        "a restore begins another epoch before people do their work once more",
        "mfg_sync/models/endpoint_home.py",
        f"{TESTS}test_setback.py::TestSetback::"
        "test_what_people_do_once_more_before_both_sides_were_compared_is_no_duplicate_either",
        (
            "                endpoint._begin_epoch(begun)\n                endpoint._tell",
            "                endpoint._tell",
        ),
    ),
    mutant(
        "a document without a date is told",
        "mfg_sync/models/capture_rendering.py",
        f"{TESTS}test_setback.py::TestSetback::test_what_was_loaded_by_hand_and_has_no_date_is_told",
        (
            "(fields.Datetime.to_string(document.create_date) if document._log_access else None) or",
            "fields.Datetime.to_string(document.create_date) if document._log_access else",
        ),
    ),
    mutant(
        "a restore that is looked at twice begins one epoch",
        "mfg_sync/models/endpoint_home.py",
        f"{TESTS}test_setback.py::TestSetback::test_a_restore_that_is_looked_at_twice_begins_one_epoch",
        (' and not "".join(endpoint._epochs()[-1:]).startswith(begun)', ""),
    ),
    mutant(
        "the task of a second restore says what is to be compared now",
        "mfg_sync/models/task.py",
        f"{TESTS}test_setback.py::TestSetback::test_a_backup_of_the_time_in_which_it_waited_begins_anew_too",
        ('            open_task.note = escape(text or "")\n', "            pass\n"),
    ),
)
