"""One server whose connection `mes1` is set up over RPC, and an application of the other side as a process."""

import pytest

from border.plant import Plant
from border.receiver import Receiver


@pytest.fixture(scope="session")
def one_plant(instance):
    plant = Plant(instance)
    yield plant
    plant.pause()


@pytest.fixture
def plant(one_plant):
    yield one_plant
    # also after a test that failed while it was paused: the next one must not fail for it
    one_plant.set(paused=False)


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver
