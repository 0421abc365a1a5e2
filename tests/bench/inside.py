"""python -m bench.inside CONFIG DATABASE: Odoo loaded on a database, to measure without HTTP and other processes.

Reads ``[task, {argument: value}]`` a line from standard input and answers ``{"result": …}`` a line; one task after the
other, each in transactions of its own.
"""

import json
import os
import sys
import time
import traceback
import uuid
from contextlib import contextmanager

import odoo
from odoo import SUPERUSER_ID, api


def main():
    config, database = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    # whatever Odoo prints must not be taken for an answer
    os.dup2(2, 1)
    odoo.tools.config.parse_config(["-c", config, "-d", database, "--no-http", "--log-level=error"])
    from odoo.modules.registry import Registry

    tasks = Tasks(Registry(database))
    for line in sys.stdin:
        task, arguments = json.loads(line)
        try:
            answer = {"result": getattr(tasks, task)(**arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


class Tasks:
    def __init__(self, registry):
        self.registry = registry

    @contextmanager
    def env(self):
        """The superuser's environment on a cursor that commits at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    # -- connections

    def make_endpoint(self, code, kinds, groups=("base.group_user",), **values):
        """A live connection with these kinds of messages. Returns its id."""
        from odoo.addons.mfg_sync import compat

        with self.env() as env:
            ids = [env.ref(xmlid).id for xmlid in groups]
            user = (
                env["res.users"]
                .with_context(no_reset_password=True)
                .create({"name": code, "login": f"svc_{code}", compat.user_groups_field(): [(6, 0, ids)]})
            )
            system = (0, 0, {"name": code, "source": f"urn:{code}"})
            endpoint = env["mfg.sync.endpoint"].create(
                {"name": code, "code": code, "user_id": user.id, "in_plant": True, "system_ids": [system], **values}
            )
            found = env["mfg.sync.message.type"].search([("name", "in", kinds)])
            env["mfg.sync.flow"].create(
                [{"endpoint_id": endpoint.id, "type_id": kind.id, "mode": "live"} for kind in found]
            )
            return endpoint.id

    def kinds_told(self):
        """Names of the outbound kinds that are told whoever the partner is."""
        with self.env() as env:
            kinds = env["mfg.sync.message.type"].search([("direction", "=", "out"), ("name", "not like", "edi.%")])
            return [name for name in kinds.mapped("name") if not name.startswith("sync.")]

    def groups_for(self, kinds):
        with self.env() as env:
            found = env["mfg.sync.message.type"].search([("name", "in", kinds)])
            return sorted({xmlid for kind in found for xmlid in kind._needed_groups()} | {"base.group_user"})

    def set_modes(self, endpoint, mode):
        """Switch all synchronizations of a connection: off, live."""
        with self.env() as env:
            env["mfg.sync.flow"].search([("endpoint_id", "=", endpoint)]).mode = mode

    # -- the way in

    def accept(self, endpoint, count, batch=100, code=None):
        """Messages without effect through the gate's checks, a transaction a batch. Returns the seconds it took."""
        from odoo.addons.mfg_sync import compat
        from odoo.addons.mfg_sync.engine.gate import Gate
        from odoo.addons.mfg_sync.protocol import cloudevents

        with self.env() as env:
            found = env["mfg.sync.endpoint"].browse(endpoint)
            known = {"id": found.id, "company_id": found.company_id.id, "body_limit": 10**7, "listening": False}
            source = found.system_ids.source
        started = time.monotonic()
        for _each in range(count // batch):
            events = [
                {"specversion": "1.0", "id": uuid.uuid4().hex, "source": source, "type": "sync.test.v1",
                 "data": {"text": "Hello"}} for _event in range(batch)]  # fmt: skip
            with self.registry.cursor() as cr:
                compat.read_committed(cr)
                _mode, results = Gate(cr).receive(known, json.dumps(events).encode(), cloudevents.BATCH, {})
            assert {result["status"] for result in results} == {"accepted"}, results[0]
        return time.monotonic() - started

    def drain(self, endpoint, seconds=600):
        """Apply what is due. Returns ``[how many, the seconds it took]``."""
        from odoo.addons.mfg_sync.engine.drain import Drain

        started = time.monotonic()
        done = Drain(self.registry, endpoint).run(seconds=seconds)
        return [done, time.monotonic() - started]

    def memory(self):
        """Resident bytes of this process."""
        import psutil

        return psutil.Process().memory_info().rss

    def settle(self, endpoint):
        """Take pending rows as done. Returns their ids in order of arrival."""
        with self.env() as env:
            env.cr.execute(
                """UPDATE mfg_sync_message SET state = 'done', done_at = now() AT TIME ZONE 'UTC'
                   WHERE endpoint_id = %s AND state = 'pending' RETURNING id""",
                [endpoint],
            )
            return sorted(row_id for (row_id,) in env.cr.fetchall())

    def handle(self, endpoint, ids, chunk=0.15):
        """The ORM calls of these messages without an engine: their handlers one after the other, in transactions of
        about the length of the engine's. Returns the seconds it took.
        """
        from odoo.addons.mfg_sync.engine.given import INBOUND, Given
        from odoo.addons.mfg_sync.engine.inbound import Inbound

        started, left = time.monotonic(), list(ids)
        while left:
            end = time.monotonic() + chunk
            with self.env() as env:
                found = env["mfg.sync.endpoint"].browse(endpoint)
                context = {
                    "allowed_company_ids": found.company_id.ids,
                    "lang": found.user_id.lang,
                    "tz": found.user_id.tz,
                    INBOUND: Given(endpoint),
                }
                service = api.Environment(env.cr, found.user_id.id, context)
                env.cr.execute("SELECT * FROM mfg_sync_message WHERE id = ANY(%s) ORDER BY sort_time, id", [left])
                rows = env.cr.dictfetchall()
                for row in rows:
                    name, _dot, major = row["type_name"].rpartition(".v")
                    kind = env["mfg.sync.message.type"]._kind("in", name, int(major))
                    message = Inbound(row, kind, env["mfg.sync.flow"]._inbound()[endpoint, row["type_id"]])
                    handler = service[kind["handler"]].with_context(mfg_sync_occurred=Given(message.occurred))
                    handler.apply(message)
                    service.flush_all()
                    left.remove(row["id"])
                    if time.monotonic() >= end:
                        break
        return time.monotonic() - started

    # -- a ledger with a past

    def fill(self, endpoint, count):
        """So many messages that are done long since, each with its attempt."""
        with self.env() as env:
            env.cr.execute(
                """INSERT INTO mfg_sync_message (uuid, direction, endpoint_id, system_id, company_id, flow_id, type_id,
                       type_name, event_id, source, summary, sort_time, datacontenttype, payload, attributes,
                       content_hash, data_hash, lane, scope, closing, state, shadow, no_effect, needs_person, received,
                       next_attempt_at, patience_until, done_at, attempt_count, accept_look_alike, asked, result_text,
                       create_date, write_date)
                   SELECT gen_random_uuid()::text, 'in', e.id, s.id, e.company_id, f.id, f.type_id, 'sync.test.v1',
                       'past-' || n, s.source, 'Test: Hello', t.moment, 'application/json', '{"text":"Hello"}', '{}',
                       md5(n::text) || md5(n::text), md5(n::text) || md5(n::text), gen_random_uuid()::text, '', false,
                       'done', false, true, false, t.moment, t.moment, t.moment + interval '3 days', t.moment, 1, false,
                       false, 'The test message arrived: Hello', t.moment, t.moment
                   FROM generate_series(1, %s) AS n, mfg_sync_endpoint e
                   JOIN mfg_sync_system s ON s.endpoint_id = e.id JOIN mfg_sync_flow f ON f.endpoint_id = e.id
                       AND f.direction = 'in',
                       LATERAL (SELECT timestamp '2026-01-01' + n * interval '1 second' AS moment) t
                   WHERE e.id = %s""",
                [count, endpoint],
            )
            env.cr.execute(
                """INSERT INTO mfg_sync_attempt (message_id, started, duration_ms, result, worker,
                                                 create_date, write_date)
                   SELECT id, received, 1, 'done', 'past', received, received FROM mfg_sync_message
                   WHERE endpoint_id = %s AND event_id LIKE 'past-%%'""",
                [endpoint],
            )
        with self.registry.cursor() as cr:
            cr.commit()
            cr._cnx.autocommit = True
            cr.execute("VACUUM ANALYZE mfg_sync_message")
            cr.execute("VACUUM ANALYZE mfg_sync_attempt")
            cr._cnx.autocommit = False

    # -- the way out

    def make_items(self, count):
        with self.env() as env:
            values = [{"name": f"Item {n}", "default_code": uuid.uuid4().hex[:10]} for n in range(count)]
            return env["product.product"].create(values).ids

    def write_items(self, ids):
        """Change items, one write each, in a transaction that is taken back.

        :return: ``[seconds in all, seconds of them before the commit would be]``
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            items = env["product.product"].browse(ids)
            items.mapped("name")
            started = time.perf_counter()
            for item in items:
                item.write({"name": uuid.uuid4().hex})
            env.flush_all()
            written = time.perf_counter()
            cr.precommit.run()
            ended = time.perf_counter()
            cr.rollback()
            return [ended - started, ended - written]

    def queries(self, ids):
        """Queries of a write on items: ``[as it is, with capturing made a step that does nothing]``."""
        capture = self.registry["mfg.sync.capture"]
        sound = capture.mark, capture.event
        counts = []
        for quiet in (False, True, False, True):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                items = env["product.product"].browse(ids)
                items.mapped("name")
                if quiet:
                    capture.mark = capture.event = lambda *args, **kwargs: None
                try:
                    before = cr.sql_log_count
                    items.write({"name": uuid.uuid4().hex})
                    env.flush_all()
                    cr.precommit.run()
                    counts.append(cr.sql_log_count - before)
                finally:
                    capture.mark, capture.event = sound
                    cr.rollback()
        return counts[2:]

    def make_orders(self, count):
        """Draft production orders of an item with two parts and an operation. Returns their ids."""
        from odoo.addons.mfg_sync import compat

        with self.env() as env:
            items = env["product.product"].create(
                [compat.storable({"name": name, "default_code": uuid.uuid4().hex[:8]}) for name in ("Made", "A", "B")]
            )
            center = env["mrp.workcenter"].create({"name": "Line"})
            bom = env["mrp.bom"].create(
                {
                    "product_tmpl_id": items[0].product_tmpl_id.id,
                    "product_qty": 1,
                    "bom_line_ids": [(0, 0, {"product_id": item.id, "product_qty": 2}) for item in items[1:]],
                    "operation_ids": [(0, 0, {"name": "Make", "workcenter_id": center.id})],
                }
            )
            values = {"product_id": items[0].id, "product_qty": 5, "bom_id": bom.id}
            # a dict each: create() writes the order's number into it
            return env["mrp.production"].create([dict(values) for _each in range(count)]).ids

    def confirm(self, ids):
        """Confirm and plan orders one by one, each in a transaction that is taken back.

        :return: ``[seconds in all, seconds of them of what is done before the commit]``
        """
        total = captured = 0.0
        for order_id in ids:
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                order = env["mrp.production"].browse(order_id)
                started = time.perf_counter()
                order.action_confirm()
                order.button_plan()
                env.flush_all()
                flushed = time.perf_counter()
                cr.precommit.run()
                ended = time.perf_counter()
                total, captured = total + ended - started, captured + ended - flushed
                cr.rollback()
        return [total, captured]


if __name__ == "__main__":
    main()
