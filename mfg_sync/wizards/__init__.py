from . import check, key_shown, message_cancel, message_correct, test_result
