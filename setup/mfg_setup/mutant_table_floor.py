"""More rules as in mutant_table.py: of what the floor tells of orders that people closed a part of."""

from .mutant_table import mutant

PRODUCTION = "mfg_sync_mes/handlers/production.py"
LATE = "mfg_sync_mes/handlers/material_late.py"
LINE = "mfg_sync_mes/models/stock_move_line.py"
TESTS = "mfg_sync_mes/tests/"
CANCELLED = "mfg_sync_mes/handlers/production_cancelled.py"
PART = f"{TESTS}test_part_by_hand.py::TestPartByHand::"
AND_CANCELLED = f"{TESTS}test_part_cancelled.py::TestPartCancelled::"
MATERIAL = f"{TESTS}test_material.py::TestMaterial::"
LATE_ISSUE = f"{TESTS}test_late_issue.py::TestLateIssue::"
BY_HAND = f"{TESTS}test_by_hand.py::TestByHand::"

FLOOR_MUTANTS = (
    mutant(
        "pieces that were closed by hand are not made again for a report that waited",
        PRODUCTION,
        f"{PART}test_the_replay_makes_nothing_more_and_says_why",
        ("lines = untold if whenever else", "lines = since[:0] if is_open else untold if whenever else"),
    ),
    mutant(
        "only the rest of a report is made where a part of it was closed by hand",
        PRODUCTION,
        f"{PART}test_only_the_rest_is_made_of_a_report_that_is_partly_closed",
        ("done = self._produce(message, family, left, lots)", "done = self._produce(message, family, quantity, lots)"),
    ),
    mutant(
        "what was closed by hand before a report is none of its pieces",
        PRODUCTION,
        f"{PART}test_a_later_report_tells_of_other_pieces",
        ("lines = untold if whenever else", "lines = untold if True else"),
    ),
    mutant(
        "a total counts what was closed by hand, whenever and of whatever lot",
        PRODUCTION,
        f"{PART}test_a_total_counts_what_was_closed_by_hand_replayed_or_not",
        ("        if is_total:\n            # it names", "        if False:\n            # it names"),
    ),
    mutant(
        "pieces that were closed by hand as another lot are asked about",
        PRODUCTION,
        f"{PART}test_another_lot_by_hand_is_for_a_person",
        ('if tracking == "lot" and others & since:', "if False:"),
    ),
    mutant(
        "a serial number that was closed by hand is not made again",
        PRODUCTION,
        f"{PART}test_a_serial_number_by_hand_is_one_piece_of_the_report",
        ("names = [name for name in names if name not in booked]", "names = list(names)"),
    ),
    mutant(
        "a batch that is named for an item without lots hides nothing that was closed by hand",
        PRODUCTION,
        f"{PART}test_a_batch_named_for_an_item_without_lots_says_nothing",
        ('self._lot_names(message) if tracking != "none" else []', "self._lot_names(message)"),
    ),
    mutant(
        "a late issue of another lot takes the place of what Odoo worked out",
        "mfg_sync_mes/handlers/material.py",
        f"{MATERIAL}test_a_late_issue_of_another_lot_takes_the_place_of_what_was_worked_out",
        ("left, corrected = self.correct(message, family, product, lot, operation, left)", 'corrected = ""'),
    ),
    mutant(
        "a part of what was worked out is for a person",
        LATE,
        f"{LATE_ISSUE}test_a_part_of_what_was_worked_out_is_for_a_person",
        ("if open_question and float_compare(", "if False and float_compare("),
    ),
    mutant(
        "a line of which some was told is not corrected",
        LATE,
        f"{LATE_ISSUE}test_the_rest_of_a_line_of_which_some_was_told_is_for_a_person",
        ("line.mfg_sync_worked_out and not line.mfg_sync_told", "line.mfg_sync_worked_out"),
    ),
    mutant(
        "a late issue takes the place of several lines",
        LATE,
        f"{LATE_ISSUE}test_several_whole_lines_are_corrected",
        (
            "float_compare(line.quantity_product_uom, left, precision_rounding=rounding) <= 0:",
            "float_compare(line.quantity_product_uom, left, precision_rounding=rounding) == 0:",
        ),
    ),
    mutant(
        "of several lines the one of the told quantity is corrected",
        LATE,
        f"{LATE_ISSUE}test_several_whole_lines_are_corrected",
        ("        if exact:\n", "        if False:\n"),
    ),
    mutant(
        "a lot of another owner is not put in the place of what was worked out",
        LATE,
        f"{LATE_ISSUE}test_a_lot_of_another_owner_is_for_a_person",
        ("        if owner != line.owner_id:\n", "        if False:\n"),
    ),
    mutant(
        "a lot that lies at several places is not put at one of them",
        LATE,
        f"{LATE_ISSUE}test_a_lot_that_lies_at_two_places_is_for_a_person",
        (
            "        if len(places) > 1:\n            there",
            "        places = [(*places[0][:3], quantity)]\n        if False:\n            there",
        ),
    ),
    mutant(
        "what is told of an operation corrects what went into that one",
        LATE,
        f"{LATE_ISSUE}test_what_is_told_of_an_operation_corrects_what_went_into_that_one",
        ("operation and line.move_id.operation_id == operation", "False"),
    ),
    mutant(
        "what somebody set is no guess of Odoo's",
        LATE,
        f"{LATE_ISSUE}test_a_quantity_that_somebody_set_before_the_closing_stays",
        ("line.mfg_sync_worked_out and not line.mfg_sync_told", "not line.mfg_sync_told"),
    ),
    mutant(
        "a lot that somebody chose for the due quantity is no guess of Odoo's",
        "mfg_sync_mes/handlers/closing.py",
        f"{LATE_ISSUE}test_a_lot_that_somebody_chose_for_the_due_quantity_stays",
        ("(untold - chosen).move_line_ids.mfg_sync_worked_out", "untold.move_line_ids.mfg_sync_worked_out"),
    ),
    mutant(
        "a lot that somebody corrected after the closing is his word",
        LINE,
        f"{LATE_ISSUE}test_a_lot_that_somebody_corrected_after_the_closing_stays",
        ("            guesses.sudo().mfg_sync_worked_out = False\n", "            pass\n"),
    ),
    mutant(
        "nobody says by hand what was worked out",
        LINE,
        f"{BY_HAND}test_nobody_says_by_hand_what_the_floor_told",
        ('{"mfg_sync_told", "mfg_sync_worked_out", "mfg_sync_covered"}', '{"mfg_sync_told"}'),
    ),
    mutant(
        "what is issued after a part was closed is for the rest",
        LATE,
        f"{MATERIAL}test_an_issue_after_a_part_was_finished_is_for_the_rest",
        ("lambda order: self.closed_since(message, order)", 'lambda order: order.state == "done"'),
    ),
    mutant(
        "the lot that a person booked is not corrected",
        LATE,
        f"{PART}test_a_lot_that_was_booked_by_hand_stays",
        ("                and line.mfg_sync_occurred\n", ""),
    ),
    mutant(
        "a scrap that is tried again by itself is not the one made by hand",
        "mfg_sync_mes/handlers/scrap.py",
        f"{BY_HAND}test_a_scrap_that_only_came_early_is_not_the_one_made_by_hand",
        ("if not answer:", 'if not message.row["attempt_count"]:'),
    ),
    mutant(
        "a scrap by hand is the one that a person replays",
        "mfg_sync_mes/handlers/scrap.py",
        f"{BY_HAND}test_a_scrap_by_hand_is_the_one_that_a_person_replays",
        ("if not answer:", "if True:"),
    ),
    mutant(
        "what is scrapped after a replay is not what it answered to",
        "mfg_sync_mes/handlers/scrap.py",
        f"{BY_HAND}test_what_is_scrapped_after_a_replay_is_something_else",
        ("scrap.create_date <= answer.create_date", "True"),
    ),
    mutant(
        "a serial number that was closed before its report is one piece of it",
        PRODUCTION,
        f"{PART}test_a_serial_number_that_was_closed_before_its_report_is_one_piece_of_it",
        (' or (tracking == "serial" and names)', ""),
    ),
    mutant(
        "pieces of a report that was done by hand and cancelled are not those of the next",
        CANCELLED,
        f"{AND_CANCELLED}test_the_next_report_is_made_when_one_was_done_by_hand_and_cancelled",
        (
            "if not cancelled:\n            return lines\n        # without",
            "if True:\n            return lines\n        # without",
        ),
    ),
    mutant(
        "pieces of another lot that are those of a cancelled report are not asked about",
        CANCELLED,
        f"{AND_CANCELLED}test_another_lot_than_that_of_the_cancelled_report_is_made_too",
        (
            "for lot in lines.lot_id:",
            "kept |= lines.filtered(lambda line: line.lot_id.name not in names)\n        for lot in lines.lot_id:",
        ),
    ),
    mutant(
        "what was closed beside the pieces of a cancelled report covers the next",
        CANCELLED,
        f"{AND_CANCELLED}test_two_reports_that_were_closed_together",
        ("if is_over or not is_named", "if not is_named"),
    ),
    mutant(
        "a report of the same quantity as a cancelled one is asked about",
        CANCELLED,
        f"{AND_CANCELLED}test_reports_of_the_same_quantity_are_for_a_person",
        ("if float_compare(closed, quantity, precision_rounding=rounding):", "if True:"),
    ),
    mutant(
        "only a replay after the question answers it",
        CANCELLED,
        f"{AND_CANCELLED}test_an_answer_to_something_else_is_none",
        ("            return False\n        answer", "            return bool(self.answer(message))\n        answer"),
    ),
    mutant(
        "only a replay after this question answers it, not one after another",
        CANCELLED,
        f"{AND_CANCELLED}test_an_answer_to_what_a_component_took_is_none",
        ('QUESTION = "/data/report"', 'QUESTION = "/data/quantity"'),
    ),
    mutant(
        "a quantity that was told in another unit is not known",
        CANCELLED,
        f"{AND_CANCELLED}test_what_a_cancelled_report_told_in_another_unit_is_for_a_person",
        (
            'if not data.get("quantity") or data.get("unit") != message.data.get("unit"):',
            'if data.pop("unit", None) and not data.get("quantity"):',
        ),
    ),
    mutant(
        "a report that was corrected counts as what it was corrected to",
        CANCELLED,
        f"{AND_CANCELLED}test_a_report_that_was_corrected_is_not_cancelled",
        ("WHERE c.corrects_id = m.id)", "WHERE false)"),
    ),
)
