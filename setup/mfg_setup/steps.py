"""What people see while setup works: a line a step, progress on long ones, and what to try when one fails."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRESS_EVERY = 30
HINT = "the same command again; ./setup/clean before it starts over"
#: an exception of our addons, as a traceback in Odoo's log ends with it
OWN_ERROR = re.compile(r"^odoo\.addons\.mfg_sync\S*Error: (.+)$", re.MULTILINE)
#: what Odoo puts before each message of its log: time, process, level, database
LOG_PREFIX = re.compile(r"^[\d-]+ [\d:,]+ \d+ [A-Z]+ \S+ ")


class SetupFailure(Exception):
    """A step that could not be done.

    :param message: what could not be done
    :param log: file whose last lines tell why
    :param hint: what a person can try
    """

    def __init__(self, message, log=None, hint=None):
        super().__init__(message)
        self.log = log
        self.hint = hint


class Terminated(KeyboardInterrupt):
    """SIGTERM and SIGHUP end a run as Ctrl-C does, so that whatever it started is ended too."""


def say(text):
    print(text, flush=True)


class Step:
    def __init__(self, text):
        self.text = text
        self.started = time.monotonic()
        self.told = self.started
        self.live = sys.stdout.isatty()
        if self.live:
            print(f"           {text} …", end="", flush=True)

    def tick(self, detail=""):
        """Show that a long step is alive; called as often as one likes."""
        now = time.monotonic()
        if self.live and now - self.told >= 1:
            print(f"\r\033[K  {now - self.started:6.0f} s  {self.text} … {detail[:60]}", end="", flush=True)
            self.told = now
        elif not self.live and now - self.told >= PROGRESS_EVERY:
            say(f"  {now - self.started:6.0f} s  {self.text} … {detail[:100]}")
            self.told = now

    def close(self, mark=""):
        seconds = time.monotonic() - self.started
        say(("\r\033[K" if self.live else "") + f"  {seconds:6.1f} s  {self.text}{mark}")


@contextmanager
def step(text):
    current = Step(text)
    try:
        yield current
    except BaseException:
        current.close(": not done")
        raise
    current.close()


def run(command, log, current=None, hint=None, check=True, **options):
    """Run a command whose output goes to `log`; nothing of it is left behind when this process is interrupted.

    :param log: path of the file that its output is added to
    :param current: the Step that shows its last line
    :param check: whether a status other than 0 is a SetupFailure
    :return: the exit status
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        file.write(f"$ {' '.join(map(str, command))}\n".encode())
        file.flush()
        try:
            process = subprocess.Popen(
                command,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **{"stdin": subprocess.DEVNULL, **options},
            )
        except FileNotFoundError as error:
            raise SetupFailure(f"{command[0]} is not on this machine", hint=hint) from error
        try:
            while True:
                try:
                    status = process.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if current:
                        current.tick(LOG_PREFIX.sub("", last_lines(log, 1)))
        finally:
            if process.poll() is None:
                end_session(process.pid)
                process.wait()
    if status and check:
        raise SetupFailure(f"{os.path.basename(str(command[0]))} ended with status {status}", log, hint)
    return status


def end_session(leader, patience=10):
    """End a process that leads a session of its own, and all that it started: politely first, then for good."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _members(leader):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + patience
        while _members(leader) and time.monotonic() < deadline:
            time.sleep(0.05)


def _members(leader):
    """The live processes of a session; those that have ended and wait for their parent to notice don't count."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == leader and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def own_problem(log):
    """What an exception of our addons said that stopped Odoo; empty where there was none."""
    found = OWN_ERROR.findall(Path(log).read_text(errors="replace")) if os.path.exists(log) else ()
    return found[-1] if found else ""


def last_lines(log, count):
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.path.getsize(log) - 64_000))
            return "\n".join(file.read().decode(errors="replace").rstrip().splitlines()[-count:])
    except FileNotFoundError:
        return ""


def guarded(main):
    """The exit status of a command; failures are told with the end of their log and what to try."""

    def interrupt(number, _frame):
        raise Terminated(signal.Signals(number).name)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return main()
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    except SetupFailure as failure:
        say(f"\nFAILED: {failure}")
        if failure.log and (problem := own_problem(failure.log)):
            # Odoo wraps it in errors of its own, and those are what a log ends with
            say(f"{problem}\nTry: mend that, then the same command again (the whole log is {failure.log})")
            return 1
        if failure.log:
            say(f"The last lines of {failure.log}:")
            say("\n".join("    " + line for line in last_lines(failure.log, 20).splitlines()))
        say(f"Try: {failure.hint or HINT}")
        return 1
