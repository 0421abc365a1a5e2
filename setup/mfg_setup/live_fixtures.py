"""A pytest plugin: fixtures of the tests that watch a running Odoo from outside, by SQL, RPC and HTTP only.

`./setup/test` loads it, and says by MFG_SYNC_RUN which series runs on what.
"""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from . import server, session
from .live_instance import LiveInstance

# a stall of the machine is no fault of ours; and the same examples each time, so that a run which changed nothing shows
# nothing new: new ones come in full
settings.register_profile(
    "plain",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=not os.environ.get("MFG_SYNC_FULL"),
)
settings.load_profile("plain")


@pytest.fixture(scope="session")
def run_context():
    """The Templates of the series that is tested, and the rest of what `./setup/test` passed on."""
    return session.read_context(os.environ["MFG_SYNC_RUN"])


@pytest.fixture(scope="session")
def templates(run_context):
    return run_context[0]


@pytest.fixture(scope="session")
def series(templates):
    return templates.setting.series


@pytest.fixture(scope="session")
def make_instance(templates, run_context):
    """A context manager that gives a LiveInstance of its own: `with make_instance(workers=2) as instance`.

    Its arguments are more of odoo.conf's section [options].
    """

    @contextmanager
    def make(**options):
        template = run_context[1]["template"]
        with server.instance(templates.setting, templates.databases, template, "live", **options) as running:
            instance = LiveInstance(running)
            try:
                yield instance
            finally:
                instance.close()

    return make


@pytest.fixture(scope="session")
def instance(make_instance):
    """One LiveInstance for all tests that can share it: prefork workers, the job runner, a database of its own."""
    with make_instance() as instance:
        yield instance


@pytest.fixture(scope="session")
def samples():
    """The folder of real documents, which is not part of this repository."""
    folder = os.environ.get("MFG_SYNC_SAMPLES")
    if not folder:
        pytest.skip("MFG_SYNC_SAMPLES is not set: real documents are not at hand")
    return Path(folder)
