"""A pytest plugin: before a test of Odoo is taken back, what it did is told of, as it would be at its commit.

A test class works in one transaction that is never committed, and what is to be told is only noted until then. So
without this the neighbours' tests would be told of only where they happen to open a savepoint.
"""

import traceback

import pytest

#: what has taken notes of a transaction, in the order in which they are worked off
CAPTURES = ("mfg.sync.transfer.capture", "mfg.sync.capture")


@pytest.fixture(scope="session", autouse=True)
def told_before_it_is_taken_back(load_registry):
    from odoo.tests.common import TransactionCase

    prepare = TransactionCase.setUp

    def set_up(case):
        prepare(case)
        # the last that is added is the first that is done: everything is still there
        case.addCleanup(_tell, case.env)

    TransactionCase.setUp = set_up
    yield
    TransactionCase.setUp = prepare


def _tell(env):
    try:
        env.flush_all()
    except Exception as error:
        if _is_ours(error):
            raise
        # left as it could not be committed either: there is nothing to tell
        return
    # what fails here would fail at a user's commit; transfers are compared first, and then told
    for name in CAPTURES:
        env[name]._run()


def _is_ours(error):
    """Whether it was our code that failed, or asked the database what that refused."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    while frames and frames[-1].endswith("sql_db.py"):
        frames.pop()
    return bool(frames) and "/mfg_sync" in frames[-1]
