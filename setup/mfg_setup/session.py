"""What a command works with: the series asked for, a PostgreSQL, and each series ready to run."""

import json
import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from . import odoo_tree, porting, postgres, python_env
from .databases import Databases
from .layout import LOGS
from .odoo_run import Setting
from .odoo_tree import Odoo
from .postgres import Connection
from .server import end_abandoned
from .templates import Templates

LOGS_KEPT = 2 * 86400


def add_series_option(parser, several=False):
    choices = [*odoo_tree.SERIES, *(["all"] if several else [])]
    parser.add_argument("--series", choices=choices, help="the first one at hand, if not given")


def setting(odoo, connection):
    """The Setting of a series; what is missing is installed."""
    python = python_env.python_for(odoo.series)
    tree = porting.tree_for(odoo, python)
    return Setting(odoo, python, python_env.queue_job_addons(odoo.series), tree, connection)


@contextmanager
def opened(series, durable=False):
    """A Templates (with its Setting and Databases) for each series asked for, while PostgreSQL runs.

    :param durable: whether PostgreSQL runs as in a plant (for measuring), not as fast as it can
    """
    trees = odoo_tree.choose(series)
    _forget_old_logs()
    with postgres.server(durable) as connection:
        databases = Databases(connection)
        end_abandoned(databases)
        yield [Templates(setting(odoo, connection), databases) for odoo in trees]


def _forget_old_logs():
    for path in LOGS.glob("*"):
        if time.time() - path.stat().st_mtime > LOGS_KEPT:
            path.unlink() if path.is_file() else shutil.rmtree(path)


def write_context(path, templates, **more):
    """Write what a process in the virtual environment of a series needs to start servers; `read_context` reads it."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"setting": asdict(templates.setting), **more}, file, default=str)


def read_context(path):
    """The Templates of the series, and the rest of what was written."""
    context = json.loads(Path(path).read_text())
    values = context.pop("setting")
    odoo = Odoo(**{**values["odoo"], "home": Path(values["odoo"]["home"])})
    paths = {name: Path(values[name]) for name in ("python", "queue_job", "tree")}
    paths |= {name: tuple(map(Path, values[name])) for name in ("more_addons", "more_python")}
    connection = Connection(**values["connection"])
    return Templates(Setting(odoo, connection=connection, **paths), Databases(connection)), context
