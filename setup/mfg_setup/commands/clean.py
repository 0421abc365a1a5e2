"""./setup/clean: remove what setup made for this checkout, or the whole cache with --all."""

import argparse
import shutil

from .. import postgres
from ..databases import Databases
from ..layout import CACHE, CHECKOUT, LOCAL, LOGS, ROOT
from ..server import end_abandoned
from ..steps import SetupFailure, say, step
from ..upstream import MADE
from . import serve

#: the rest of the cache: what `--all` removes too
SHARED = ("data", "debian", "downloads", "locks", "logs", "ported", "pre-commit", "uv")


def main():
    parser = argparse.ArgumentParser(
        prog="./setup/clean", description="Remove the databases, logs and ported trees of this checkout."
    )
    parser.add_argument("--all", action="store_true", help="the whole cache too: Odoo, packages and PostgreSQL")
    options = parser.parse_args()
    serve.stop()
    if options.all:
        with step("remove PostgreSQL with all databases"):
            if not postgres.remove():
                raise SetupFailure("another run uses the cache", hint="wait for it to end")
        with step(f"empty {CACHE}"):
            _empty_cache()
    else:
        with step("remove the databases of this checkout"), postgres.server() as connection:
            databases = Databases(connection)
            end_abandoned(databases)
            for name in databases.listed():
                databases.drop(name)
    for folder in (LOCAL, LOGS, CACHE / "ported" / CHECKOUT, ROOT / "dist"):
        shutil.rmtree(folder, ignore_errors=True)
    if not options.all:
        say(f"{CACHE} keeps what is downloaded and the standard apps; ./setup/clean --all removes that too")
    return 0


def _empty_cache():
    for path in CACHE.glob("odoo-*"):
        # a tree that somebody else has put there stays
        if path.is_symlink():
            path.unlink()
        elif (path / MADE).exists():
            shutil.rmtree(path)
    for path in [*(CACHE / name for name in SHARED), *CACHE.glob("venv-*"), *CACHE.glob("uv-*"), *CACHE.glob("node-*")]:
        shutil.rmtree(path, ignore_errors=True)
