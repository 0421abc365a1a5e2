"""How Odoo is run: its configuration, its environment and its command line."""

import ast
import configparser
import os
from dataclasses import dataclass
from pathlib import Path

from .databases import data_dir
from .layout import ADDONS, ROOT
from .odoo_tree import Odoo
from .postgres import Connection

LAUNCHER = ROOT / "setup" / "launch" / "odoo-bin"
#: what would make an Odoo of ours take the settings of another one on this machine
FOREIGN = ("ODOO_", "OPENERP_", "MFG_SYNC_KEY")
#: jobs that run at once, and what of it is ours (docs/architecture.md)
CHANNELS = "root:4,root.mfg_sync:3,root.mfg_sync.apply:2,root.mfg_sync.deliver:2"
#: each job holds a worker, and people need some too
WORKERS = 6


@dataclass(frozen=True)
class Setting:
    """One series with all that is needed to run it."""

    odoo: Odoo
    python: Path
    queue_job: Path
    #: the folder of our addons and tests, in the form of this series
    tree: Path
    connection: Connection
    #: further addons folders, and what else Python must find for them: of what ours is measured against
    more_addons: tuple = ()
    more_python: tuple = ()

    @property
    def series(self):
        return self.odoo.series

    @property
    def environment(self):
        environment = {
            **self.connection.environment,
            "PYTHONPATH": os.pathsep.join(map(str, (self.odoo.home, ROOT / "setup", *self.more_python))),
            "PYTHONUNBUFFERED": "1",
            "TZ": "UTC",
        }
        return {name: value for name, value in environment.items() if not name.startswith(FOREIGN)}

    def write_config(self, database, *, ours=True, channels=CHANNELS, queue_job=None, file="odoo.conf", **options):
        """Write a configuration file beside the data of a database.

        :param ours: whether our addons are on the addons path and loaded server-wide
        :param channels: of queue_job
        :param dict queue_job: more of the section [queue_job]: where its runner finds Odoo (host, port)
        :param str file: its name; servers that share a database have one each
        :param options: more of the section [options]
        :return: path of the file
        """
        folder = data_dir(database)
        paths = [*self.odoo.addons_paths, self.queue_job, *self.more_addons, *([self.tree] if ours else [])]
        parser = configparser.RawConfigParser()
        parser["options"] = {
            **{f"db_{name}": value for name, value in self.connection.parameters.items()},
            "addons_path": ",".join(map(str, paths)),
            "data_dir": folder,
            "db_name": database,
            "dbfilter": f"^{database}$",
            "list_db": False,
            "http_interface": "127.0.0.1",
            "server_wide_modules": "base,web,queue_job" + (",mfg_sync" if ours else ""),
            "max_cron_threads": 0,
            **options,
        }
        parser["queue_job"] = {"channels": channels, **(queue_job or {})}
        path = folder / file
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as config:
            parser.write(config)
        return path

    def command(self, config, *arguments, subcommand=()):
        return [self.python, LAUNCHER, *subcommand, "-c", config, *arguments]


def manifest(addon, tree=ROOT):
    return ast.literal_eval((tree / addon / "__manifest__.py").read_text())


def standard_apps():
    """The modules of others that our addons depend on: what is installed once for all runs."""
    named = {name for addon in ADDONS for name in manifest(addon)["depends"]}
    return sorted(named - set(ADDONS))
