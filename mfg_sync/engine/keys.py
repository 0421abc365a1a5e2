"""The encryption key and the instance id: on this machine's disk, never in the database, filestore or a dump.

Key: ``MFG_SYNC_KEY``, else ``[mfg_sync] key`` in odoo.conf, else made once in ``data_dir/mfg_sync/key`` (0600).
Several keys separated by commas: the first encrypts, all decrypt (rotation).
"""

import os
import time
import uuid
from configparser import ConfigParser
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo.exceptions import UserError
from odoo.tools import config

from ..compat import _

#: below data_dir
FOLDER = "mfg_sync"


class KeyMissing(UserError):
    """There is no usable encryption key, so secrets can be neither stored nor read."""


def encrypt(text):
    return _multi(_keys()).encrypt(text.encode()).decode()


def decrypt(token):
    """
    :raises KeyMissing: the key of this machine is not the one it was encrypted with
    """
    try:
        return _decrypted(_keys(), token)
    except InvalidToken:
        raise KeyMissing(
            _(
                "This secret was encrypted with another key. Set MFG_SYNC_KEY to the key of the machine the database "
                "comes from, or enter the secret again."
            )
        ) from None


def key_source():
    """Where the key comes from: ``environment``, ``configuration``, ``file``; None when there is none."""
    if os.environ.get("MFG_SYNC_KEY"):
        return "environment"
    if _configured():
        return "configuration"
    return "file" if _from_file() else None


def instance_id():
    """An id of this installation; a copy of the database on another machine has another one. None if not writable."""
    return _file("instance", lambda: str(uuid.uuid4()))


@lru_cache(maxsize=512)
def _decrypted(keys, token):
    """Each request needs the same few; what opens them is in this memory as well."""
    return _multi(keys).decrypt(token.encode()).decode()


def _keys():
    keys = os.environ.get("MFG_SYNC_KEY") or _configured() or _from_file()
    if not keys:
        raise KeyMissing(
            _(
                "There is no encryption key: %s cannot be written. Set MFG_SYNC_KEY in the environment of Odoo, or key "
                "in the section [mfg_sync] of odoo.conf.",
                _folder(),
            )
        )
    return keys


@lru_cache(maxsize=4)
def _multi(keys):
    try:
        return MultiFernet([Fernet(key.strip().encode()) for key in keys.split(",") if key.strip()])
    except ValueError:
        raise KeyMissing(
            _(
                "The encryption key is not a Fernet key (32 bytes in URL-safe base64). Make one with: python3 -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
            )
        ) from None


def _configured():
    return _section().get("key")


@lru_cache(maxsize=1)
def _section():
    # Odoo 19 warns about unknown keys in [options], so ours stand in a section of their own
    parser = ConfigParser(interpolation=None)
    if config["config"] and os.path.exists(config["config"]):
        parser.read(config["config"])
    return dict(parser["mfg_sync"]) if parser.has_section("mfg_sync") else {}


def _from_file():
    return _file("key", lambda: Fernet.generate_key().decode())


def _folder():
    return Path(config["data_dir"]) / FOLDER


#: seconds after which another change of a file shows in its times: they are only as fine as a tick of the clock
SETTLED = 2
#: path → what told its file apart, and its text: each request asks for both files, which change hardly ever
_contents = {}


def _content(path):
    """The text of a file, read anew once the file is another one."""
    found = os.stat(path)
    # taken before it is read: what changes meanwhile is seen the next time
    stamp = found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size
    known = _contents.get(path)
    if known and known[0] == stamp:
        return known[1]
    text = Path(path).read_text().strip()
    if time.time() - max(found.st_mtime, found.st_ctime) > SETTLED:
        _contents[path] = stamp, text
    return text


def content(name):
    """The text of a file in our folder; None where there is none, or it can't be read."""
    try:
        # by its name only: this is asked several times a request
        return _content(os.path.join(config["data_dir"], FOLDER, name)) or None
    except OSError:
        return None


def put(name, text):
    """Write a file of our folder as a whole: who reads it meanwhile has the one before.

    :raises OSError: it can't be written
    """
    path = _folder() / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{name}.{uuid.uuid4().hex}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def drop(name):
    (_folder() / name).unlink(missing_ok=True)


def _file(name, make):
    found = content(name)
    if found:
        return found
    path = _folder() / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{uuid.uuid4().hex}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            # link, not rename: of two workers that make it at once the first wins and both read the same
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text().strip()
    except OSError:
        return None
