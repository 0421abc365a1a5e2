"""./setup/serve: the demo company on a server of its own, for looking; ends with Ctrl-C or --stop."""

import argparse
import os
import signal
import time

from .. import demo_company
from ..layout import CHECKOUT, LOCAL, try_lock
from ..session import add_series_option, opened
from ..steps import SetupFailure, say

PID = LOCAL / "serve.pid"
INSTANCE = LOCAL / "instance.json"
STOP_LIMIT = 60


def main():
    parser = argparse.ArgumentParser(prog="./setup/serve", description="Serve the demo company until Ctrl-C or --stop.")
    add_series_option(parser)
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
            _serve(options.series)
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


def _serve(series):
    with opened(series) as (templates,), demo_company.started(templates, INSTANCE, "serve") as instance:
        if demo_company.exists(templates, "company"):
            with demo_company.playing(templates, "company", "--instance", INSTANCE) as company:
                for line in company.stdout:
                    say(line.rstrip("\n"))
                if company.wait():
                    raise SetupFailure("the demo company could not be set up", instance.log)
        say(f"\nOdoo {templates.setting.series} serves at {instance.url}")
        say(f"log in as {instance.login} with password {instance.password}; {INSTANCE} tells programs the same")
        say("Ctrl-C, or ./setup/serve --stop, ends it")
        status = instance.process.wait()
        raise SetupFailure(f"Odoo ended by itself with status {status}", instance.log)
