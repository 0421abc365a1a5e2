from . import test_order_of_ten
from . import test_part_by_hand
from . import test_part_cancelled
from . import test_planner_tour
from . import test_material
from . import test_late_issue
from . import test_any_order
from . import test_serials
from . import test_by_hand
from . import test_downtime
from . import test_inspection
from . import test_release
from . import test_company
from . import test_merging
from . import test_totals
from . import test_second_person
from . import test_names, test_reads
from . import test_words
from . import test_closing
from . import test_closing_by_hand
from . import test_dry_run, test_left_out, test_people_tour
