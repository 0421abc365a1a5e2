"""./setup/bench: what our addons do in a second, beside what people use today, on this machine."""

import argparse
import ast
import time
from pathlib import Path

from ..benching import BenchRun
from ..layout import ROOT
from ..session import add_series_option, opened
from ..steps import say


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/bench",
        description="Measure ratios against what people use today, on this machine: interleaved runs, their median, a "
        "table. Ends 0 when every goal is met, 2 when one is not.",
    )
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help="only these; --list names them")
    parser.add_argument("--list", action="store_true", help="name the figures and what they measure")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="interleaved runs of each (5)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios; those of other figures in it stay")
    parser.add_argument("--resume", action="store_true", help="leave out the figures that are in FILE already")
    add_series_option(parser)
    options = parser.parse_args()
    if options.resume and not options.json:
        parser.error("--resume needs --json FILE")
    if options.list:
        for path in sorted((ROOT / "tests" / "bench" / "figures").glob("[!_]*.py")):
            say(f"{path.stem:10} {ast.get_docstring(ast.parse(path.read_text())).splitlines()[0]}")
        return 0
    started = time.monotonic()
    arguments = [*options.figures, "--runs", options.runs]
    arguments += ["--json", options.json.absolute()] if options.json else []
    arguments += ["--resume"] if options.resume else []
    with opened(options.series, durable=True) as (templates,):
        status = BenchRun(templates).run(arguments)
    say(f"{time.monotonic() - started:.0f} s in all, on Odoo {templates.setting.series}")
    return status
