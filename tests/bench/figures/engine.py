"""The engine without effect: messages whose handler does nothing, beside queue_job and OCA's exchange records.

All are there before the clock runs. Ours: of as many connections as there are job slots of applying. queue_job: one job
a message, put in one call, with all slots that there are. The exchange records: handled as the framework's own cron
does, which on 17.0 is one job a record.
"""

import time

from bench.frame import Failure, Goal, row, wait_until
from bench.load import Script, post_all
from bench.plant import BenchPlant, drained, rest

CONNECTIONS = 2
#: of each connection
MESSAGES = 4000
JOBS = 120
RECORDS = 120
BATCH = 100
JOB = "engine without effect, beside queue_job with one job a message"
RECORD = "engine without effect, beside OCA's exchange records"
RECORD_WHOLE = "accepting and applying without effect, beside creating and processing OCA's exchange records"
ROWS = {JOB, RECORD, RECORD_WHOLE}


def measure(bench):
    engine = Engine(bench.shared)
    found = bench.interleaved(ours=engine.ours, job=engine.job, record=engine.record)
    whole = bench.interleaved(ours=engine.whole, record=engine.record_whole, runs=min(3, bench.runs), warm_up=False)
    yield row(JOB, "messages/s", found["ours"], found["job"], Goal(">=", 50))
    yield row(RECORD, "messages/s", found["ours"], found["record"], Goal(">=", 50))
    yield row(RECORD_WHOLE, "messages/s", whole["ours"], whole["record"])
    for plant in engine.plants:
        plant.pause()


class Engine:
    """Each method has so many messages handled, and returns how many that were in a second."""

    def __init__(self, instance):
        self.instance, self.script = instance, Script(instance)
        self.plants = [BenchPlant(instance, f"engine{number}", ["sync.test"]) for number in range(CONNECTIONS)]
        self.backend = self.script.call("mfg.bench.exchange", "make_backend")

    def _accept(self, plant, count):
        batches = [[plant.noop() for _each in range(BATCH)] for _batch in range(count // BATCH)]
        post_all(self.instance.url, [plant.request(batch) for batch in batches], 2)

    def _empty(self):
        for plant in self.plants:
            plant.pause()
        rest(self.instance)
        for plant in self.plants:
            plant.empty()

    def ours(self):
        self._empty()
        for plant in self.plants:
            self._accept(plant, MESSAGES)
        return CONNECTIONS * MESSAGES / drained(self.plants, MESSAGES)

    def whole(self):
        self._empty()
        plant, count = self.plants[0], MESSAGES // 4
        plant.set(paused=False)
        self._accept(plant, count)
        plant.wait_done(count)
        return count / plant.span()

    def job(self):
        self.script.call("mfg.bench.event", "put_jobs", [f"Hello {number}" for number in range(JOBS)])
        started = time.monotonic()
        left = "SELECT count(*) AS n, count(*) FILTER (WHERE state = 'failed') AS bad FROM queue_job"
        left += " WHERE model_name = 'mfg.bench.event' AND state NOT IN ('done', 'cancelled')"
        self._until_none(left)
        seconds = time.monotonic() - started
        self.instance.sql("DELETE FROM queue_job WHERE model_name = 'mfg.bench.event'")
        return JOBS / seconds

    def record(self):
        self._put_records()
        started = time.monotonic()
        self._process()
        return RECORDS / (time.monotonic() - started)

    def record_whole(self):
        started = time.monotonic()
        self._put_records()
        self._process()
        return RECORDS / (time.monotonic() - started)

    def _put_records(self):
        self.script.call("mfg.bench.exchange", "put_records", self.backend, [f"Hello {n}" for n in range(RECORDS)])

    def _process(self):
        self.script.call("mfg.bench.exchange", "process", self.backend)
        left = "SELECT count(*) AS n, count(*) FILTER (WHERE edi_exchange_state LIKE '%%error') AS bad"
        self._until_none(left + " FROM edi_exchange_record WHERE edi_exchange_state <> 'input_processed'")

    def _until_none(self, left):
        def none():
            (found,) = self.instance.sql(left, [])
            if found["bad"]:
                raise Failure(f"{found['bad']} failed: {left}")
            return not found["n"]

        wait_until("all are done", none, 120, pause=0.01)
