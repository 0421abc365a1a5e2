"""A live server of its own for bad input: a shop floor, a trading partner and a system that fetches."""

import os

import pytest

from garbage.desk import Desk
from garbage.plant import Fetcher, Floor, Partner, only_our_cron

#: the full form: ten times as many
FULL = bool(os.environ.get("MFG_SYNC_FULL"))
_tables = []


@pytest.fixture(scope="session")
def garbage_instance(make_instance):
    with make_instance() as instance:
        only_our_cron(instance)
        yield instance


@pytest.fixture(scope="session")
def floor(garbage_instance, series):
    return Floor(garbage_instance, series)


@pytest.fixture(scope="session")
def partner(garbage_instance, floor):
    return Partner(garbage_instance, floor)


@pytest.fixture(scope="session")
def fetcher(garbage_instance):
    return Fetcher(garbage_instance)


@pytest.fixture(scope="session")
def desk(garbage_instance, floor, partner, fetcher):
    desk = Desk(garbage_instance, (floor,), 10 if FULL else 1)
    yield desk
    _tables.append(desk.table())


def pytest_terminal_summary(terminalreporter):
    for table in _tables:
        for line in table:
            terminalreporter.write_line(line)
