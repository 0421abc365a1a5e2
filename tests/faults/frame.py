"""What all of it shares: sizes, counts, threads that say what ended them, waiting for a condition."""

import threading
import time
from collections import Counter
from dataclasses import dataclass

import requests


@dataclass(frozen=True)
class Size:
    """How much happens in one stage.

    :ivar messages: to the handler that leaves one row each; :ivar orders: production orders, ten events each
    :ivar seconds: the traffic is spread over so many, and the faults with it
    :ivar kills: kill -9 of workers and of the job runner; :ivar enough: so many must have met one at work
    :ivar rounds: so often each other fault happens
    :ivar patience: seconds that may pass between two signs of life at the end
    :ivar hurry: whether the cron's minute comes early then
    """

    messages: int
    orders: int
    seconds: float
    kills: int
    enough: int
    rounds: int
    patience: float = 100.0
    hurry: bool = False


SHORT = Size(messages=900, orders=4, seconds=28, kills=6, enough=3, rounds=1, patience=60, hurry=True)
#: one of the ten stages of the full form; of its 100 kills 70 must count
STAGE = Size(messages=9500, orders=50, seconds=200, kills=10, enough=7, rounds=2, patience=150)
STAGES = 10


def whole(answer):
    """The answer of a request, if nothing of it is missing: urllib3 says so only from its version 2 on.

    :raises requests.ConnectionError: its line was cut in the middle of it
    """
    if len(answer.content) < int(answer.headers.get("Content-Length", 0)):
        raise requests.ConnectionError("half an answer")
    return answer


class Broken(Exception):
    """Something that is no promise of ours did not happen as it should: nothing can be said of this run."""


class Counts(Counter):
    """A Counter that threads share."""

    def __init__(self, *args):
        super().__init__(*args)
        self._lock = threading.Lock()

    def add(self, name, count=1):
        with self._lock:
            self[name] += count


class Actor(threading.Thread):
    """Does what its `act` says.

    :ivar error: what ended it; :ivar over: set when it is to come to an end
    """

    def __init__(self):
        super().__init__(daemon=True)
        self.error, self.over = None, threading.Event()

    def run(self):
        try:
            self.act()
        except Exception as error:
            self.error = error

    def act(self):
        raise NotImplementedError

    def end(self):
        self.over.set()
        self.join(60)


def until_ended(waited_for, actors, seconds):
    """Wait until some of the actors have come to their end; what ends any of them with an error is raised at once."""
    deadline = time.monotonic() + seconds
    while True:
        for actor in actors:
            if actor.error:
                raise actor.error
        alive = sorted({type(actor).__name__ for actor in waited_for if actor.is_alive()})
        if not alive:
            return
        if time.monotonic() > deadline:
            raise Broken(f"not at the end within {seconds} s: {', '.join(alive)}")
        time.sleep(0.1)


def wait_until(what, condition, seconds, pause=0.05):
    """Look until it is true; returns what was found. Broken says what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise Broken(f"not within {seconds} s: {what}")
        time.sleep(pause)
    return found
