"""The other sides as processes: started, asked to act, killed, started again; none outlives the story."""

import json
import subprocess
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import requests

KINDS = ("mes", "wms", "supplier", "customer")


class Player:
    """One simulator process and the way to talk to it.

    :ivar url: where it answers; the same after it was started again
    """

    def __init__(self, kind, instance_file, folder, seed):
        self.kind = kind
        self.command = [
            sys.executable,
            "-m",
            f"simulators.{kind}",
            "--instance",
            str(instance_file),
            "--log",
            str(folder / f"{kind}.jsonl"),
            "--seed",
            str(seed),
        ]
        self.pids = []
        self.process = self.url = None
        self.http = requests.Session()
        self.http.trust_env = False

    def start(self):
        port = ["--port", str(urlsplit(self.url).port)] if self.url else []
        self.process = subprocess.Popen(
            [*self.command, *port], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.pids.append(self.process.pid)

    def listen(self):
        """Wait until it says where it serves."""
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator {self.kind} ended with status {self.process.wait()}")
        self.url = json.loads(line)["url"]

    def kill(self):
        """End it without asking; what it has not written down is lost, as on a machine that loses power."""
        if self.process:
            with suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    def do(self, action, **words):
        answer = self.http.post(f"{self.url}/control", json={"do": action, **words}, timeout=60).json()
        if "error" in answer:
            raise RuntimeError(f"{self.kind} could not do {action}: {answer['error']}")
        return answer["result"]

    def note(self, action, **words):
        """Let it note a fact without sending it; returns the id of the message."""
        return self.do(action, **words)

    def tell(self, action, **words):
        """Let it note a fact and send it; returns the id of the message."""
        event_id = self.do(action, **words)
        self.do("send", ids=[event_id])
        return event_id

    def log(self):
        return self.http.get(f"{self.url}/log", timeout=30).json()

    def arrived(self, kind=None):
        """What came from Odoo, oldest first, repetitions included."""
        return [entry for entry in self.log() if entry["what"] == "arrived" and kind in (None, entry["type"])]

    def received(self, kind):
        """What messages of a kind said, oldest first, each once."""
        return [entry["data"] for entry in self.arrived(kind) if not entry["again"]]

    def noted(self, kind=None):
        """What it knows to tell: its own facts."""
        return [entry for entry in self.log() if entry["what"] == "noted" and kind in (None, entry["type"])]


class Cast:
    """All players; a context manager that ends their processes."""

    def __init__(self, instance_file, folder, seed):
        self.players = {kind: Player(kind, instance_file, folder, seed) for kind in KINDS}

    def __enter__(self):
        return self

    def start(self):
        for player in self.players.values():
            player.start()

    def listen(self):
        for player in self.players.values():
            player.listen()

    def __exit__(self, *_error):
        for player in self.players.values():
            player.kill()

    @property
    def pids(self):
        return {pid for player in self.players.values() for pid in player.pids}
