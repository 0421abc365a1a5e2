"""More rules as in mutant_table.py: of what the floor tells of orders that people closed a part of."""

from .mutant_table import mutant

PRODUCTION = "mfg_sync_mes/handlers/production.py"
LATE = "mfg_sync_mes/handlers/material_late.py"
TESTS = "mfg_sync_mes/tests/"
PART = f"{TESTS}test_part_by_hand.py::TestPartByHand::"
MATERIAL = f"{TESTS}test_material.py::TestMaterial::"
BY_HAND = f"{TESTS}test_by_hand.py::TestByHand::"

FLOOR_MUTANTS = (
    mutant(
        "pieces that were closed by hand are not made again for a report that waited",
        PRODUCTION,
        f"{PART}test_the_replay_makes_nothing_more_and_says_why",
        ("lines = untold if is_total or not is_open else since", "lines = since[:0] if is_open else untold"),
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
        ("lines = untold if is_total or not is_open else since", "lines = untold"),
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
        ('if family.product_id.tracking == "lot" and others & since:', "if False:"),
    ),
    mutant(
        "a serial number that was closed by hand is not made again",
        PRODUCTION,
        f"{PART}test_a_serial_number_by_hand_is_one_piece_of_the_report",
        ("names = [name for name in names if name not in booked]", "names = list(names)"),
    ),
    mutant(
        "a late issue of another lot takes the place of what Odoo worked out",
        "mfg_sync_mes/handlers/material.py",
        f"{MATERIAL}test_a_late_issue_of_another_lot_takes_the_place_of_what_was_worked_out",
        ("left, corrected = self.correct(message, family, product, lot, left)", 'corrected = ""'),
    ),
    mutant(
        "what of a done line is told stays when the rest of it is corrected",
        LATE,
        f"{MATERIAL}test_a_late_issue_of_a_part_of_what_was_worked_out_leaves_the_other_part",
        (
            "told = min(left, line.quantity_product_uom - line.mfg_sync_told)",
            "told = min(left, line.quantity_product_uom)",
        ),
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
        ("line.lot_id != lot and line.mfg_sync_occurred", "line.lot_id != lot"),
    ),
    mutant(
        "a scrap that is tried again by itself is not the one made by hand",
        "mfg_sync_mes/handlers/scrap.py",
        f"{BY_HAND}test_a_scrap_that_only_came_early_is_not_the_one_made_by_hand",
        ("if not self._has_answer(message):", 'if not message.row["attempt_count"]:'),
    ),
    mutant(
        "a scrap by hand is the one that a person replays",
        "mfg_sync_mes/handlers/scrap.py",
        f"{BY_HAND}test_a_scrap_by_hand_is_the_one_that_a_person_replays",
        ("if not self._has_answer(message):", "if True:"),
    ),
)
