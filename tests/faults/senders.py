"""Applications of the other side: they send until each message is accepted, and behave as real ones do.

What is not answered by 200 or 202 is sent again under the same id. Some messages are sent twice, some batches overtake
others, some facts are told again under a new id, some clocks are wrong, some requests are garbage.
"""

import json
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import requests
from border.plant import BATCH, STRUCTURED
from standardwebhooks import Webhook

from faults.frame import Actor, Broken, whole

#: what a sender writes into ``time``: its moment, a moment of a clock that jumps, or nothing
TIMED, SKEWED, UNTIMED = "timed", "skewed", "untimed"
#: what is never JSON, and what is JSON and no event
GARBAGE = (b"", b"\x00\xff\xfe", b"[", b"[1, null]", b'{"specversion": "1.0"}', b'{"id": 1e999}', b"[" * 5000)


@dataclass
class Fact:
    """One effect that is to be there once.

    :ivar key: ``(lane, number)``
    :ivar when: what it says when it happened, seconds since the epoch; None where it says nothing
    :ivar accepted: when its sender knew that Odoo has it, by this machine's clock
    :ivar place: its place in the order in which its sender had facts without time accepted
    """

    key: tuple
    token: str
    when: float | None = None
    accepted: float | None = None
    place: int = 0


class Line:
    """How a sender reaches Odoo: any of its ways, until it is answered.

    :ivar counts: what happened on the way
    """

    def __init__(self, world, plant, rng, counts, deadline):
        self.world, self.plant, self.rng, self.counts, self.deadline = world, plant, rng, counts, deadline
        self.session = requests.Session()

    def deliver(self, events):
        """Send events, in one request or more, until all are accepted. Returns ``[status of each]``."""
        statuses = {}
        waiting = {event["id"]: event for event in events}
        tries = 0
        while waiting:
            for event_id, status in self._try(list(waiting.values())).items():
                statuses[event_id] = status
                del waiting[event_id]
            if waiting:
                tries += 1
                self.counts.add("requests sent again under the same ids")
                if time.monotonic() > self.deadline:
                    raise Broken(f"not accepted in time: {next(iter(waiting))}")
                time.sleep(min(2, 0.05 * 2 ** min(tries, 5)) * self.rng.uniform(0.5, 1))
        return [statuses[event["id"]] for event in events]

    def _try(self, events):
        """``{id: accepted or duplicate}`` of those that are in now."""
        single = len(events) == 1 and self.rng.random() < 0.5
        body = json.dumps(events[0] if single else events).encode()
        late = 0
        if self.rng.random() < 0.01:
            # a clock that is wrong by more than the signature's tolerance: refused, mended, sent again
            late = self.rng.choice((-1, 1)) * 900
            self.counts.add("requests signed by a wrong clock")
        answer = self.request(body, STRUCTURED if single else BATCH, late)
        if answer is None or answer.status_code not in (200, 202, 207):
            return {}
        if late:
            raise Broken("a signature of 15 minutes ago is accepted")
        found = answer.json()
        results = [found] if single else found["results"]
        return {
            event["id"]: result["status"]
            for event, result in zip(events, results, strict=True)
            if result["status"] in ("accepted", "duplicate")
        }

    def request(self, body, media, late=0):
        """One request to one of the nodes. Returns the answer, None where there was none."""
        now, message_id = datetime.now(timezone.utc) - timedelta(seconds=late), str(uuid.uuid4())
        headers = {
            "Content-Type": media,
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.plant.secret).sign(message_id, now, body.decode("latin-1")),
        }
        port = self.rng.choice(self.world.ways_in).port
        address = f"http://127.0.0.1:{port}/mfg_sync/v1/{self.plant.code}/events"
        try:
            answer = whole(self.session.post(address, data=body, headers=headers, timeout=20))
        except requests.RequestException:
            self.counts.add("requests without an answer")
            return None
        self.counts.add(f"answers {answer.status_code}")
        if answer.status_code == 500:
            self.counts.add("answers that are no answer of ours (500)")
        return answer


class Sender(Actor):
    """Tells of its lanes what happens there, one number after the other.

    :ivar facts: ``{key: Fact}`` of what was accepted
    """

    def __init__(self, line, lanes, clock, count, seconds):
        super().__init__()
        self.line, self.lanes, self.clock = line, lanes, clock
        self.count, self.seconds = count, seconds
        self.rng, self.counts = line.rng, line.counts
        self.numbers = dict.fromkeys(lanes, 0)
        self.facts, self.offset, self.places = {}, 0.0, 0

    def act(self):
        started, sent = time.monotonic(), 0
        while sent < self.count:
            size = min(self.rng.choice((1, 2, 5, 10, 25)), self.count - sent)
            facts = [self._fact() for _each in range(size)]
            self._tell(facts)
            sent += size
            pause = started + self.seconds * sent / self.count - time.monotonic()
            if pause > 0:
                time.sleep(pause)

    def _fact(self):
        lane = self.rng.choice(self.lanes)
        self.numbers[lane] += 1
        fact = Fact((lane, self.numbers[lane]), f"{self.rng.getrandbits(64):016x}")
        if self.clock == SKEWED and self.rng.random() < 0.1:
            self.offset = self.rng.uniform(-3600, 3600)
            self.counts.add("clocks of senders that jumped")
        if self.clock != UNTIMED:
            fact.when = round(time.time() + self.offset, 6)
        return fact

    def _tell(self, facts):
        events = [self._event(fact) for fact in facts]
        parts = [list(zip(facts, events, strict=True))]
        if self.clock != UNTIMED and len(facts) > 1 and self.rng.random() < 0.3:
            # what happened later arrives first; who says when it happened is sorted in all the same
            cut = len(facts) // 2
            parts = [parts[0][cut:], parts[0][:cut]]
            self.counts.add("batches that overtook others")
        for part in parts:
            self.line.deliver([event for _fact, event in part])
            now = time.time()
            for fact, _event in part:
                self.places += 1
                fact.accepted, fact.place = now, self.places
                self.facts[fact.key] = fact
        self._again(facts, events)
        if self.rng.random() < 0.05:
            self._garbage()

    def _again(self, facts, events):
        if self.rng.random() < 0.15:
            again = self.rng.sample(events, len(events))
            statuses = self.line.deliver(again)
            self.counts.add("messages delivered again in another order", len(again))
            self.counts.add("… and taken for new", statuses.count("accepted"))
        if self.rng.random() < 0.15:
            fact = self.rng.choice(facts)
            self.line.deliver([self._event(fact)])
            self.counts.add("facts told again under a new id")

    def _event(self, fact):
        lane, number = fact.key
        data = {"lane": lane, "number": number, "token": fact.token}
        values = {"type": "fault.effect.v1", "data": data}
        if fact.when is not None:
            values["time"] = datetime.fromtimestamp(fact.when, timezone.utc).isoformat()
        return self.line.plant.event(f"{self.rng.getrandbits(96):024x}", **values)

    def _garbage(self):
        self.counts.add("garbage sent")
        answer = self.line.request(self.rng.choice(GARBAGE), self.rng.choice((STRUCTURED, BATCH)))
        if answer is not None and answer.status_code < 300:
            raise Broken(f"garbage is answered by {answer.status_code}")


def seeded(rng):
    return random.Random(rng.getrandbits(64))
