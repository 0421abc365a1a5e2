"""A small plant for tests of the engine: the test message with lanes, scopes, keys and a handler that tests steer."""

import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo import _

from ..engine import drain
from ..engine.inbound import Done
from ..engine.sweep import Sweep
from .common import SyncCase


class EngineCase(SyncCase):
    """The kind ``sync.test`` treated as reports on production orders; ``self.happen`` says what the handler does."""

    BLOCK = {
        "lane": {"entity": "item", "pointer": "/lane"},
        "scope": ["/scope"],
        "business_key": ["/report"],
        "look_alike": ["/looks"],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1")
        cls.flow = cls.endpoint.flow_ids.filtered(lambda flow: flow.direction == "in")
        cls.kind = cls.flow.type_id
        schema = json.loads(cls.kind.schema)
        schema["x-mfg-sync"] = {**schema["x-mfg-sync"], **cls.BLOCK}
        cls.kind.schema = json.dumps(schema)
        cls.partner = cls.env["res.partner"].create({"name": "Bench"})

    def setUp(self):
        super().setUp()
        #: text of a message → what its handler does: an exception to raise, or a function of (handler, message)
        self.happen, self.applied = {}, []
        case = self

        def apply(handler, message):
            text = message.data["text"]
            action = case.happen.get(text)
            if isinstance(action, Exception):
                raise action
            done = action(handler, message) if action else None
            case.applied.append(text)
            return done or Done(_("%s was done.", text))

        handler = type(self.env["mfg.sync.handler.test"])
        patcher = patch.object(handler, "apply", apply)
        patcher.start()
        self.addCleanup(patcher.stop)

    def arrive(self, text, lane="MO/1", *, closing=False, endpoint=None, time=None, **data):
        message = self.accept(endpoint or self.endpoint, "sync.test", {"text": text, "lane": lane, **data}, time=time)
        if closing:
            self.env.cr.execute("UPDATE mfg_sync_message SET closing = true WHERE id = %s", [message.id])
            message.invalidate_recordset()
        return message

    def work(self, *texts_now_fine):
        """Let the drain work; first these messages' handlers have nothing to complain about any more."""
        for text in texts_now_fine:
            self.happen.pop(text, None)
        self.drain(self.endpoint)

    def look_at(self, count):
        """So many messages each chunk of a drain looks at."""
        for name in ("FIRST", "FEWEST", "MOST"):
            self.patch(drain, name, count)

    def sweep(self):
        """What the cron does every minute, without its drains."""
        sweep = Sweep(self.env)
        sweep._drain = lambda wanted: None
        with self.own_cursors():
            sweep.run()

    def later(self, message, hours=0.0):
        """The time of a message has come; with hours, its patience has ended that long ago."""
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at - interval '2 hours',
               patience_until = CASE WHEN %(hours)s > 0 THEN now() AT TIME ZONE 'UTC' - %(hours)s * interval '1 hour'
                                ELSE patience_until END WHERE id = %(id)s""",
            {"hours": hours, "id": message.id},
        )
        message.invalidate_recordset()

    def state_of(self, message):
        return message.state, message.hold_reason or None

    @contextmanager
    def quiet(self, logger):
        """Expect a log line of ours."""
        with self.assertLogs(f"odoo.addons.mfg_sync.{logger}", "WARNING") as logs:
            yield logs
