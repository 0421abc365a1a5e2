"""More rules as in mutant_table.py: of how long a step of a drain lasts, and of what it asks before it begins."""

from .mutant_table import TESTS, mutant

CLOCK = f"{TESTS}test_clock.py::TestClock::"
CHUNK_CLOCK = f"{TESTS}test_clock.py::TestChunkClock::"

CLOCK_MUTANTS = (
    mutant(
        "a step ends soon after it wrote on stock",
        "clock.py",
        f"{CLOCK}test_it_ends_soon_after_it_wrote_on_stock_where_others_are_at_work",
        ("            self.polite_end = min(self.polite_end, time.monotonic() + self.stock_seconds)\n", ""),
    ),
    mutant(
        "what is written on stock later gives a step no more time",
        "clock.py",
        f"{CLOCK}test_what_is_written_later_gives_no_more_time",
        ("        if not self._on_stock:\n", "        if True:\n"),
        ("min(self.polite_end, time.monotonic() + self.stock_seconds)", "time.monotonic() + self.stock_seconds"),
    ),
    mutant(
        "a step goes on where nobody else is at work",
        "clock.py",
        f"{CHUNK_CLOCK}test_where_nobody_else_works_they_go_together",
        ("self.is_polite_over() and self.others()", "self.is_polite_over()"),
    ),
    mutant(
        "a step ends, whoever is at work",
        "clock.py",
        f"{CLOCK}test_where_nobody_else_is_at_work_it_goes_on_and_not_for_ever",
        ("time.monotonic() >= self.end or self", "self"),
    ),
    mutant(
        "a step that is over stays so",
        "clock.py",
        f"{CLOCK}test_once_it_is_over_it_stays_so_whoever_goes_meanwhile",
        ("        if not self._is_over:\n", "        if True:\n"),
    ),
    mutant(
        "looking costs nothing of the polite time either",
        "clock.py",
        f"{CLOCK}test_looking_costs_nothing_of_either_time",
        ("        self.polite_end += seconds\n", ""),
    ),
    mutant(
        "who is at work is looked at anew in the same transaction",
        "clock.py",
        f"{CLOCK}test_somebody_is_at_work_from_his_first_query_to_his_commit",
        ('    cr.execute("SELECT pg_stat_clear_snapshot()")\n', ""),
    ),
    mutant(
        "a drain's own connections are nobody else",
        "clock.py",
        f"{CLOCK}test_somebody_is_at_work_from_his_first_query_to_his_commit",
        ("        [list(own)],\n", "        [[]],\n"),
    ),
    mutant(
        "what is written on stock is noted",
        "mfg_sync/models/stock_quant.py",
        f"{CHUNK_CLOCK}test_while_others_work_one_message_that_writes_on_stock_is_a_step",
        ("            clock.wrote_on_stock()\n", "            pass\n"),
    ),
    mutant(
        "a run of closings is no longer than people may wait",
        "mfg_sync_mes/handlers/closing_run.py",
        "mfg_sync_mes/tests/test_merging.py::TestMerging::"
        "test_while_people_may_work_no_run_of_closings_is_longer_than_they_may_wait",
        (" or bool(clock) and clock.is_polite_over()", ""),
    ),
    mutant(
        "a connection is at home where it was confirmed",
        "setback.py",
        f"{TESTS}test_stamp.py::TestStamp::test_a_copy_with_a_new_uuid_is_still_until_somebody_confirms",
        ('row["stamp"] == home and ', ""),
    ),
    mutant(
        "a match whose record is gone is none",
        "mfg_sync/models/resolver.py",
        "mfg_sync_mes/tests/test_reads.py::TestReads::test_a_match_whose_item_is_gone_is_none",
        (
            'SELECT r.id FROM mfg_sync_binding b JOIN "{model._table}" r ON r.id = b.res_id',
            "SELECT b.res_id FROM mfg_sync_binding b",
        ),
    ),
    mutant(
        "what is told is about its document",
        "ledger.py",
        f"{TESTS}test_capture.py::TestCapture::test_a_document_with_something_to_tell_is_not_in_sync_before_it_is_told",
        ("WHERE direction = 'out' AND res_model", "WHERE direction = 'in' AND res_model"),
    ),
    mutant(
        "the ORM finds the work orders behind another one in its cache",
        "mfg_sync_mes/models/mrp_workorder.py",
        "mfg_sync_mes/tests/test_reads.py::TestReads::"
        "test_a_start_looks_for_the_components_once_and_not_for_each_field_that_is_written",
        ('        column2="workorder_id",\n', '        column2="workorder_id",\n        domain="[]",\n'),
    ),
)
