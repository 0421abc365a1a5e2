"""Whether the tables of mutants still fit the code that they break: a whole run takes hours, this takes a moment."""

from mfg_setup.layout import ROOT
from mfg_setup.mutants import EVERYTHING


def test_what_a_mutant_changes_stands_once_in_its_file():
    lost = []
    for mutant in EVERYTHING:
        text = (ROOT / mutant.file).read_text()
        lost += [f"{mutant.rule}: {before}" for before, _after in mutant.changes if text.count(before) != 1]
    assert not lost


def test_the_test_that_must_notice_is_there():
    lost = []
    for mutant in EVERYTHING:
        file, *names = mutant.test.split("::")
        # a folder stands for all its tests; what is in brackets are the values of one of several runs
        text = f"def {names[-1].partition('[')[0]}(" if names else "def test_"
        sources = [ROOT / file] if (ROOT / file).is_file() else sorted((ROOT / file).glob("test_*.py"))
        if not any(text in source.read_text() for source in sources):
            lost.append(f"{mutant.rule}: {mutant.test}")
    assert not lost


def test_each_rule_has_a_name_of_its_own():
    rules = [mutant.rule for mutant in EVERYTHING]
    assert len(rules) == len(set(rules))
