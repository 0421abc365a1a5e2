"""The other side's address: answers after a while, and remembers when what arrived.

    python -m bench.receiver DELAY

Prints its port. GET /arrivals tells ``[[seconds since the epoch, id], …]`` and forgets them.
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

arrivals, lock = [], threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    delay = 0.0

    def do_POST(self):
        arrived = time.time()
        self.rfile.read(int(self.headers["Content-Length"]))
        with lock:
            arrivals.append((arrived, self.headers.get("webhook-id", "")))
        time.sleep(self.delay)
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        with lock:
            body = json.dumps(arrivals).encode()
            arrivals.clear()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """What arrived is asked for."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    Handler.delay = float(sys.argv[1])
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
