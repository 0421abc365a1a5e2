"""What all simulators share: a process of its own with an HTTP server, which speaks to Odoo over its public surface.

Envelopes are made and read by the official ``cloudevents`` package, signatures by the official ``standardwebhooks``.

    POST /events    what Odoo sends
    POST /control   {"do": "<action>", …}: the story says when the other side acts
    GET  /log       everything that arrived and was sent, oldest first
"""

import argparse
import hashlib
import json
import queue
import signal
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from cloudevents.conversion import to_structured
from cloudevents.exceptions import GenericException
from cloudevents.http import CloudEvent, from_http
from standardwebhooks import Webhook, WebhookVerificationError

#: Odoo may be busy for a moment (503); nothing is given up before
SEND_ATTEMPTS = 20
SEND_PAUSE = 0.25


class Simulator:
    """A system of another company or department.

    :cvar kind: what kind of connection of the instance file is its own
    :cvar letters: how its own ids begin, by kind of record; ids are its own invention, drawn from the seed
    """

    kind = None
    letters = {}

    def __init__(self, endpoint, url, log, seed):
        self.endpoint = endpoint
        self.events_url = f"{url}/mfg_sync/v1/{endpoint['code']}/events"
        self.seed = seed
        self.journal = Journal(log)
        self.prepared = {}
        self.lock = threading.RLock()
        self.outgoing = queue.Queue()
        self.session = requests.Session()
        self.session.trust_env = False

    def start(self):
        """Remember what happened before this process (a system that was down has kept its records), then work."""
        for entry in self.journal.entries:
            if entry["what"] == "arrived" and not entry["again"]:
                self.take(entry["type"], entry["data"])
        threading.Thread(target=self._send_what_waits, daemon=True).start()

    # -- what Odoo sends

    def arrive(self, headers, body):
        """Judge a request of Odoo and take what is in it. Returns the HTTP status."""
        try:
            Webhook(self.endpoint["outgoing_secret"]).verify(body, headers, json_parse=False)
            event = from_http(headers, body)
        except (WebhookVerificationError, ValueError, GenericException) as error:
            self.journal.write("refused", why=f"{type(error).__name__}: {error}")
            return 401
        kind = event["type"].rpartition(".v")[0]
        with self.lock:
            again = self.journal.has_arrived(event["id"])
            try:
                ids = None if again else self.take(kind, event.data)
            except Exception as error:
                # it can't be read over here: told by the journal, and to Odoo
                self.journal.write("refused", why=f"{kind}: {type(error).__name__}: {error}")
                return 422
            self.journal.write(
                "arrived",
                id=event["id"],
                type=kind,
                source=event["source"],
                occurred=event["time"],
                again=again,
                media=event["datacontenttype"],
                data=event.data,
            )
            if ids is not None:
                taken = {"message": event["id"], "result": "accepted", "ids": ids}
                self.outgoing.put(self.fact("sync.acknowledged", taken))
        return 202

    def take(self, kind, data):
        """Keep what a message of Odoo says.

        :return: the ids to acknowledge it with, ``[{"entity", "id", "ours"?}]``; None when it is not acknowledged
        """
        method = getattr(self, "take_" + kind.replace(".", "_"), None)
        return method(data) if method else None

    # -- what it sends

    def own_id(self, entity, theirs):
        """How this system names what Odoo calls `theirs`: always the same, and different for every seed."""
        digest = hashlib.sha256(f"{self.seed}|{self.kind}|{entity}|{theirs}".encode()).hexdigest()
        return f"{self.letters[entity]}{int(digest[:12], 16) % 10**7:07d}"

    def fact(self, kind, data, at=None, media=None):
        """Put something that happened into an event, kept until it is sent; returns its id."""
        with self.lock:
            number = self.journal.next_number()
            at = at or now()
            attributes = {
                "id": f"{self.own_id('message', number)}-{number}",
                "type": f"{kind}.v1",
                "source": self.endpoint["source"],
                "time": at,
                **({"datacontenttype": media} if media else {}),
            }
            event = CloudEvent(attributes, data)
            self.prepared[event["id"]] = event
            self.journal.write("noted", id=event["id"], type=kind, occurred=at, data=data)
        return event["id"]

    def send(self, event_id):
        """Send an event and log what Odoo answered, ``{"id", "status", "answer"}``."""
        headers, body = to_structured(self.prepared[event_id])
        for attempt in range(SEND_ATTEMPTS):
            moment = datetime.now(timezone.utc)
            signed = {
                "webhook-id": event_id,
                "webhook-timestamp": str(int(moment.timestamp())),
                "webhook-signature": Webhook(self.endpoint["secret"]).sign(event_id, moment, body.decode()),
            }
            try:
                answer = self.session.post(self.events_url, data=body, headers={**headers, **signed}, timeout=30)
            except requests.RequestException as error:
                status, text = 0, {"error": str(error)}
            else:
                status, text = answer.status_code, _json(answer.text)
            entry = {"id": event_id, "type": self.prepared[event_id]["type"], "status": status, "answer": text}
            self.journal.write("sent", **entry)
            if status not in (0, 503):
                break
            time.sleep(SEND_PAUSE * min(attempt + 1, 4))
        return entry

    def _send_what_waits(self):
        while True:
            self.send(self.outgoing.get())

    # -- what the story asks of every simulator

    def control(self, words):
        return getattr(self, "do_" + words.pop("do"))(**words)

    def do_send(self, ids):
        """Send noted facts in this order; an id that stands twice is sent twice."""
        return [self.send(event_id) for event_id in ids]

    def do_again_under_new_id(self, id):
        """Note the same fact once more, as a system does that has forgotten that it told it."""
        event = self.prepared[id]
        return self.fact(event["type"].rpartition(".v")[0], event.data, at=event["time"])

    def do_names(self, entity, ours):
        """How this system names what Odoo calls `ours`."""
        return self.own_id(entity, ours)

    def do_outcome(self, id):
        """Ask Odoo what became of a message that this system sent."""
        uuid = self.journal.uuid_of(id)
        bearer = {"Authorization": f"Bearer {self.endpoint['token']}"}
        return self.session.get(f"{self.events_url}/{uuid}", headers=bearer, timeout=30).json()


class Journal:
    """Everything that arrived and was sent: a file of JSON lines that outlives the process."""

    def __init__(self, path):
        self.path = Path(path)
        self.lock = threading.Lock()
        self.entries = []
        if self.path.exists():
            self.entries = [json.loads(line) for line in self.path.read_text().splitlines()]

    def write(self, what, **words):
        entry = {"at": now(), "what": what, **words}
        with self.lock:
            self.entries.append(entry)
            with self.path.open("a") as file:
                file.write(json.dumps(entry) + "\n")

    def has_arrived(self, event_id):
        return any(entry["what"] == "arrived" and entry["id"] == event_id for entry in self.entries)

    def next_number(self):
        return sum(entry["what"] == "noted" for entry in self.entries) + 1

    def uuid_of(self, event_id):
        return next(
            entry["answer"]["uuid"]
            for entry in self.entries
            if entry["what"] == "sent" and entry["id"] == event_id and "uuid" in entry["answer"]
        )


class Handler(BaseHTTPRequestHandler):
    simulator = None
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/events":
            self._answer(self.simulator.arrive(dict(self.headers), body), {})
        elif self.path == "/control":
            self._control(json.loads(body))
        else:
            self._answer(404, {})

    def do_GET(self):
        if self.path == "/log":
            self._answer(200, list(self.simulator.journal.entries))
        else:
            self._answer(404, {})

    def _control(self, words):
        try:
            self._answer(200, {"result": self.simulator.control(words)})
        except Exception as error:
            # the story is told what went wrong over here, and fails there
            self._answer(500, {"error": f"{type(error).__name__}: {error}"})

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """The journal has it."""


def now():
    """RFC 3339 with microseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return {"error": text[:300]}


def run(simulator_class):
    """The process: serve, and say on one line of JSON where."""
    parser = argparse.ArgumentParser(description=simulator_class.__doc__)
    parser.add_argument("--instance", required=True, help="instance file with url and endpoints")
    parser.add_argument("--log", required=True, help="journal, one JSON object a line; read at the start")
    parser.add_argument("--seed", default="0", help="draws its own ids")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    instance = json.loads(Path(options.instance).read_text())
    endpoint = next(entry for entry in instance["endpoints"] if entry["kind"] == simulator_class.kind)
    simulator = simulator_class(endpoint, instance["url"], options.log, options.seed)
    simulator.start()
    handler = type("Handler", (Handler,), {"simulator": simulator})
    server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    server.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "kind": simulator.kind}), flush=True)
    try:
        server.serve_forever(poll_interval=0.05)
    except KeyboardInterrupt:
        pass
