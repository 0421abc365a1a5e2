"""The way out, second half: marks become messages, messages become requests.

No transaction is open while the other side thinks: a session advisory lock is the lease, then read and commit, send,
and write the result in one short transaction. Killed in between, the message is sent again with the same id.
"""

import logging
import os
import time
from datetime import datetime

from odoo import SUPERUSER_ID, api

from ..compat import _
from ..protocol import cloudevents, signature, strict_json
from . import breaker, bucket, claim, documents, errors, lanes, ledger, outbox, release, retry, runs, verdicts
from .drain import run_under_lock
from .keys import KeyMissing
from .ledger import WORKER
from .pace import Pace
from .transport import Line
from .turn import DRAIN_SECONDS
from .working import may_work, rests_until

_logger = logging.getLogger(__name__)

#: the other side has more than it can take; where it says how long, nothing at all is sent until then
TOO_MANY = 429
BATCH = 50
MARKS = 500
#: what has arrived is written down together: so many messages, or what arrived in so many seconds, at the most
TOGETHER, LATE_SECONDS = 10, 0.2
#: so often it is looked, between two messages, whether somebody has cancelled or paused what is still to be sent
LOOK_SECONDS = 0.2


class Delivery:
    def __init__(self, registry, endpoint_id):
        self.registry, self.endpoint_id = registry, endpoint_id
        self.line, self.stopped, self.pace = None, False, Pace()
        #: attempts whose messages have arrived and are not written down yet, as :meth:`_write_received` wants them
        self.received, self.late = [], 0.0

    def run(self, seconds=DRAIN_SECONDS, linger=0):
        """Render and send until nothing is due or the time is over. Returns how many marks and messages that were."""
        return run_under_lock(self, "out", seconds, linger)

    def work(self, turn):
        total = 0
        while not self.stopped and not turn.over():
            # it looks for what other processes have changed: once a turn, and it comes first
            rendered = self._in_transaction(self._render_marks, ledger.up_to_date)
            batch = self._in_transaction(self._claim)
            total += rendered + batch["settled"]
            try:
                for row in batch["rows"]:
                    if self.pace.seconds() > LATE_SECONDS:
                        self._settle_received()
                    if not self.pace.allows():
                        return total
                    if not self._may_still_go(row, batch):
                        continue
                    self._send(row, batch)
                    total += 1
                    if self.stopped or turn.over():
                        return total
            finally:
                self._settle_received()
            if not rendered and not batch["rows"] and not batch["settled"]:
                break
        return total

    def _may_still_go(self, row, batch):
        """Whether nobody has paused or cancelled a row since its batch was claimed.

        A batch may be on its way for a turn's time, and who pauses or cancels means now. Most messages take less than
        the time between two looks, so it is no query for each.
        """
        if time.monotonic() - batch["looked"] >= LOOK_SECONDS:
            with self.registry.cursor() as cr:
                batch["wanted"] = claim.may_still_go(cr, [each["id"] for each in batch["rows"]])
            batch["looked"] = time.monotonic()
        return batch["wanted"] is None or row["id"] in batch["wanted"]

    def _in_transaction(self, work, environment=ledger.superuser):
        def run(cr):
            # superuser: reads the connection and writes the ledger; builders render in the service user's env
            env = environment(cr)
            return work(env, env["mfg.sync.endpoint"].browse(self.endpoint_id).exists())

        return ledger.settled(self.registry, run, repeatable_read=True)

    def _render_marks(self, env, endpoint):
        """Collapse marks and render committed state. Returns how many marks were taken."""
        if not may_work(endpoint, "out") or rests_until(env.cr, self.endpoint_id, "out"):
            return 0
        taken = env["mfg.sync.capture"]._render_marks(self.endpoint_id, MARKS)
        if not taken:
            runs.end(env, self.endpoint_id, self._with_content)
        return taken

    def _claim(self, env, endpoint):
        """What is due, in order of the lanes, with everything needed to send it after the commit."""
        if not may_work(endpoint, "out"):
            return {"rows": [], "settled": 0}
        if endpoint.delivery == "pull":
            return {"rows": [], "settled": outbox.prepare(env, self.endpoint_id, self._with_content)}
        if rests_until(env.cr, self.endpoint_id, "out"):
            return {"rows": [], "settled": 0}
        cr, rows, blocked, looked = env.cr, [], [], time.monotonic()
        self.pace.look(cr, endpoint)
        due = claim.due_lanes(cr, self.endpoint_id, "out", self.pace.batch(BATCH))
        if self.pace.catching_up and not due and not claim.has_marks(cr, self.endpoint_id):
            bucket.caught_up(cr, self.endpoint_id)
        for of_lane in claim.lock_lanes(cr, self.endpoint_id, "out", due).values():
            runnable, behind = lanes.plan(of_lane)
            # of a lane one at a time: whether the next may go depends on what becomes of this one
            rows += runnable[:1]
            blocked += behind
        touched = claim.block(cr, blocked)
        settled = len(touched)
        if breaker.is_open(cr, self.endpoint_id):
            # half-open: one message as a probe; the least tried, so that one which always fails can't keep it open
            rows = sorted(rows, key=lambda row: row["attempt_count"])[:1]
        rows = [row for row in (self._with_content(env, row, touched) for row in rows) if row]
        for row in rows:
            if row["res_id"]:
                documents.link(cr, row["id"], [(row["res_model"], row["res_id"])])
            touched.append(row["id"])
        documents.refresh_statuses(cr, touched)
        try:
            secrets = env["mfg.sync.credential"]._outgoing_secrets(cr, self.endpoint_id)
            problem = None if secrets else _("There is no key to sign with: make one on the connection.")
        except KeyMissing as error:
            secrets, problem = [], str(error)
        return {
            "rows": rows,
            "looked": looked,
            "wanted": None,
            "settled": max(settled, len(touched) - len(rows)),
            "secrets": secrets,
            "problem": problem,
            "first_retry": endpoint.first_retry,
            "breaker": {"after": endpoint.breaker_after, "first_probe": endpoint.first_probe},
            "target": {
                "url": endpoint.url,
                "in_plant": endpoint.in_plant,
                "ca_bundle": endpoint.ca_bundle,
                "connect_timeout": endpoint.connect_timeout,
                "read_timeout": endpoint.read_timeout,
            },
        }

    @staticmethod
    def _with_content(env, row, touched):
        """The row with the bytes to send: rendered now if it could not be when its document changed, and encoded.

        :return: None when it is settled: it can't be told, or other messages tell it
        """
        capture, row_id = env["mfg.sync.capture"], row["id"]
        try:
            if row["payload"] == "null":
                row = capture._rerender(row)
                if not row:
                    touched.append(row_id)
                    return None
            return capture._encoded(row)
        except errors.SyncError as error:
            verdicts.kill(
                env.cr,
                row_id,
                text=error.text,
                pointer=error.pointer,
                error_class=error.error_class,
                shadow=row["shadow"],
            )
            touched.append(row_id)
            return None

    def _send(self, row, batch):
        started, clock = datetime.utcnow(), time.monotonic()
        error, status = None, None
        try:
            if batch["problem"]:
                raise errors.TransientError(batch["problem"])
            if not self.line:
                if not batch["target"]["url"]:
                    raise errors.TransientError(_("The connection has no address of the other side yet."))
                self.line = Line(batch["target"])
            body = envelope(row)
            headers = {"Content-Type": cloudevents.STRUCTURED, **signature.sign(row["uuid"], body, batch["secrets"])}
            status, _text = self.line.post(body, headers)
        except errors.SyncError as caught:
            error, status = caught, getattr(caught, "http_status", None)
            # a new connection next time: the name may lead elsewhere then
            self.line = None
        except Exception as caught:
            # one message that can't be put on the line must not keep the others from it (promise 3)
            _logger.exception("mfg_sync: message %s could not be sent", row["uuid"])
            self.line = None
            error = errors.PermanentError(
                _("An error in Odoo (%s); it is in the server's log under this message's id.", type(caught).__name__)
            )
        tried = {"started": started, "duration_ms": (time.monotonic() - clock) * 1000, "http_status": status}
        if error is None:
            self.late = self.late if self.received else time.monotonic() + LATE_SECONDS
            self.received.append((row, tried))
            if len(self.received) < TOGETHER and time.monotonic() < self.late:
                return
        self._settle_received()
        if error is not None:
            ledger.settled(self.registry, lambda cr: self._write_failed(cr, row, batch, error, tried))

    def _settle_received(self):
        """Write down what has arrived; a worker killed before that sends it once more, under the same ids."""
        received, self.received = self.received, []
        if received:
            # READ COMMITTED and again after a race: the other side has them, and nobody else can tell us so
            ledger.settled(self.registry, lambda cr: self._write_received(cr, received))

    def _write_received(self, cr, received):
        breaker.answered(cr, self.endpoint_id)
        results = [
            {"id": row["id"], "result": _("Received by the other side (%s).", tried["http_status"]), "no_effect": False}
            for row, tried in received
        ]
        lanes_of = verdicts.finish_many(cr, results)
        released = release.release_lanes(cr, self.endpoint_id, "out", set(lanes_of.values()))
        verdicts.attempts(cr, [self._attempt(row, "done", tried) for row, tried in received])
        self.pace.note(cr, self.endpoint_id)
        documents.refresh_statuses(cr, [*lanes_of, *released])

    @staticmethod
    def _attempt(row, result, tried, **why):
        return verdicts.attempt_values(row["id"], result=result, worker=WORKER.format(os.getpid()), **tried, **why)

    def _write_failed(self, cr, row, batch, error, tried):
        result = "dead"
        until_probe = self._judge_line(cr, row, batch, error, tried["http_status"])
        if isinstance(error, (errors.AuthError, errors.GoneError)):
            result = error.error_class
            self._stop(cr, row, error)
        elif isinstance(error, errors.TransientError):
            seconds = retry.delay(row["attempt_count"], batch["first_retry"], error.retry_after)
            if tried["http_status"] == TOO_MANY and error.retry_after:
                self.pace.put_off(min(error.retry_after, retry.CAP))
            # ready for the next probe, and earlier for a person who says "try now"
            seconds = min(seconds, until_probe or seconds)
            result = verdicts.retry(cr, row["id"], seconds=seconds, text=error.text, error_class=error.error_class)
            result = result or "pending"
        else:
            verdicts.kill(cr, row["id"], text=error.text, pointer=error.pointer, error_class=error.error_class)
        verdicts.attempts(cr, [self._attempt(row, result, tried, error_class=error.error_class, detail=error.text)])
        self.pace.note(cr, self.endpoint_id)
        documents.refresh_statuses(cr, [row["id"]])

    def _judge_line(self, cr, row, batch, error, status):
        """What this try says of the line. Returns the seconds until the next probe where the breaker is open."""
        if status and not isinstance(error, errors.TransientError):
            breaker.answered(cr, self.endpoint_id)
            return None
        counts = isinstance(error, errors.LineError)
        # a probe that was put off (429) or could not be made proves nothing, and opens nothing either
        if not counts and not (isinstance(error, errors.TransientError) and breaker.is_open(cr, self.endpoint_id)):
            return None
        seconds = breaker.failed(
            cr, self.endpoint_id, row["id"], text=error.text, retry_after=error.retry_after, **batch["breaker"]
        )
        self.stopped = self.stopped or bool(seconds)
        return seconds

    def _stop(self, cr, row, error):
        """Our key is refused, or the address is gone: rows stay, nothing is sent, one task for an Administrator."""
        self.stopped = True
        env = api.Environment(cr, SUPERUSER_ID, {})
        endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id)
        verdicts.explain(cr, row["id"], text=error.text, error_class=error.error_class)
        if isinstance(error, errors.GoneError):
            endpoint.paused = True
        if not endpoint.breaker_open:
            endpoint.write({"breaker_open": True, "breaker_reason": error.text})
            env["mfg.sync.task"]._ask_administrator(endpoint, error.text)

    def has_due(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            endpoint = env["mfg.sync.endpoint"].browse(self.endpoint_id).exists()
            if not may_work(endpoint, "out") or rests_until(cr, self.endpoint_id, "out"):
                return False
            return claim.has_marks(cr, self.endpoint_id) or bool(claim.due_lanes(cr, self.endpoint_id, "out", 1))


def envelope(row):
    """The bytes of an outbound message; the same at every attempt."""
    return cloudevents.write(
        id=row["uuid"],
        source=row["source"],
        type=row["type_name"],
        subject=row["subject"],
        time=row["occurred"],
        datacontenttype=row["datacontenttype"],
        data=strict_json.loads(row["payload"]),
    )
