"""More rules as in mutant_table.py: of the breaker, the outbox, limits and pauses, and of statements in parts."""

from .mutant_table import TESTS, mutant

BREAKER = f"{TESTS}test_breaker.py::TestBreaker::"
OUTBOX = f"{TESTS}test_outbox.py::TestOutbox::"
LIMITS = f"{TESTS}test_limits.py::TestLimits::"
PAUSE = f"{TESTS}test_pause.py::TestPause::"
UPLOADS = "tests/border/test_statements.py::"
WAY_IN = f"{TESTS}test_way_in.py::"

LIMITS_MUTANTS = (
    mutant(
        "what is told of a day to come is refused",
        "gate.py",
        f"{WAY_IN}TestWayIn::test_a_clock_may_be_ahead_by_a_time_zone_but_not_by_years",
        ("if occurred and occurred > datetime.utcnow() + MAX_AHEAD:", "if False:"),
    ),
    mutant(
        "what is refused teaches a listening connection nothing",
        "gate.py",
        f"{WAY_IN}TestListening::test_what_is_refused_teaches_it_nothing_and_it_listens_on",
        ("        except Problem:\n            return False\n", "        except Problem:\n            return True\n"),
    ),
    mutant(
        "nobody waits for an upload that is being completed",
        "uploads.py",
        f"{UPLOADS}test_who_asks_while_a_large_one_is_being_completed_is_sent_away_and_keeps_no_worker",
        ('PATIENCE = "2s"', 'PATIENCE = "60s"'),
    ),
    mutant(
        "a part with other content is refused",
        "uploads.py",
        f"{UPLOADS}test_a_part_may_come_again_but_not_with_other_content",
        ("if before[0] != digest:", "if False:"),
    ),
    mutant(
        "a statement is what its sender announced",
        "uploads.py",
        f"{UPLOADS}test_parts_that_were_exchanged_on_the_way_are_noticed",
        ("    if found != digest:\n", "    if False:\n"),
    ),
    mutant(
        "all parts of a statement together are bounded",
        "uploads.py",
        f"{UPLOADS}test_size_and_number_of_uploads_are_bounded",
        (" > limit:", " > 10 * limit:"),
    ),
    mutant(
        "uploads that nobody completes go after a day",
        "sweep.py",
        f"{UPLOADS}test_what_nobody_completes_is_gone_after_a_day",
        ("        self._alone(uploads.forget_old)\n", ""),
    ),
    mutant(
        "the breaker counts different messages",
        "breaker.py",
        f"{BREAKER}test_one_message_that_fails_again_and_again_says_nothing_of_the_line",
        ("mfg_sync_line.failing @> EXCLUDED.failing OR ", ""),
    ),
    mutant(
        "half-open lets one probe go, the least tried",
        "delivery.py",
        f"{BREAKER}test_half_open_one_message_goes_as_a_probe_and_the_least_tried",
        ('rows = sorted(rows, key=lambda row: row["attempt_count"])[:1]', "pass"),
    ),
    mutant(
        "probes of the breaker are spread by chance",
        "breaker.py",
        f"{BREAKER}test_probes_of_many_plants_do_not_come_together",
        ("retry.delay(probes, first_probe, retry_after, cap=PROBE_CAP)", "min(PROBE_CAP, first_probe * 2**probes)"),
    ),
    mutant(
        "who comes back from an outage is not overrun",
        "breaker.py",
        f"{BREAKER}test_who_comes_back_from_an_outage_is_not_overrun",
        ("        bucket.back(cr, endpoint_id)", "        pass"),
    ),
    mutant(
        "the pace that the other side bears is kept",
        "pace.py",
        f"{BREAKER}test_messages_go_evenly_spaced_and_not_faster_after_a_pause",
        ("self.next_at = max(self.next_at, time.monotonic()) + self.interval", "pass"),
    ),
    mutant(
        "the outbox hides what was fetched for a while",
        "outbox.py",
        f"{OUTBOX}test_what_was_fetched_is_not_seen_again_until_its_time_is_over",
        ('_hide(cr, row["id"], endpoint["fetch_again"])', "pass"),
    ),
    mutant(
        "the outbox hands out one of a lane",
        "outbox.py",
        f"{OUTBOX}test_of_one_item_the_next_is_handed_out_when_the_one_before_is_acknowledged",
        ('for row in runnable[:1] if row["ready"]', 'for row in runnable if row["ready"]'),
    ),
    mutant(
        "an acknowledgement to the outbox may be repeated",
        "outbox.py",
        f"{OUTBOX}test_an_acknowledgement_may_be_repeated",
        ('or (row["state"], result) in (("done", "done"), ("dead", "refused"))', ""),
    ),
    mutant(
        "the outbox of another company is out of reach",
        "outbox.py",
        f"{OUTBOX}test_a_token_of_the_second_company_neither_fetches_nor_acknowledges_ours",
        ("WHERE uuid = ANY(%s) AND endpoint_id = %s AND direction", "WHERE uuid = ANY(%s) AND %s > 0 AND direction"),
    ),
    mutant(
        "events are limited, not requests",
        "gate.py",
        f"{LIMITS}test_events_are_counted_not_requests_and_a_refused_batch_takes_nothing",
        ("bucket.take(self.cr.dbname, endpoint, len(events))", "bucket.take(self.cr.dbname, endpoint, 1)"),
    ),
    mutant(
        "a batch larger than the burst passes when the bucket is full",
        "bucket.py",
        f"{LIMITS}test_a_batch_larger_than_the_burst_passes_when_the_bucket_is_full_and_is_paid_for_later",
        ("WHERE {filled} >= LEAST(%(burst)s, %(events)s)", "WHERE {filled} >= %(events)s"),
    ),
    mutant(
        "the bucket of a limit is no larger than its burst",
        "bucket.py",
        f"{LIMITS}test_a_quiet_time_fills_the_bucket_no_further_than_its_burst",
        ('FILLED = """LEAST(%(burst)s, ', 'FILLED = """LEAST(1e9, '),
    ),
    mutant(
        "a backlog gives way to others",
        "turn.py",
        f"{PAUSE}test_a_drain_gives_way_when_another_job_waits_for_the_slot",
        ("if wake.others_wait(", "if False and wake.others_wait("),
    ),
    mutant(
        "a connection whose systems are paused is told nothing",
        "working.py",
        f"{PAUSE}test_a_connection_is_told_nothing_while_all_its_systems_are_paused",
        ("AND s.active) IS NOT TRUE)", "AND s.active) IS NOT NULL OR true)"),
    ),
    mutant(
        "nobody comes in vain for marks of a pause",
        "claim.py",
        f"{PAUSE}test_marks_of_a_paused_synchronization_wait_and_collapse",
        ("WHERE k.endpoint_id = %s AND {TELLS} LIMIT 1", "WHERE k.endpoint_id = %s LIMIT 1"),
    ),
    mutant(
        "never more than a quarter of the workers waits",
        "waiting.py",
        "tests/border/test_waiting.py::test_more_than_a_quarter_of_the_workers_never_waits",
        ('config["workers"] // 4', 'config["workers"]'),
        ('min(endpoint["wait_requests"], most)', "most"),
    ),
)
