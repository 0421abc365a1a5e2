"""Databases that runs copy: the standard apps, our addons on top of them, and the ones kept for quick test runs."""

import json
import re
import shutil

from .databases import data_dir
from .layout import ADDONS, LOGS, ROOT, locked, short_hash, tree_hash, try_lock
from .odoo_run import standard_apps
from .steps import SetupFailure, run, step

#: what changes without an update of the database
NOT_IN_DATABASE = ("tests", "static", "readme")
TEMPLATES_KEPT = 3
#: where a record of Odoo's log begins, and what in it is ours
LOG_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ )", re.M)
#: with its traceback, but not that of a library's own warning: that shows who imported the library
OUR_WARNING = re.compile(
    r"^\S+ \S+ \d+ (?:WARNING|ERROR|CRITICAL) \S+ (?:py\.warnings: [^\n]*|(?!py\.warnings: ).*)\bmfg[._]sync", re.S
)
SLOTS = 8
INSTALL_LOG = "install.log"


class Templates:
    """The templates of one series on one server."""

    def __init__(self, setting, databases):
        self.setting = setting
        self.databases = databases
        self.series = setting.series.partition(".")[0]

    def standard(self):
        """The database with everything that our addons depend on."""
        apps = standard_apps()
        key = short_hash(self.setting.odoo.version, self.setting.odoo.home, self.setting.queue_job, *apps)
        name = self.databases.name(self.series, "std", key, shared=True)
        with locked(name):
            if not self.databases.ready(name):
                with step(f"install the standard apps of Odoo {self.setting.series}") as current:
                    self.databases.create(name)
                    config = self.setting.write_config(name, ours=False)
                    self._change(name, config, current, "-i", apps)
                    self.databases.mark_ready(name)
            self._used(name, "std", shared=True)
        return name

    def ours(self):
        """The database with our addons as they are in this checkout."""
        standard = self.standard()
        hashes = addon_hashes()
        name = self.databases.name(self.series, "our", short_hash(standard, *hashes.values()))
        with locked(name):
            if not self.databases.ready(name):
                with step(f"install our addons on Odoo {self.setting.series}") as current:
                    self._install_ours(standard, name, current)
                    self.databases.mark_ready(name, json.dumps(hashes))
            self._used(name, "our")
        return name

    def with_more(self, kind, addons, key):
        """The database with our addons and others beside them, which the Setting has on its addons path.

        :param str kind: a word of its name
        :param str key: changes with what the others are
        """
        ours = self.ours()
        name = self.databases.name(self.series, kind, short_hash(ours, key, *addons))
        with locked(name):
            if not self.databases.ready(name):
                with step(f"install {', '.join(addons)} on Odoo {self.setting.series}") as current:
                    self.databases.copy(ours, name)
                    self._change(name, self.setting.write_config(name), current, "-i", addons)
                    self.databases.mark_ready(name)
            self._used(name, kind)
        return name

    def kept(self, fresh=False):
        """A database of our addons that the next quick run finds again, updated to the checkout as it is now.

        :param fresh: whether it is made anew
        :return: its name, and the lock that says that it is in use: close it afterwards
        """
        standard = self.standard()
        slot, lock = next(
            (n, lock) for n in range(SLOTS) if (lock := try_lock(self.databases.name(self.series, f"kept{n}")))
        )
        name = self.databases.name(self.series, f"kept{slot}")
        hashes = addon_hashes()
        note = None if fresh else self.databases.note(name)
        known = json.loads(note) if note else {}
        changed = [addon for addon in ADDONS if known.get(addon) != hashes[addon]]
        if not known:
            with step(f"install our addons on Odoo {self.setting.series}, kept for the next runs") as current:
                self._install_ours(standard, name, current)
        elif changed:
            with step(f"update {', '.join(changed)} on Odoo {self.setting.series}") as current:
                self._change(name, self.setting.write_config(name), current, "-u", changed)
        self.databases.mark_ready(name, json.dumps(hashes))
        return name, lock

    def _used(self, name, kind, shared=False):
        """Keep a template, and of the others of its kind those that were used last."""
        self.databases.touch(name)
        for old in self.databases.listed(self.series, kind, shared=shared)[:-TEMPLATES_KEPT]:
            self.databases.drop(old)

    @staticmethod
    def install_warnings(name):
        """What Odoo warned of when our addons were installed, in words or places of ours."""
        text = (data_dir(name) / INSTALL_LOG).read_text(errors="replace")
        return [record.strip() for record in LOG_RECORD.split(text) if OUR_WARNING.match(record)]

    def _install_ours(self, standard, name, current):
        self.databases.copy(standard, name)
        self._change(name, self.setting.write_config(name), current, "-i", ADDONS)

    def _change(self, name, config, current, option, modules):
        """Install or update modules, and see that they are installed: Odoo only warns of one that it skips."""
        log = LOGS / f"{self.series}-{option[1:]}-{name.rpartition('_')[2]}.log"
        log.unlink(missing_ok=True)
        arguments = [option, ",".join(modules), "--without-demo=all", "--stop-after-init", "--no-http"]
        command = self.setting.command(config, *arguments)
        run(command, log, current, env=self.setting.environment, cwd=data_dir(name))
        rows = self.databases.rows(name, "SELECT name FROM ir_module_module WHERE state = 'installed'")
        missing = set(modules) - {row[0] for row in rows}
        if missing:
            raise SetupFailure(f"not installed: {', '.join(sorted(missing))}", log)
        shutil.copy(log, data_dir(name) / INSTALL_LOG)


def addon_hashes():
    """What the database of each addon depends on."""
    return {addon: tree_hash([ROOT / addon], ignore=NOT_IN_DATABASE) for addon in ADDONS}
