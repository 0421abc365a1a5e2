"""./setup/test: every test on the series at hand, or only the given paths."""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from .. import browser, lint, mutants
from ..faulting import FaultsRun
from ..neighbours import ADDONS as NEIGHBOURS
from ..neighbours import Neighbours
from ..results import Results
from ..session import add_series_option, opened
from ..steps import say
from ..testing import TestRun, is_inside, relative


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/test",
        description="Run the tests. With paths only those run, on a database that is kept.",
        epilog="Arguments after -- go to pytest, such as -- -x --pdb.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="file, folder or file::Class::test")
    add_series_option(parser, several=True)
    parser.add_argument("-k", metavar="EXPRESSION", help="only tests whose names match, as in pytest")
    parser.add_argument(
        "--fresh", action="store_true", help="make the kept database anew, begin again what was stopped"
    )
    parser.add_argument(
        "--neighbours",
        action="store_true",
        help="instead, run Odoo's own tests of the addons beside ours, without our addons and with them (about 20 "
        "minutes a series; it goes on where it stopped); paths name some of these addons then",
    )
    parser.add_argument(
        "--mutants",
        action="store_true",
        help="instead, break the rules of the engine one at a time in a copy of the tree: the test named for each must "
        "fail (two hours a series; it goes on where it stopped, --fresh begins anew); -k WORD: only rules with this "
        "word",
    )
    parser.add_argument(
        "--faults",
        action="store_true",
        help="instead, break whatever can break under traffic, in full (ten stages, up to an hour a series; it goes on "
        "where it stopped, --fresh begins anew): nothing may be lost, doubled, out of order or stuck",
    )
    parser.add_argument("--short", action="store_true", help="with --faults: the two minutes that a whole run has too")
    options, pytest_arguments = _split(parser)
    if options.faults:
        return _faults(options)
    if options.mutants:
        return _mutants(options)
    if options.neighbours:
        return _neighbours(options)
    started = time.monotonic()
    paths = [relative(path) for path in options.paths]
    arguments = [*(["-k", options.k] if options.k else []), *pytest_arguments]
    quick = bool(paths or arguments)
    by_series = {}
    browser.ensure()
    with opened(options.series) as all_templates:
        if quick:
            for templates in all_templates:
                by_series[templates.setting.odoo] = _quick(templates, paths, arguments, options.fresh)
        else:
            by_series = _full(all_templates)
    lint_results = Results() if quick else _lint()
    total = sum(by_series.values(), lint_results)
    say("")
    for reason, count in sorted(total.reasons.items()):
        say(f"skipped {count}: {reason}")
    for odoo, results in by_series.items():
        say(f"Odoo {odoo.series} ({odoo.version}): {results}")
    if not quick:
        say(f"lint: {lint_results}")
    say(f"{time.monotonic() - started:.0f} s in all")
    say(str(total))
    return 0 if total.good and all(results.good for results in by_series.values()) else 1


def _neighbours(options):
    browser.ensure()
    total = Results()
    with opened(options.series) as all_templates:
        for templates in all_templates:
            total += Neighbours(templates, options.paths or NEIGHBOURS, again=options.fresh).run()
    say(str(total))
    return 0 if total.good else 1


def _mutants(options):
    with opened(options.series) as all_templates:
        words = [options.k] if options.k else []
        survived = [mutants.run(templates, words, options.fresh) for templates in all_templates]
    return 1 if any(survived) else 0


def _faults(options):
    with opened(options.series) as all_templates:
        return max([FaultsRun(templates, options.short, options.fresh).run() for templates in all_templates])


def _split(parser):
    """The options, and what stands after `--`."""
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    return parser.parse_args(words[:cut]), words[cut + 1 :]


def _lint():
    say("\n== lint")
    return lint.check_all()


def _quick(templates, paths, arguments, fresh):
    database, lock = templates.kept(fresh)
    with lock:
        run = TestRun(templates, database)
        addons = [path for path in paths if is_inside(path)]
        live = [path for path in paths if path not in addons]
        results = Results()
        if addons or not paths:
            results += run.addons(**({"paths": addons} if addons else {}), arguments=arguments)
        if live or not paths:
            results += run.live(**({"paths": live} if live else {}), arguments=arguments)
        return results


def _full(all_templates):
    """The Results of each Odoo. What no clock counts runs for all series at once.

    The others follow one series after the other: they start servers and measure how soon things happen.
    """
    by_series = {}
    with ExitStack() as stack:
        runs = []
        for templates in all_templates:
            template = templates.ours()
            by_series[templates.setting.odoo] = _installed_quietly(templates, template)
            database = stack.enter_context(templates.databases.scratch(template, templates.series, "test"))
            # counted once: the lines are the same on all series
            runs.append(TestRun(templates, database, coverage=not runs))
        with ThreadPoolExecutor() as pool:
            for run, results in zip(
                runs, pool.map(lambda run: run.beside_others(aside=run is not runs[0]), runs), strict=True
            ):
                by_series[run.setting.odoo] += results
        for run in runs:
            by_series[run.setting.odoo] += run.alone()
            if run.coverage:
                say(run.coverage_line())
        for templates in all_templates:
            by_series[templates.setting.odoo] += _faults_in_short(templates)
    return by_series


def _faults_in_short(templates):
    """Counts as one test."""
    return Results(failed=1) if FaultsRun(templates, short=True).run() else Results(passed=1)


def _installed_quietly(templates, template):
    """A test of its own: our addons install without a warning."""
    warnings = templates.install_warnings(template)
    for warning in warnings:
        say(f"!! installing our addons, Odoo says: {warning}")
    return Results(failed=1) if warnings else Results(passed=1)
