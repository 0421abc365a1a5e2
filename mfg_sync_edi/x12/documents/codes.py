"""X12 codes and the words documents use for them.

Source: ASC X12 004010 data element dictionary, by element number; only codes a maker's partners use.
"""

import re

from ..errors import X12Error, shown


class Codes:
    """A code list; of several codes with one word, the first is written."""

    def __init__(self, name, words):
        self.name = name
        self.words = words
        self.codes = {}
        for code, word in words.items():
            self.codes.setdefault(word, code)

    def word(self, code):
        """The word for a code, the code itself where none is known."""
        return self.words.get(code, code)

    def code(self, word, segment="", element=0):
        """The code for a word; what looks like a code is taken as one."""
        found = self.codes.get(word) or (word if re.fullmatch("[A-Z0-9]{1,4}", str(word)) else "")
        if not found:
            raise X12Error(
                f"{self.name} {shown(word)} is unknown",
                segment=segment,
                element=element,
                value=str(word),
                expected=f"a code, or {', '.join(self.codes)}",
                code="7",
            )
        return found

    def collect(self, pairs, warnings):
        """A dict by word of (code, value) pairs: a second value of a word keeps its code, a third is told and left."""
        found = {}
        for code, value in pairs:
            word = self.word(code)
            key = code if word in found and found[word] != value else word
            if found.setdefault(key, value) != value:
                warnings.append(f"A second {self.name} {code} was left out")
        return found


# Element 353, transaction set purpose
PURPOSES = Codes(
    "purpose",
    {"00": "original", "01": "cancel", "04": "change", "05": "replace", "06": "confirm", "07": "duplicate"},
)

# Element 98, entity identifier
PARTIES = Codes(
    "party",
    {
        "BY": "buyer",
        "BT": "bill_to",
        "ST": "ship_to",
        "SF": "ship_from",
        "SE": "seller",
        "SU": "supplier",
        "VN": "vendor",
        "RI": "remit_to",
        "RE": "remit_to",
        "CA": "carrier",
        "WH": "warehouse",
        "DE": "depositor",
        "Z7": "mark_for",
        "BS": "bill_and_ship_to",
        "SO": "sold_to",
        "SH": "shipper",
        "MF": "manufacturer",
    },
)

# Element 66, identification code qualifier
ID_TYPES = Codes(
    "id type",
    {"92": "assigned_by_buyer", "91": "assigned_by_seller", "1": "duns", "9": "duns4", "UL": "gln", "ZZ": "mutual"},
)

# Element 235, product or service id qualifier
ITEMS = Codes(
    "item",
    {
        "BP": "buyer",
        "IN": "buyer",
        "CB": "buyer",
        "PI": "buyer",
        "VP": "vendor",
        "VN": "vendor",
        "VC": "vendor",
        "VA": "vendor_style",
        "MG": "manufacturer",
        "UP": "upc",
        "UA": "upc_case",
        "EN": "ean",
        "UK": "gtin",
        "SK": "sku",
        "LT": "lot",
        "SN": "serial",
        "EC": "engineering_change",
        "PL": "order_line",
    },
)

# Element 374, date or time qualifier, as kinds of a line's dates
DATE_KINDS = Codes(
    "date kind",
    {
        "002": "requested_delivery",
        "010": "requested_ship",
        "067": "scheduled_delivery",
        "068": "scheduled_ship",
        "011": "shipped",
        "017": "estimated_delivery",
    },
)

# Element 587, acknowledgement type
ACKNOWLEDGEMENTS = Codes(
    "acknowledgement",
    {
        "AD": "accepted",
        "AK": "accepted",
        "AT": "accepted",
        "AC": "accepted_with_change",
        "AE": "exceptions_only",
        "AH": "on_hold",
        "AP": "replenishment",
        "RD": "rejected",
        "RJ": "rejected",
        "RF": "rejected",
        "RO": "counter_offer",
    },
)

# Element 668, line item status
LINE_STATUSES = Codes(
    "line status",
    {
        "IA": "accepted",
        "AR": "accepted_and_released",
        "AC": "accepted_and_shipped",
        "IB": "backordered",
        "IC": "accepted_with_change",
        "ID": "deleted",
        "IF": "on_hold",
        "IP": "price_changed",
        "IQ": "quantity_changed",
        "DR": "rescheduled",
        "BP": "partly_shipped",
        "IR": "rejected",
        "IS": "substituted",
        "R2": "invalid_item",
        "SP": "date_pending",
    },
)

# Element 248, allowance or charge indicator
CHARGES = Codes("allowance or charge", {"A": "allowance", "C": "charge", "N": "none"})

# Element 640, transaction type of an invoice
INVOICE_KINDS = Codes("invoice kind", {"DI": "invoice", "CR": "credit", "CN": "credit", "DR": "debit_memo"})
