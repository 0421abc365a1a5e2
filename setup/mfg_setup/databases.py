"""Databases with their filestores: copies of templates, each with a data folder and a uuid of its own."""

import os
import re
import secrets
import shutil
import uuid
from contextlib import contextmanager

from .layout import CHECKOUT, DATA, OWNER, remove_lock, short_hash, try_lock
from .steps import SetupFailure

SCRATCH = "scratch"


class Databases:
    """The databases that setup makes on one server.

    A name begins with `mfgs_<owner>_` where the checkouts of a user share it, with `mfgs_<owner>_<checkout>_` else. The
    data folders of all servers are side by side, so names on different servers differ too.
    """

    def __init__(self, connection):
        self.connection = connection
        self.owner = short_hash(OWNER, connection.foreign, length=6) if connection.foreign else OWNER

    def name(self, *parts, shared=False):
        owner = (self.owner,) if shared else (self.owner, CHECKOUT)
        return re.sub(r"\W+", "", "_".join(("mfgs", *owner, *parts)).lower())

    def exists(self, name):
        return bool(self.connection.sql("SELECT 1 FROM pg_database WHERE datname = :'name'", name=name))

    def ready(self, name):
        """Whether the database is there and was built to its end."""
        return self._marker(name).exists() and self.exists(name)

    def mark_ready(self, name, note=""):
        self._marker(name).write_text(note)

    def touch(self, name):
        """Remember that a database was used now."""
        os.utime(self._marker(name))

    def note(self, name):
        """What mark_ready was told about a database, None where it is not ready."""
        return self._marker(name).read_text() if self.ready(name) else None

    def create(self, name):
        """An empty database, instead of whatever had the name."""
        self.drop(name)
        data_dir(name).mkdir(mode=0o700, parents=True)
        # as Odoo creates its own
        self.connection.sql("""CREATE DATABASE :"name" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'""", name=name)

    def copy(self, source, name):
        """A copy of a database with its filestore, which no instance takes for the original."""
        self.drop(name)
        folder = data_dir(name)
        folder.mkdir(mode=0o700, parents=True)
        self.connection.sql('CREATE DATABASE :"name" TEMPLATE :"source"', name=name, source=source)
        self.adopt_files(source, name)
        self.connection.sql(
            "UPDATE ir_config_parameter SET value = :'uuid' WHERE key = 'database.uuid'", name, uuid=uuid.uuid4()
        )

    @staticmethod
    def adopt_files(source, name):
        """Give a database the filestore of another one."""
        filestore = data_dir(source) / "filestore" / source
        if filestore.exists():
            # files there are named by their content and never changed, so a link is as good as a copy
            shutil.copytree(filestore, data_dir(name) / "filestore" / name, copy_function=_link)

    @contextmanager
    def scratch(self, source, *parts):
        """The name of a copy of `source` that is removed afterwards."""
        name = self.name(*parts, SCRATCH, secrets.token_hex(4))
        lock = try_lock(name)
        try:
            self.copy(source, name)
            yield name
        finally:
            self.drop(name)
            remove_lock(lock)

    def abandoned(self):
        """The scratch databases of this checkout whose run was killed: nobody holds their locks any more."""
        for name in self.listed():
            if SCRATCH in name.split("_") and (lock := try_lock(name)):
                yield name
                remove_lock(lock)

    def drop(self, name):
        """Remove a database and its data folder; connections to it are ended."""
        # first, since an interrupted DROP leaves a database that is there and cannot be used
        self._marker(name).unlink(missing_ok=True)
        if self.exists(name):
            self.connection.sql('DROP DATABASE :"name" WITH (FORCE)', name=name)
        shutil.rmtree(data_dir(name), ignore_errors=True)

    def listed(self, *parts, shared=False):
        """The names that begin with `parts`, the one used last at the end."""
        prefix = self.name(*parts, shared=shared)
        rows = self.connection.sql(
            "SELECT datname FROM pg_database WHERE starts_with(datname, :'prefix')", prefix=prefix
        )
        names = [row[0] for row in rows]
        return sorted(
            names, key=lambda name: (self._marker(name).exists() and os.path.getmtime(self._marker(name)), name)
        )

    def rows(self, name, query, **variables):
        return self.connection.sql(query, name, **variables)

    @staticmethod
    def _marker(name):
        return data_dir(name) / "ready"


def data_dir(name):
    """Odoo's data folder for one database: its filestore, sessions and key."""
    if not name.startswith("mfgs_"):
        raise SetupFailure(f"{name} is not a database of setup")
    return DATA / name


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
