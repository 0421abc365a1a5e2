"""A ledger with a past: messages that are years old, and the nightly removal."""

import json

from ..engine.gate import Gate
from ..engine.retention import Retention
from ..protocol import cloudevents
from .orders import EngineCase


class PastCase(EngineCase):
    def tell(self, text, event_id, **data):
        """One event as its sender posts it. Returns what the gate answers for it."""
        event = {
            "specversion": "1.0",
            "id": event_id,
            "source": "urn:mes1",
            "type": "sync.test.v1",
            "data": {"text": text, "lane": "MO/1", **data},
        }
        for name in {"time", "type"} & data.keys():
            event[name] = event["data"].pop(name)
        self.env.flush_all()
        known = {**self.endpoint.read(["id"])[0], "company_id": self.env.company.id, "body_limit": 10**6}
        _mode, results = Gate(self.env.cr).receive(
            {**known, "listening": False}, json.dumps(event).encode(), cloudevents.STRUCTURED, {}
        )
        self.env.invalidate_all()
        return results[0]

    def ago(self, days, *messages):
        """These messages have crossed the border, and were finished, so many days ago."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET received = received - %(days)s * interval '1 day',
                      occurred = occurred - %(days)s * interval '1 day', done_at = done_at - %(days)s * interval '1 day'
               WHERE id = ANY(%(ids)s)""",
            {"days": days, "ids": [message.id for message in messages]},
        )
        self.env.invalidate_all()

    def remove(self, **options):
        """Retention's round. Returns whether it had time for all."""
        self.env.flush_all()
        with self.own_cursors():
            return Retention(self.env.registry, **options).run()

    def done(self, text, days, **data):
        """A message that was applied so many days ago."""
        message = self.arrive(text, **data)
        self.work()
        self.assertEqual(message.state, "done")
        self.ago(days, message)
        return message

    def keys(self):
        return self.env["mfg.sync.key"].search([("endpoint_id", "=", self.endpoint.id)])
