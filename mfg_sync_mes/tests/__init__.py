from . import test_order_of_ten
from . import test_planner_tour
