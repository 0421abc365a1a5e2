"""Processes that play the other side while something is measured."""

import subprocess
import sys
from contextlib import contextmanager

import requests


class Receiver:
    """:ivar url: where it takes messages"""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/events"

    def arrivals(self):
        """``[(seconds since the epoch, id), …]`` since the last call."""
        return requests.get(self.url, timeout=30).json()


@contextmanager
def receiver(delay=0.0):
    """A :class:`Receiver` in a process of its own that answers after so many seconds."""
    command = [sys.executable, "-m", "bench.receiver", str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield Receiver(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
