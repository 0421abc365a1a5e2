"""The faults themselves: each happens once when it is called, and says what it was."""

import threading
import time

import psycopg2

from faults import processes
from faults.frame import Actor
from faults.people import Repeated
from faults.processes import APPLYING, DELIVERING, RUNNER, WORKER

#: seconds that a misbehaviour waits for somebody to meet it
MISBEHAVES = 8


class Killer(Repeated):
    """kill -9 of processes that are in the middle of something, at moments that nobody chose; so many, then it ends.

    :ivar quiet: held while something else is done to the processes
    """

    #: how often each is wanted; who is not at work now gives way to one that is
    WANTED = (APPLYING, APPLYING, APPLYING, DELIVERING, DELIVERING, RUNNER, WORKER, WORKER)
    #: so often it looks for one that is at work, the second half for any
    LOOKS = 100

    def __init__(self, world, rng, counts, count, seconds):
        super().__init__(world, rng, counts)
        self.left, self.pause = count, (0.2 * seconds / count, 1.0 * seconds / count)
        self.quiet = threading.Lock()

    def once(self):
        wanted = self.rng.choice(self.WANTED)
        for look in range(self.LOOKS):
            # each look takes the lock anew: a stopped PostgreSQL or a node that starts does not use them up
            with self.quiet:
                if self._one(wanted if look < self.LOOKS / 2 else None):
                    break
            if self.over.wait(0.03):
                return
        else:
            self.counts.add("kills that met nobody at work")
        self.left -= 1
        if not self.left:
            self.over.set()

    def _one(self, wanted):
        try:
            roles = self.world.roles()
            pids = [pid for pid, role in sorted(roles.items()) if wanted in (None, role)]
            self.rng.shuffle(pids)
            for pid in pids:
                caught = processes.kill_in_the_middle(pid, roles[pid], self.world.sql, self.world.out.port)
                if caught:
                    self.counts.add(f"kill -9 of {roles[pid]} in the middle of {_a(caught)}")
                    self.counts.add("kills that count")
                    return True
        except psycopg2.Error:
            self.world.live.forget()
        return False


def _a(word):
    return f"an {word}" if word.startswith("HTTP") else f"a {word}"


class Faults(Actor):
    """Some of what else breaks, one after the other in an order of its own, spread over so many seconds.

    :param names: of faults: methods, or ways in which the other side misbehaves
    :param rounds: so often each of them happens
    """

    #: to our own processes and PostgreSQL, and to the lines and the other side; the two go on side by side
    OURS = ("outage", "crash", "empty_queue", "empty_queue", "no_runner", "node")
    LINES = ("cut", "silence", "ways_in", "slow", "500", "503", "429", "reset", "garbage", "hang")

    def __init__(self, world, rng, counts, killer, names, rounds, seconds):
        super().__init__()
        self.world, self.rng, self.counts, self.killer = world, rng, counts, killer
        self.names = [name for _round in range(rounds) for name in rng.sample(names, len(names))]
        self.seconds = seconds

    def act(self):
        started = time.monotonic()
        for number, name in enumerate(self.names):
            if self.over.wait(max(0, started + self.seconds * number / len(self.names) - time.monotonic())):
                return
            fault = getattr(self, f"_{name}", None)
            if fault:
                fault()
            else:
                self._misbehave(name)

    def _outage(self):
        self._postgres("fast")
        self.counts.add("PostgreSQL stopped and started")

    def _crash(self):
        self._postgres("immediate")
        self.counts.add("PostgreSQL killed and started")

    def _postgres(self, how):
        with self.killer.quiet:
            server = self.world.ground.server
            try:
                server.stop(how)
                time.sleep(self.rng.uniform(0, 1))
            finally:
                server.start()
            self.counts.add("nodes that ended because PostgreSQL was away, and started", self.world.revive())

    def _empty_queue(self):
        # not the rows of jobs that run: those are locked as long as they do, and everybody would wait behind us
        self.world.sql(
            """DELETE FROM queue_job WHERE id = ANY(ARRAY(
                   SELECT id FROM queue_job WHERE state <> 'started' FOR UPDATE SKIP LOCKED))"""
        )
        self.counts.add("queue_job emptied of all that waits")

    def _no_runner(self):
        with self.killer.quiet:
            killed = self.world.without_runner(self.rng.uniform(5, 8))
        self.counts.add("times without a job runner")
        self.counts.add("job runners killed for that", killed)

    def _node(self):
        with self.killer.quiet:
            self.world.restart_node(self.rng.randrange(len(self.world.nodes)))
        self.counts.add("nodes killed with all their processes, and started")

    def _cut(self):
        self._without_line("reset", [self.world.out])
        self.counts.add("line to the other side cut (reset)")

    def _silence(self):
        self._without_line("silent", [self.world.out])
        self.counts.add("line to the other side cut (silent)")

    def _ways_in(self):
        self._without_line(self.rng.choice(("reset", "silent")), self.world.ways_in)
        self.counts.add("line from the senders cut")

    def _without_line(self, how, proxies):
        for proxy in proxies:
            proxy.cut(how)
        time.sleep(self.rng.uniform(0.5, 2.5))
        for proxy in proxies:
            proxy.mend()

    def _misbehave(self, kind):
        receiver = self.world.receiver
        before, started = receiver.met().get(kind, 0), time.monotonic()
        least = started + self.rng.uniform(1, 3)
        receiver.behave(kind, share=self.rng.choice((0.3, 1.0)))
        # longer as long as it met nobody: there is not always something to send
        while time.monotonic() < least or (
            receiver.met().get(kind, 0) == before and time.monotonic() < started + MISBEHAVES
        ):
            time.sleep(0.1)
        receiver.behave()
        if receiver.met().get(kind, 0) > before:
            self.counts.add(f"times the other side misbehaved ({kind})")
