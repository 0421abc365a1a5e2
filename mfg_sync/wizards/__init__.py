from . import check, document_decision, dry_run, key_shown, message_cancel, message_correct, message_replay, test_result
