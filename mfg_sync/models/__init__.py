from . import given, frozen, message_type
from . import (
    endpoint,
    endpoint_code,
    endpoint_company,
    endpoint_home,
    endpoint_health,
    endpoint_hours,
    endpoint_line,
    endpoint_refused,
    endpoint_limits,
    endpoint_address,
    endpoint_rights,
    endpoint_backlog,
)
from . import line, bucket, credential, system, flow
from . import flow_schedule, flow_count, flow_mode, run
from . import message, message_help, message_correction, message_count, message_trial, cause
from . import attempt, mark, status, refused, refusal, task
from . import decision, decision_setup, approval, second_person
from . import binding, value_map, resolver, resolver_many, capture, capture_rendering, capture_marks, shown
from . import lot_status, statement, upload, bulk_import
from . import retention, removal, key, hold, module
from . import bounds
from . import figure
from . import product, stock_lot, stock, stock_move, stock_quant, stock_warehouse
from . import dry_run, exclusion, send_again
from . import res_company, res_config_settings, res_partner, res_users
