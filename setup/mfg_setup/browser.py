"""Chromium for the browser tests: the machine's own, else from Debian where this is root."""

import os
import shutil

from .layout import LOGS, locked
from .steps import SetupFailure, run, say, step

#: where Odoo looks, in its order
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def ensure():
    """Have a browser if it can be had; without one Odoo skips its browser tests, and they are counted."""
    with locked("chromium"):
        if _found():
            return
        if os.getuid():
            say("!! there is no Chromium on this machine, and only root can install it")
            say("!! the browser tests are skipped; apt-get install chromium makes them run")
            return
        log = LOGS / "chromium.log"
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            with step("install Chromium from Debian") as current:
                run(["apt-get", "update"], log, current)
                run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], log, current, env=environment)
        except SetupFailure as failure:
            say(f"!! Chromium cannot be installed ({failure}; see {log})")
            say("!! the browser tests are skipped")


def _found():
    return any(shutil.which(name) for name in NAMES)
