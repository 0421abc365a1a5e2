"""One server whose connection `mes1` is set up over RPC, and an application of the other side as a process."""

import pytest

from border.plant import Plant
from border.receiver import Receiver


@pytest.fixture(scope="session")
def plant(instance):
    plant = Plant(instance)
    yield plant
    plant.pause()


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver
