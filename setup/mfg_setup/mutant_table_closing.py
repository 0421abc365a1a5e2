"""More rules as in mutant_table.py: of what an order consumes when it is closed."""

from .mutant_table import mutant

CLOSING = "mfg_sync_mes/handlers/closing.py"
BY_HAND = "mfg_sync_mes/handlers/material_by_hand.py"
MOVE = "mfg_sync_mes/models/stock_move.py"
ISSUED = "mfg_sync_mes/handlers/material.py"
ORDER = "mfg_sync_mes/handlers/order.py"
TESTS = "mfg_sync_mes/tests/test_closing.py::TestClosing::"
TOLD = "mfg_sync_mes/tests/test_closing_by_hand.py::TestClosingByHand::"

CLOSING_MUTANTS = (
    mutant(
        "what somebody set on an order is what it consumes",
        CLOSING,
        f"{TESTS}test_what_somebody_set_on_the_order_is_what_it_consumes",
        ("        return kept\n", "        return kept.browse()\n"),
    ),
    mutant(
        "for which pieces somebody set it is asked",
        CLOSING,
        f"{TESTS}test_for_which_pieces_it_was_set_is_asked",
        ("            if other_part:\n", "            if False:\n"),
    ),
    mutant(
        "what somebody set covers what is reported later",
        BY_HAND,
        f"{TESTS}test_what_somebody_has_set_covers_what_is_reported_later",
        ("                left -= covered\n", "                pass\n"),
    ),
    mutant(
        "what somebody set does not give way to an issue",
        BY_HAND,
        f"{TESTS}test_what_is_reported_otherwise_than_somebody_has_set_is_for_a_person",
        ("            if move._mfg_sync_set_by_hand():\n", "            if False:\n"),
    ),
    mutant(
        "what somebody put beside what was reported stays",
        MOVE,
        f"{TESTS}test_what_somebody_put_beside_what_was_reported_stays",
        (
            "            line.picked and float_compare(line.quantity_product_uom, line.mfg_sync_told",
            "            False and float_compare(line.quantity_product_uom, line.mfg_sync_told",
        ),
    ),
    mutant(
        "a tick without a quantity is somebody's word only where there are no lots",
        MOVE,
        f"{TESTS}test_a_tick_without_a_quantity_says_nothing_of_lots",
        (
            """            and (self.quantity or self.has_tracking == "none")\n""",
            "",
        ),
    ),
    mutant(
        "a blocked bill of materials binds the floor",
        CLOSING,
        f"{TESTS}test_a_blocked_bill_binds_the_floor_too",
        ("        self._refuse_blocked(message, order)\n", ""),
    ),
    mutant(
        "the rest of what a blocked bill of materials needs is waited for",
        CLOSING,
        f"{TESTS}test_the_rest_of_what_a_blocked_bill_needs_is_waited_for",
        ("        if on_its_way and ", "        if False and "),
    ),
    mutant(
        "what was covered by somebody's word stays his word",
        BY_HAND,
        f"{TOLD}test_it_stays_somebodys_word_when_all_of_it_was_reported",
        ("                line.mfg_sync_covered += covered\n", "                line.mfg_sync_told += covered\n"),
    ),
    mutant(
        "a total counts what somebody's word has covered",
        ISSUED,
        f"{TOLD}test_a_total_counts_what_somebodys_word_has_covered",
        (' + sum(lines.mapped("mfg_sync_covered"))', ""),
    ),
    mutant(
        "somebody's word covers in the item's unit",
        BY_HAND,
        f"{TOLD}test_dozens_somebody_set_cover_pieces",
        (
            "covered = min(left, line._mfg_sync_untold())",
            "covered = min(left, line.quantity - line.mfg_sync_told - line.mfg_sync_covered)",
        ),
    ),
    mutant(
        "somebody's word on one operation covers no other",
        BY_HAND,
        f"{TOLD}test_nor_where_somebody_has_set_the_other_as_well",
        ("*(self._moves(order, product, operation) for", "*(self._moves(order, product, None) for"),
    ),
    mutant(
        "what somebody's word does not cover is of the other operation",
        ISSUED,
        f"{TOLD}test_what_somebodys_word_does_not_cover_is_of_the_other_operation",
        ("        moves = moves - moves._mfg_sync_set_by_hand() or moves\n", ""),
    ),
    mutant(
        "a part asks for what somebody put beside what was reported",
        CLOSING,
        f"{TOLD}test_a_part_asks_for_what_somebody_put_beside_what_was_reported",
        ("lambda move: move._mfg_sync_is_told() or not move", "lambda move: not move._mfg_sync_is_told() and not move"),
    ),
    mutant(
        "of what somebody set for a part nothing is carried to the rest",
        ISSUED,
        f"{TOLD}test_a_part_asks_for_what_somebody_put_beside_what_was_reported",
        (" and move not in kept", ""),
    ),
    mutant(
        "what was covered lies there for itself",
        ORDER,
        f"{TOLD}test_what_was_covered_lies_there_for_itself",
        ("            lines -= own\n", "            pass\n"),
    ),
    mutant(
        "the whole order asks for what somebody set for a part",
        CLOSING,
        f"{TOLD}test_the_whole_order_asks_for_what_somebody_set_for_a_part",
        ("other_part = (partial or order.qty_producing > 0) and", "other_part = partial and"),
    ),
    mutant(
        "more than planned is made of what somebody set for the order",
        CLOSING,
        f"{TOLD}test_more_than_planned_is_made_of_what_somebody_set_for_the_order",
        ("meant = min(pieces, order.product_qty)", "meant = pieces"),
    ),
    mutant(
        "a part asks for the lots that somebody set",
        CLOSING,
        f"{TOLD}test_a_part_asks_for_the_lots_that_somebody_set",
        ("        asked = kept\n        if other_part:\n", "        asked = kept\n        if False:\n"),
    ),
    mutant(
        "what was covered is told when it is somebody's word no more",
        ISSUED,
        f"{TOLD}test_what_was_covered_is_told_when_somebody_takes_his_word_back",
        ("            self.tell_covered(move - move._mfg_sync_set_by_hand())\n", ""),
        ("        self.tell_covered(moves)\n", ""),
    ),
    mutant(
        "what was covered is told before an order is closed when it is somebody's word no more",
        CLOSING,
        f"{TOLD}test_what_was_covered_is_all_that_goes_in_when_somebody_takes_his_word_back",
        ("        self._tell_what_stays(message, order, kept, pieces, partial)\n", ""),
    ),
    mutant(
        "what was covered over the share of a part is of the rest",
        CLOSING,
        f"{TOLD}test_what_was_covered_over_the_share_of_a_part_is_of_the_rest",
        (
            "            is_over = partial and float_compare(covered",
            "            is_over = False and float_compare(covered",
        ),
    ),
    mutant(
        "what covered an issue covers no other when the order is closed by hand",
        ISSUED,
        f"{TOLD}test_what_covered_an_issue_covers_no_other_when_the_order_is_closed_by_hand",
        ("min(left, line._mfg_sync_untold())", "min(left, line.quantity_product_uom - line.mfg_sync_told)"),
    ),
    mutant(
        "what was covered stays told when it lies at two places",
        ORDER,
        f"{TOLD}test_what_was_covered_stays_told_when_it_lies_at_two_places",
        ("        told = line._mfg_sync_told_with_covered()\n", "        told = line.mfg_sync_told\n"),
    ),
    mutant(
        "serial numbers that Odoo closes one by one are closed by hand where somebody set a component",
        CLOSING,
        f"{TOLD}test_serial_numbers_are_closed_by_hand_where_somebody_set_a_component",
        ("            if reported > 1:\n", "            if False:\n"),
    ),
    mutant(
        "a blocked bill of materials is told in the reader's language",
        CLOSING,
        f"{TOLD}test_a_blocked_bill_is_told_in_the_readers_language",
        ("            components.append(\n", "            components.extend(\n"),
        (
            "                )\n            )\n        text = _(\n",
            "                )\n                for _once in (0,)\n            )\n        text = _(\n",
        ),
    ),
    mutant(
        "a bill that was changed since binds no order that was made before",
        CLOSING,
        f"{TOLD}test_a_bill_that_was_changed_since_binds_no_order_that_was_made_before",
        ("planned.get(item, due)", "due"),
    ),
    mutant(
        "what a blocked bill of materials does not have is refused",
        CLOSING,
        f"{TOLD}test_what_a_blocked_bill_does_not_have_is_refused",
        (" and not move.additional:", ":"),
    ),
    mutant(
        "what was covered is taken from where it lies when somebody takes his word back",
        ORDER,
        f"{TOLD}test_what_was_covered_is_taken_from_where_it_lies_when_somebody_takes_his_word_back",
        (
            "        for line in moves._mfg_sync_tell_covered():\n            self._put_where_it_lies(line)\n",
            "        moves._mfg_sync_tell_covered()\n",
        ),
    ),
    mutant(
        "of a word that is taken back only what was told is used up",
        ORDER,
        f"{TOLD}test_of_a_word_that_is_taken_back_another_order_gets_what_was_not_told",
        ("line.quantity_product_uom if line.picked else", "line.quantity_product_uom if True else"),
    ),
    mutant(
        "neither a guess nor what somebody set for the rest gives way in silence",
        "mfg_sync_mes/handlers/material_late.py",
        "mfg_sync_mes/tests/test_late_issue.py::TestLateIssue::"
        "test_neither_a_guess_nor_what_somebody_set_for_the_rest_gives_way_in_silence",
        ("            if whole:\n", "            if False:\n"),
    ),
    mutant(
        "what somebody set for the rest covers what fits no guess",
        "mfg_sync_mes/handlers/material_late.py",
        "mfg_sync_mes/tests/test_late_issue.py::TestLateIssue::"
        "test_what_somebody_set_for_the_rest_covers_what_fits_no_guess",
        ("        if self._is_set_by_hand(family, product, lot, quantity, operation):\n", "        if False:\n"),
    ),
)
