"""What people read can be translated."""

import ast

from mfg_setup.layout import ADDONS, ROOT


def test_no_f_string_is_among_the_arguments_of_a_text_to_be_translated():
    """Odoo's export gives up on a file at the first one, and all words after it are missing for translators."""
    found = []
    for path in (path for addon in ADDONS for path in (ROOT / addon).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_":
                inside = [each for each in ast.walk(call) if isinstance(each, ast.JoinedStr)]
                found += [f"{path.relative_to(ROOT)}:{each.lineno}" for each in inside]
    assert not found
