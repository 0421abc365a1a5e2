"""Odoo's own source archive, else a shallow clone; a host that does not answer is given up within seconds."""

import os
import runpy
import shutil
import subprocess
import tarfile
import tempfile
import threading
import urllib.request
from pathlib import Path

from .layout import CACHE, LOGS, locked
from .steps import SetupFailure, run, step

ARCHIVE = "https://nightly.odoo.com/{series}/nightly/src/odoo_{series}.latest.tar.gz"
REPOSITORY = "https://github.com/odoo/odoo.git"
PATIENCE = 8
#: marks a tree that was fetched here, and so may be removed here
MADE = ".made-by-setup"


def fetch(series, target):
    """Put the source of `series` at `target`, if it can be had.

    :return: None when it is there, else why not, in words
    """
    with locked(f"odoo-{series}"):
        if target.exists():
            return None
        CACHE.mkdir(parents=True, exist_ok=True)
        why = _archive(os.environ.get("MFG_SYNC_ODOO_URL") or ARCHIVE.format(series=series), series, target)
        if why and not os.environ.get("MFG_SYNC_ODOO_URL"):
            why = f"{why}; {clone_why}" if (clone_why := _clone(series, target)) else None
        return why


def _archive(url, series, target):
    answer = _open_within(url, PATIENCE)
    if isinstance(answer, Exception):
        return f"{url} does not answer ({getattr(answer, 'reason', answer)})"
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="download-") as folder:
        archive = Path(folder) / "odoo.tar.gz"
        with answer, archive.open("wb") as file, step(f"download Odoo {series}") as current:
            total = int(answer.headers.get("Content-Length") or 0)
            while chunk := answer.read(1 << 20):
                file.write(chunk)
                current.tick(f"{file.tell() >> 20} of {total >> 20} MB")
        with step(f"unpack Odoo {series}"):
            unpacked = Path(folder) / "tree"
            try:
                with tarfile.open(archive) as tar:
                    # names that leave the folder are refused by the filter, where this Python has it
                    tar.extractall(unpacked, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
            except tarfile.TarError as error:
                return f"{url} is not a source archive ({error})"
        homes = [path.parent.parent for path in unpacked.glob("*/odoo/release.py")]
        if not homes:
            return f"{url} holds no odoo/release.py"
        found = ".".join(map(str, runpy.run_path(str(homes[0] / "odoo" / "release.py"))["version_info"][:2]))
        if found != series:
            return f"{url} holds Odoo {found}"
        (homes[0] / MADE).touch()
        homes[0].rename(target)
    return None


def _open_within(url, seconds):
    """The open answer, or the exception; name resolution is under the limit too, which urlopen's own timeout is not."""
    result = []

    def open_url():
        try:
            result.append(urllib.request.urlopen(url, timeout=seconds))
        except (OSError, ValueError) as error:
            result.append(error)

    thread = threading.Thread(target=open_url, daemon=True)
    thread.start()
    thread.join(seconds)
    return result[0] if result else TimeoutError(f"no answer within {seconds} s")


def _clone(series, target):
    log = LOGS / "clone.log"
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        subprocess.run(
            ["git", "ls-remote", "--exit-code", REPOSITORY, f"refs/heads/{series}"],
            env=environment, capture_output=True, timeout=PATIENCE, check=True,
        )  # fmt: skip
        with step(f"clone Odoo {series}") as current:
            clone = ["git", "clone", "--quiet", "--depth=1", "--branch", series, REPOSITORY, f"{target}.part"]
            run(clone, log, current, env=environment)
    except subprocess.TimeoutExpired:
        return f"{REPOSITORY} does not answer within {PATIENCE} s"
    except (subprocess.CalledProcessError, FileNotFoundError, SetupFailure):
        shutil.rmtree(f"{target}.part", ignore_errors=True)
        return f"{REPOSITORY} cannot be cloned"
    Path(f"{target}.part", MADE).touch()
    Path(f"{target}.part").rename(target)
    return None
