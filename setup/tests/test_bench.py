"""./setup/bench: what it calls a goal met, what it keeps of earlier runs, and where it refuses to measure."""

import subprocess

import pytest
from bench.__main__ import FIGURES
from bench.frame import Goal, percentile, row
from bench.report import merged, table
from mfg_setup.benching import BenchRun
from mfg_setup.layout import ROOT
from mfg_setup.steps import SetupFailure


def test_a_goal_bounds_the_ratio_where_there_is_a_peer():
    assert row("a", "events/s", 100, 50, Goal(">=", 2)).met is True
    assert row("a", "events/s", 99, 50, Goal(">=", 2)).met is False
    assert row("a", "ms", 11, 10, Goal("<=", 1.1)).met is True
    assert row("a", "s", 1.2, goal=Goal("<=", 1)).met is False
    assert row("a", "s", 1.2).met is None


def test_what_a_machine_reads():
    found = row("quiet", "s", 0.5, goal=Goal("<=", 1)).json
    expected = {"name": "quiet", "ours": 0.5, "peer": None, "ratio": None, "unit": "s"}
    assert found == {**expected, "goal": "<= 1", "met": True}


def test_the_95th_of_a_hundred_is_the_percentile():
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([7], 0.95) == 7


def test_a_run_of_some_figures_keeps_the_others():
    old = [row("a", "s", 1).json, row("b", "s", 2).json]
    fresh = [row("b", "s", 3).json, row("c", "s", 4).json]
    assert [(entry["name"], entry["ours"]) for entry in merged(old, fresh)] == [("a", 1), ("b", 3), ("c", 4)]


def test_the_table_names_what_is_not_met():
    text = table([row("slow one", "s", 2, goal=Goal("<=", 1)).json])
    assert "slow one" in text and text.splitlines()[-1].endswith("NO")


def test_every_figure_is_run_and_listed():
    files = {path.stem for path in (ROOT / "tests" / "bench" / "figures").glob("[!_]*.py")}
    assert files == set(FIGURES)
    answer = subprocess.run([ROOT / "setup" / "bench", "--list"], capture_output=True, text=True, check=True)
    assert {line.split()[0] for line in answer.stdout.splitlines()} == files


def test_a_postgresql_that_may_lose_commits_is_not_measured(templates):
    if templates.setting.connection.foreign:
        pytest.skip("the tests run on a PostgreSQL server that is not ours")
    with pytest.raises(SetupFailure, match="fsync = off"):
        BenchRun(templates)
