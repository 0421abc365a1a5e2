"""The pace of a delivery: never more messages a second than the other side bears, and no slot held asleep for long."""

import time

from . import bucket

#: so long a delivery sleeps between two messages; what may go only later is left to a job with that time
PATIENCE = 2


class Pace:
    """Messages go one by one, evenly spaced, so that no second has more than the rate.

    What was sent last is known to the next worker too: whoever writes down what became of messages notes when the next
    one may go (:meth:`note`). A worker killed before that sends one message too early, at the most.
    """

    def __init__(self):
        self.interval, self.next_at, self.catching_up = 0.0, 0.0, False

    def look(self, cr, endpoint):
        """The rate as it is now, and what the worker before has left to wait."""
        seconds, self.catching_up = bucket.look(cr, endpoint.id)
        rates = [endpoint.out_rate, endpoint.catch_up_rate if self.catching_up else 0.0]
        limits = [rate for rate in rates if rate > 0]
        self.interval = 1 / min(limits) if limits else 0.0
        self.next_at = max(self.next_at, time.monotonic() + seconds)

    def batch(self, most):
        """So many messages are claimed at once: what goes within a moment, so that a claim does not grow old."""
        return max(1, min(most, int(PATIENCE / self.interval))) if self.interval else most

    def seconds(self):
        """Until the next message may go; below zero: it might have gone already."""
        return self.next_at - time.monotonic()

    def allows(self):
        """Wait for the moment of the next message. False: that is too long to sleep for."""
        seconds = self.seconds()
        if seconds > PATIENCE:
            return False
        if seconds > 0:
            time.sleep(seconds)
        self.next_at = max(self.next_at, time.monotonic()) + self.interval
        return True

    def put_off(self, seconds):
        """The other side asks for a pause: it has more than it can take (429)."""
        self.next_at = max(self.next_at, time.monotonic() + seconds)

    def note(self, cr, endpoint_id):
        seconds = self.seconds()
        if seconds > 0:
            bucket.put_off(cr, endpoint_id, seconds)
