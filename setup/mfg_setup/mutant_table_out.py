"""More rules as in mutant_table.py: what other systems are told, and who and what their orders mean."""

from .mutant_table import TESTS, mutant

CAPTURE = f"{TESTS}test_capture.py::TestCapture::"
WMS = "mfg_sync_wms/tests/"
EDI = "mfg_sync_edi/tests/"
MARKS = "mfg_sync/models/capture_marks.py"
RENDERING = "mfg_sync/models/capture_rendering.py"
SHIP_TO = "mfg_sync_edi/handlers/ship_to.py"
RESOLVER = "mfg_sync_edi/models/resolver.py"
FAILED = f"{CAPTURE}test_a_state_that_could_be_told_again_takes_the_place_of_those_that_could_not"
ORDER = f"{EDI}test_order.py::TestOrder::"
PURCHASE = f"{EDI}test_purchase.py::TestPurchase::"

OUT_MUTANTS = (
    mutant(
        "a state that could not be rendered makes room for a later one",
        RENDERING,
        FAILED,
        ('            "subject": self._subject(flow, model, res_id),\n', ""),
    ),
    mutant(
        "what waits is not given up for a state that failed",
        MARKS,
        FAILED,
        ('_("A later state failed too."), only_dead=True)', '_("A later state failed too."))'),
    ),
    mutant(
        "after a state that failed whatever is true now is told",
        MARKS,
        f"{CAPTURE}test_a_state_that_goes_back_while_its_change_failed_is_told",
        ("AND state IN ('pending', 'held', 'dead', 'done')", "AND state IN ('pending', 'held', 'done')"),
    ),
    mutant(
        "what changes while a synchronization is off waits for it",
        "claim.py",
        f"{CAPTURE}test_what_changed_before_a_synchronization_was_switched_off_is_told_once_it_is_on",
        ("TELLS = \"f.paused IS NOT TRUE AND f.mode <> 'off' AND f.active\"", 'TELLS = "f.paused IS NOT TRUE"'),
    ),
    mutant(
        "states of one record do not wait for each other's kinds",
        RENDERING,
        f"{WMS}test_told.py::TestTold::test_an_item_that_the_warehouse_refuses_does_not_hold_up_its_stock",
        ('"scope": kind if flow["pattern"] == "state" else "",', '"scope": "",'),
    ),
    mutant(
        "what one synchronization tells again no other one does",
        MARKS,
        f"{WMS}test_told.py::TestTold::test_all_items_told_again_tell_no_stock_again",
        (
            "again.add((flow_id, model, res_id))",
            'again |= {(flow, model, res_id) for flow in self.env["mfg.sync.flow"]._outbound()}',
        ),
    ),
    mutant(
        "what is sent again is what the warehouse knows",
        "mfg_sync_wms/models/stock_picking.py",
        f"{WMS}test_send_again.py::TestSendAgain::test_what_was_sent_again_is_what_the_warehouse_knows",
        (', "mfg_sync_told": told}', "}"),
    ),
    mutant(
        "an order that goes back to what it said is told",
        "mfg_sync_edi/models/x12_revision.py",
        f"{PURCHASE}test_what_goes_back_to_what_it_said_is_told_too",
        ('        return f"r{self.x12_revision}"', '        return f"r{self.x12_told}"'),
    ),
    mutant(
        "an acknowledgement says that it replaces another",
        "mfg_sync_edi/builders/acknowledgement.py",
        f"{ORDER}test_what_was_acknowledged_with_another_quantity_is_acknowledged_anew",
        ('"replace" if self._told_before(flow, order) else "original"', '"original"'),
    ),
    mutant(
        "goods do not go to a namesake with another number",
        SHIP_TO,
        f"{ORDER}test_goods_do_not_go_to_a_namesake_with_another_number_or_in_another_city",
        ("                and not (number and contact.ref and contact.ref != number)\n", ""),
    ),
    mutant(
        "goods do not go to a namesake in another city",
        SHIP_TO,
        f"{ORDER}test_goods_do_not_go_to_a_namesake_with_another_number_or_in_another_city",
        (', "city": party.get("city"), "zip": party.get("zip")}', "}"),
    ),
    mutant(
        "of several places none is taken",
        SHIP_TO,
        f"{ORDER}test_of_several_places_that_fit_a_person_says_which",
        ("        if len(contacts) == 1:\n            return contacts\n", "        return contacts[:1]\n"),
    ),
    mutant(
        "a place that was closed gets no goods",
        SHIP_TO,
        f"{ORDER}test_a_place_that_was_closed_gets_no_goods",
        ("if bound and not bound.active:", "if False:"),
    ),
    mutant(
        "of several items with one code none is sold",
        RESOLVER,
        f"{ORDER}test_of_several_items_with_one_code_none_is_sold",
        ("            if len(records) > 1:\n", "            records = records[:1]\n            if len(records) > 1:\n"),
    ),
    mutant(
        "an archived item is not sold",
        RESOLVER,
        f"{ORDER}test_an_item_that_was_archived_since_it_was_matched_is_not_sold",
        (
            "return self._sold(next(iter(found)), named, pointer) if seller else next(iter(found))",
            "return next(iter(found))",
        ),
    ),
    mutant(
        "a supplier's code of several items is none",
        RESOLVER,
        f"{PURCHASE}test_two_prices_of_one_item_are_one_item_and_a_code_of_several_variants_is_none",
        ("        return products\n", "        return products[:1]\n"),
    ),
    mutant(
        "what was only tried lets no state go that was told",
        "retention.py",
        f"{TESTS}test_retention.py::TestRetention::"
        "test_what_was_only_tried_since_does_not_let_the_latest_state_that_was_told_go",
        ("AND NOT later.shadow AND later.id > m.id", "AND later.id > m.id"),
    ),
    mutant(
        "what a builder wants after the commit is taken back with what it made",
        RENDERING,
        f"{EDI}test_invoice.py::TestInvoice::test_no_mail_goes_out_for_an_invoice_that_was_only_looked_at",
        (
            "        except Tried as tried:\n            after_commit.cut_back(cr, wanted)\n",
            "        except Tried as tried:\n",
        ),
    ),
)
