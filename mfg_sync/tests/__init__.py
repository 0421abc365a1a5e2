from . import test_way_in
