"""Engine and model live through the same random histories and are compared after each step.

The histories are the same at each run; ``MFG_SYNC_MODEL_EXAMPLES=2000`` draws so many other ones.
"""

import json
import os
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import tagged

from odoo.addons.mfg_sync.engine import drain
from odoo.addons.mfg_sync.engine.errors import DataError, TransientError
from odoo.addons.mfg_sync.engine.gate import Gate
from odoo.addons.mfg_sync.engine.inbound import Done
from odoo.addons.mfg_sync.engine.sweep import Sweep
from odoo.addons.mfg_sync.protocol import cloudevents
from odoo.addons.mfg_sync.tests.orders import EngineCase

from model.histories import WAITS, Histories

EXAMPLES = int(os.environ.get("MFG_SYNC_MODEL_EXAMPLES") or 0)


@tagged("post_install", "-at_install", "mfg_sync")
class TestModel(EngineCase):
    def test_engine_and_model_agree_on_random_histories(self):
        # a retry's time has come when the history says so, not while the test runs
        self.endpoint.first_retry = 600
        self.flow.is_counted = True
        self.env.cr.execute(
            "CREATE TEMPORARY TABLE effects (n serial, name text, brings text, taken bool) ON COMMIT DROP"
        )
        self.env.cr.execute("GRANT ALL ON effects, effects_n_seq TO PUBLIC")
        handler = type(self.env["mfg.sync.handler.test"])
        machine = type("Machine", (Histories,), {"case": self})
        with (
            patch.object(handler, "apply", lambda handler, message: self._apply(handler, message)),
            patch.multiple(drain, **dict.fromkeys(("CHUNK_SECONDS", "ALONE_SECONDS", "FIRST", "FEWEST", "MOST"))),
            patch.object(type(self.endpoint), "_wake"),
        ):
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=EXAMPLES or 25,
                    stateful_step_count=25,
                    derandomize=not EXAMPLES,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=[Phase.generate] + [Phase.shrink] * bool(os.environ.get("MFG_SYNC_MODEL_SHRINK")),
                    report_multiple_bugs=False,
                ),
            )

    # -- one history

    def begin(self):
        self.env.flush_all()
        self.savepoint = self.env.cr.savepoint(flush=False)
        self.messages, self.world, self.overtaken = {}, None, []

    def end(self):
        self.env.invalidate_all()
        self.savepoint.close(rollback=True)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def tell(self, rows):
        """Send these in one request.

        :return: what the gate says of each: accepted, duplicate or refused
        """
        events = [self._event(row) for row in rows]
        body, media = (events, cloudevents.BATCH) if len(rows) > 1 else (events[0], cloudevents.STRUCTURED)
        self.env.flush_all()
        _mode, results = Gate(self.env.cr).receive(self.as_known(self.endpoint), json.dumps(body).encode(), media, {})
        for row, result in zip(rows, results, strict=True):
            if result["status"] == "accepted":
                self._keep(row, result["uuid"])
        return [result["status"] for result in results]

    def _event(self, row):
        return {
            "specversion": "1.0",
            "id": row.name,
            "source": f"urn:{self.endpoint.code}",
            "type": "sync.test.v1",
            "data": {
                "text": row.content,
                "lane": row.lane,
                "scope": row.scope,
                "report": row.fact,
                "looks": row.looks,
            },
            # long ago: what bears no time comes after it, whenever this runs
            **({} if row.time is None else {"time": f"2025-01-06T08:00:{row.time:02}Z"}),
            **({"sequence": str(row.count)} if row.count else {}),
        }

    def _keep(self, row, uuid):
        found = self.env["mfg.sync.message"].search([("uuid", "=", uuid)])
        assert len(found) == 1 and row.name not in self.messages
        self.messages[row.name] = found
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET closing = %s, counter = COALESCE(counter, %s) WHERE id = %s",
            [row.closing, row.subject or None, found.id],
        )
        found.invalidate_recordset()

    def work(self, world):
        self.world = world
        self.drain(self.endpoint)

    def _apply(self, handler, message):
        """What the handler of the history's message does; its effect is a row of a table of the test's own."""
        name = message.row["event_id"]
        row = next(row for row in self.world.rows if row.name == name)
        if name in self.world.broken:
            raise DataError("There is no such lot.")
        if name in self.world.busy:
            raise TransientError("The record is busy.")
        cr = handler.env.cr
        cr.execute("SELECT array_agg(brings), array_agg(name) FROM effects")
        brought, done = (found or [] for found in cr.fetchone())
        if row.needs and row.needs not in self.world.known and row.needs not in brought:
            raise WAITS[row.waits_as](f"{row.needs} is not there.", row.needs)
        self._look_back(cr, row, done)
        taken = name not in self.world.foreign
        brings = row.brings if taken else ""
        cr.execute("INSERT INTO effects (name, brings, taken) VALUES (%s, %s, %s)", [name, brings, taken])
        if not taken:
            return Done("It is not for us.", taken=False)
        return Done("Done.", announce=(row.brings,) if row.brings else ())

    def _look_back(self, cr, row, done):
        """Nothing before it in its lane that it depends on may still be to do."""
        cr.execute(
            """SELECT event_id, scope, hold_reason FROM mfg_sync_message WHERE lane = %s AND endpoint_id = %s
               AND state IN ('pending', 'held', 'dead') AND id <> %s""",
            [message_lane(self.messages[row.name]), self.endpoint.id, self.messages[row.name].id],
        )
        by_name = {each.name: each for each in self.world.rows}
        for name, scope, reason in cr.fetchall():
            earlier = by_name[name]
            if not earlier.before(row):
                continue
            repeated = earlier.fact and any(by_name[each].fact == earlier.fact for each in done)
            aside = reason in ("early", "reference")
            waits = row.closing if aside else row.scope in ("", scope or "")
            if name not in done and not repeated and waits:
                self.overtaken.append((row.name, name))

    def pass_time(self, minutes):
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at - %(m)s * interval '1 minute',
               patience_until = patience_until - %(m)s * interval '1 minute' WHERE endpoint_id = %(endpoint)s""",
            {"m": minutes, "endpoint": self.endpoint.id},
        )
        sweep = Sweep(self.env)
        sweep._drain = lambda wanted: None
        with self.own_cursors():
            sweep.run()

    def pause(self, what, paused):
        (self.flow if what == "flow" else self.endpoint.system_ids).paused = paused
        self.env.flush_all()

    def decide(self, name, decision):
        message = self.messages[name]
        message.invalidate_recordset()
        if decision == "cancel":
            message.action_cancel("Booked by hand.")
        else:
            getattr(message, "action_" + {"new": "really_new"}.get(decision, decision))()

    def states(self):
        self.env.cr.execute(
            "SELECT event_id, state, COALESCE(hold_reason, ''), needs_person FROM mfg_sync_message "
            "WHERE endpoint_id = %s",
            [self.endpoint.id],
        )
        return {name: (state, reason, needs) for name, state, reason, needs in self.env.cr.fetchall()}

    def effects(self):
        self.env.cr.execute("SELECT name FROM effects WHERE taken ORDER BY n")
        return [name for (name,) in self.env.cr.fetchall()]


def message_lane(message):
    message.invalidate_recordset(["lane"])
    return message.lane
