"""What counts as harm to a neighbour."""

import json

import pytest
from mfg_setup import neighbours, telling
from mfg_setup.layout import ADDONS, ROOT

REPORT = """<testsuites><testsuite>
<testcase classname="stock.tests.test_move.Move" name="test_done"/>
<testcase classname="stock.tests.test_move.Move" name="test_tour"><failure>no browser</failure></testcase>
<testcase classname="stock.tests.test_move.Move" name="test_cancel">{cancel}</testcase>
<testcase classname="stock.tests.test_move.Move" name="test_skipped"><skipped message="enterprise"/></testcase>
{lot}
</testsuite></testsuites>"""
LOT = '<testcase classname="stock.tests.test_lot.Lot" name="test_lot"/>'


def outcomes(tmp_path, cancel="", lot=LOT):
    path = tmp_path / "report.xml"
    path.write_text(REPORT.format(cancel=cancel, lot=lot))
    return neighbours.outcomes_of(path)


def test_what_fails_anyway_is_not_our_fault(tmp_path):
    alone = outcomes(tmp_path)
    assert sum(alone.values()) == 3
    assert neighbours.harmed(alone, outcomes(tmp_path)) == []


def test_a_test_that_fails_or_is_missing_with_our_addons_is_named(tmp_path):
    ours = outcomes(tmp_path, "<error>ours</error>", lot="")
    assert neighbours.harmed(outcomes(tmp_path), ours) == [
        "stock.tests.test_lot.Lot::test_lot",
        "stock.tests.test_move.Move::test_cancel",
    ]


def test_what_fails_in_our_code_is_not_taken_for_what_the_neighbours_test_left():
    """Whoever flushes calls our code, and that calls Odoo's: the innermost counts, or who asked the database."""

    def failing(*frames):
        """What comes out of functions of these files, each called by the one before it."""
        call = None
        for path in reversed(frames):
            names = {"further": call}
            exec(compile("def f():\n    further() if further else 1 / 0", path, "exec"), names)
            call = names["f"]
        with pytest.raises(ZeroDivisionError) as failure:
            call()
        return failure.value

    ours, theirs, database = "/any/mfg_sync_mes/models/move.py", "/odoo/addons/stock/move.py", "/odoo/sql_db.py"
    assert telling._is_ours(failing(theirs, ours))
    assert telling._is_ours(failing(theirs, ours, database, database))
    assert not telling._is_ours(failing(ours, theirs))
    assert not telling._is_ours(failing(ours, theirs, database))


def test_a_run_without_a_report_harms_everything(tmp_path):
    assert len(neighbours.harmed(outcomes(tmp_path), neighbours.outcomes_of(tmp_path / "none.xml"))) == 3


def test_every_kind_that_goes_out_is_watched_or_has_a_reason_not_to_be():
    schemas = [json.loads(file.read_text()) for addon in ADDONS for file in (ROOT / addon / "schemas").glob("*.json")]
    kinds = {block["type"] for schema in schemas if (block := schema["x-mfg-sync"])["direction"] == "out"}
    told = [neighbours.WATCHED, neighbours.UNTOUCHED, neighbours.QUIET]
    assert kinds == set().union(*told), "each stands in WATCHED, UNTOUCHED or QUIET of setup/mfg_setup/neighbours.py"
    assert sum(map(len, told)) == len(kinds)
    assert all(neighbours.WATCHED.values())
