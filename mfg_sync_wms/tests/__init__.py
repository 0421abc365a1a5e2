from . import test_receipt, test_shipment, test_told, test_screens
from . import test_words
