"""A virtual environment for each series, and one for the tools that check the code."""

import shutil
import subprocess
import sys

from . import pypi
from .layout import CACHE, ROOT, locked, short_hash
from .steps import SetupFailure, step

REQUIREMENTS = ROOT / "setup" / "requirements"
#: first and last Python that each series bears: its release.py, and wheels for what it pins
BEARS = {"17.0": ((3, 10), (3, 12)), "19.0": ((3, 10), (3, 13))}
QUEUE_JOB = {"17.0": "odoo-addon-queue-job==17.0.1.5.4", "19.0": "odoo-addon-queue-job==19.0.2.4.0.1"}
#: OCA's exchange records with what they need beside queue_job: what `./setup/bench` compares the engine with
EXCHANGE = {
    "17.0": (
        "odoo-addon-edi_oca==17.0.1.5.0.1",
        "odoo-addon-base_edi==17.0.1.1.1.2",
        "odoo-addon-component==17.0.1.0.1",
        "odoo-addon-component_event==17.0.1.0.1",
    ),
    "19.0": ("odoo-addon-edi-core-oca==19.0.1.7.0", "odoo-addon-base_edi==19.0.1.0.0.7"),
}
EXCHANGE_PYTHON = ("cachetools==5.5.2",)

#: what our addons and their tests need, without versions where these differ by series
OURS = (ROOT / "requirements.txt", ROOT / "test-requirements.txt")


def python_for(series):
    """The Python of the virtual environment of a series, made where it is missing."""
    files = [*OURS, REQUIREMENTS / f"{series}.txt"]
    return _environment(f"venv-{series}", files, _interpreter(series), f"Python packages for Odoo {series}")


def tools_python():
    """The Python of the tools that check the code."""
    return _environment("venv-tools", [REQUIREMENTS / "tools.txt"], sys.executable, "Python packages for lint")


def queue_job_addons(series):
    """The addons folder that holds queue_job."""
    return pypi.unpack(QUEUE_JOB[series]) / "odoo" / "addons"


def exchange_addons(series):
    """``(addons folders, folders for Python's path)`` of OCA's exchange records."""
    return (
        tuple(pypi.unpack(each) / "odoo" / "addons" for each in EXCHANGE[series]),
        tuple(pypi.unpack(each) for each in EXCHANGE_PYTHON),
    )


def lock():
    """Pin again what the files *.in name and all that it brings along, for every Python that we bear."""
    options = ["--universal", "--python-version", "3.10", "--upgrade", "--no-annotate"]
    for name, more in (("17.0", OURS), ("19.0", OURS), ("tools", ())):
        with step(f"pin {name}") as current:
            command = ["pip", "compile", *options, "--custom-compile-command", "./setup/lint --lock"]
            files = [REQUIREMENTS / f"{name}.in", *more]
            pypi.uv(*command, *files, "-o", REQUIREMENTS / f"{name}.txt", current=current)


def _environment(name, files, interpreter, text):
    version = subprocess.check_output([interpreter, "-c", "import sys; print(sys.version)"], text=True)
    folder = CACHE / f"{name}-{short_hash(version, *(file.read_text() for file in files))}"
    with locked(folder.name):
        # a virtual environment holds its own path, so it is built in place and marked when it is whole
        marker = folder / "complete"
        if not marker.exists():
            with step(f"install {text}") as current:
                pypi.uv("venv", "--clear", "--python", interpreter, folder, current=current)
                arguments = [word for file in files for word in ("-r", file)]
                pypi.uv("pip", "install", "--python", folder / "bin" / "python", *arguments, current=current)
                marker.touch()
    return folder / "bin" / "python"


def _interpreter(series):
    """This Python if the series bears it, else another one of the machine that it does."""
    first, last = BEARS[series]
    if first <= sys.version_info[:2] <= last:
        return sys.executable
    for minor in range(last[1], first[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise SetupFailure(
        f"Odoo {series} runs on Python {'.'.join(map(str, first))} to {'.'.join(map(str, last))}, "
        f"this is {'.'.join(map(str, sys.version_info[:2]))}",
        hint=f"install one of these Pythons (uv python install 3.{last[1]} puts one on the PATH)",
    )
