"""The other side as a process of its own: keeps what it gets, and answers as its script says."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SERVER = r"""
import json, socket, ssl, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

log, script = sys.argv[1], json.loads(sys.argv[2])
answers = iter(script)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with open(log, "a") as file:
            file.write(json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}) + "\n")
        answer = next(answers, {"status": 204})
        time.sleep(answer.get("sleep", 0))
        if "raw" in answer:
            self.wfile.write(answer["raw"].encode("latin-1"))
            for _each in range(answer.get("drip", 0)):
                time.sleep(0.2)
                self.wfile.write(b"x")
            self.close_connection = True
            return
        self.send_response(answer["status"])
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        size = answer.get("size", 0)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            for _each in range(size // 65536):
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def log_message(self, *args):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[3])), Handler)
if sys.argv[4]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Receiver:
    """:ivar url: where it listens once started; the port is kept over a restart
    :ivar certificate: PEM file of key and certificate, for https
    """

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.log = Path(self.folder.name) / "log"
        self.process, self.port, self.certificate = None, 0, None

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.stop()
        self.folder.cleanup()

    def start(self, *answers):
        """:param answers: one a request: ``status, headers, size, sleep``, or ``raw`` bytes; afterwards 204"""
        self.stop()
        command = [sys.executable, "-c", SERVER, str(self.log), json.dumps(answers), str(self.port)]
        command.append(str(self.certificate or ""))
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return self

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.process = None

    @property
    def url(self):
        if self.certificate:
            return f"https://localhost:{self.port}/events"
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def requests(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []
