"""A pytest plugin: a test in which our own code warns fails.

A test that expects a warning says so by assertLogs or mute_logger.
"""

import logging

import pytest


class _Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        if record.name.startswith("odoo.addons.mfg_sync"):
            self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def own_warnings():
    recorder = _Recorder()
    logger = logging.getLogger("odoo.addons")
    logger.addHandler(recorder)
    yield
    logger.removeHandler(recorder)
    assert not recorder.lines, "logged, and not expected by the test:\n" + "\n".join(recorder.lines)
