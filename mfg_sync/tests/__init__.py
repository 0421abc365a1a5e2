from . import test_way_in
from . import test_statement
from . import test_lot_hold
from . import test_connection
from . import test_people
