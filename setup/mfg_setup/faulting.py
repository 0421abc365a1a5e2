"""Faults on purpose: servers on a PostgreSQL of the run's own, with an addon whose effects can be counted."""

import os
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import postgres
from .databases import Databases, data_dir
from .layout import CACHE, LOGS, short_hash, tree_hash
from .postgres import OwnServer
from .server import end_abandoned
from .session import write_context
from .steps import end_session, run, say, step
from .templates import Templates

#: below tests/: on the addons path of these servers only
ADDONS = ("tests", "faults", "addons")
INSTALLED = ("mfg_faults",)
#: the short form takes two minutes, and its servers some more
SHORT_SECONDS = 900


@dataclass(frozen=True)
class Ground:
    """Where faults may be made: a PostgreSQL that nobody else uses, and a database on it to copy.

    :ivar template: the database with our addons and that of the fault tests
    """

    server: OwnServer
    templates: Templates
    template: str


@contextmanager
def ground(templates):
    """A :class:`Ground` for the series of these Templates."""
    own = templates.setting.tree.joinpath(*ADDONS)
    setting = replace(templates.setting, more_addons=(own,))
    source = Templates(setting, templates.databases).with_more("faults", INSTALLED, tree_hash([own]))
    with postgres.own_server() as server:
        databases = Databases(server.connection)
        end_abandoned(databases)
        there = Templates(replace(setting, connection=server.connection), databases)
        yield Ground(server, there, _brought(there, source, templates.databases.connection))


def _brought(there, source, connection):
    """The database of that name on the other server, copied over unless it is there."""
    databases = there.databases
    name = databases.name(there.series, "faults", short_hash(source))
    if databases.ready(name):
        return name
    for old in databases.listed(there.series, "faults"):
        databases.drop(old)
    with step("bring the database over to a PostgreSQL of our own") as current:
        databases.create(name)
        folder = data_dir(name)
        dump, log = folder / "dump", LOGS / f"{there.series}-bring.log"
        tools = Path(connection.psql).parent
        owner = ("--no-owner", "--no-privileges")
        command = [tools / "pg_dump", "-Fc", "-Z1", *owner, "-f", dump, source]
        run(command, log, current, env=connection.environment)
        command = [tools / "pg_restore", "-j2", *owner, "-d", name, dump]
        run(command, log, current, env=databases.connection.environment)
        dump.unlink()
        databases.adopt_files(source, name)
        databases.mark_ready(name)
    return name


class FaultsRun:
    """The faults of one series: one short stage, or the full form, where what a stage found is kept to be resumed."""

    def __init__(self, templates, short=False, again=False):
        self.templates, self.short, self.again = templates, short, again

    def run(self):
        """Run ``python -m faults``. Returns its status."""
        setting = self.templates.setting
        folder = LOGS / f"faults-{self.templates.series}-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        context = folder / "context.json"
        write_context(context, self.templates)
        environment = {**setting.environment, "MFG_SYNC_RUN": str(context)}
        environment["PYTHONPATH"] += f"{os.pathsep}{setting.tree / 'tests'}"
        arguments = ["--short"] if self.short else ["--kept", self._kept(), *(["--again"] if self.again else [])]
        process = subprocess.Popen(
            [setting.python, "-m", "faults", *arguments],
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            return process.wait(SHORT_SECONDS if self.short else None)
        except subprocess.TimeoutExpired:
            say(f"!! not over after {SHORT_SECONDS} s")
            return 1
        finally:
            # servers and a database are to be removed by it
            end_session(process.pid, patience=60)
            process.wait()

    def _kept(self):
        """Another file for other addons or other tests of faults."""
        code = tree_hash([self.templates.setting.tree / "tests" / "faults"])
        kept = CACHE / "faults" / f"{self.templates.series}-{short_hash(self.templates.ours(), code)}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        return kept
