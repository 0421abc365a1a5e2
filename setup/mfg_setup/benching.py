"""A server to measure on: our addons, those that we are compared with, and PostgreSQL as a plant runs it."""

import os
import subprocess
from dataclasses import replace

from . import python_env
from .layout import LOGS, tree_hash
from .session import write_context
from .steps import SetupFailure, end_session
from .templates import Templates

#: below tests/: on the addons path of these servers only
ADDONS = ("tests", "bench", "addons")
#: installed beside ours; the exchange records are another package on each series
PEERS = {
    "17.0": ("base_automation", "edi_oca", "mfg_bench", "mfg_bench_exchange_17"),
    "19.0": ("base_automation", "edi_core_oca", "mfg_bench", "mfg_bench_exchange_19"),
}
#: what a power failure would lose must not be what makes anybody fast
SAFE = ("fsync", "synchronous_commit", "full_page_writes")


class BenchRun:
    """The figures of one series.

    :param templates: on a PostgreSQL that is safe
    """

    def __init__(self, templates):
        setting = templates.setting
        self._refuse_unsafe(setting.connection)
        packages, python = python_env.exchange_addons(setting.series)
        own = setting.tree.joinpath(*ADDONS)
        setting = replace(setting, more_addons=(*packages, own), more_python=python)
        self.templates = Templates(setting, templates.databases)
        self.own = own

    @staticmethod
    def _refuse_unsafe(connection):
        for name in SAFE:
            ((value,),) = connection.sql(f"SHOW {name}")
            if value == "off":
                raise SetupFailure(
                    f"PostgreSQL runs with {name} = off; what is measured there is not what a plant gets",
                    hint="name another server by DATABASE_URL, or none: then one of our own is used",
                )

    def run(self, arguments):
        """Run ``python -m bench`` with these arguments. Returns its status."""
        setting = self.templates.setting
        peers = PEERS[setting.series]
        template = self.templates.with_more("bench", peers, tree_hash([self.own], setting.more_addons))
        folder = LOGS / f"bench-{self.templates.series}-{os.getpid()}"
        folder.mkdir(parents=True, exist_ok=True)
        context = folder / "context.json"
        write_context(context, self.templates, template=template, folder=folder)
        environment = {**setting.environment, "MFG_SYNC_RUN": str(context)}
        environment["PYTHONPATH"] += f"{os.pathsep}{setting.tree / 'tests'}"
        process = subprocess.Popen(
            [setting.python, "-m", "bench", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        try:
            return process.wait()
        finally:
            end_session(process.pid)
            process.wait()
