"""The line between Odoo and the other side: a TCP proxy that can be cut, go silent, or lose answers."""

import socket
import threading
import time

THROUGH, REFUSED, SILENT, ANSWERS_LOST = "through", "refused", "silent", "answers lost"


class Proxy:
    """:ivar port: where it listens, also after it was cut and mended
    :ivar counts: connections by what the line was like then
    :ivar delay: seconds that each answer takes longer, so that catching up lasts as long as somebody looks at it
    """

    def __init__(self, target_port):
        self.target, self.mode, self.counts, self.delay = target_port, THROUGH, {}, 0.0
        self.lock, self.pairs, self.listener, self.port = threading.Lock(), [], None, 0
        self._listen()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/events"

    def set(self, mode):
        """The line becomes so; what is on it at this moment is cut off."""
        self.mode = mode
        self._hang_up()
        if mode == REFUSED:
            self._close_listener()
        elif not self.listener:
            self._listen()

    def close(self):
        self._close_listener()
        self._hang_up()

    def _listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.listener, self.port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def _close_listener(self):
        listener, self.listener = self.listener, None
        if listener:
            # wakes the thread that accepts; close alone would not
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _hang_up(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for each in pairs:
            _end(each)

    def _accept(self, listener):
        while True:
            try:
                near, _address = listener.accept()
            except OSError:
                return
            with self.lock:
                self.counts[self.mode] = self.counts.get(self.mode, 0) + 1
                self.pairs.append(near)
            if self.mode == SILENT:
                # taken, and nothing happens to it: as behind a firewall that drops packets
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                _end(near)
                continue
            with self.lock:
                self.pairs.append(far)
            threading.Thread(target=self._pump, args=[near, far, False], daemon=True).start()
            threading.Thread(target=self._pump, args=[far, near, True], daemon=True).start()

    def _pump(self, source, sink, is_answer):
        try:
            while data := source.recv(65536):
                if is_answer and self.mode == ANSWERS_LOST:
                    # the other side has it, and Odoo will never hear so
                    break
                if is_answer:
                    time.sleep(self.delay)
                sink.sendall(data)
        except OSError:
            pass
        _end(source)
        _end(sink)


def _end(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
