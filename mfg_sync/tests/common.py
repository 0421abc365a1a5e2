import json
from contextlib import contextmanager

from odoo.tests import HttpCase, TransactionCase, new_test_user

from .. import compat
from ..engine import drain
from ..engine.chunk import Chunk
from ..engine.delivery import Delivery
from ..engine.drain import Drain
from ..protocol import cloudevents, signature


class SyncMixin:
    """A connection with a service user, and both ends of the wire in one test."""

    @classmethod
    def make_endpoint(cls, code="mes1", groups="", kinds=("sync.test",), **values):
        """A live connection; ``kinds`` are names of kinds of messages, each made a live flow."""
        company = values.pop("company", cls.env.company)
        user = new_test_user(
            cls.env,
            f"svc_{code}",
            groups=groups or "base.group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        endpoint = cls.env["mfg.sync.endpoint"].create(
            {
                "name": code.upper(),
                "code": code,
                "company_id": company.id,
                "user_id": user.id,
                "in_plant": True,
                **values,
            }
        )
        endpoint.system_ids = [(0, 0, {"name": code, "source": f"urn:{code}"})]
        cls.add_flows(endpoint, *kinds)
        return endpoint

    @classmethod
    def add_flows(cls, endpoint, *kinds, direction=None, **values):
        types = cls.env["mfg.sync.message.type"].search([("name", "in", kinds)])
        if direction:
            types = types.filtered(lambda kind: kind.direction == direction)
        return cls.env["mfg.sync.flow"].create(
            [{"endpoint_id": endpoint.id, "type_id": kind.id, "mode": "live", **values} for kind in types]
        )

    def setUp(self):
        super().setUp()
        # the test's own cursor is never committed: what waits for its commit is done at once
        commits = compat.commits
        self.patch(compat, "commits", lambda cr: commits(cr) and cr is not self.env.cr)

    @contextmanager
    def own_cursors(self):
        with compat.test_mode(self):
            yield
        self.env.invalidate_all()

    @staticmethod
    def as_known(endpoint):
        """A connection as the gate has it once the sender is proven."""
        return {"id": endpoint.id, "company_id": endpoint.company_id.id, "body_limit": 10**8, "listening": False}

    def accept(self, endpoint, kind, data, event_id=None, time=None, source=None, **attributes):
        """Put one message into the ledger as the gate does. Returns its row; a refusal raises Problem."""
        from ..engine.gate import Gate

        self.counter = getattr(self, "counter", 0) + 1
        event = {
            "specversion": "1.0",
            "id": event_id or f"e{self.counter}",
            "source": source or f"urn:{endpoint.code}",
            "type": f"{kind}.v1",
            "data": data,
            **attributes,
        }
        if time:
            event["time"] = time
        self.env.flush_all()
        _mode, results = Gate(self.env.cr).receive(
            self.as_known(endpoint), json.dumps(event, default=str).encode(), cloudevents.STRUCTURED, {}
        )
        result = results[0]
        self.assertNotEqual(result["status"], "refused", result)
        return self.env["mfg.sync.message"].search([("uuid", "=", result["uuid"])])

    def count_chunks(self):
        """How many messages each transaction of a drain tries, from now on: a list that grows."""
        chunks, close = [], Chunk.close

        def noted(chunk):
            chunks.append(len(chunk.tries))
            close(chunk)

        self.patch(Chunk, "close", noted)
        return chunks

    def time_chunks(self, seconds, quiet=True):
        """A chunk ends after so long, whatever it writes on and whoever else is at work.

        :param bool quiet: also where nobody works at this time of the day
        """
        for name in ("STOCK_SECONDS", "CHUNK_SECONDS", "ALONE_SECONDS", *(["QUIET_CHUNK_SECONDS"] if quiet else [])):
            self.patch(drain, name, seconds)

    def drain(self, endpoint):
        """Apply what is due, as the worker does."""
        self.env.flush_all()
        with self.own_cursors():
            Drain(self.env.registry, endpoint.id).run(seconds=20)

    def deliver(self, endpoint):
        self.env.flush_all()
        self.env.cr.precommit.run()
        with self.own_cursors():
            Delivery(self.env.registry, endpoint.id).run(seconds=10)

    def apply(self, endpoint, kind, data, **kw):
        """Accept and apply one message; returns its row afterwards."""
        message = self.accept(endpoint, kind, data, **kw)
        self.drain(endpoint)
        return message

    def captured(self):
        """Outbound rows written by this transaction's precommit hooks so far."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        return self.env["mfg.sync.message"].search([("direction", "=", "out")], order="id")

    def told_states(self, endpoint, kind=None):
        """What is marked for a connection, rendered as its delivery does before it sends; the rows stay to be sent.

        :param str kind: only of this kind of message
        :return: the data of each message that is new by it, oldest first
        """
        before = self.captured()
        while self.env["mfg.sync.capture"]._render_marks(endpoint.id, 500):
            pass
        self.env.invalidate_all()
        rows = self.captured() - before
        self.assertNotIn("dead", rows.mapped("state"), rows.mapped("error_text"))
        if kind:
            rows = rows.filtered(lambda row: row.type_name.rpartition(".v")[0] == kind)
        return [json.loads(row.payload) for row in rows]


class SyncCase(SyncMixin, TransactionCase):
    pass


class SyncHttpCase(SyncMixin, HttpCase):
    def post(self, endpoint_code, body, secret=None, headers=None, content_type=cloudevents.STRUCTURED, path="events"):
        signed = signature.sign("msg-1", body, [secret]) if secret else {}
        return self.url_open(
            f"/mfg_sync/v1/{endpoint_code}/{path}",
            data=body,
            headers={"Content-Type": content_type, **signed, **(headers or {})},
        )
