"""ASC X12 in plain Python: envelope reader, writer, functional acknowledgements and documents.

Nothing here imports Odoo, so that the codec can be tested, and used, alone.
Source: ASC X12.5 (interchange control) and X12.6 (application control), releases 004010 and 005010.
"""

from .envelope import read
from .errors import X12Error
from .leniency import LENIENCIES
from .segments import Limits
from .structure import Composite, Delimiters, Group, Interchange, Repeated, Segment, TransactionSet
from .writer import clean, write

__all__ = [
    "LENIENCIES",
    "Composite",
    "Delimiters",
    "Group",
    "Interchange",
    "Limits",
    "Repeated",
    "Segment",
    "TransactionSet",
    "X12Error",
    "clean",
    "read",
    "write",
]
