"""The story of ./setup/demo as a test: the same steps, on a server and with processes of its own."""

import json

import pytest

from value_stream import demo

SEED = 20261123


@pytest.fixture
def instance_file(make_instance, tmp_path):
    """The instance file of a fresh server, as ./setup/demo writes it."""
    with make_instance() as instance:
        path = tmp_path / "instance.json"
        known = {name: getattr(instance, name) for name in ("url", "database", "login", "password")}
        path.write_text(json.dumps({**known, "db": instance.dsn, "endpoints": []}))
        yield path


def test_a_customers_order_goes_through_the_plant_and_everybody_is_told(instance_file):
    told = []
    done = demo.run(instance_file, SEED, None, told.append)
    assert done == len(demo.STEPS), "\n".join(told)
