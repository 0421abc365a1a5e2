"""Engine and model live through the same random histories and are compared after each step.

The histories are the same at each run; ``MFG_SYNC_MODEL_EXAMPLES=2000`` draws so many other ones.
"""

import os
from dataclasses import replace
from unittest.mock import patch

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from odoo.tests import tagged

from odoo.addons.mfg_sync.engine import drain, release
from odoo.addons.mfg_sync.engine.errors import DataError, Early, MappingMissing, ReferenceMissing, TransientError
from odoo.addons.mfg_sync.engine.inbound import Done
from odoo.addons.mfg_sync.engine.sweep import Sweep
from odoo.addons.mfg_sync.protocol.errors import Problem
from odoo.addons.mfg_sync.tests.orders import EngineCase

from model import rules

#: how a sender counts what he says about an order, if he does
COUNTS = ("", "by the clock", "against the clock")
LANES, SCOPES, KEYS = ("MO/1", "MO/2"), ("", "A", "B"), ("", "", "k1", "k2")
WAITS = {"early": Early, "reference": ReferenceMissing, "mapping": MappingMissing}
EXAMPLES = int(os.environ.get("MFG_SYNC_MODEL_EXAMPLES") or 0)

any_row = st.fixed_dictionaries(
    {
        "lane": st.sampled_from(LANES),
        "scope": st.sampled_from(SCOPES),
        "time": st.integers(0, 9),
        "content": st.sampled_from("xy"),
        "closing": st.sampled_from((False, False, False, True)),
        "fact": st.sampled_from(("", "", "1", "2")),
        "looks": st.sampled_from(("", "", "", "q")),
        "needs": st.sampled_from(KEYS),
        "waits_as": st.sampled_from(sorted(WAITS)),
        "brings": st.sampled_from(KEYS),
        "count": st.sampled_from((0, 1, 2, 3, 4)),
        "subject": st.sampled_from(("", "s")),
        "trouble": st.sampled_from(("", "", "", "broken", "busy")),
    }
)


class Histories(RuleBasedStateMachine):
    case = None

    def __init__(self):
        super().__init__()
        self.case.begin()
        self.model, self.count, self.rows = rules.Ledger(), 0, {}

    def teardown(self):
        try:
            self.everything_leads_to_an_end()
        finally:
            self.case.end()

    # -- what happens

    @initialize(
        seconds=st.sampled_from((0.0, 10.0)),
        counts=st.fixed_dictionaries({lane: st.sampled_from(COUNTS) for lane in LANES}),
    )
    def chunks_are_short_or_long(self, seconds, counts):
        """Where a chunk ends must change nothing. Some orders are counted by their sender."""
        drain.CHUNK_SECONDS, self.counts = seconds, counts

    @rule(values=st.lists(any_row, min_size=1, max_size=4), work=st.booleans())
    def arrive(self, values, work):
        for row in values:
            row, trouble = dict(row), row["trouble"]
            del row["trouble"]
            self.count += 1
            row = self._as_counted(rules.Row(f"m{self.count}", **row))
            # a report number or a likeness counts within its order, as on the floor
            row.fact, row.looks = row.fact and row.lane + row.fact, row.looks and row.lane + row.looks
            if trouble:
                getattr(self.model, trouble).add(row.name)
            self._arrive(row, "accepted")
        if work:
            self.work()

    @precondition(lambda self: self._states_applied())
    @rule(data=st.data())
    def an_older_state_comes_late(self, data):
        newer = data.draw(st.sampled_from(self._states_applied()))
        self.count += 1
        older = rules.Row(f"m{self.count}", newer.lane, newer.scope, newer.time - 1, "x", subject=newer.subject)
        self._arrive(older, "accepted")
        self.work()

    def _states_applied(self):
        return [row for row in self.model.rows if row.subject and row.time and row.name in self.model.effects]

    def _as_counted(self, row):
        """Where a sender's clock contradicts his numbers nothing is promised of what he does not count in between."""
        counts = self.counts[row.lane]
        if not counts:
            row.count = 0
        elif counts == "against the clock":
            row.count = row.count or 1
        elif row.count:
            row.time = 2 * row.count
        # of states, which are not counted, only the latest is true
        row.subject = "" if row.count else row.subject and row.lane + row.subject
        return row

    @precondition(lambda self: self.rows)
    @rule(data=st.data(), content=st.sampled_from("xy"))
    def arrive_again(self, data, content):
        before = data.draw(st.sampled_from(self.model.rows))
        self._arrive(replace(before, content=content), None)

    def _arrive(self, row, expected):
        answer = self.model.arrive(row)
        assert expected in (None, answer)
        assert self.case.tell(row) == answer
        if answer == "accepted":
            self.rows[row.name] = row

    @precondition(lambda self: self.rows)
    @rule()
    def work(self):
        self.case.work(self.model)
        self.model.drain()

    @rule(minutes=st.sampled_from((rules.SURELY_DUE, 4400)))
    def time_passes(self, minutes):
        self.case.pass_time(minutes)
        self.model.pass_time(minutes)
        self.work()

    @precondition(lambda self: self.model.broken | self.model.busy)
    @rule(data=st.data())
    def the_world_is_mended(self, data):
        name = data.draw(st.sampled_from(sorted(self.model.broken | self.model.busy)))
        self.model.broken.discard(name)
        self.model.busy.discard(name)

    @rule(key=st.sampled_from(("k1", "k2")), work=st.booleans())
    def a_key_is_announced(self, key, work):
        release.release(self.case.env.cr, [key])
        self.model.announce(key)
        if work:
            self.work()

    @rule(what=st.sampled_from(("flow", "system")))
    def pause_or_resume(self, what):
        self.case.pause(what, what not in self.model.paused)
        self.model.paused ^= {what}

    @precondition(lambda self: any(row.open for row in self.model.rows))
    @rule(data=st.data(), work=st.booleans())
    def a_person_decides(self, data, work):
        row = data.draw(st.sampled_from([row for row in self.model.rows if row.open]))
        asked = row.state == "held" and row.reason == "look_alike"
        more = ("same", "new") if asked else ("go_on",) if row.reason == "gap" else ()
        decision = data.draw(st.sampled_from(("replay", "cancel") + more))
        self._decide(row, decision)
        if work:
            self.work()

    def _decide(self, row, decision):
        self.case.decide(row.name, decision)
        getattr(self.model, decision)(row)

    # -- what must hold

    @invariant()
    def engine_and_model_agree(self):
        assert self.case.states() == {
            row.name: (row.state, "reference" if row.reason == "mapping" else row.reason, self.model.needs_person(row))
            for row in self.model.rows
        }

    @invariant()
    def nothing_is_lost_or_has_its_effect_twice(self):
        effects = self.case.effects()
        assert len(effects) == len(set(effects))
        assert set(effects) == set(self.model.effects)

    @invariant()
    def nothing_overtakes_what_it_depends_on(self):
        assert not self.case.overtaken

    def everything_leads_to_an_end(self):
        """From any state: once what was wrong is mended and people have decided, every message is finished."""
        for what in sorted(self.model.paused):
            self.pause_or_resume(what)
        self.model.broken.clear()
        self.model.busy.clear()
        for key in ("k1", "k2"):
            self.a_key_is_announced(key, False)
        for _round in range(1 + len(self.model.rows)):
            self.time_passes(rules.SURELY_DUE)
            self.engine_and_model_agree()
            asked = [row for row in self.model.rows if row.open]
            if not asked:
                break
            for row in asked:
                self._decide(row, {"look_alike": "new", "gap": "go_on"}.get(row.reason, "replay"))
        assert not [row.name for row in self.model.rows if row.open]
        self.nothing_is_lost_or_has_its_effect_twice()
        self.nothing_overtakes_what_it_depends_on()


@tagged("post_install", "-at_install", "mfg_sync")
class TestModel(EngineCase):
    def test_engine_and_model_agree_on_random_histories(self):
        # a retry's time has come when the history says so, not while the test runs
        self.endpoint.first_retry = 600
        self.flow.is_counted = True
        self.env.cr.execute("CREATE TEMPORARY TABLE effects (n serial, name text, brings text) ON COMMIT DROP")
        self.env.cr.execute("GRANT ALL ON effects, effects_n_seq TO PUBLIC")
        handler = type(self.env["mfg.sync.handler.test"])
        machine = type("Machine", (Histories,), {"case": self})
        with (
            patch.object(handler, "apply", lambda handler, message: self._apply(handler, message)),
            patch.object(drain, "CHUNK_SECONDS"),
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

    def tell(self, row):
        """:return: accepted, duplicate or refused"""
        before = len(self.messages)
        try:
            found = self.accept(
                self.endpoint,
                "sync.test",
                {"text": row.content, "lane": row.lane, "scope": row.scope, "report": row.fact, "looks": row.looks},
                event_id=row.name,
                time=f"2026-11-23T08:00:{row.time:02}Z",
                **({"sequence": str(row.count)} if row.count else {}),
            )
        except (AssertionError, Problem):
            return "refused"
        if row.name in self.messages:
            return "duplicate"
        self.messages[row.name] = found
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET closing = %s, counter = COALESCE(counter, %s) WHERE id = %s",
            [row.closing, row.subject or None, found.id],
        )
        found.invalidate_recordset()
        return "accepted" if len(self.messages) > before else "lost"

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
        cr.execute("INSERT INTO effects (name, brings) VALUES (%s, %s)", [name, row.brings])
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
        self.env.cr.execute("SELECT name FROM effects ORDER BY n")
        return [name for (name,) in self.env.cr.fetchall()]


def message_lane(message):
    message.invalidate_recordset(["lane"])
    return message.lane
