"""Delivery to a receiver that answers in 20 ms, by one worker, beside bare requests with keep-alive.

Both send the same bodies one after the other; ours signs each, keeps what became of it, and commits after each answer.
Counted between the first and the last arrival at the receiver, as that one's clock has it.
"""

import json

import requests

from bench.frame import Failure, Goal, row, wait_until
from bench.outside import receiver
from bench.plant import BenchPlant

MESSAGES = 200
ANSWERS_AFTER = 0.02
ROW = "outbound delivery to a receiver that answers in 20 ms, one worker, beside bare requests"
ROWS = {ROW}


def measure(bench):
    plant = BenchPlant(bench.shared, "delivery", ["master.item"])
    with receiver(ANSWERS_AFTER) as there:
        plant.set(url=there.url)
        sending = Sending(plant, there)
        found = bench.interleaved(ours=sending.ours, bare=sending.bare)
    plant.pause()
    yield row(ROW, "messages/s", found["ours"], found["bare"], Goal(">=", 0.8))


class Sending:
    def __init__(self, plant, there):
        self.plant, self.there, self.instance = plant, there, plant.instance
        self.bodies = []

    def _rate(self):
        moments = sorted(moment for moment, _id in self.there.arrivals())
        if len(moments) != MESSAGES:
            raise Failure(f"{len(moments)} of {MESSAGES} messages arrived")
        return (MESSAGES - 1) / (moments[-1] - moments[0])

    def ours(self):
        self.plant.pause()
        items = [{"name": f"Part {number}", "default_code": f"D{number}"} for number in range(MESSAGES)]
        self.instance.call("product.product", "create", items)
        self.there.arrivals()
        done = self.plant.count("state = 'done'")
        self.plant.set(paused=False)
        wait_until("all are delivered", lambda: self.plant.count("state = 'done'") >= done + MESSAGES, 120)
        if not self.bodies:
            rows = self.instance.sql("SELECT * FROM mfg_sync_message WHERE endpoint_id = %s", [self.plant.endpoint])
            self.bodies = [json.dumps({"id": each["uuid"], "data": json.loads(each["payload"])}) for each in rows]
        return self._rate()

    def bare(self):
        self.there.arrivals()
        with requests.Session() as session:
            for body in self.bodies[:MESSAGES]:
                headers = {"Content-Type": "application/json"}
                session.post(self.there.url, data=body, headers=headers, timeout=30).raise_for_status()
        return self._rate()
