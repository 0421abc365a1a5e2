"""A line that can be cut: a TCP proxy between those who call and those who answer."""

import socket
import struct
import threading
from contextlib import suppress

RESET = struct.pack("ii", 1, 0)


class Proxy:
    """:ivar port: where it listens, on 127.0.0.1
    :ivar cut_off: connections that a cut ended or that came while the line was cut
    """

    def __init__(self, target):
        self.target = target
        self.server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.server.getsockname()[1]
        self.state, self.cut_off = "up", 0
        self._open, self._lock = set(), threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, how):
        """:param how: ``reset`` (both ends hear of it), or ``silent`` (nobody does: nothing comes any more)"""
        self.state = how
        if how == "reset":
            self._drop_all()

    def mend(self):
        # what was silent is as good as dead: nobody gets half of a message later
        self._drop_all()
        self.state = "up"

    def close(self):
        # wakes whoever waits for somebody to come
        with suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self._drop_all()

    def _accept(self):
        while True:
            try:
                client, _address = self.server.accept()
            except OSError:
                return
            if self.state == "reset":
                self.cut_off += 1
                _drop(client)
                continue
            try:
                there = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _drop(client)
                continue
            there.settimeout(None)
            with self._lock:
                self._open.add((client, there))
            for ends in ((client, there), (there, client)):
                threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source, target):
        try:
            while data := source.recv(65536):
                if self.state != "silent":
                    target.sendall(data)
        except ConnectionResetError:
            _drop(target)
        except OSError:
            pass
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open = {pair for pair in self._open if source not in pair}

    def _drop_all(self):
        with self._lock:
            pairs, self._open = self._open, set()
        self.cut_off += len(pairs)
        for pair in pairs:
            for end in pair:
                _drop(end)


def _drop(end):
    with suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # wakes whoever reads from it; the reset goes out with the close
        end.shutdown(socket.SHUT_RD)
        end.close()
