from . import reason
from . import (
    approval_refuse,
    check,
    document_decision,
    dry_run,
    flow_mode,
    hold_lift,
    import_file,
    key_shown,
    message_cancel,
    message_correct,
    message_replay,
)
from . import test_result
