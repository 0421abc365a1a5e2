from . import test_receipt, test_shipment, test_told, test_screens, test_rights
from . import test_words
from . import test_send_again
