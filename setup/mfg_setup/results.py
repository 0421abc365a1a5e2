"""What became of tests: read from pytest's reports, added up, told in lines that machines read too."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Results:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    #: how often each reason to skip was given
    reasons: Counter = field(default_factory=Counter)

    def __add__(self, other):
        return Results(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.reasons + other.reasons,
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    @property
    def good(self):
        """Nothing failed, and something ran."""
        return not self.failed and self.passed > 0

    def skip(self, reason):
        return self + Results(skipped=1, reasons=Counter([reason]))


def read_junit(path):
    """The Results in a report of pytest; a run that could not write one has failed."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (FileNotFoundError, ElementTree.ParseError):
        return Results(failed=1)
    results = Results()
    for case in cases:
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            results.failed += 1
        elif skipped is not None:
            results = results.skip(skipped.get("message") or "no reason given")
        else:
            results.passed += 1
    return results
