"""An addon refuses inside a button that a message presses: the message says who, and nothing of it stays.

The addon (addons/mfg_refusals) stands for Enterprise's quality checks and for what third parties build: it raises an
error, opens a wizard, shows a notification, or returns as if it had done its work.
"""

import ast
from pathlib import Path

import pytest

from refusals.cases import CASES

WHO = "Quality Stop (mfg_refusals)"
#: what the addon says, so that a planner knows what to ask about
SAYS = {
    "refuse": f"Odoo refuses ({WHO}): The torque was not checked.",
    "redirect": f"Odoo refuses ({WHO}): The torque was not checked.",
    "ask": f"{WHO} asks a question that a message can't answer: Check the torque.",
    "notify": "The answer was: Stop: The torque was not checked.",
    "nothing": "No reason was given.",
}
PLAYED = [(button, way) for button, case in CASES.items() for way in case.ways]
#: called on records of ours: no button of Odoo
OURS = {"_post"}


def pressed():
    """Names of Odoo's buttons in our handlers and builders."""
    tree = Path(__file__).resolve().parents[2]
    files = [file for folder in ("handlers", "builders") for file in tree.glob(f"mfg_sync*/{folder}/*.py")]
    assert len(files) > 20
    names = {
        node.func.attr
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return {name for name in names if name.startswith(("button_", "action_", "_action_", "_create_inv", "_post"))}


def test_every_button_that_a_message_presses_is_played():
    assert pressed() - OURS == {button.rpartition(".")[2] for button in CASES}


@pytest.mark.parametrize(("button", "way"), PLAYED)
def test_a_button_that_another_addon_refuses(shop, button, way):
    case = CASES[button](shop)
    before = shop.everything()
    with shop.stop(button, way):
        row = case.tell()
        assert row["state"] == "dead", (row["result_text"], row["error_text"])
        assert row["needs_person"]
        assert SAYS[way] in row["error_text"] and WHO in row["error_text"]
        if way not in ("refuse", "redirect"):
            assert "Do this step by hand, then replay." in row["error_text"]
        nothing_stayed(case, before)
        case.do_by_hand()
    if case.no_effect:
        assert_effect(case)
    row = case.replay(row)
    if case.decision:
        assert (row["state"], row["hold_reason"]) == ("held", "look_alike"), row["error_text"]
        shop.call("mfg.sync.message", case.decision, [row["id"]])
        row = shop.settled(case.plant, id=row["id"])
    assert (row["state"], row["no_effect"]) == ("done", case.no_effect), row["error_text"]
    assert_effect(case)


def assert_effect(case):
    """Done once: by hand, or by the message after it."""
    done, right = case.effect()
    assert done == right


def nothing_stayed(case, before):
    after = case.shop.everything()
    if hasattr(case, "picking") and case.plant is case.shop.edi:
        # the order and the shipment came between: of the message there are no invoices
        assert case.invoices() == []
        before = {table: before[table] for table in ("account_move", "account_move_line")}
    changed = [
        (table, before[table].get(row), after[table].get(row))
        for table in before
        for row in before[table].keys() | after[table].keys()
        if before[table].get(row) != after[table].get(row)
    ]
    assert changed == []
