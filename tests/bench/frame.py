"""What figures share: goals, rows, interleaved samples, a server to measure on."""

import json
import math
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass

from mfg_setup import server
from mfg_setup.databases import data_dir
from mfg_setup.live_instance import LiveInstance
from mfg_setup.odoo_run import CHANNELS


@dataclass(frozen=True)
class Goal:
    """A bound of a row's value (its ratio, or ours where there is no peer): ``Goal(">=", 50)``."""

    sense: str
    bound: float

    def met(self, value):
        return value >= self.bound if self.sense == ">=" else value <= self.bound

    def __str__(self):
        return f"{self.sense} {self.bound:g}"


@dataclass(frozen=True)
class Row:
    """A line of the table: ours and a peer's median in the same unit, and ours by the peer's."""

    name: str
    ours: float
    peer: float | None
    ratio: float | None
    unit: str
    goal: str | None
    met: bool | None

    @property
    def json(self):
        return asdict(self)


def row(name, unit, ours, peer=None, goal=None):
    """A Row; ``ratio`` is ours by the peer's, whatever is better."""
    ratio = ours / peer if peer else None
    value = ours if ratio is None else ratio
    return Row(name, ours, peer, ratio, unit, goal and str(goal), goal and goal.met(value))


def percentile(values, share):
    """The nearest-rank percentile (share 0.95: p95) of some values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


class Failure(Exception):
    """What was to be measured did not happen as it should: no ratio is told."""


class Bench:
    """:ivar templates: of the series; :ivar int runs: interleaved samples of each contestant"""

    def __init__(self, templates, template, folder, runs, say=print):
        self.templates, self.template, self.folder, self.runs, self.say = templates, template, folder, runs, say
        self.series = templates.setting.series
        self._stack, self._shared, self._plants = ExitStack(), None, {}

    def close(self):
        self._stack.close()
        self._shared, self._plants = None, {}

    # -- servers

    @contextmanager
    def instance(self, channels=CHANNELS, **options):
        """A LiveInstance of its own; the arguments are of :meth:`Setting.write_config`."""
        setting, databases = self.templates.setting, self.templates.databases
        with server.instance(setting, databases, self.template, "bench", channels=channels, **options) as running:
            live = LiveInstance(running)
            try:
                yield live
            finally:
                live.close()

    @property
    def shared(self):
        """The LiveInstance that figures share; each makes connections of its own on it."""
        if self._shared is None:
            self._shared = self._stack.enter_context(self.instance())
        return self._shared

    @contextmanager
    def inside(self, instance=None):
        """An :class:`Inside` on the database of a running instance, or on one of its own."""
        with ExitStack() as stack:
            database = instance.database if instance else None
            if not database:
                databases = self.templates.databases
                database = stack.enter_context(databases.scratch(self.template, self.templates.series, "bench"))
                self.templates.setting.write_config(database)
            inside = Inside(database)
            stack.callback(inside.close)
            yield inside

    # -- samples

    def interleaved(self, *, runs=None, warm_up=True, **contestants):
        """Call each contestant in turn, the order reversed every other time, and take the median of each.

        :param contestants: ``name=function`` that returns one sample
        :param warm_up: whether a first round is not counted
        :return: ``{name: median}``
        """
        samples = {name: [] for name in contestants}
        names = list(contestants)
        if warm_up:
            for name in names:
                contestants[name]()
        for count in range(runs or self.runs):
            for name in names[:: -1 if count % 2 else 1]:
                samples[name].append(contestants[name]())
        for name, values in samples.items():
            spread = ", ".join(f"{value:.4g}" for value in values)
            self.say(f"      {name}: {spread}")
        return {name: statistics.median(values) for name, values in samples.items()}


class Inside:
    """A process with Odoo loaded on a database: what is measured without HTTP (bench/inside.py has the tasks)."""

    def __init__(self, database):
        config = data_dir(database) / "odoo.conf"
        with (data_dir(database) / "inside.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bench.inside", str(config), database],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=data_dir(database),
            )
        self.database = database

    def call(self, task, **arguments):
        """What a task of bench/inside.py returns."""
        self.process.stdin.write(json.dumps([task, arguments]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Failure(f"the process that runs {task} inside Odoo ended with {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"{task}: {answer['error']}")
        return answer["result"]

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


def wait_until(what, condition, seconds, pause=0.02):
    """Look until it is true; returns what was found. Failure says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(pause)
    return found
