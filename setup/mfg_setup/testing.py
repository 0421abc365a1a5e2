"""The test runs of a series: Odoo's test classes inside Odoo, and tests/ against servers of their own."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

from .layout import ADDONS, LOGS, ROOT
from .results import Results, read_junit
from .server import free_ports
from .session import write_context
from .steps import SetupFailure, say

#: tests of our own folder that run inside Odoo, as those of the addons do
INSIDE = "tests/model"
#: tests of what makes servers and databases, the same for all series
OWN = "setup/tests"
#: tests that measure how soon things happen: they want the machine for themselves
TIMED = ("tests/border", "tests/outages")
#: pytest's status when it found no test
NO_TESTS = 5


class TestRun:
    """The tests of one series on one database of our addons.

    :param template: the database; Odoo's test classes use it, the others copy it
    :param coverage: whether lines are counted where Odoo's test classes run; elsewhere it would double the time
    """

    def __init__(self, templates, template, coverage=False):
        self.templates = templates
        self.setting = templates.setting
        self.template = template
        self.coverage = coverage
        self.folder = LOGS / f"test-{templates.series}-{os.getpid()}"
        self.folder.mkdir(parents=True, exist_ok=True)

    def addons(self, paths=(*ADDONS, INSIDE), arguments=(), aside=False):
        """Run Odoo's test classes below `paths`.

        :param aside: another run goes on at the same time: what pytest says is shown when it has ended
        """
        log = self.folder / "odoo.log"
        (port,) = free_ports(1)
        config = self.setting.write_config(self.template, http_port=port, logfile=log)
        odoo = ["-p", "mfg_setup.own_warnings", "--odoo-http", "--odoo-log-level=warn"]
        odoo += [f"--odoo-config={config}", f"--odoo-database={self.template}"]
        return self._pytest("addons", paths, [*odoo, *arguments], {}, aside, self.coverage)

    def live(self, paths=("tests", OWN), arguments=(), without=(), aside=False, report="live"):
        """Run the tests below `paths`, which start servers on copies of the database.

        :param without: folders that are left out
        :param aside: as of :meth:`addons`
        :param report: a name of its own for one of several runs
        """
        context = self.folder / "context.json"
        write_context(context, self.templates, template=self.template)
        environment = {"MFG_SYNC_RUN": str(context)}
        options = ["-p", "no:odoo", "-p", "mfg_setup.live_fixtures"]
        options += [f"--ignore={self.setting.tree / folder}" for folder in (INSIDE, *without)]
        return self._pytest(report, paths, [*options, *arguments], environment, aside)

    def beside_others(self, aside):
        """What bears other runs at the same time: Odoo's test classes, and those of our own that no clock counts."""
        return self.addons(aside=aside) + self.live(["tests"], without=TIMED, aside=aside, report="beside")

    def alone(self):
        """What measures time, and what ends servers that nobody uses."""
        return self.live([*TIMED, OWN])

    def coverage_line(self):
        """Covered lines by addon."""
        report = self.folder / "coverage.json"
        command = [self.setting.python, "-m", "coverage", "json", "-q", f"--data-file={self._covered}", "-o", report]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        counts = dict.fromkeys(ADDONS, (0, 0))
        for path, file in json.loads(report.read_text())["files"].items():
            addon = Path(os.path.relpath(self.folder / path, self.setting.tree)).parts[0]
            covered, lines = counts[addon]
            summary = file["summary"]
            counts[addon] = covered + summary["covered_lines"], lines + summary["num_statements"]
        shares = (f"{addon} {100 * covered // lines} %" for addon, (covered, lines) in counts.items() if lines)
        return "coverage by Odoo's test classes: " + ", ".join(shares)

    @property
    def _covered(self):
        return self.folder / "coverage.data"

    def _pytest(self, name, paths, arguments, environment, aside=False, coverage=False):
        tree = self.setting.tree
        report = self.folder / f"{name}.xml"
        command = [self.setting.python, "-m", "pytest"]
        if coverage:
            sources = ",".join(str(tree / addon) for addon in ADDONS)
            run = ["run", f"--data-file={self._covered}", f"--source={sources}", "--omit=*/tests/*"]
            command = [self.setting.python, "-m", "coverage", *run, "-m", "pytest"]
        command += ["-c", ROOT / "pyproject.toml", f"--rootdir={tree}", f"--junitxml={report}", *arguments]
        command += (ROOT / path if is_setup(path) else tree / path for path in paths)
        started = time.monotonic()
        title = f"\n== Odoo {self.setting.series}: {' '.join(paths)}"
        options = {"cwd": tree, "env": self._environment(environment)}
        if aside:
            log = self.folder / f"{name}.log"
            with log.open("wb") as output:
                status = _foreground(command, stdout=output, stderr=subprocess.STDOUT, **options)
            say(f"{title}\n{log.read_text(errors='replace').rstrip()}")
        else:
            say(title)
            status = _foreground(command, **options)
        results = Results() if status == NO_TESTS else read_junit(report)
        if status not in (0, 1, NO_TESTS) and not results.failed:
            results.failed = 1
        say(f"   {results} in {time.monotonic() - started:.0f} s")
        return results

    def _environment(self, more):
        environment = {**self.setting.environment, **more}
        environment["PYTHONPATH"] += f"{os.pathsep}{self.setting.tree / 'tests'}"
        return environment


def relative(path):
    """A path given on the command line, relative to the checkout, with what follows `::` unchanged."""
    file, colons, test = path.partition("::")
    absolute = Path(file).absolute()
    if not absolute.exists() or ROOT not in (absolute, *absolute.parents):
        raise SetupFailure(f"{file} is not a path of this checkout")
    return f"{absolute.relative_to(ROOT)}{colons}{test}"


def is_inside(path):
    """Whether the tests below a relative path run inside Odoo."""
    return path.split("/")[0] in ADDONS or path.startswith(INSIDE)


def is_setup(path):
    """Whether a relative path is of setup, which is the same for all series and never ported."""
    return path.split("/")[0] == "setup"


def _foreground(command, **options):
    """Run a command in this terminal, where a debugger works; Ctrl-C reaches it too, and it is waited for."""
    process = subprocess.Popen(list(map(str, command)), **options)
    try:
        return process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
