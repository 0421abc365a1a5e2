"""A plant to break: two Odoo nodes on one database, a PostgreSQL of its own, connections, and the other side."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import psycopg2
import requests
from bench.shop import Shop
from border.plant import Plant
from mfg_setup.layout import LOGS
from mfg_setup.live_instance import LiveInstance, RpcError
from mfg_setup.server import Instance

from faults import processes
from faults.frame import wait_until, whole
from faults.proxy import Proxy

KINDS = ("fault.effect", "fault.told")
#: connections of the counted effects; each has a drain of its own
CODES = ("one", "two")
#: documents of a connection
LANES = 12
#: a line that fails is tried again soon, so that a short run sees both
SOON = {"first_probe": 0.5, "breaker_after": 5}


class Browser:
    """A session of a person on one node."""

    def __init__(self, url):
        self.url, self.session = url, requests.Session()

    def ask(self, path, params):
        answer = whole(self.session.post(f"{self.url}{path}", json={"jsonrpc": "2.0", "params": params}, timeout=120))
        answer.raise_for_status()
        result = answer.json()
        if "error" in result:
            error = RpcError(result["error"]["data"])
            raise requests.ConnectionError(f"{error}") if error.name.endswith("SessionExpiredException") else error
        return result.get("result")


class Steady(LiveInstance):
    """A LiveInstance whose SQL waits for a database that comes back; each thread has sessions of its own.

    Its calls are those of a browser: by a session, since Odoo takes half a second to check a password; it goes to any
    of the nodes, and to another one when that does not answer.
    """

    def __init__(self, nodes):
        self._of_thread = threading.local()
        super().__init__(nodes[0])
        self.urls = [node.url for node in nodes]

    @property
    def _connection(self):
        return getattr(self._of_thread, "connection", None)

    @_connection.setter
    def _connection(self, connection):
        self._of_thread.connection = connection

    def call(self, model, method, *args, **kwargs):
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        browser = getattr(self._of_thread, "browser", None)
        try:
            if browser is None:
                browser, user = Browser(random.choice(self.urls)), {"login": self.login, "password": self.password}
                browser.ask("/web/session/authenticate", {"db": self.database, **user})
            result = browser.ask(f"/web/dataset/call_kw/{model}/{method}", params)
        except BaseException:
            # Odoo forgets the session of somebody who comes while the database is away
            self._of_thread.browser = None
            raise
        self._of_thread.browser = browser
        return result

    def sql(self, query, params=None):
        end = time.monotonic() + 60
        while True:
            try:
                return super().sql(query, params)
            except psycopg2.Error as error:
                lost = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError)) or not error.pgcode
                self.forget()
                if not lost or time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def forget(self):
        """What was connected to is gone."""
        if self._connection is not None:
            with suppress(psycopg2.Error):
                self._connection.close()
            self._connection = None


class World:
    """
    :ivar nodes: an Instance each; :ivar ports: where they answer
    :ivar live: a Steady, for SQL and RPC
    :ivar plants: connections of counted effects; :ivar shop: that of a MES, with production orders
    :ivar lanes: ``{code: [name]}`` of the documents of each; :ivar lane_ids: ``{name: id}``
    :ivar out: the proxy between drains and the other side; :ivar ways_in: proxies between senders and each node
    """

    def __init__(self, ground, folder, node_count=2):
        self.ground, self.folder, self.node_count = ground, folder, node_count
        self._stack = ExitStack()

    def __enter__(self):
        with self._stack:
            self._build()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *exception):
        self._stack.close()

    def _build(self):
        templates, enter = self.ground.templates, self._stack.enter_context
        database = enter(templates.databases.scratch(self.ground.template, templates.series, "faults"))
        number = database.rpartition("_")[2]
        logs = [LOGS / f"{templates.series}-faults-{number}-{node}.log" for node in range(self.node_count)]
        self.nodes = [Instance(templates.setting, database, log, f"-{node}") for node, log in enumerate(logs)]
        for node in self.nodes:
            self._stack.callback(node.stop)
        for node in self.nodes:
            node.start(elected=False)
        self.live = Steady(self.nodes)
        self._stack.callback(self.live.forget)
        self.ports = [int(node.url.rpartition(":")[2]) for node in self.nodes]
        self.ways_in = [Proxy(port) for port in self.ports]
        self.receiver = enter(receiver(self.folder / "taken"))
        self.out = Proxy(self.receiver.port)
        for proxy in (self.out, *self.ways_in):
            self._stack.callback(proxy.close)
        self._connect()
        wait_until("one of the runners is elected", lambda: processes.RUNNER in self.roles().values(), 60)
        # what was copied and installed is not to be gone through again when the server comes back from being killed
        self.sql("CHECKPOINT")

    def _connect(self):
        call = self.live.call
        self.plants, self.lanes = {}, {}
        for code in CODES:
            plant = Plant(self.live, code, KINDS)
            plant.set(url=f"http://127.0.0.1:{self.out.port}/events", **SOON)
            self.plants[code] = plant
            self.lanes[code] = [f"{code}-{number}" for number in range(LANES)]
        values = [{"name": name, "endpoint_id": self.plants[code].endpoint}
                  for code, names in self.lanes.items() for name in names]  # fmt: skip
        ids = call("mfg.faults.lane", "create", values)
        self.lane_ids = dict(zip([each["name"] for each in values], ids, strict=True))
        self.shop = Shop(self.live, self.ground.templates.setting.series)
        self.cron = self.shop.ref("mfg_sync.cron_sweep")
        self.endpoints = [plant.endpoint for plant in (*self.plants.values(), self.shop)]

    # -- nodes and processes

    def sql(self, query, params=None):
        return self.live.sql(query, params)

    @property
    def masters(self):
        return [node.process.pid for node in self.nodes if node.process and node.process.poll() is None]

    def roles(self):
        """``{pid: role}`` of all processes of Odoo but the masters."""
        at_work = processes.at_work(self.sql)
        return {pid: at_work.get(pid, processes.WORKER) for pid in processes.children(self.masters)}

    def restart_node(self, number):
        """Kill a node with all its processes at once, and start it again where it was."""
        node = self.nodes[number]
        with suppress(ProcessLookupError):
            os.killpg(node.process.pid, signal.SIGKILL)
        node.stop()
        node.start(elected=False, http_port=self.ports[number])

    def revive(self):
        """Start the nodes that have ended, as systemd does. Returns how many.

        The first process of Odoo 19 ends when PostgreSQL is away while it starts a worker.
        """
        ended = [number for number, node in enumerate(self.nodes) if node.process.poll() is not None]
        for number in ended:
            self.restart_node(number)
        return len(ended)

    def without_runner(self, seconds):
        """For so long every job runner is killed as soon as it serves; masters are kept from starting others.

        :return: how many were killed
        """
        killed = set()
        for master in self.masters:
            os.kill(master, signal.SIGSTOP)
        try:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                # the one of the other node takes over after some seconds
                for pid, role in processes.at_work(self.sql).items():
                    if role == processes.RUNNER and pid not in killed:
                        with suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                        killed.add(pid)
                time.sleep(0.2)
        finally:
            for master in self.masters:
                os.kill(master, signal.SIGCONT)
        return len(killed)

    # -- the end

    def sweep(self):
        """Have the sweep run now. Returns whether it did: not while it runs by itself, or somebody is in the way."""
        try:
            self.live.call("ir.cron", "method_direct_trigger", [self.cron])
            return True
        except RpcError as error:
            if "currently being executed" not in str(error) and not error.name.startswith("psycopg2."):
                raise
            return False
        except requests.RequestException:
            # a node has ended since the last look
            self.revive()
            return False

    def at_rest(self):
        """Whether no drain is at work."""
        return not any(role in processes.DRAINS.values() for role in processes.at_work(self.sql).values())

    def open_rows(self):
        """Rows of the ledger that are not settled, by direction, state and reason, and whether they need somebody."""
        return self.sql(
            """SELECT direction, state, hold_reason, needs_person, count(*) AS n, min(error_text) AS text
               FROM mfg_sync_message WHERE endpoint_id = ANY(%s) AND state IN ('pending', 'held', 'dead')
               GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4""",
            [self.endpoints],
        )


class Receiver:
    """The other side, as its process is told to be."""

    def __init__(self, port, log):
        self.port, self.log = port, log

    def behave(self, kind="well", share=1.0):
        requests.post(f"http://127.0.0.1:{self.port}/mode", json={"kind": kind, "share": share}, timeout=10)

    def met(self):
        """``{kind: how many requests met it}``."""
        return requests.get(f"http://127.0.0.1:{self.port}/", timeout=10).json()

    def taken(self):
        """``[[time, id, lane, number], …]`` in the order in which they were taken."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []


@contextmanager
def receiver(log):
    command = [sys.executable, "-m", "faults.receiver", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Receiver(int(process.stdout.readline()), log)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
