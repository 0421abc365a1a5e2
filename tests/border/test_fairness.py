"""One slot for all: the backlog of one connection does not starve the fresh messages of another company's."""

import uuid

import pytest

from border.plant import Plant, wait_for

BACKLOG, BATCH, ROUNDS = 6000, 1000, 4
#: two seconds of the drain's turn, its last step, the runner, and a machine that is busy with other things
BOUND = 6.0


@pytest.fixture(scope="module")
def one_slot(make_instance):
    with make_instance(channels="root:2,root.mfg_sync:1") as instance:
        yield instance


def second_plant(instance):
    """A connection of another company."""
    company = instance.call("res.company", "create", {"name": f"Second plant {uuid.uuid4().hex[:6]}"})
    (admin,) = instance.call("res.users", "search", [("login", "=", instance.login)])
    instance.call("res.users", "write", [admin], {"company_ids": [(4, company)]})
    return Plant(instance, "second1", company=company)


def open_rows(plant):
    (found,) = plant.instance.sql(
        "SELECT count(*) AS n FROM mfg_sync_message WHERE endpoint_id = %s AND state = 'pending'", [plant.endpoint]
    )
    return found["n"]


def heap(plant):
    """Have so many messages wait as the backlog is to have, less a batch."""
    while open_rows(plant) <= BACKLOG - BATCH:
        assert plant.post([plant.event(f"heap{uuid.uuid4()}") for _each in range(BATCH)]).status_code == 202


def test_a_backlog_of_one_never_starves_another(one_slot):
    loaded, fresh = Plant(one_slot, "loaded1"), second_plant(one_slot)
    # tried only: each is applied and taken back by itself, which takes its time
    flows = one_slot.call("mfg.sync.flow", "search", [("endpoint_id", "=", loaded.endpoint)])
    one_slot.call("mfg.sync.flow", "write", flows, {"mode": "shadow"})
    loaded.pause()
    heap(loaded)
    loaded.set(paused=False)
    before = open_rows(loaded)
    wait_for("it is being worked off", lambda: open_rows(loaded) < before, 60)
    taken = []
    for number in range(ROUNDS):
        # on a quick machine it would be gone before the rounds are
        heap(loaded)
        assert fresh.post(fresh.event(f"fresh{number}")).status_code == 202
        row = fresh.done(f"fresh{number}", 40)
        taken.append((row["done_at"] - row["received"]).total_seconds())
        left = open_rows(loaded)
        assert left, f"the backlog was gone before it could be in the way: {taken}"
    assert max(taken) < BOUND, (taken, left)
    loaded.pause()
