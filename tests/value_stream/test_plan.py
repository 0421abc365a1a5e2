"""What is drawn: the same for the same seed, and always a story that can be told."""

import pytest

from value_stream.plan import Plan


def drawn(plan):
    return {name: value for name, value in vars(plan).items() if name != "dice"}


def test_the_same_seed_draws_the_same_plan():
    assert drawn(Plan(7)) == drawn(Plan(7))
    assert drawn(Plan(7)) != drawn(Plan(8))


@pytest.mark.parametrize("seed", range(200))
def test_every_plan_can_be_played(seed):
    plan = Plan(seed)
    lots = [lot for stock in (plan.stock, plan.bought) for entries in stock.values() for lot, _quantity in entries]
    assert len({*lots, plan.battery_lot, *plan.serials}) == len(lots) + 1 + plan.bicycles, "lots are told apart"
    for item in (plan.frame, plan.motor):
        assert [plan.lot_of(item, number) for number in range(plan.bicycles)], "a part for each bicycle"
        assert sum(quantity for _lot, quantity in plan.bought[item]) > 0, "something to buy"
    assert sum(used for _lot, used in plan.cells_used()) == plan.bicycles * plan.cells_per_battery
    spare = plan.stock[plan.cell][-1][1] - dict(plan.cells_used())[plan.scrap_lot()]
    assert spare > plan.scrapped, "cells are left after the scrap"
    counted = dict(plan.stock[plan.miscounted["item"]])[plan.miscounted["lot"]]
    assert counted + plan.miscounted["difference"] > 0
