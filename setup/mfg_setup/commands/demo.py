"""./setup/demo: run the value stream on a server of its own, and end 0 when all of it is true."""

import argparse
import os
import time

from .. import demo_company
from ..layout import LOCAL
from ..session import add_series_option, opened
from ..steps import say


def main():
    parser = argparse.ArgumentParser(prog="./setup/demo", description="Run the value stream and print its timeline.")
    add_series_option(parser)
    parser.add_argument("--seed", type=int, help="draws the names, quantities and disturbances; random, if not given")
    parser.add_argument("--until", type=int, metavar="STEP", help="stop after this step")
    options = parser.parse_args()
    started = time.monotonic()
    path = LOCAL / f"demo-{os.getpid()}.json"
    arguments = ["--instance", path]
    for name in ("seed", "until"):
        if getattr(options, name) is not None:
            arguments += [f"--{name}", getattr(options, name)]
    with opened(options.series) as (templates,):
        with demo_company.started(templates, path, "demo"), demo_company.playing(templates, "demo", *arguments) as demo:
            last = _show_but_last(demo.stdout)
            status = demo.wait()
    # the demo's own verdict is the last line of the run
    say(f"{time.monotonic() - started:.0f} s in all, on Odoo {templates.setting.series}")
    say("./setup/serve plays such a day and stays up for looking")
    say(last)
    return status


def _show_but_last(lines):
    """Print lines as they come, all but the last one, which is returned."""
    last = None
    for line in lines:
        if last is not None:
            say(last)
        last = line.rstrip("\n")
    return last or ""
