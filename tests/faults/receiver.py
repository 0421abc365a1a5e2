"""The other side's address, a process of its own: takes what it is told, or behaves as badly as it is told to.

    python -m faults.receiver LOG

Prints its port. POST /mode sets ``{"kind": …, "share": 0.5}``: so many of the requests meet it, the others are taken.
Each message that is taken is a line of the log: ``[time, id, lane, number]``.
"""

import json
import random
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: takes nothing and says so
REFUSALS = {"500": (500, {}), "503": (503, {"Retry-After": "1"}), "429": (429, {"Retry-After": "1"})}
#: takes it, and the sender can't know
UNANSWERED = ("reset", "garbage", "hang")

mode, met, lock = {"kind": "well", "share": 1.0}, {}, threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    log = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/mode":
            mode.update(json.loads(body))
            return self._answer(204)
        kind = mode["kind"] if random.random() < mode["share"] else "well"
        with lock:
            met[kind] = met.get(kind, 0) + 1
        if kind in REFUSALS:
            return self._answer(*REFUSALS[kind])
        if kind == "slow":
            time.sleep(0.6)
        self._take(json.loads(body))
        if kind in UNANSWERED:
            return self._leave(kind)
        return self._answer(204)

    def do_GET(self):
        with lock:
            body = json.dumps(met).encode()
        self._answer(200, {}, body)

    def _take(self, event):
        data = event["data"]
        line = json.dumps([time.time(), self.headers["webhook-id"], data.get("lane"), data.get("number")])
        with lock:
            Handler.log.write(line + "\n")
            Handler.log.flush()

    def _leave(self, kind):
        if kind == "hang":
            # longer than anybody waits for an answer
            time.sleep(1.5)
        elif kind == "garbage":
            self.wfile.write(bytes(random.randrange(256) for _each in range(200)))
        else:
            # at once, so that the other end hears of a broken connection and not of its end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def _answer(self, status, headers=None, body=b""):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """The log has what counts."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request):
        """Close it without a word before, which would make an end of what is to be a reset."""
        self.close_request(request)

    def handle_error(self, request, client_address):
        """Who hangs up in the middle is what this is about."""


def main():
    Handler.log = open(sys.argv[1], "a")
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
