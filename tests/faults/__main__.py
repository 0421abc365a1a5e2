"""python -m faults --short | --kept FILE: one short stage, or the full form stage by stage, where a run can be resumed.

Started by ./setup/test --faults, which says on what. The seed of a short one is printed; MFG_SYNC_SEED sets it.
"""

import argparse
import json
import os
import random
import sys
import time
import traceback
from pathlib import Path

from mfg_setup.faulting import ground
from mfg_setup.session import read_context
from mfg_setup.steps import guarded, say

from faults.frame import SHORT, STAGE, STAGES
from faults.report import table, total
from faults.stage import Stage


def main():
    parser = argparse.ArgumentParser(prog="python -m faults")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    templates, _context = read_context(os.environ["MFG_SYNC_RUN"])
    run = short if options.short else full
    say(f"\n== Odoo {templates.setting.series}: faults")
    with ground(templates) as here:
        found, wanted, least = run(here, options)
    seconds = sum(stage["seconds"] for stage in found)
    say(f"\nOdoo {templates.setting.series}: {len(found)} of {wanted} stages, {seconds:.0f} s\n")
    say(table(found))
    faults, promises = total(found)
    kills = faults.get("kills that count", 0)
    if kills < least:
        say(f"!! only {kills} kills met a process in the middle of something; {least} are wanted")
    good = len(found) == wanted and kills >= least and not any(each["broken"] for each in promises)
    return 0 if good else 1


def short(here, _options):
    """Returns ``(what stages found, how many there are to be, how many kills are to count)``; so does full."""
    seed = int(os.environ.get("MFG_SYNC_SEED") or random.randrange(10**6))
    say(f"   MFG_SYNC_SEED={seed}")
    found = _stage(here, SHORT, seed)
    return [found] if found else [], 1, SHORT.enough


def full(here, options):
    kept = json.loads(options.kept.read_text()) if options.kept.exists() and not options.again else []
    known = [stage["seed"] for stage in kept]
    say(f"   {STAGES} stages; {len(known)} are kept from an earlier run in {options.kept}")
    for seed in (seed for seed in range(1, STAGES + 1) if seed not in known):
        say(f"   stage {seed}")
        found = _stage(here, STAGE, seed)
        if found:
            kept.append(found)
            options.kept.write_text(json.dumps(kept))
    return kept, STAGES, STAGES * STAGE.enough


def _stage(here, size, seed):
    """What a stage found as a dict; None where something went wrong that is no promise: then it says nothing."""
    folder = Path(os.environ["MFG_SYNC_RUN"]).parent / f"stage{seed}-{int(time.time())}"
    try:
        found = Stage(here, folder, size, seed, say).run()
    except Exception:
        say(f"!! with the seed {seed} nothing can be said:\n{traceback.format_exc()}")
        return None
    say(f"   seed {seed}: {len(found.broken)} broken promises, {found.seconds:.0f} s")
    return found.json


if __name__ == "__main__":
    sys.exit(guarded(main))
