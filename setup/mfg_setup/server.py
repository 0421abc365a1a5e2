"""An instance: a copy of a template that a prefork Odoo serves as in production, with the runner of queue_job."""

import http.cookiejar
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from .databases import data_dir
from .layout import LOGS
from .odoo_run import WORKERS
from .steps import SetupFailure, end_session

ADMINISTRATOR = "admin"
START_LIMIT = 120
#: with this as channels queue_job starts no runner
NO_RUNNER = "root:0"
RUNNER_READY = "database connections ready"


class Instance:
    """A running server.

    :ivar url: where it answers, without a slash at the end
    :ivar database: the name of its database
    :ivar login, password: of the administrator
    :ivar log: path of its log
    """

    def __init__(self, setting, database, log, node=""):
        """:param str node: what tells the files of several servers on one database apart"""
        self.setting = setting
        self.database = database
        self.log = log
        self.node = node
        self.login = self.password = ADMINISTRATOR
        self.process = None
        self.url = None

    @property
    def dsn(self):
        """How libpq connects to the database; what is missing is left to its own defaults."""
        return {**self.setting.connection.parameters, "dbname": self.database}

    def start(self, runner=True, elected=True, **options):
        """Start the server and wait until it answers and its runner has done a job.

        :param runner: False: no runner of queue_job starts
        :param elected: False: the runner of another node does the jobs, and is not waited for here
        :param options: more of odoo.conf's section [options]
        """
        http_port, gevent_port = free_ports(2)
        options = {
            "http_port": http_port,
            "gevent_port": gevent_port,
            "workers": WORKERS,
            "max_cron_threads": 1,
            "logfile": self.log,
            **options,
        }
        self.url = f"http://127.0.0.1:{options['http_port']}"
        if not runner:
            options["channels"] = NO_RUNNER
        config = self.setting.write_config(self.database, file=f"odoo{self.node}.conf", **options)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.setting.command(config),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.setting.environment,
                cwd=data_dir(self.database),
                start_new_session=True,
            )
        (data_dir(self.database) / f"server{self.node}.pid").write_text(str(self.process.pid))
        try:
            self._wait_until_ready(time.monotonic() + START_LIMIT, runner and elected)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        if self.process:
            end_session(self.process.pid)
            self.process.wait()
            self.process = None

    def _wait_until_ready(self, deadline, runner):
        self._wait(deadline, "answer", self._healthy)
        if not runner:
            return
        # the runner says so only once it listens; a job put before that waits for its next look a minute later
        self._wait(deadline, "start the job runner", lambda: RUNNER_READY in self.log.read_text(errors="replace"))
        probe = _Probe(self)
        self._wait(deadline, "do a job", probe.done)
        probe.remove()

    def _healthy(self):
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=10) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _wait(self, deadline, what, condition):
        while not condition():
            if self.process.poll() is not None:
                raise SetupFailure(f"Odoo ended before it could {what}", self.log)
            if time.monotonic() > deadline:
                raise SetupFailure(f"Odoo did not {what} within {START_LIMIT} s", self.log)
            time.sleep(0.1)


class _Probe:
    """A job of queue_job's own that does nothing: when it is done, jobs are done here."""

    def __init__(self, instance):
        self.instance = instance
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(cookies)
        user = {"db": instance.database, "login": instance.login, "password": instance.password}
        self._call("/web/session/authenticate", user)
        with self.opener.open(f"{instance.url}/queue_job/create_test_job", timeout=30) as answer:
            self.uuid = answer.read().decode().split()[-1]

    def done(self):
        return self._sql("SELECT 1 FROM queue_job WHERE uuid = :'uuid' AND state = 'done'")

    def remove(self):
        # by SQL: nobody has the right to delete a job
        self._sql("DELETE FROM queue_job WHERE uuid = :'uuid'")

    def _sql(self, statement):
        return self.instance.setting.connection.sql(statement, self.instance.database, uuid=self.uuid)

    def _call(self, path, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self.instance.url + path, body, {"Content-Type": "application/json"})
        try:
            with self.opener.open(request, timeout=30) as answer:
                result = json.load(answer)
        except urllib.error.HTTPError as error:
            raise SetupFailure(f"{path} answers {error.code}", self.instance.log) from error
        if "error" in result:
            raise SetupFailure(f"{path}: {result['error']['data']['message']}", self.instance.log)
        return result["result"]


@contextmanager
def instance(setting, databases, template, purpose, **options):
    """A running Instance on a copy of `template`; afterwards its processes are ended and the copy is removed.

    :param purpose: a word of its database's name and its log's
    :param options: more of odoo.conf's section [options]
    """
    series = setting.series.partition(".")[0]
    with databases.scratch(template, series, purpose) as database:
        running = Instance(setting, database, LOGS / f"{series}-{purpose}-{database.rpartition('_')[2]}.log")
        try:
            running.start(**options)
            yield running
        finally:
            running.stop()


def end_abandoned(databases):
    """End the servers, and remove the databases, of runs that were killed and could not do it themselves."""
    for database in databases.abandoned():
        for pid in data_dir(database).glob("server*.pid"):
            if _command_of(number := int(pid.read_text())).count(str(data_dir(database))):
                end_session(number)
        databases.drop(database)


def _command_of(pid):
    """The command line of a process, empty where there is none."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def free_ports(count):
    """Ports of the loopback interface that nobody listens on."""
    with _sockets(count) as sockets:
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def _sockets(count):
    sockets = [socket.socket() for _each in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        yield sockets
    finally:
        for each in sockets:
            each.close()
