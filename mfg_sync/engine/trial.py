"""A test message, sent while a person waits: address check, signature, TLS and time limits are those of all messages.

It goes past the queue, so that what waits there neither delays it nor goes out with it. It is sent once, whatever comes
of it, and is in the ledger afterwards where the synchronization of test messages is live.
"""

import time
import uuid
from datetime import datetime

import requests

from odoo import _
from odoo.exceptions import UserError

from ..protocol import cloudevents, signature, strict_json
from . import errors, lanes, ledger, verdicts
from .keys import KeyMissing
from .ledger import WORKER
from .transport import Line

KIND = "sync.test"


class Trial:
    """:param endpoint: one connection; the caller has checked that this database is its home"""

    def __init__(self, endpoint):
        self.endpoint, self.env, self.line = endpoint, endpoint.env, None
        self.steps = [
            {"code": "address", "step": _("Their address may be contacted")},
            {"code": "key", "step": _("There is a key to sign with")},
            {"code": "connected", "step": _("They were reached")},
            {"code": "trusted", "step": _("Their certificate is trusted")},
            {"code": "accepted", "step": _("They took the message")},
        ]

    def run(self):
        """Send it. Takes no longer than the connection's time limits.

        :return: ``{delivered, summary, steps: [{step, state, detail}]}``
        """
        started, clock = datetime.utcnow(), time.monotonic()
        row = self._row()
        error = status = None
        try:
            status, said = self._send(row)
            summary = _("Delivered in %(ms)s ms: they answered %(status)s.", ms=self._ms(clock), status=status)
            self._reached("accepted", self._shown(status, said))
        except errors.SyncError as caught:
            error, status = caught, getattr(caught, "http_status", None)
            summary = _("Not delivered: %s", error.text)
            self._failed(error, status)
        self._keep(row, error, status, started, clock, summary)
        return {
            "delivered": error is None,
            "summary": summary,
            "steps": [
                {"step": step["step"], "state": step.get("state", "not_tried"), "detail": step.get("detail")}
                for step in self.steps
            ],
        }

    def _row(self):
        kind = self.env["mfg.sync.message.type"]._kind("out", KIND)
        if not kind:
            raise UserError(_("The kind of message %s is retired. Make it active to try connections out.", KIND))
        data = {"text": self.endpoint.name}
        event_id = str(uuid.uuid4())
        return {
            "uuid": event_id,
            "event_id": event_id,
            "source": self.endpoint.source,
            "subject": None,
            "type_name": f"{KIND}.v{kind['version']}",
            "type_id": kind["id"],
            "occurred": datetime.utcnow(),
            "datacontenttype": "application/json",
            "payload": strict_json.dumps(data),
            "data_hash": strict_json.content_hash(data),
            "content_hash": strict_json.content_hash(KIND, data),
            "summary": f"{kind['title']}: {self.endpoint.name}",
        }

    def _send(self, row):
        from .delivery import envelope

        endpoint = self.endpoint
        if not endpoint.url:
            raise errors.PermanentError(_("The connection has no address of the other side yet."))
        self.line = Line(
            {
                "url": endpoint.url,
                "in_plant": endpoint.in_plant,
                "ca_bundle": endpoint.ca_bundle,
                "connect_timeout": endpoint.connect_timeout,
                "read_timeout": endpoint.read_timeout,
            }
        )
        self._reached("address", self.line.url if endpoint.in_plant else endpoint.url)
        try:
            secrets = self.env["mfg.sync.credential"]._outgoing_secrets(self.env.cr, endpoint.id)
        except KeyMissing as missing:
            raise errors.PermanentError(str(missing)) from None
        if not secrets:
            raise errors.PermanentError(_("There is no key to sign with: press “New outgoing key”."))
        self._reached("key")
        body = envelope(row)
        return self.line.post(
            body, {"Content-Type": cloudevents.STRUCTURED, **signature.sign(row["uuid"], body, secrets)}
        )

    def _reached(self, code, detail=None):
        """This step and all before it went well."""
        for step in self.steps:
            step.setdefault("state", "ok")
            if step["code"] == "trusted" and not (self.endpoint.url or "").startswith("https"):
                step["detail"] = _("not encrypted; in our own plant")
            if step["code"] == code:
                step["detail"] = detail
                return

    def _failed(self, error, status):
        if isinstance(error.__cause__, requests.exceptions.SSLError):
            self._reached("connected")
        elif status or self.line and self.line.sockets:
            # a socket that is open has TLS behind it; what came then was a refusal or silence
            self._reached("trusted")
        for step in self.steps:
            if "state" not in step:
                step.update(state="failed", detail=error.text)
                return

    def _keep(self, row, error, status, started, clock, summary):
        """In the ledger, finished: a test is never tried again and never asks for a person."""
        flow = self.endpoint.flow_ids.filtered(
            lambda flow: flow.mode == "live" and flow.direction == "out" and flow.type_id.name == KIND
        )[:1]
        if not flow:
            return
        endpoint, now = self.endpoint, row["occurred"].isoformat()
        ids = ledger.insert(
            self.env.cr,
            [
                {
                    **row,
                    "direction": "out",
                    "endpoint_id": endpoint.id,
                    "company_id": endpoint.company_id.id,
                    "flow_id": flow.id,
                    "occurred": now,
                    "sort_time": now,
                    "lane": lanes.of_record(endpoint._name, endpoint.id),
                    "state": "cancelled" if error else "done",
                    "no_effect": True,
                    "result_text": summary,
                }
            ],
        )
        verdicts.attempts(
            self.env.cr,
            [
                verdicts.attempt_values(
                    ids[row["uuid"]],
                    started=started,
                    duration_ms=self._ms(clock),
                    result="cancelled" if error else "done",
                    worker=WORKER.format("test"),
                    error_class=error and error.error_class,
                    http_status=status,
                    detail=error and error.text,
                )
            ],
        )

    @staticmethod
    def _ms(clock):
        return round((time.monotonic() - clock) * 1000)

    @staticmethod
    def _shown(status, said):
        return f"{status} {' '.join(said.split())[:200]}".strip()
