"""Where things are: this checkout, the cache, and names that two checkouts or two users never share."""

import fcntl
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("MFG_SYNC_CACHE") or Path.home() / ".cache" / "mfg-sync").absolute()
LOCAL = ROOT / ".local"

ADDONS = ("mfg_sync", "mfg_sync_mes", "mfg_sync_wms", "mfg_sync_edi")


def short_hash(*parts, length=8):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:length]


#: of this user's cache: what several checkouts of one user share (PostgreSQL, the standard apps)
OWNER = short_hash(os.getuid(), CACHE, length=6)
#: of this checkout: its databases, ported trees and logs
CHECKOUT = short_hash(os.getuid(), CACHE, ROOT, length=6)

LOGS = CACHE / "logs" / CHECKOUT
DATA = CACHE / "data"
DOWNLOADS = CACHE / "downloads"


def tree_hash(folders, *extra, ignore=()):
    """The hash of all files below `folders` (names and contents), without what git ignores anyway.

    :param ignore: folder names to leave out as well
    """
    digest = hashlib.sha256("\0".join(map(str, extra)).encode())
    skipped = {"__pycache__", *ignore}
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            parts = path.relative_to(folder).parts
            if path.is_file() and not any(part in skipped or part.startswith(".") for part in parts):
                digest.update(f"{Path(folder).name}/{'/'.join(parts)}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def _open_lock(name):
    folder = CACHE / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / name).open("a")


@contextmanager
def locked(name):
    """One process of this cache at a time; the lock ends with the process, however that ends."""
    with _open_lock(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_lock(name, shared=False):
    """The open file that holds the lock, or None where another process holds it."""
    file = _open_lock(name)
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def remove_lock(file):
    """Give a lock back for good: its name was used once."""
    Path(file.name).unlink(missing_ok=True)
    file.close()
