import json
import random

from odoo.tests import tagged

from ..engine.gate import Gate
from ..protocol import cloudevents
from ..protocol.errors import Problem
from .common import SyncCase

WEIRD = [None, True, -1, 10**30, 0.1, "", "x" * 600, "ü", [], {}, [[{}]], {"a": 1}, "2026-01-01T00:00:00Z"]


@tagged("post_install", "-at_install", "mfg_sync")
class TestGateGarbage(SyncCase):
    def test_two_thousand_odd_events_are_accepted_or_refused_and_break_nothing(self):
        endpoint = self.make_endpoint()
        self.env.flush_all()
        known = {"id": endpoint.id, "company_id": endpoint.company_id.id, "body_limit": 10**6, "listening": False}
        dice, statuses = random.Random(20261123), set()
        for _batch in range(20):
            events = []
            for number in range(100):
                event = {"specversion": "1.0", "id": f"{_batch}.{number}", "source": "urn:mes1", "type": "sync.test.v1",
                         "data": {"text": dice.choice(WEIRD), "lane": dice.choice(WEIRD)}}  # fmt: skip
                for name in dice.sample(
                    ["id", "time", "subject", "data", "sequence", "datacontenttype"], dice.randrange(3)
                ):
                    event[name] = dice.choice(WEIRD)
                events.append(event)
            try:
                _mode, results = Gate(self.env.cr).receive(known, json.dumps(events).encode(), cloudevents.BATCH, {})
            except Problem as problem:
                # one number that is none of a plant spoils the JSON of its batch
                self.assertEqual(problem.code, "json")
                continue
            self.assertEqual(len(results), 100)
            statuses |= {result["status"] for result in results}
            for result in results:
                self.assertTrue(result.get("uuid") or 400 <= result["problem"]["status"] < 500, result)
        self.assertTrue({"accepted", "refused"} <= statuses)
