"""More rules as in mutant_table.py: of whoever meets others on the same rows, and of the net behind them."""

from .mutant_table import FAILURES, GROUP, ORDER, TESTS, mutant

STATUS = f"{TESTS}test_status_races.py::TestStatusRaces::"
LETTING_GO = f"{TESTS}test_letting_go.py::TestLettingGo::"
WAY_IN = f"{TESTS}test_way_in.py::TestGateHttp::"
STEP_FAILS = f"{ORDER}test_a_step_that_fails_does_not_keep_the_others_from_their_turn"
STATUS_FOUND = f"{ORDER}test_a_status_that_was_not_written_after_the_commit_is_found"
SAVES = f"{LETTING_GO}test_who_saves_a_match_is_not_kept_waiting_by_who_holds_the_message_for_long"
HELD_STATUS = f"{STATUS}test_a_status_that_a_person_holds_for_long_keeps_no_message_from_its_turn"
IN_THE_WAY = f"{WAY_IN}test_who_meets_others_in_the_way_again_and_again_is_not_sent_away"
ASK = 'self._decide("ask_second", lambda: approval.ask(self.env.cr, self.id, text), reason)\n'
ASKED_BY = '                "asked_by_id": author.id,\n'

RACES_MUTANTS = (
    mutant(
        "a document's status is locked before its messages are read",
        "documents.py",
        f"{STATUS}test_two_that_finish_the_last_two_messages_at_once_leave_it_in_sync",
        ("ORDER BY s.res_model, s.res_id FOR NO KEY UPDATE OF s", "ORDER BY s.res_model, s.res_id"),
    ),
    mutant(
        "a first status that another worker has put is worked out again",
        "documents.py",
        f"{STATUS}test_two_that_tell_the_first_status_of_a_document_at_once_leave_it_in_sync",
        ("if not _write_statuses(cr, message_ids) <= locked:", "if _write_statuses(cr, message_ids) is locked:"),
    ),
    mutant(
        "a status that stays the same is written all the same",
        "documents.py",
        f"{STATUS}test_a_drain_whose_view_is_older_looks_again_and_logs_no_error",
        (
            "write_date = EXCLUDED.write_date",
            "write_date = EXCLUDED.write_date WHERE mfg_sync_status.message_id <> EXCLUDED.message_id",
        ),
    ),
    mutant(
        "what a person's match lets go is let go after his commit",
        "release.py",
        f"{LETTING_GO}test_who_imports_matches_does_not_meet_who_looked_at_the_message_meanwhile",
        ("    if not compat.commits(cr):\n", "    if True:\n"),
    ),
    mutant(
        "what came under an id moves by a match that is committed",
        "release.py",
        f"{LETTING_GO}test_a_match_that_was_taken_back_in_the_same_transaction_moves_nothing",
        ("            JOIN mfg_sync_binding b", "            LEFT JOIN mfg_sync_binding b"),
        ("SET lane = b.res_model || ',' || b.res_id", "SET lane = COALESCE(b.res_model || ',' || b.res_id, 'moved')"),
        ("(v.lane, b.endpoint_id, 'in')", "(v.lane, m.endpoint_id, 'in')"),
    ),
    mutant(
        "who saves a match waits for nobody's long transaction",
        "release.py",
        SAVES,
        (', lock_timeout="800ms"', ""),
    ),
    mutant(
        "a match that is committed does not look as if it had failed",
        "release.py",
        SAVES,
        (
            '        _logger.warning("mfg_sync: could not let go what waited, the sweep will", exc_info=True)',
            "        raise",
        ),
    ),
    mutant(
        "what is closed is locked in the order of all",
        "release.py",
        f"{LETTING_GO}test_who_cancels_several_holds_none_that_comes_after_one_he_waits_for",
        ('stand otherwise now."""\n    _lock_open(cr, ids)\n', 'stand otherwise now."""\n'),
    ),
    mutant(
        "what is replayed is locked in the order of all",
        "release.py",
        f"{LETTING_GO}test_who_replays_several_holds_none_that_comes_after_one_he_waits_for",
        ('(engine/approval.py).\n    """\n    _lock_open(cr, ids)\n', '(engine/approval.py).\n    """\n'),
    ),
    mutant(
        "rows are locked in the order of their ids",
        "release.py",
        f"{LETTING_GO}test_who_cancels_several_holds_none_that_comes_after_one_he_waits_for",
        ("           ORDER BY id FOR NO KEY UPDATE", "           FOR NO KEY UPDATE"),
    ),
    mutant(
        "a message is locked before a second person is asked about it",
        "mfg_sync/models/second_person.py",
        f"{LETTING_GO}test_of_two_who_let_a_corrected_message_go_at_once_the_second_begins_again",
        (f"        {ASK}        # sudo: a question", "        # sudo: a question"),
        (f"{ASKED_BY}            }}\n        )\n", f"{ASKED_BY}            }}\n        )\n        {ASK}"),
    ),
    mutant(
        "statuses of what is told are written after its rendering is committed",
        "mfg_sync/models/capture_marks.py",
        f"{STATUS}test_what_is_told_does_not_meet_who_wrote_the_status_of_its_document_meanwhile",
        ("        if not compat.commits(self.env.cr):\n", "        if True:\n"),
    ),
    mutant(
        "a step of the sweep waits for nobody's long transaction",
        "sweep.py",
        HELD_STATUS,
        (', lock_timeout="800ms"', ""),
    ),
    mutant(
        "what the sweep lets go does not wait for statuses",
        "sweep.py",
        HELD_STATUS,
        (
            "            changed = self._alone(step)\n",
            "            changed = self._alone(lambda cr, step=step: documents.refresh_statuses(cr, step(cr)))\n",
        ),
    ),
    mutant(
        "a step of the sweep that meets others stands alone",
        "sweep.py",
        STEP_FAILS,
        (
            '            _logger.warning("mfg_sync: a step of the sweep is left to the next minute\'s: %s", error)',
            "            raise",
        ),
    ),
    mutant(
        "a step of the sweep that is broken stands alone",
        "sweep.py",
        STEP_FAILS,
        ('            _logger.exception("mfg_sync: a step of the sweep failed")', "            raise"),
    ),
    mutant(
        "schedules do not keep the sweep from calling drains",
        "sweep.py",
        f"{ORDER}test_what_is_wrong_with_schedules_keeps_no_message_from_its_turn",
        ('            _logger.exception("mfg_sync: runs that are due could not be looked for")', "            raise"),
    ),
    mutant(
        "the sweep finds what waits for a document that is no longer kept out",
        "sweep.py",
        "mfg_sync_mes/tests/test_left_out.py::TestLeftOut::"
        "test_what_a_drain_held_while_it_was_taken_back_goes_on_with_the_next_sweep",
        ("            self._no_longer_left_out,\n", ""),
    ),
    mutant(
        "the sweep finds documents that say they wait for what is finished",
        "sweep.py",
        STATUS_FOUND,
        ("WHERE s.status IN ('needs_you', 'waiting') AND", "WHERE false AND"),
    ),
    mutant(
        "the sweep finds documents that do not say they need somebody",
        "sweep.py",
        f"{TESTS}test_way_out.py::TestWayOut::test_a_document_that_does_not_say_that_it_needs_somebody_is_found_however_old",
        ("AND (m.needs_person OR s.status <> 'waiting')", "AND s.status <> 'waiting'"),
    ),
    mutant(
        "who meets others in the way begins again more than twice",
        "ledger.py",
        IN_THE_WAY,
        ("def repeated(work, attempts=6)", "def repeated(work, attempts=3)"),
    ),
    mutant(
        "events of a request that is tried again are counted once",
        "gate.py",
        IN_THE_WAY,
        ('            if endpoint["id"] not in self.limits:\n', "            if True:\n"),
    ),
    mutant(
        "a status that somebody holds keeps nobody from going on who has his match",
        "release.py",
        f"{LETTING_GO}test_what_waited_for_a_match_goes_on_although_somebody_holds_its_documents_status",
        (
            "            return _let_go(cr, keys, some)\n",
            "            return documents.refresh_statuses(cr, _let_go(cr, keys, some))\n",
        ),
    ),
    mutant(
        "what a request that is refused has written is taken back",
        "mfg_sync/controllers/events.py",
        "tests/border/test_statements.py::test_size_and_number_of_uploads_are_bounded",
        ("            own_cr.rollback()\n\n    return", "            pass\n\n    return"),
    ),
    mutant(
        "paused ones use up nothing of what a drain looks at",
        "claim.py",
        f"{GROUP}test_paused_ones_use_up_nothing_of_what_a_drain_looks_at",
        (
            "SELECT m.* FROM {PENDING}\n              AND",
            "SELECT m.* FROM mfg_sync_message m WHERE m.state = 'pending'\n              AND",
        ),
    ),
    mutant(
        "a chunk looks at twice what the last one got done",
        "drain.py",
        f"{GROUP}test_a_chunk_looks_at_twice_what_the_last_one_got_done",
        ("min(MOST, max(FEWEST, 2 * done)) if done", "FIRST if done"),
    ),
    mutant(
        "where messages take long a chunk looks at a few",
        "drain.py",
        f"{GROUP}test_where_messages_take_long_a_chunk_looks_at_a_few",
        ("min(MOST, max(FEWEST, 2 * done)) if done", "max(self.looks_at, min(MOST, 2 * done)) if done"),
    ),
    mutant(
        "what others hold does not hide what is behind it",
        "drain.py",
        f"{GROUP}test_what_others_hold_does_not_hide_what_is_behind_it",
        ("not done and self.looks_at >= MOST", "not done"),
    ),
    mutant(
        "what was applied is not kept in memory",
        "group.py",
        f"{GROUP}test_what_was_applied_is_not_kept_in_memory",
        ("                message.group = None\n", "                pass\n"),
    ),
    mutant(
        "a sender who asks whether a drain is at work sends none away",
        "wake.py",
        f"{FAILURES}test_a_sender_who_asks_whether_a_drain_is_at_work_does_not_send_one_away",
        ("    if is_running(cr, endpoint_id, direction):\n        return False\n", "    return False\n"),
    ),
    mutant(
        "after one that met others too often the rest is taken together again",
        "drain.py",
        f"{GROUP}test_after_one_that_met_others_too_often_the_rest_is_taken_together_again",
        ("                by_row.clear()\n", "                pass\n"),
    ),
    mutant(
        "what acts outside does so once where the database refuses it",
        "chunk.py",
        f"{GROUP}test_what_acts_outside_does_so_once_where_the_database_refuses_it",
        ("again = RACES if self._acts_outside(message) else (", "again = ("),
    ),
    mutant(
        "parts that somebody else brings at the moment are not passed over",
        "parts.py",
        "mfg_sync_edi/tests/test_interchange.py::TestInterchange::"
        "test_what_somebody_else_brings_at_the_moment_is_never_passed_over",
        ("    if len(ledger.insert(env.cr, rows)) < len(rows):\n", "    if ledger.insert(env.cr, rows) is None:\n"),
    ),
)
