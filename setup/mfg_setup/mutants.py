"""Whether tests notice: a rule of the engine is broken in a copy of the tree, and the test named for it must fail."""

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from .layout import ADDONS, CACHE, LOGS, short_hash, tree_hash
from .mutant_table import MUTANTS
from .mutant_table_border import BORDER_MUTANTS
from .mutant_table_clock import CLOCK_MUTANTS
from .mutant_table_closing import CLOSING_MUTANTS
from .mutant_table_count import COUNT_MUTANTS
from .mutant_table_elsewhere import ELSEWHERE_MUTANTS
from .mutant_table_engine import ENGINE_MUTANTS
from .mutant_table_floor import FLOOR_MUTANTS
from .mutant_table_keys import KEYS_MUTANTS
from .mutant_table_limits import LIMITS_MUTANTS
from .mutant_table_out import OUT_MUTANTS
from .mutant_table_past import PAST_MUTANTS
from .mutant_table_people import PEOPLE_MUTANTS
from .mutant_table_races import RACES_MUTANTS
from .mutant_table_restore import RESTORE_MUTANTS
from .mutant_table_second import SECOND_MUTANTS
from .mutant_table_shadow import SHADOW_MUTANTS
from .steps import SetupFailure, say
from .templates import Templates
from .testing import TestRun, is_inside

EVERYTHING = (
    *MUTANTS,
    *BORDER_MUTANTS,
    *CLOCK_MUTANTS,
    *CLOSING_MUTANTS,
    *COUNT_MUTANTS,
    *FLOOR_MUTANTS,
    *ENGINE_MUTANTS,
    *ELSEWHERE_MUTANTS,
    *KEYS_MUTANTS,
    *LIMITS_MUTANTS,
    *OUT_MUTANTS,
    *PAST_MUTANTS,
    *PEOPLE_MUTANTS,
    *RACES_MUTANTS,
    *RESTORE_MUTANTS,
    *SECOND_MUTANTS,
    *SHADOW_MUTANTS,
)


class _OnCopy(TestRun):
    """Tests of a tree that changes between runs: Python must not keep what it compiled."""

    def _environment(self, more):
        return super()._environment({**more, "PYTHONDONTWRITEBYTECODE": "1"})

    def on(self, *paths):
        inside = [path for path in paths if is_inside(path)]
        live = [path for path in paths if path not in inside]
        results = self.addons(inside) if inside else None
        if live:
            results = self.live(live) + results if results else self.live(live)
        return results


def run(templates, words=(), again=False):
    """Break each rule whose name has one of the words (all, without any), one at a time; print a table.

    A run that was ended goes on with the rules that were not noticed yet, as long as nothing in the tree has changed.

    :param again: break also those that were noticed before
    :return: how many were not noticed
    :raises SetupFailure: a text to change is not there once, or a test fails without any change
    """
    chosen = [mutant for mutant in EVERYTHING if not words or any(word in mutant.rule for word in words)]
    if not chosen:
        raise SetupFailure(f"no rule has one of these words in its name: {', '.join(words)}")
    database, lock = templates.kept()
    noticed = _Noticed(templates, again)
    red = dict.fromkeys((mutant for mutant in chosen if mutant in noticed), True)
    left = [mutant for mutant in chosen if mutant not in red]
    LOGS.mkdir(parents=True, exist_ok=True)
    with lock, tempfile.TemporaryDirectory(dir=LOGS, prefix="mutants-") as folder:
        tree = Path(folder)
        for name in (*ADDONS, "tests"):
            shutil.copytree(
                templates.setting.tree / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".*")
            )
        broken = {mutant: _broken(tree, mutant) for mutant in left}
        # also for servers that live tests start
        setting = replace(templates.setting, tree=tree)
        tests = _OnCopy(Templates(setting, templates.databases), database)
        sound = tests.on(*dict.fromkeys(mutant.test for mutant in left)) if left else None
        if sound and not sound.good:
            raise SetupFailure(f"without any change the tests must pass: {sound}")
        for mutant, text in broken.items():
            red[mutant] = _is_red(tests, tree, mutant, text)
            if red[mutant]:
                noticed.add(mutant)
            # a run that is ended early tells what it found
            say(_line(mutant, red[mutant]))
    return _table(templates, {mutant: red[mutant] for mutant in chosen})


class _Noticed:
    """The rules whose breaking was noticed, kept in a file for exactly these addons and tests."""

    def __init__(self, templates, again):
        code = tree_hash([templates.setting.tree / name for name in (*ADDONS, "tests")])
        self._file = CACHE / "mutants" / f"{templates.series}-{code}.json"
        self._hashes = set(json.loads(self._file.read_text())) if self._file.exists() and not again else set()

    def __contains__(self, mutant):
        return short_hash(mutant) in self._hashes

    def add(self, mutant):
        self._hashes.add(short_hash(mutant))
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(sorted(self._hashes)))


def _broken(tree, mutant):
    text = (tree / mutant.file).read_text()
    for before, after in mutant.changes:
        if text.count(before) != 1:
            raise SetupFailure(f"{mutant.rule}: this is not once in {mutant.file}: {before}")
        text = text.replace(before, after)
    return text


def _is_red(tests, tree, mutant, text):
    file = tree / mutant.file
    sound = file.read_text()
    file.write_text(text)
    try:
        results = tests.on(mutant.test)
    finally:
        file.write_text(sound)
    if not results.failed and not results.passed:
        raise SetupFailure(f"{mutant.test}: there is no such test")
    return bool(results.failed)


def _table(templates, red):
    say(f"\nOdoo {templates.setting.series}: rules broken one at a time")
    for mutant, noticed in red.items():
        say(_line(mutant, noticed))
    survived = sum(not noticed for noticed in red.values())
    say(f"{len(red) - survived} of {len(red)} noticed")
    return survived


def _line(mutant, noticed):
    name = mutant.test.rpartition("::")[2]
    return f"{'red  ' if noticed else 'GREEN'} | {mutant.rule} | {mutant.file} | {name}"
