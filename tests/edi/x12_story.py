"""What the X12 tests share: a bike maker's own documents, and a way through writer and reader."""

from pathlib import Path

from x12 import Delimiters, Group, Interchange, TransactionSet, documents, read, write

OWN = Path(documents.__file__).parents[1] / "samples"
NAMES = {"850": "850_order", "855": "855_acknowledgement", "856": "856_ship_notice", "810": "810_invoice"}
FUNCTIONAL_IDS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN", "997": "FA"}
NOT_WRITTEN = ("warnings", "unread")


def own(code):
    """The bytes of our own sample."""
    return (OWN / f"{NAMES[code]}.x12").read_bytes()


def own_document(code):
    return documents.decode(only_set(read(own(code))))


def only_set(reading):
    ((_interchange, _group, transaction),) = reading.transaction_sets()
    return transaction


def changed(code, old, new):
    """Our own sample with one piece of text replaced."""
    data = own(code)
    assert data.count(old.encode()) == 1, f"{old} stands {data.count(old.encode())} times in the sample"
    return data.replace(old.encode(), new.encode())


def sets_in_envelope(*transactions, delimiters=None, version="00401"):
    group = Group(
        functional_id=FUNCTIONAL_IDS[transactions[0].code],
        sender="RIDGELINE",
        receiver="NORTHWIND",
        number="7",
        version=transactions[0].version,
        sets=list(transactions),
    )
    return Interchange(
        sender_qualifier="ZZ",
        sender="RIDGELINE",
        receiver_qualifier="ZZ",
        receiver="NORTHWIND",
        control="7",
        version=version,
        usage="T",
        date="2026-03-02",
        time="14:20",
        delimiters=delimiters or Delimiters(),
        groups=[group],
    )


def there_and_back(code, document):
    """The document, encoded, written, read strictly and decoded."""
    transaction = TransactionSet(code, "0001", documents.encode(code, document))
    found = documents.decode(only_set(read(write(sets_in_envelope(transaction)))))
    return {key: value for key, value in found.items() if key not in NOT_WRITTEN}
