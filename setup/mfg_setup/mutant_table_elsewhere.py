"""More rules as in mutant_table.py: what is told when something changes elsewhere, to whom, and of which site."""

from .mutant_table import TESTS, mutant

SHOWN = f"{TESTS}test_shown.py::TestShown::"
RELEASE = "mfg_sync_mes/tests/test_release.py::TestRelease::"
COMPANY = "mfg_sync_mes/tests/test_company.py::TestCompany::"
TOLD = "mfg_sync_wms/tests/test_told.py::TestTold::"
RECEIPT = "mfg_sync_wms/tests/test_receipt.py::TestReceipt::"
INVOICE = "mfg_sync_edi/tests/test_invoice.py::TestInvoice::"

ELSEWHERE_MUTANTS = (
    mutant(
        "an item that is given to a company is told there",
        "mfg_sync/models/product.py",
        f"{SHOWN}test_an_item_that_is_given_to_this_company_is_told",
        ('        "company_id",\n', ""),
    ),
    mutant(
        "an item that comes under the filter is told",
        "mfg_sync/models/product.py",
        f"{SHOWN}test_an_item_that_comes_under_the_filter_is_told_whatever_the_filter_speaks_of",
        ('item(TOLD, "product_tmpl_id", by_filter=True)', 'item(TOLD, "product_tmpl_id")'),
    ),
    mutant(
        "what shows a changed word is looked for once in a transaction",
        "mfg_sync/models/shown.py",
        f"{SHOWN}test_a_thousand_names_are_looked_for_at_once",
        (
            'self._note("written").setdefault(place, set()).update(records.ids)',
            "self._mark_places({place: set(records.ids)})",
        ),
    ),
    mutant(
        "where nobody watches nothing is noted of what is written",
        "mfg_sync/models/shown.py",
        f"{SHOWN}test_renaming_a_category_nobody_is_told_of_costs_nothing",
        ("(self._all_places().get(model, ()) if watch else ())", "self._all_places().get(model, ())"),
        ("watch[place.kind] if place.by_filter", "watch.get(place.kind, ()) if place.by_filter"),
        ("            if watch.get(place.kind)\n", ""),
    ),
    mutant(
        "a bill is told again when a component gets another code",
        "mfg_sync_mes/models/shown.py",
        f"{RELEASE}test_a_bill_is_told_again_when_a_word_on_it_changes_elsewhere",
        ('"bom_line_ids.product_id", ', ""),
    ),
    mutant(
        "a bill is told again when a work center is renamed",
        "mfg_sync_mes/models/shown.py",
        f"{RELEASE}test_a_bill_is_told_again_when_a_word_on_it_changes_elsewhere",
        ('bom({"name", "code"}, "operation_ids', 'bom({"code"}, "operation_ids'),
    ),
    mutant(
        "who knows a bill hears that nothing is made by it any more",
        "mfg_sync_mes/builders/bom.py",
        f"{RELEASE}test_a_bill_by_which_nothing_is_made_any_more_is_told_once_as_such",
        ("left = self._known(flow, records - used)", "left = records.browse()"),
    ),
    mutant(
        "who does not know a bill hears nothing of its end",
        "mfg_sync_mes/builders/bom.py",
        f"{RELEASE}test_a_bill_by_which_nothing_is_made_any_more_is_told_once_as_such",
        ("left = self._known(flow, records - used)", "left = records - used"),
    ),
    mutant(
        "stock is told again when a lot is renamed",
        "mfg_sync_wms/models/shown.py",
        f"{TOLD}test_stock_is_told_again_when_a_word_in_it_changes_elsewhere",
        ('            ("stock.lot", stock({"name"}, "stock_quant_ids.lot_id")),\n', ""),
    ),
    mutant(
        "stock is told again when its place goes to another site",
        "mfg_sync_wms/models/shown.py",
        f"{TOLD}test_stock_is_told_again_when_a_word_in_it_changes_elsewhere",
        ('stock({"usage", "location_id"}', 'stock({"usage"}'),
    ),
    mutant(
        "stock is told again when a site gets another code",
        "mfg_sync_wms/models/shown.py",
        f"{TOLD}test_stock_is_told_again_when_a_word_in_it_changes_elsewhere",
        ('stock({"code", "mfg_sync_site_code", "active"})', 'stock({"code", "active"})'),
    ),
    mutant(
        "a shipment is invoiced on the connection of who pays",
        "mfg_sync_edi/builders/invoice.py",
        f"{INVOICE}test_an_invoice_goes_to_who_pays_it_and_to_nobody_else",
        ("order.partner_invoice_id.commercial_partner_id", "order.partner_id.commercial_partner_id"),
    ),
    mutant(
        "an invoice made out to another is not told to who ordered",
        "mfg_sync_edi/builders/invoice.py",
        f"{INVOICE}test_an_invoice_that_a_person_made_out_to_another_is_not_told_to_who_ordered",
        ("return self._for_flow(invoices, flow)", "return invoices"),
    ),
    mutant(
        "invoices of the time in which nothing was told stay on paper",
        "mfg_sync_edi/builders/invoice.py",
        f"{INVOICE}test_an_invoice_of_the_time_in_which_nothing_was_told_is_not_told_with_the_next_shipment",
        ("since = max(told.create_date, told.mode_since or told.create_date)", "since = told.create_date"),
    ),
    mutant(
        "orders of another site are none of a floor's business",
        "mfg_sync_mes/handlers/order.py",
        f"{COMPANY}test_the_floor_of_one_site_reports_nothing_about_the_orders_of_another",
        ('        self.refuse_uncovered(message, found, "/data/order")\n', ""),
    ),
    mutant(
        "operation types that were not chosen are refused on the way in",
        "mfg_sync/handlers/handler.py",
        f"{RECEIPT}test_a_connection_confirms_only_the_operation_types_chosen_for_it",
        ("        if types and operation is not None:\n", "        if False:\n"),
    ),
    mutant(
        "transfers of another site are not confirmed",
        "mfg_sync_wms/handlers/transfer_matching.py",
        f"{RECEIPT}test_a_connection_confirms_only_what_its_sites_own",
        ('        self.refuse_uncovered(message, picking, "/data/transfer")\n', ""),
    ),
    mutant(
        "their names of all components of a bill are asked for at once",
        "mfg_sync_mes/builders/bom.py",
        f"{RELEASE}test_their_names_for_all_of_an_order_are_asked_for_at_once",
        ('                "item": made | boms.bom_line_ids.product_id,\n', '                "item": made,\n'),
    ),
    mutant(
        "their names of all lines of a transfer are asked for at once",
        "mfg_sync_wms/builders/transfer.py",
        f"{TOLD}test_their_names_for_all_that_is_told_are_asked_for_at_once",
        ('                "item": records.move_ids.product_id,\n', ""),
    ),
    mutant(
        "the unit of many lines is looked up once",
        "mfg_sync_edi/builders/document.py",
        f"{INVOICE}test_their_numbers_and_units_of_all_lines_are_asked_for_at_once",
        ("        if uom not in known:\n", "        if True:\n"),
    ),
    mutant(
        "an import that writes what is there tells nothing",
        "mfg_sync/models/shown.py",
        f"{SHOWN}test_an_import_that_writes_what_is_there_already_tells_nothing",
        ("after.items() if values[name] != before[key][name]]", "after.items()]"),
    ),
    mutant(
        "an order is of the site where it is made",
        "mfg_sync/handlers/handler.py",
        "mfg_sync_mes/tests/test_company.py::TestCompany::"
        "test_an_order_is_of_the_site_where_it_is_made_wherever_its_components_lie",
        ("                site |= operation.warehouse_id\n", "                pass\n"),
    ),
    mutant(
        "of a truck for two sites the orders of ours are expected",
        "mfg_sync_edi/handlers/ship_notice.py",
        "mfg_sync_edi/tests/test_purchase.py::TestPurchase::"
        "test_of_a_truck_for_two_sites_the_orders_of_ours_are_expected",
        ("                refused.append((purchase, error))\n", "                raise\n"),
    ),
)
