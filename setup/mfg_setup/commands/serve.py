"""./setup/serve: the demo company after its day, on a server of its own, for looking; ends with Ctrl-C or --stop."""

import argparse
import os
import re
import signal
import time
from contextlib import contextmanager

from .. import demo_company
from ..layout import CHECKOUT, LOCAL, try_lock
from ..session import add_series_option, opened
from ..steps import SetupFailure, say

PID = LOCAL / "serve.pid"
INSTANCE = LOCAL / "instance.json"
STOP_LIMIT = 60
#: what the demo says when its day is over and all of it was true
LAST = re.compile(r"(\d+) of \1 steps")


def main():
    parser = argparse.ArgumentParser(prog="./setup/serve", description="Serve the demo company until Ctrl-C or --stop.")
    add_series_option(parser)
    parser.add_argument(
        "--bare", action="store_true", help="only set the company up: nothing has crossed the border, all is paused"
    )
    parser.add_argument("--stop", action="store_true", help="stop the one that this checkout serves")
    options = parser.parse_args()
    if options.stop:
        say("stopped" if stop() else "nothing is served")
        return 0
    lock = _lock()
    if not lock:
        raise SetupFailure("this checkout serves already", hint="./setup/serve --stop")
    with lock:
        LOCAL.mkdir(exist_ok=True)
        PID.write_text(str(os.getpid()))
        try:
            _serve(options.series, options.bare)
        finally:
            PID.unlink(missing_ok=True)
    return 0


def stop():
    """Stop what this checkout serves. Returns whether it served."""
    if _free() or not PID.exists():
        return False
    os.kill(int(PID.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT
    while not _free():
        if time.monotonic() > deadline:
            raise SetupFailure(f"the server (process {PID.read_text()}) did not stop within {STOP_LIMIT} s")
        time.sleep(0.1)
    return True


def _lock():
    return try_lock(f"serve-{CHECKOUT}")


def _free():
    lock = _lock()
    if lock:
        lock.close()
    return bool(lock)


def _serve(series, bare):
    with (
        opened(series) as (templates,),
        demo_company.started(templates, INSTANCE, "serve") as instance,
        _company(templates, instance, bare),
    ):
        say(f"\nOdoo {templates.setting.series} serves at {instance.url}")
        say(f"log in as {instance.login} with password {instance.password}; {INSTANCE} tells programs the same")
        say("Ctrl-C, or ./setup/serve --stop, ends it")
        status = instance.process.wait()
        raise SetupFailure(f"Odoo ended by itself with status {status}", instance.log)


@contextmanager
def _company(templates, instance, bare):
    """The demo company; after its day the other sides answer as long as it is served, unless it is bare."""
    module, options = ("company", ()) if bare else ("demo", ("--stay",))
    if not demo_company.exists(templates, module):
        yield
        return
    with demo_company.playing(templates, module, "--instance", INSTANCE, *options) as company:
        for line in company.stdout:
            say(line.rstrip("\n"))
            if not bare and LAST.fullmatch(line.rstrip("\n")):
                break
        else:
            if company.wait():
                raise SetupFailure("the demo company could not be set up", instance.log)
        yield
