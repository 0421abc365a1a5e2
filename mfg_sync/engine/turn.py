"""How long a drain keeps its slot: a while when nobody else wants it, a moment when somebody does."""

import time

from . import wake

#: a drain ends after so long and hands over: limit_time_real, VACUUM horizon
DRAIN_SECONDS = 20
#: and after so long where another job of ours waits for a slot: the backlog of one connection starves no other
FAIR_SECONDS = 2
#: so often it looks whether one does
LOOK_SECONDS = 0.25


class Turn:
    """The turn of one drain.

    :param worker: has ``registry, endpoint_id``
    :param float seconds: it ends after so long at the latest
    :ivar own: backends of PostgreSQL that it needs itself
    :ivar deadline: when it ends, of ``time.monotonic()``; earlier once another job waits
    """

    def __init__(self, worker, direction, seconds):
        self.worker, self.direction, self.own = worker, direction, set()
        begun = time.monotonic()
        self.deadline, self.look = begun + seconds, begun + min(seconds, FAIR_SECONDS)

    def over(self):
        now = time.monotonic()
        if now >= self.deadline:
            return True
        if now >= self.look:
            self.look = now + LOOK_SECONDS
            with self.worker.registry.cursor() as cr:
                if wake.others_wait(cr, self.worker.endpoint_id, self.direction):
                    # what is left is handed over, and stands behind the others then
                    self.deadline = now
                    return True
        return False
