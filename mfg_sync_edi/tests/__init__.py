from . import test_order, test_interchange, test_purchase, test_invoice
from . import test_words
