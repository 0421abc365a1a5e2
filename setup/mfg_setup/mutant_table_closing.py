"""More rules as in mutant_table.py: of what an order consumes when it is closed."""

from .mutant_table import mutant

CLOSING = "mfg_sync_mes/handlers/closing.py"
BY_HAND = "mfg_sync_mes/handlers/material_by_hand.py"
MOVE = "mfg_sync_mes/models/stock_move.py"
TESTS = "mfg_sync_mes/tests/test_closing.py::TestClosing::"

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
        ("            if self._by_hand(move):\n", "            if False:\n"),
    ),
    mutant(
        "what somebody put beside what was reported stays",
        BY_HAND,
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
            """                and (move.quantity or move.has_tracking == "none")\n""",
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
)
