"""The 19.0 form of our addons and tests: made from the 17.0 code, kept in the cache by the hash of what went in."""

import os
import shutil
import time
from pathlib import Path

from .layout import ADDONS, CACHE, CHECKOUT, LOGS, ROOT, locked, tree_hash
from .steps import SetupFailure, run, step

SERIES = "19.0"
MARKER = ".ported"
SCRIPTS = ROOT / "setup" / "mfg_port"
UNUSED_AFTER = 2 * 86400


def tree_for(odoo, python):
    """The folder that holds our addons and tests in the form of a series."""
    if odoo.series != SERIES:
        return ROOT
    folder = CACHE / "ported" / CHECKOUT
    target = folder / tree_hash([*(ROOT / name for name in (*ADDONS, "tests")), SCRIPTS])
    with locked(f"port-{CHECKOUT}"):
        if not target.exists():
            with step(f"port our addons and tests to {SERIES}"):
                part = folder / "part"
                shutil.rmtree(part, ignore_errors=True)
                port(ROOT, part, odoo, python)
                part.rename(target)
        os.utime(target)
        for old in folder.iterdir():
            if time.time() - old.stat().st_mtime > UNUSED_AFTER:
                shutil.rmtree(old)
    return target


def port(source, target, odoo, python):
    """Make the form of 19.0 of the addons in `source` (with its folder tests), or of the addon that it is, at `target`.

    :param odoo: Odoo 19.0, whose own upgrade scripts are part of it
    :param python: a Python that can import it
    """
    source, target = Path(source).absolute(), Path(target).absolute()
    if target.exists() and not (target / MARKER).exists() and any(target.iterdir()):
        raise SetupFailure(f"{target} is not empty and was not made by port", hint="name another folder")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    (target / MARKER).write_text(f"Made by setup/port for {SERIES}; edit the 17.0 code instead.\n")
    hidden = shutil.ignore_patterns("__pycache__", ".*")
    for folder in _parts(source):
        shutil.copytree(folder, target / folder.name, ignore=hidden)
    path = os.pathsep.join(map(str, (odoo.home, SCRIPTS.parent)))
    command = [python, "-m", SCRIPTS.name, target]
    run(command, LOGS / "port.log", env={**os.environ, "PYTHONPATH": path}, cwd=target)


def _parts(source):
    if (source / "__manifest__.py").exists():
        return [source]
    addons = sorted(path.parent for path in source.glob("*/__manifest__.py"))
    if not addons:
        raise SetupFailure(f"{source} holds no addon")
    return [*addons, *(path for path in [source / "tests"] if path.is_dir())]
