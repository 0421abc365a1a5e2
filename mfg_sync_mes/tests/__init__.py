from . import test_order_of_ten
