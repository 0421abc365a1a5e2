"""Random histories of a plant: what is sent, decided and mended, told to the model and to the engine alike."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from odoo.addons.mfg_sync.engine import drain, release
from odoo.addons.mfg_sync.engine.errors import Early, MappingMissing, ReferenceMissing

from model import rules

#: how a sender counts what he says about an order, if he does
COUNTS = ("", "by the clock", "against the clock")
LANES, SCOPES, KEYS = ("MO/1", "MO/2"), ("", "A", "B"), ("", "", "k1", "k2")
WAITS = {"early": Early, "reference": ReferenceMissing, "mapping": MappingMissing}

any_row = st.fixed_dictionaries(
    {
        # the ledger puts what comes together in by its identity, which says nothing of its order
        "initial": st.sampled_from("zma"),
        "lane": st.sampled_from(LANES),
        "scope": st.sampled_from(SCOPES),
        "time": st.sampled_from((None, None, *range(10))),
        "content": st.sampled_from("xy"),
        "closing": st.sampled_from((False, False, False, True)),
        "fact": st.sampled_from(("", "", "1", "2")),
        "looks": st.sampled_from(("", "", "", "q")),
        "needs": st.sampled_from(KEYS),
        "waits_as": st.sampled_from(sorted(WAITS)),
        "brings": st.sampled_from(KEYS),
        "count": st.sampled_from((0, 1, 2, 3, 4)),
        "subject": st.sampled_from(("", "s")),
        "trouble": st.sampled_from(("", "", "", "broken", "busy", "foreign")),
    }
)


class Histories(RuleBasedStateMachine):
    """One plant; ``case`` is the test that lives the engine's side of it."""

    case = None

    def __init__(self):
        super().__init__()
        self.case.begin()
        self.model, self.count = rules.Ledger(), 0

    def teardown(self):
        try:
            self.everything_leads_to_an_end()
        finally:
            self.case.end()

    # -- what happens

    @initialize(
        seconds=st.sampled_from((0.0, 10.0)),
        claimed=st.sampled_from((1, 2, 3, 400)),
        counts=st.fixed_dictionaries({lane: st.sampled_from(COUNTS) for lane in LANES}),
    )
    def chunks_are_short_or_long(self, seconds, claimed, counts):
        """Where a chunk ends, and how many it looks at, changes nothing. Some orders are counted by their sender."""
        drain.CHUNK_SECONDS = drain.ALONE_SECONDS = seconds
        self.counts = counts
        drain.FIRST = drain.FEWEST = drain.MOST = claimed

    @rule(values=st.lists(any_row, min_size=1, max_size=4), work=st.booleans())
    def arrive(self, values, work):
        for row in values:
            self._arrive([self._new(**row)], ["accepted"])
        if work:
            self.work()

    @rule(
        values=st.lists(any_row, min_size=2, max_size=6),
        timed=st.booleans(),
        again=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7), st.sampled_from("xy")), max_size=2),
        work=st.booleans(),
    )
    def a_batch_arrives(self, values, timed, again, work):
        """Several in one request, some of them twice: with what they said or with something else, before or behind."""
        rows = [self._new(**(row if timed else {**row, "time": None})) for row in values]
        for which, where, content in again:
            rows.insert(where, replace(rows[which % len(values)], content=content))
        self._arrive(rows)
        if work:
            self.work()

    def _new(self, initial, trouble, **row):
        self.count += 1
        row = self._as_counted(rules.Row(f"{initial}{self.count}", **row))
        # a report number or a likeness counts within its order, as on the floor
        row.fact, row.looks = row.fact and row.lane + row.fact, row.looks and row.lane + row.looks
        # what closes a document speaks of the whole of it
        row.scope = "" if row.closing else row.scope
        if trouble:
            getattr(self.model, trouble).add(row.name)
        return row

    @precondition(lambda self: self._states_done())
    @rule(data=st.data())
    def an_older_state_comes_late(self, data):
        newer = data.draw(st.sampled_from(self._states_done()))
        self.count += 1
        time = 9 if newer.time is None else newer.time - 1
        older = rules.Row(f"m{self.count}", newer.lane, newer.scope, time, "x", subject=newer.subject)
        self._arrive([older], ["accepted"])
        self.work()

    def _states_done(self):
        """Those that were taken, which make older ones old, and those that were not, which do not."""
        seen = {*self.model.effects, *self.model.untaken}
        return [row for row in self.model.rows if row.subject and row.time != 0 and row.name in seen]

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

    @precondition(lambda self: self.model.rows)
    @rule(data=st.data(), content=st.sampled_from("xy"))
    def arrive_again(self, data, content):
        before = data.draw(st.sampled_from(self.model.rows))
        self._arrive([replace(before, content=content)])

    def _arrive(self, rows, expected=None):
        """In one request; the answer on each must be the model's."""
        answers = [self.model.arrive(row) for row in rows]
        assert expected in (None, answers)
        assert self.case.tell(rows) == answers

    @precondition(lambda self: self.model.rows)
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
