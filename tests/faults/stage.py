"""One stage: traffic and faults at the same time, then calm, people who mend, and the promises."""

import random
import time
from dataclasses import asdict, dataclass, field

from bench.shop import MIX, told

from faults import promises
from faults.breaking import Faults, Killer
from faults.frame import Counts, until_ended
from faults.people import Floor, Holders, Mender, Tellers, Writers
from faults.senders import SKEWED, TIMED, UNTIMED, Line, Sender, seeded
from faults.world import CODES, World

CLOCKS = (TIMED, SKEWED, UNTIMED)
TROUBLES = ("refused", "later", "constraint", "error")
#: several, since one of them may have to wait for a while
TELLERS = 3
#: of so many messages one is in trouble at first
TROUBLE_EACH = 60
#: seconds beyond the planned ones until everything is accepted, though Odoo has to get up again in between
LATE = 150
#: seconds without a sign of life after which somebody looks
STILL = 4


@dataclass
class Found:
    """:ivar faults: ``{what happened: how often}``; :ivar promises: ``[{name, checked, broken}]``"""

    seed: int
    seconds: float = 0.0
    faults: dict = field(default_factory=dict)
    promises: list = field(default_factory=list)

    @property
    def broken(self):
        return [f"{each['name']}: {text}" for each in self.promises for text in each["broken"]]

    @property
    def json(self):
        return asdict(self)


class Stage:
    def __init__(self, ground, folder, size, seed, say=print):
        self.ground, self.folder, self.size, self.say = ground, folder, size, say
        self.rng, self.found, self.counts = random.Random(seed), Found(seed), Counts()
        self.started = time.monotonic()

    def run(self):
        """Returns a Found; Broken when something happened that is no promise of ours."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with World(self.ground, self.folder) as self.world:
            self._tell("two nodes are up")
            self._prepare()
            self._tell("an order is made in calm")
            self._break()
            self._tell("everything was sent and accepted")
            badges = self._calm()
            self._tell("what can go on by itself has done so")
            self._mend()
            self._tell("what needed people is mended")
            self._check(badges)
        self.found.seconds = time.monotonic() - self.started
        self.found.faults = dict(self.counts)
        return self.found

    def _tell(self, text):
        self.say(f"   {time.monotonic() - self.started:4.0f} s  {text}")

    def _line(self, plant):
        deadline = time.monotonic() + self.size.seconds + LATE
        return Line(self.world, plant, seeded(self.rng), self.counts, deadline)

    def _prepare(self):
        world, size = self.world, self.size
        first, *self.orders = world.shop.orders(size.orders + 1)
        line = self._line(world.shop)
        for fact in MIX:
            line.deliver(told([(first, *fact)]))
        world.shop.wait_done(len(MIX), 60)
        (self.reference,) = world.shop.outcome([first])
        self.senders, per_sender = [], size.messages // (len(CLOCKS) * len(CODES))
        for code in CODES:
            for number, clock in enumerate(CLOCKS):
                lanes = world.lanes[code][number :: len(CLOCKS)]
                line = self._line(world.plants[code])
                self.senders.append(Sender(line, lanes, clock, per_sender, size.seconds))
        self.floor = Floor(self._line(world.shop), self.orders, size.seconds)
        self.killer = Killer(world, seeded(self.rng), self.counts, size.kills, size.seconds)
        self.mender = Mender(world, seeded(self.rng), self.counts)
        self.tellers = [Tellers(world, seeded(self.rng), self.counts) for _each in range(TELLERS)]
        self.holders = Holders(world, seeded(self.rng), self.counts)
        self.writers = Writers(world, seeded(self.rng), self.counts)
        self.holders.orders = self.writers.orders = [order.id for order in self.orders]
        self._trouble(per_sender)

    def _trouble(self, per_sender):
        """Some of the first half fail until somebody mends them; one of each connection until the very end."""
        for code in CODES:
            names = self.world.lanes[code]
            in_lane = max(2, per_sender * len(CLOCKS) // len(names) // 2)
            count = max(len(TROUBLES), per_sender * len(CLOCKS) // TROUBLE_EACH)
            for number in range(count):
                lane, place = self.rng.choice(names), self.rng.randrange(1, in_lane)
                kind = TROUBLES[number % len(TROUBLES)]
                self.world.sql(
                    "INSERT INTO mfg_faults_trouble VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [lane, place, kind, not number],
                )
                self.counts.add(f"writes that fail ({kind})")

    def _break(self):
        size, more = self.size, (self.world, seeded(self.rng), self.counts, self.killer)
        breaking = [Faults(*more, names, size.rounds, size.seconds) for names in (Faults.OURS, Faults.LINES)]
        ends = [*self.senders, self.floor, self.killer, *breaking]
        goes_on = [*self.tellers, self.mender, self.holders, self.writers]
        for actor in (*ends, *goes_on):
            actor.start()
        try:
            until_ended(ends, [*ends, *goes_on], size.seconds + LATE)
        finally:
            # nothing may start a server any more when this world has ended
            for actor in (*goes_on, self.killer, *breaking):
                actor.end()
        until_ended(goes_on, goes_on, 60)

    def _calm(self):
        """Wait for what goes on by itself; what is left needs a person, and its documents say so. Returns badges."""
        world = self.world
        # one that ended just after the look that follows each outage
        self.counts.add("nodes that ended because PostgreSQL was away, and started", world.revive())
        world.sql("DELETE FROM mfg_faults_trouble WHERE kind = 'later'")
        self._wait("only what needs a person is open", lambda: all(row["needs_person"] for row in world.open_rows()))
        badges = promises.of_badges(world)
        self.counts.add("documents that need somebody before people mend", self._needing())
        return badges

    def _needing(self):
        return self.world.sql("SELECT count(*) AS n FROM mfg_sync_status WHERE status = 'needs_you'")[0]["n"]

    def _mend(self):
        def mend():
            self.mender.mend(all_of_it=True)

        mend()
        # again: what was being tried while its cause was removed may have failed for it after that
        self._wait("nothing is open", lambda: not self.world.open_rows(), mend)

    def _wait(self, what, condition, again=None):
        """Until it is true, or nothing has moved for so long that nothing will; then the promises tell.

        What was lost with a job or a wake-up is found by the cron, whose minute comes early where there is hurry.
        """
        tries = "SELECT count(*) AS n, max(id) AS last FROM mfg_sync_attempt"
        last, since, looked = None, time.monotonic(), 0.0
        end = time.monotonic() + 4 * self.size.patience
        while not (condition() and self.world.at_rest()):
            rows, now = (self.world.sql(tries), self.world.open_rows()), time.monotonic()
            if rows != last:
                last, since = rows, now
            if now - since > self.size.patience or now > end:
                self._tell(f"!! it is not true that {what}, and that does not change")
                return
            if now - max(since, looked) > STILL:
                if again:
                    again()
                if self.size.hurry and self.world.sweep():
                    self.counts.add("times the cron's minute came early")
                looked = time.monotonic()
            time.sleep(0.2)

    def _check(self, badges):
        world = self.world
        facts = {key: fact for sender in self.senders for key, fact in sender.facts.items()}
        taken = world.receiver.taken()
        self.counts.add("messages to the handler that leaves a row", len(facts))
        self.counts.add("real events", self.floor.sent)
        self.counts.add("messages to the other side", len({(lane, number) for _t, _id, lane, number in taken}))
        self.counts.add("messages that the other side took more than once", len(taken) - len({t[1] for t in taken}))
        for kind, times in world.receiver.met().items():
            if kind != "well":
                self.counts.add(f"requests that met a misbehaviour ({kind})", times)
        self.counts.add("connections that a cut line ended", world.out.cut_off + sum(p.cut_off for p in world.ways_in))
        checked = promises.together(
            promises.of_world(world, facts, self.orders, self.reference, taken),
            badges,
            promises.of_people([self.mender, *self.tellers, self.writers]),
        )
        self.found.promises = [asdict(each) for each in promises.looked_at(checked)]
