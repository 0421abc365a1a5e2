"""More rules as in mutant_table.py: of what is only tried, on the way in and on the way out."""

from .mutant_table import TESTS, mutant

SHADOW = f"{TESTS}test_shadow.py::TestShadow::"
INVOICE = "mfg_sync_edi/tests/test_invoice.py::TestInvoice::"

SHADOW_MUTANTS = (
    mutant(
        "what fails while it is tried asks nobody",
        "mfg_sync/models/message.py",
        f"{SHADOW}test_what_fails_while_it_is_tried_asks_nobody_also_once_it_is_live",
        ('("state", "in", OPEN), ("shadow", "=", False)]', '("state", "in", OPEN)]'),
    ),
    mutant(
        "what waited while it was tried is not applied by itself",
        "chunk.py",
        f"{SHADOW}test_what_waited_while_it_was_tried_is_not_applied_by_itself_once_it_is_live",
        ('if not message.row["shadow"] or message.flow["mode"] == "shadow":', "if True:"),
    ),
    mutant(
        "what comes in shadow is tried whatever becomes of its synchronization",
        "accept.py",
        f"{SHADOW}test_what_waited_while_it_was_tried_is_not_applied_by_itself_once_it_is_live",
        ('        "shadow": flow["mode"] == "shadow",\n', ""),
    ),
    mutant(
        "what came while it was live is somebody's trouble",
        "chunk.py",
        f"{SHADOW}test_what_came_while_it_was_live_is_somebodys_trouble_also_after_a_step_back",
        ('        shadow = message.row["shadow"]\n', "        shadow = message.tried\n"),
    ),
    mutant(
        "what was tried does not wait for ever once it is live",
        "mfg_sync/engine/sweep.py",
        f"{SHADOW}test_what_fails_while_it_is_tried_asks_nobody_also_once_it_is_live",
        ("        self._alone(lambda cr: release.end_tried(cr, LIMIT))\n", ""),
    ),
    mutant(
        "what a colleague approved once it is live is applied",
        "approval.py",
        f"{TESTS}test_second_asked.py::TestSecondAsked::"
        "test_what_was_corrected_in_shadow_and_approved_once_it_is_live_is_applied",
        (
            "needs_person = true, asked = false,\n                  shadow = {STILL_TRIED},\n",
            "needs_person = true, asked = false,\n",
        ),
    ),
    mutant(
        "what was tried is applied together with nothing",
        "chunk.py",
        f"{SHADOW}test_what_waited_while_it_was_tried_is_not_applied_by_itself_once_it_is_live",
        ("not corrected and not message.tried and", 'not corrected and message.flow["mode"] != "shadow" and'),
    ),
    mutant(
        "what a person replays once it is live is applied",
        "release.py",
        f"{SHADOW}test_what_failed_while_it_was_tried_is_applied_where_a_person_replays_it_live",
        ("                   shadow = {STILL_TRIED},\n", ""),
    ),
    mutant(
        "what can't be told in shadow asks nobody",
        "mfg_sync/models/capture_rendering.py",
        f"{TESTS}test_capture.py::TestCapture::test_what_can_not_be_told_in_shadow_asks_nobody_and_is_never_sent",
        ('            "shadow": shadow,\n            "needs_person"', '            "needs_person"'),
    ),
    mutant(
        "what is rendered again in shadow is not sent",
        "mfg_sync/models/capture_rendering.py",
        f"{TESTS}test_capture.py::TestCapture::test_what_can_not_be_told_in_shadow_asks_nobody_and_is_never_sent",
        (
            'shadow, is_tried = row["shadow"],',
            "shadow, is_tried = False,",
        ),
    ),
    mutant(
        "what was tried is ended also where its synchronization is switched off",
        "release.py",
        f"{SHADOW}test_what_waited_or_failed_is_ended_however_its_synchronization_leaves_shadow",
        ("AND f.mode = 'shadow' AND f.active\n", "AND f.mode <> 'live' AND f.active\n"),
    ),
    mutant(
        "what was tried is ended also where its synchronization is archived",
        "release.py",
        f"{SHADOW}test_what_waited_or_failed_is_ended_however_its_synchronization_leaves_shadow",
        ("AND f.mode = 'shadow' AND f.active\n", "AND f.mode = 'shadow'\n"),
    ),
    mutant(
        "what came while it was live is applied once live again, also corrected",
        "correction.py",
        f"{SHADOW}test_what_came_while_it_was_live_and_is_corrected_after_a_step_back_is_applied_once_live_again",
        ('        shadow=row["shadow"] and flow["mode"] == "shadow",\n', ""),
    ),
    mutant(
        "what is corrected in shadow is only tried",
        "correction.py",
        f"{SHADOW}test_what_is_corrected_in_shadow_and_then_live_is_not_applied_by_itself",
        ('shadow=row["shadow"] and flow["mode"] == "shadow",', "shadow=False,"),
    ),
    mutant(
        "what a colleague agrees to is applied where it is live by then",
        "approval.py",
        f"{TESTS}test_second_asked.py::TestSecondAsked::"
        "test_what_a_colleague_was_asked_about_in_shadow_is_applied_where_it_is_live_by_the_answer",
        ("                   shadow = {STILL_TRIED},\n", ""),
    ),
    mutant(
        "what was ended as tried lets nothing pass a missing number",
        "numbers.py",
        f"{TESTS}test_numbers.py::TestNumbers::test_what_was_ended_as_tried_behind_a_missing_one_lets_nothing_pass_it",
        ("AND NOT (m.shadow AND m.no_effect)) done)", ") done)"),
    ),
    mutant(
        "what was only to be looked at is not sent",
        "ledger.py",
        f"{TESTS}test_capture.py::TestCapture::test_what_can_not_be_told_in_shadow_asks_nobody_and_is_never_sent",
        ("(direction = 'out' OR NOT EXISTS (", "(NOT EXISTS ("),
    ),
    mutant(
        "what a builder brings about in shadow is taken back",
        "mfg_sync/models/capture_rendering.py",
        f"{INVOICE}test_in_shadow_a_shipment_is_invoiced_only_to_be_looked_at",
        ('if flush and flow["mode"] == "shadow":', "if False:"),
    ),
    mutant(
        "what would be told in shadow is about a document that is there",
        "mfg_sync/models/capture_rendering.py",
        f"{INVOICE}test_in_shadow_a_shipment_is_invoiced_only_to_be_looked_at",
        ("        if not gone:\n", "        if True:\n"),
    ),
    mutant(
        "what is told once it is live does not pass for known by what was tried",
        "mfg_sync/models/capture_rendering.py",
        f"{INVOICE}test_in_shadow_a_shipment_that_could_not_be_invoiced_is_replayed_and_stays_uninvoiced",
        ('TRIED = ".tried"', 'TRIED = ""'),
    ),
    mutant(
        "a drain knows what is live by now",
        "ledger.py",
        "tests/border/test_way_in.py::"
        "test_what_comes_once_its_synchronization_is_live_is_applied_also_by_a_drain_that_began_before",
        ("        current = compat.check_signaling(registry, cr)\n", "        current = registry\n"),
    ),
    mutant(
        "what a drain knows by now it does not read from an older view",
        "ledger.py",
        f"{TESTS}test_shadow.py::TestUpToDate::"
        "test_what_goes_live_while_a_drain_looks_whether_it_did_is_known_and_stays_known",
        ("        cr.rollback()\n        cr.reset()\n", ""),
    ),
    mutant(
        "no label is bought for what the warehouse has sent",
        "mfg_sync_wms/models/stock_picking.py",
        "mfg_sync_wms/tests/test_shipment.py::TestShipment::"
        "test_no_label_is_bought_for_what_has_left_also_where_its_number_is_not_told",
        ("        if confirming and self", "        if False and self"),
    ),
    mutant(
        "what was noted in shadow is not told by itself",
        "mfg_sync/models/capture_marks.py",
        f"{INVOICE}test_what_was_shipped_in_shadow_is_not_invoiced_where_its_turn_comes_once_it_is_live",
        ('(flow_id, model, res_id) in live else "shadow"', '(flow_id, model, res_id) in live else "live"'),
    ),
    mutant(
        "what is only looked at takes nothing's place",
        "mfg_sync/models/capture_marks.py",
        f"{TESTS}test_capture.py::TestCapture::"
        "test_what_waits_at_a_step_back_to_shadow_is_told_and_nothing_newer_takes_its_place",
        (' and flow["mode"] == "live":\n', ":\n"),
    ),
    mutant(
        "what was noted while it was live is told after a step back",
        "mfg_sync/models/capture_marks.py",
        f"{INVOICE}test_what_was_shipped_before_a_step_back_is_invoiced_and_told",
        ('mode = "live" if (flow_id, model, res_id) in live else "shadow"', "pass"),
    ),
    mutant(
        "what is only looked at takes no id of what is told",
        "mfg_sync/models/capture_marks.py",
        f"{INVOICE}test_an_invoice_of_what_was_shipped_in_shadow_is_told_where_a_person_posts_it_once_it_is_live",
        ("in sorted(batches.items(), key=lambda item: item[0][2])", "in batches.items()"),
    ),
    mutant(
        "what came in shadow matches nothing",
        "homes.py",
        "mfg_sync_mes/tests/test_names.py::TestNames::"
        "test_what_came_in_shadow_matches_nothing_also_where_its_turn_comes_once_it_is_live",
        ("                            AND NOT m.shadow)", "                            )"),
    ),
    mutant(
        "what a count goes on from is kept",
        "retention.py",
        f"{TESTS}test_numbers.py::TestNumbers::"
        "test_what_a_count_goes_on_from_is_not_removed_for_one_that_was_ended_as_tried",
        (" AND NOT (later.shadow AND later.no_effect)", ""),
    ),
)
