"""Documents: transaction sets to plain dicts and back, one module a set.

A document is JSON-safe: decimals and dates are strings (ISO 8601). What is absent is left out, except where a
module's docstring says otherwise. Each decoded document tells in `warnings` what doesn't add up without making it
unusable, and in `unread` the ids of segments that it doesn't carry; both are ignored when encoding.
Codes become words where a word is known (`codes.py`), else they stay codes, so that nothing gets lost.
"""

from . import ack855, asn856, invoice810, po850

MODULES = {"810": invoice810, "850": po850, "855": ack855, "856": asn856}


def decode(transaction):
    """The document of a transaction set; KeyError for a set that has no module."""
    return MODULES[transaction.code].decode(transaction)


def encode(code, document, **options):
    """The segments, without ST and SE, of a document of that set; KeyError as above."""
    return MODULES[code].encode(document, **options)
