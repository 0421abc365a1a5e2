"""A server without queue_job's runner (Odoo.sh, a forgotten line of odoo.conf): the cron drains by itself."""

import pytest

from border.plant import Plant


@pytest.fixture(scope="module")
def bare(make_instance):
    with make_instance(runner=False) as instance:
        yield Plant(instance)


def test_the_cron_applies_and_delivers(bare, receiver):
    (before,) = bare.instance.sql("SELECT count(*) AS n FROM queue_job")
    assert bare.post(bare.event("by cron")).status_code == 202
    row = bare.done("by cron", 90)
    assert (row["done_at"] - row["received"]).total_seconds() < 70
    told = bare.tell(receiver.start({"status": 503}))
    bare.reaches(told, "done", seconds=90)
    assert len(receiver.requests) == 2
    assert bare.instance.sql("SELECT count(*) AS n FROM queue_job") == [before], "jobs that nobody would do"
