"""A server of its own for outages, which is stopped and started; their size by MFG_SYNC_FULL."""

import os
from dataclasses import dataclass

import pytest
from border.receiver import Receiver

from outages.proxy import Proxy

_lines = []


@dataclass(frozen=True)
class Size:
    """:ivar items, receipts: what the office works on; :ivar steps: of so many the eight hours are made
    :ivar orders: of the shop, ten events each; :ivar rounds, each: of a person at work, with and without
    """

    items: int
    receipts: int
    steps: int
    orders: int
    rounds: int
    each: int


SIZE = Size(60, 40, 32, 200, 10, 20) if os.environ.get("MFG_SYNC_FULL") else Size(12, 20, 4, 24, 3, 8)


@pytest.fixture(scope="session")
def size():
    return SIZE


@pytest.fixture(scope="session")
def outage_instance(make_instance):
    with make_instance() as instance:
        yield instance


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def line(receiver):
    proxy = Proxy(receiver.start().port)
    yield proxy
    proxy.close()


@pytest.fixture
def tell():
    """Keeps a line for the end of the run."""
    return _lines.append


def pytest_terminal_summary(terminalreporter):
    for line in _lines:
        terminalreporter.write_line(line)
