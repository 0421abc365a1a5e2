"""Accepting events over HTTP: batches of 100 and single ones, beside XML-RPC, a bare route and Odoo's webhook.

Four senders at once on each side, connections kept alive where Odoo keeps them. Ours proves the sender (a signature
over the body), checks envelope and schema, finds repetitions and puts rows that can be replayed; the bare route does
nothing of this. The connection is paused, so that accepting is measured, not applying; accept → done is told beside it.
"""

import json

from bench.frame import Goal, Row, row
from bench.load import Script, as_json, post_all, run_threads
from bench.plant import BenchPlant, rest

SENDERS = 4
BATCH = 100
BATCHES = 24
SINGLES = 300
RPC_CALLS = 100
JSON = {"Content-Type": "application/json"}
BARE, BARE_BATCH = "/mfg_bench/raw", "/mfg_bench/raw_batch"
BATCH_RPC = "accept in batches of 100, beside one ORM create a call over XML-RPC"
BATCH_BARE = "accept in batches of 100, beside a bare route that inserts the batch"
SINGLE_BARE = "accept single events, beside a route with one raw INSERT"
SINGLE_HOOK = "accept single events, beside the automation rule's webhook"
DONE = "accept in batches of 100 → done (no-op), beside one ORM create a call over XML-RPC"
ROWS = {BATCH_RPC, BATCH_BARE, SINGLE_BARE, SINGLE_HOOK, DONE}


def measure(bench):
    accepting = Accepting(bench.shared)
    found = bench.interleaved(
        batches=accepting.batches, bare_batches=accepting.bare_batches, rpc=accepting.rpc, done=accepting.done
    )
    of_rpc, of_bare = found["batches"] / found["rpc"], found["batches"] / found["bare_batches"]
    either = Goal(">=", 50).met(of_rpc) or Goal(">=", 0.7).met(of_bare)
    goal = ">= 50, or >= 0.7 of the bare route"
    yield Row(BATCH_RPC, found["batches"], found["rpc"], of_rpc, "events/s", goal, either)
    goal = ">= 0.7, or >= 50 of XML-RPC"
    yield Row(BATCH_BARE, found["batches"], found["bare_batches"], of_bare, "events/s", goal, either)
    yield row(DONE, "events/s", found["done"], found["rpc"])
    found = bench.interleaved(singles=accepting.singles, bare=accepting.bare, webhook=accepting.webhook)
    yield row(SINGLE_BARE, "events/s", found["singles"], found["bare"], Goal(">=", 0.8))
    yield row(SINGLE_HOOK, "events/s", found["singles"], found["webhook"])
    accepting.plant.set(paused=True)


class Accepting:
    """Each method sends so many events, and returns how many were taken in a second."""

    def __init__(self, instance):
        self.instance = instance
        self.plant = BenchPlant(instance, "accept", ["sync.test"])
        self.plant.pause()
        self.hook = self._make_webhook()

    def _make_webhook(self):
        model = self.instance.call("ir.model", "search", [("model", "=", "mfg.bench.event")])[0]
        values = "{'event_id': payload['id'], 'kind': payload['type'], 'source': payload['source'], "
        values += "'payload': payload['data']['text']}"
        rule = {"name": "Bench", "model_id": model, "trigger": "on_webhook", "log_webhook_calls": False}
        rule = self.instance.call("base.automation", "create", {**rule, "record_getter": f"model.create({values})"})
        (found,) = self.instance.call("base.automation", "read", [rule], ["webhook_uuid"])
        return f"/web/hook/{found['webhook_uuid']}"

    def _events(self, count):
        # every sender tells when it happened
        return [self.plant.noop() | {"time": "2026-03-02T06:00:00Z"} for _each in range(count)]

    def _rate(self, requests, count, stored):
        """:param stored: says how many there are, for what was sent must be there afterwards"""
        before = stored()
        seconds = post_all(self.instance.url, requests, SENDERS)
        assert stored() - before == count, (stored(), before, count)
        return count / seconds

    def _ledger(self):
        return self.plant.count()

    def _table(self):
        return self.instance.sql("SELECT count(*) AS n FROM mfg_bench_event")[0]["n"]

    def batches(self):
        self.plant.empty()
        requests = [self.plant.request(self._events(BATCH)) for _each in range(BATCHES)]
        return self._rate(requests, BATCH * BATCHES, self._ledger)

    def bare_batches(self):
        requests = [(BARE_BATCH, as_json(self._events(BATCH)), JSON) for _each in range(BATCHES)]
        return self._rate(requests, BATCH * BATCHES, self._table)

    def rpc(self):
        scripts = [Script(self.instance) for _each in range(SENDERS)]
        before = self._table()

        def work(script):
            for event in self._events(RPC_CALLS // SENDERS):
                values = {"event_id": event["id"], "kind": event["type"], "source": event["source"]}
                values |= {"occurred": "2026-03-02 06:00:00", "payload": json.dumps(event["data"])}
                script.call("mfg.bench.event", "create", values)

        seconds = run_threads([lambda script=script: work(script) for script in scripts])
        assert self._table() - before == RPC_CALLS
        return RPC_CALLS / seconds

    def done(self):
        """From the first request to the last effect, accepting and applying at once."""
        self.plant.empty()
        self.plant.set(paused=False)
        count = BATCH * BATCHES // 3
        requests = [self.plant.request(self._events(BATCH)) for _each in range(count // BATCH)]
        post_all(self.instance.url, requests, SENDERS)
        self.plant.wait_done(count)
        self.plant.pause()
        rest(self.instance)
        return count / self.plant.span()

    def singles(self):
        self.plant.empty()
        return self._rate([self.plant.request(event) for event in self._events(SINGLES)], SINGLES, self._ledger)

    def bare(self):
        return self._rate([(BARE, as_json(event), JSON) for event in self._events(SINGLES)], SINGLES, self._table)

    def webhook(self):
        return self._rate([(self.hook, as_json(event), JSON) for event in self._events(SINGLES)], SINGLES, self._table)
