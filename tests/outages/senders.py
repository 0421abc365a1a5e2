"""A MES that keeps what it has to tell until Odoo has taken it."""

import threading
import time
from collections import Counter

import requests

#: a sender waits so long before it tries again
PAUSE = 0.1
#: and so long after each event that was taken, as long as the shift is not behind: Odoo is stopped in the middle of it
GAP = 0.1


class Sender(threading.Thread):
    """Tells events one after the other, each until it is taken, as a MES with a queue does.

    :ivar hurry: set once the shift is behind
    :ivar answers: how often each status came, and "nobody" where there was none; :ivar taken: so many events were
    :ivar failure: what ended it too early
    """

    def __init__(self, plant, events):
        super().__init__(daemon=True)
        self.plant, self.events = plant, events
        self.hurry = threading.Event()
        self.answers, self.taken, self.failure = Counter(), 0, None

    def run(self):
        try:
            for event in self.events:
                while not self._tell(event):
                    time.sleep(PAUSE)
                self.taken += 1
                self.hurry.wait(GAP)
        except Exception as error:
            self.failure = error

    def _tell(self, event):
        try:
            answer = self.plant.post(event)
        except requests.RequestException:
            # nobody there, or the line broke while it was sent: it is sent again
            self.answers["nobody"] += 1
            return False
        self.answers[answer.status_code] += 1
        assert answer.status_code in (200, 202, 503), answer.text
        return answer.status_code != 503


def tell_all(senders, seconds):
    """Wait until all of it is taken, as fast as it is."""
    for sender in senders:
        sender.hurry.set()
    deadline = time.monotonic() + seconds
    for sender in senders:
        sender.join(max(0, deadline - time.monotonic()))
    assert [sender.failure for sender in senders] == [None] * len(senders)
    assert [sender.taken for sender in senders] == [len(sender.events) for sender in senders]
