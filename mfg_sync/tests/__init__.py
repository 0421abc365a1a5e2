from . import test_way_in, test_refused, test_addresses, test_rights
from . import test_statement
from . import test_lot_hold
from . import test_connection, test_match, test_match_tour
from . import test_people, test_decision, test_correction, test_dry_run, test_replay
from . import test_second_person, test_second_asked
from . import test_order, test_repetition, test_failures
from . import test_company, test_secrets, test_stamp, test_setback, test_netguard
from . import test_capture, test_hand_over, test_shown
from . import test_gate_garbage
from . import test_schema_block
from . import test_limits, test_outbox, test_breaker, test_pause, test_way_out
from . import test_retention
from . import test_hold, test_kind
from . import test_figures, test_shadow, test_status_races, test_letting_go
from . import test_cost
from . import test_echo
from . import test_numbers, test_number_order, test_states, test_clock
from . import test_schedule, test_schedule_off, test_import
from . import test_menus, test_cause, test_flow_mode
from . import test_new_key_tour
from . import test_words, test_plain_words
from . import test_group
