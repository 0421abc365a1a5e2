"""Requests as bytes on a socket: also those that no HTTP library would send."""

import http.client
import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 30


@dataclass(frozen=True)
class Request:
    """
    :ivar target: path and query, percent-encoded or not
    :ivar headers: pairs of text (sent as Latin-1, as HTTP does)
    :ivar length: a Content-Length of its own, or None for the true one; "" for none at all
    :ivar raw: the body is sent as it is, framed already (chunks)
    """

    method: str
    target: str
    headers: tuple = ()
    body: bytes = b""
    length: str | None = None
    raw: bool = False

    def bytes(self, host):
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        length = str(len(self.body)) if self.length is None else self.length
        if length and not self.raw:
            lines.append(f"Content-Length: {length}")
        head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        return head.encode("latin-1", "replace") + self.body

    def __str__(self):
        shown = [f"{name}: {value}"[:200] for name, value in self.headers if name != "Authorization"]
        return f"{self.method} {self.target[:300]} {shown} {self.body[:2000]!r}"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def told(self):
        return json.loads(self.body)


def send(url, request):
    """The Answer to a request; None where the server hung up without one."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=SECONDS) as line:
        try:
            line.sendall(request.bytes(parts.netloc))
            # whoever told a length and sent less has nothing to add
            line.shutdown(socket.SHUT_WR)
        except OSError:
            # refused before all of it was sent: the answer may be there all the same
            pass
        answer = http.client.HTTPResponse(line, method=request.method)
        try:
            answer.begin()
            body = answer.read()
        except (http.client.HTTPException, ConnectionError):
            return None
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)


def chunks(body, sizes):
    """A body in chunks of these sizes, then one of what is left."""
    parts, start = [], 0
    for size in sizes:
        if start < len(body):
            parts.append(body[start : start + size])
            start += size
    parts.append(body[start:])
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\n\r\n"
