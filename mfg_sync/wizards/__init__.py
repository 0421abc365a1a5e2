from . import check, key_shown, message_cancel, test_result
