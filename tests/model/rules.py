"""The rules of lanes, scopes, holds, repeats and replays, as a plain model that knows neither Odoo nor SQL.

Written from docs/architecture.md and docs/decisions.md, not from the engine; time is in minutes.
"""

from dataclasses import dataclass, field

PATIENCE = 72 * 60
#: what a replay gives at least
PATIENCE_ANEW = 60
#: after so long every retry and every second look has come: both grow to an hour at the most
SURELY_DUE = 61
ASIDE = ("early", "reference", "mapping")
#: what bears no time happened when it came, which is later than all that is told of by time
CAME = 1000


@dataclass(eq=False)
class Row:
    name: str
    lane: str
    scope: str
    #: None: it bears none
    time: int | None
    content: str
    closing: bool = False
    fact: str = ""
    looks: str = ""
    #: what its handler needs (a wait key), and as what it waits for it
    needs: str = ""
    waits_as: str = "early"
    #: the wait key that exists once it is done
    brings: str = ""
    #: its number among the messages that the sender counts of this lane; 0: not counted
    count: int = 0
    #: what it tells the state of; empty: it tells a fact
    subject: str = ""
    state: str = "pending"
    reason: str = ""
    key: str = ""
    behind: "Row" = None
    asked: bool = False
    really_new: bool = False
    went_on: bool = False
    due: float = 0
    patience: float = 0
    number: int = 0

    @property
    def open(self):
        return self.state in ("pending", "held", "dead")

    @property
    def when(self):
        return CAME + self.number if self.time is None else self.time

    @property
    def order(self):
        return self.when, self.number

    @property
    def data(self):
        return self.content, self.lane, self.scope, self.looks

    @property
    def aside(self):
        return self.state == "held" and self.reason in ASIDE

    def before(self, other):
        """By the sender's count, where both are counted; else by time."""
        if self.count and other.count and self.lane == other.lane and self.count != other.count:
            return self.count < other.count
        return self.order < other.order

    def blocks(self, later):
        """What closes the document waits for what stepped aside; all else is waited for by its scope and the whole."""
        return later.closing if self.aside else later.scope in ("", self.scope)


@dataclass
class Ledger:
    rows: list = field(default_factory=list)
    #: names of rows in the order of their effects
    effects: list = field(default_factory=list)
    known: set = field(default_factory=set)
    #: rows whose handler refuses for good, or for the moment
    broken: set = field(default_factory=set)
    #: rows whose handler does not take them: done, and nothing happened
    foreign: set = field(default_factory=set)
    #: rows that were not taken, themselves or what they repeat
    untaken: set = field(default_factory=set)
    busy: set = field(default_factory=set)
    paused: set = field(default_factory=set)
    now: float = 0

    def needs_person(self, row):
        if row.state == "held" and row.reason == "blocked":
            return self.needs_person(row.behind) or row.patience < self.now
        return row.open and row.asked

    # -- what happens

    def arrive(self, row):
        """:return: accepted, duplicate (id and content came before), or refused (the id did, with other content)"""
        before = next((each for each in self.rows if each.name == row.name), None)
        if before:
            same = (before.data, before.time) == (row.data, row.time)
            return "duplicate" if same else "refused"
        row.number, row.due, row.patience = len(self.rows), self.now, self.now + PATIENCE
        self.rows.append(row)
        return "accepted"

    def pass_time(self, minutes):
        """Time passes, and the sweep has looked: aside rows look again, past patience a person is asked."""
        self.now += minutes
        for row in self.rows:
            if (row.aside or row.reason == "gap") and row.due <= self.now:
                row.state, row.reason = "pending", ""
            elif row.state == "held" and row.patience < self.now:
                row.asked = True

    def announce(self, key):
        self.known.add(key)
        for row in self.rows:
            if row.aside and row.key == key:
                self._due_again(row)

    def replay(self, row):
        self._due_again(row)
        row.key, row.patience = "", max(row.patience, self.now + PATIENCE_ANEW)

    def cancel(self, row):
        self._close(row, "cancelled")

    def same(self, row):
        self._close(row, "done")

    def new(self, row):
        row.really_new = True
        self.replay(row)

    def go_on(self, row):
        row.went_on = True
        self.replay(row)

    def drain(self):
        """Lanes with something due, oldest first, each row in its order, until nothing is due."""
        while not self.paused and (due := [row for row in self.rows if self._is_due(row)]):
            for lane in dict.fromkeys(row.lane for row in sorted(due, key=lambda row: row.order)):
                self._run(lane)

    # -- the rules

    def _is_due(self, row):
        return row.state == "pending" and row.due <= self.now

    def _run(self, lane):
        standing, finished = [], False
        for row in self._in_turn(lane):
            if self._is_due(row) and self._misses_one_before(row):
                self._hold(row, "gap")
            elif self._is_due(row):
                blocker = next((each for each in standing if each.blocks(row)), None)
                if blocker:
                    row.state, row.reason, row.key, row.behind, row.asked = "held", "blocked", "", blocker, False
                else:
                    self._apply(row)
                    finished = finished or not row.open
            if row.open:
                standing.append(row)
        if finished:
            self._lane_moved(lane)

    def _in_turn(self, lane):
        """Open rows of a lane; counted ones share out their places by number. What waits for none any more is due."""
        rows = sorted((row for row in self.rows if row.lane == lane and row.open), key=lambda row: row.order)
        places = [place for place, row in enumerate(rows) if row.count]
        by_number = sorted((rows[place] for place in places), key=lambda row: row.count)
        for place, row in zip(places, by_number, strict=True):
            rows[place] = row
        for row in by_number:
            if row.reason == "gap" and not self._misses_one_before(row):
                self._due_again(row)
        return rows

    def _misses_one_before(self, row):
        counted = [each for each in self.rows if each.lane == row.lane and each.count]
        return row.count > 0 and row.count > self._reached(counted)

    def _reached(self, counted):
        """The last number before the first that is missing; the last of all if none is."""
        settled = [row.count for row in counted if row.state == "done"]
        settled += [row.count - 1 for row in counted if row.went_on]
        reached = max(settled, default=min(row.count for row in counted) - 1)
        numbers = {row.count for row in counted}
        while reached + 1 in numbers:
            reached += 1
        return reached

    def _apply(self, row):
        twins = self._twins(row)
        alike = [twin for twin in twins if row.fact and twin.data == row.data]
        repeated = next((twin for twin in alike if twin.state == "done"), None)
        if repeated:
            row.state = "done"
            if repeated.name in self.untaken:
                self.untaken.add(row.name)
        elif alike:
            self._hold(row, "early")
        elif twins:
            self._hold(row, "look_alike", asked=True)
        elif any(newer.state == "done" and newer.when > row.when for newer in self._taken_states(row)):
            row.state = "done"
        elif row.name in self.broken:
            row.state, row.asked = "dead", True
        elif row.name in self.busy:
            row.asked = row.patience < self.now
            row.state, row.due = "dead" if row.asked else "pending", self.now + SURELY_DUE
        elif row.needs and row.needs not in self.known:
            self._hold(row, row.waits_as, row.needs, asked=row.waits_as == "mapping")
        elif row.name in self.foreign:
            row.state = "done"
            self.untaken.add(row.name)
        else:
            row.state = "done"
            self.effects.append(row.name)
            if row.brings:
                self.announce(row.brings)
        if row.state != "pending":
            self._step_out_of_the_way(row)

    def _twins(self, row):
        """Rows that tell the same fact and come before this one, or were done before its turn came."""
        if row.really_new:
            return []
        return [
            twin
            for twin in self.rows
            if twin is not row
            and twin.state != "cancelled"
            and (twin.fact == row.fact if row.fact else row.looks and twin.looks == row.looks)
            and (twin.before(row) or twin.state == "done")
        ]

    def _taken_states(self, row):
        same = [other for other in self.rows if row.subject and other.subject == row.subject]
        return [other for other in same if other.name not in self.untaken]

    def _hold(self, row, reason, key="", asked=False):
        row.state, row.reason, row.key = "held", reason, key
        row.asked = asked or row.patience < self.now
        row.due = self.now + SURELY_DUE

    def _due_again(self, row):
        row.state, row.reason, row.behind, row.asked, row.due = "pending", "", None, False, self.now

    def _close(self, row, state):
        row.state, row.reason, row.key, row.behind, row.asked = state, "", "", None, False
        self._step_out_of_the_way(row)
        self._lane_moved(row.lane)

    def _step_out_of_the_way(self, row):
        """Who was blocked behind a row that is closed now, or stands aside, has its turn again."""
        for each in self.rows:
            if each.behind is row and each.reason == "blocked" and not (row.open and row.blocks(each)):
                self._due_again(each)

    def _lane_moved(self, lane):
        """A row of the lane was finished: what is aside there may fit now, but for what only a mapping helps."""
        for row in self.rows:
            if row.lane == lane and row.aside and row.reason != "mapping":
                self._due_again(row)
