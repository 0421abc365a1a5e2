"""The value stream as a demo: builds the company, plays the story, prints what crossed.

    python -m value_stream.demo --instance FILE [--seed N] [--until N] [--stay]

Ends with the line "11 of 11 steps" and status 0 when all of it is true, else with what was expected and found, and 1.
With --stay the other sides go on answering after that line, until the process is ended.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from value_stream.company import Company
from value_stream.odoo import Instance
from value_stream.plan import Plan
from value_stream.players import Cast
from value_stream.stage import Stage, Untrue
from value_stream.story import STEPS, play


def run(instance_file, seed, until, say, stay=None):
    """Build and play; returns how many steps were true.

    :param stay: called with that number while the other sides still answer
    """
    started = time.monotonic()
    instance = Instance(instance_file)
    plan = Plan(seed)
    company = Company(instance, plan)
    with tempfile.TemporaryDirectory(prefix="value-stream-") as folder, Cast(instance_file, Path(folder), seed) as cast:
        try:
            # they start while the rest of the company is built
            company.build(connected=cast.start)
            cast.listen()
            say(f"the demo company was set up in {time.monotonic() - started:.1f} s")
            done = play(Stage(instance, plan, company, cast), until, say)
            if stay:
                stay(done)
            return done
        finally:
            instance.close()


def main():
    parser = argparse.ArgumentParser(prog="python -m value_stream.demo", description=__doc__.partition("\n")[0])
    parser.add_argument("--instance", required=True)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--until", type=int, metavar="STEP")
    parser.add_argument("--stay", action="store_true")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    # whoever ends the demo ends its simulators
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    print(f"seed {seed}", flush=True)
    try:
        done = run(
            options.instance,
            seed,
            options.until,
            lambda line: print(line, flush=True),
            stay=_stay if options.stay else None,
        )
    except Untrue as untrue:
        if untrue.__cause__:
            traceback.print_exception(untrue.__cause__)
        number, title = untrue.step
        print(f"\nSTEP {number} IS NOT TRUE, {title}: {untrue}", flush=True)
        print(f"{number - 1} of {len(STEPS)} steps", flush=True)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"the story took {time.monotonic() - started:.1f} s", flush=True)
    print(f"{done} of {len(STEPS)} steps", flush=True)
    return 0


def _stay(done):
    print(f"{done} of {len(STEPS)} steps", flush=True)
    signal.pause()


if __name__ == "__main__":
    sys.exit(main())
