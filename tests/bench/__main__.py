"""python -m bench [FIGURE…]: run figures and print their rows; started by ./setup/bench, which says where by a file."""

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

from mfg_setup.session import read_context
from mfg_setup.steps import SetupFailure, guarded, say

from bench.frame import Bench, Failure
from bench.report import line, merged, table

#: in this order, the cheap and telling ones first
FIGURES = (
    "accept",
    "engine",
    "shift",
    "quiet",
    "capture",
    "delivery",
    "rows",
    "memory",
    "slow",
    "share",
    "scale",
)


def main():
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("figures", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    unknown = set(options.figures) - set(FIGURES)
    if unknown:
        raise SetupFailure(f"there is no figure {', '.join(sorted(unknown))}", hint=f"one of {', '.join(FIGURES)}")
    templates, context = read_context(os.environ["MFG_SYNC_RUN"])
    bench = Bench(templates, context["template"], Path(context["folder"]), options.runs, say)
    known = json.loads(options.json.read_text()) if options.json and options.json.exists() else []
    rows, failed = [], 0
    try:
        for name in options.figures or FIGURES:
            module = importlib.import_module(f"bench.figures.{name}")
            if options.resume and module.ROWS <= {entry["name"] for entry in known}:
                rows += [entry for entry in known if entry["name"] in module.ROWS]
                continue
            started = time.monotonic()
            say(f"\n== {name}: {module.__doc__.partition(chr(10))[0]}")
            try:
                for row in module.measure(bench):
                    rows.append(row.json)
                    say("   " + line(row.json))
                    known = merged(known, [row.json])
                    if options.json:
                        options.json.write_text(json.dumps(known, indent=1) + "\n")
            except Failure as failure:
                failed += 1
                say(f"!! {name} could not be measured: {failure}")
            say(f"   {time.monotonic() - started:.0f} s")
    finally:
        bench.close()
    say(f"\nOdoo {bench.series}, {os.cpu_count()} cores, median of {options.runs} interleaved runs\n")
    say(table(rows))
    return 1 if failed else 2 if any(entry["met"] is False for entry in rows) else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
