"""Sends what is wrong, judges each answer, and looks afterwards at what became of it."""

import json
import re
from collections import Counter

from border.plant import wait_for
from hypothesis import HealthCheck, Phase, given, settings

from garbage import watch
from garbage.wire import send

#: what may be answered: never a 5xx, which would say that it was our fault, and have the sender try for ever
STATUSES = {200, 202, 207, 400, 401, 403, 404, 405, 409, 413, 415, 422}
#: never in an answer: a page, Python, PostgreSQL, Odoo's own words
INSIDES = re.compile(rb"<html|<!doctype|traceback|psycopg2|odoo\.|werkzeug|\.py\b", re.IGNORECASE)
#: kinds of problems that name the place
POINTED = ("schema", "envelope")


class Desk:
    """
    :ivar counts: answers by (family, what was answered)
    :ivar promises: how often each promise was checked
    """

    def __init__(self, instance, plants, times):
        self.instance, self.plants, self.times = instance, plants, times
        self.counts, self.promises = Counter(), Counter()
        self.complaints, self.sent, self.accepted = [], 0, set()
        self.before = watch.contents(instance)

    def run(self, family, strategy, request_of, share):
        """Send ``request_of(case)`` for so many cases of a strategy (ten times as many in the full form)."""

        # what a test does without settling it, like what is no HTTP, is not judged here
        self.seen, self.since = len(self._log()), watch.newest(self.instance)

        @settings(
            max_examples=share * self.times,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def each(case):
            self.send(family, request_of(case))

        each()
        self.settle(family)

    def send(self, family, request):
        answer = send(self.instance.url, request)
        self.sent += 1
        if answer is None:
            self.counts[family, "hung up"] += 1
            self._promise("every request is answered", False, request, "no answer")
            return
        told = self._told(family, request, answer)
        for problem in self._problems(told):
            self._judge_problem(request, problem)
        # a part of an upload is no message yet
        taken = [
            each for each in told.get("results", [told]) if each.get("status") == "accepted" and "part" not in each
        ]
        self.accepted.update(each["uuid"] for each in taken)
        self.counts[family, self._name(answer.status, told)] += 1

    def _told(self, family, request, answer):
        self._promise("never a 5xx", answer.status in STATUSES, request, f"{answer.status} {answer.body[:500]!r}")
        media = answer.headers.get("content-type", "")
        kind = "application/problem+json" if answer.status >= 400 else "application/json"
        try:
            told = answer.told if answer.body or request.method != "HEAD" else {}
        except ValueError:
            told = {}
            self._promise("never a page", False, request, f"{answer.status} {media} {answer.body[:300]!r}")
        batch = "results" in told
        self._promise("never a page", batch or kind == media, request, f"{answer.status} as {media}")
        inside = INSIDES.search(answer.body.replace(request.body, b"") if len(request.body) > 20 else answer.body)
        self._promise(
            "nothing of our inside", not inside, request, f"{inside and inside[0]!r} in {answer.body[:500]!r}"
        )
        return told

    @staticmethod
    def _problems(told):
        if "results" in told:
            return [result["problem"] for result in told["results"] if "problem" in result]
        return [told] if "code" in told else []

    def _judge_problem(self, request, problem):
        whole = all(problem.get(name) for name in ("type", "title", "status", "code"))
        self._promise("a problem says what it is", whole, request, problem)
        errors = problem.get("errors", [])
        # the pointer of the whole is the empty one
        pointed = all(error["pointer"][:1] in ("", "/") and error["detail"] for error in errors)
        pointed = pointed and (bool(errors) or problem.get("code") not in POINTED)
        # whoever asks for what is not there has expected it
        pointed = pointed and (bool(problem.get("detail")) or problem.get("status") == 404)
        self._promise("it says where, and what was expected", pointed, request, problem)

    @staticmethod
    def _name(status, told):
        if "results" in told:
            return f"{status} batch"
        return f"{status} {told.get('code') or told.get('status') or ''}".strip()

    def _promise(self, promise, kept, request, found):
        self.promises[promise] += 1
        if not kept:
            self.complaints.append(f"{promise}: {str(found)[:700]}\n      asked: {str(request)[:1500]}")

    # -- afterwards

    def settle(self, family):
        """All that was accepted has come to an end that a person sees, nothing else changed, and a good one passes."""
        wait_for(f"{family}: the drains come to an end", lambda: not watch.at_work(self.instance), 120)
        for state, count in watch.ends(self.instance, self.since).items():
            self.counts[family, f"→ {state}"] += count
        self._end("what was accepted is kept, and nothing else", family, self._kept())
        self._end("an end that a person sees", family, watch.silent(self.instance, self.since))
        self._end("a person can open them", family, self._not_shown())
        self._end("no effect, and never half of one", family, self._effects())
        self._end("the log of the server has no error", family, self._errors())
        for plant in self.plants:
            event_id = f"good after {family} {self.sent}"
            answer = plant.post(plant.event(event_id, data={"text": "Hello"}))
            self._end("a good one is taken afterwards", family, [] if answer.status_code == 202 else [answer.text])
            plant.done(event_id)
        watch.forget_open(self.instance)
        complaints, self.complaints = self.complaints, []
        assert not complaints, f"{len(complaints)} broken promises:\n   " + "\n   ".join(complaints[:25])

    def _end(self, promise, family, wrong):
        self.promises[promise] += 1
        if wrong:
            self.complaints.append(f"{family}: {promise}: " + "\n      ".join(str(each)[:1200] for each in wrong[:8]))

    def _kept(self):
        kept, accepted = watch.arrived(self.instance, self.since), self.accepted
        self.accepted = set()
        return [f"lost: {uuid}" for uuid in accepted - kept] + [f"unasked: {uuid}" for uuid in kept - accepted]

    def _not_shown(self):
        wanted = [("direction", "=", "in"), ("id", ">", self.since)]
        fields = ["display_name", "status", "state", "error_text", "result_text", "payload_pretty"]
        found = self.instance.call("mfg.sync.message", "search_read", wanted, fields)
        shown = sum(watch.ends(self.instance, self.since).values())
        missing = [] if len(found) == shown else [f"{shown - len(found)} of {shown} can't be opened"]
        return missing + [row for row in found if not row["display_name"] or not row["status"]]

    def _effects(self):
        after = watch.contents(self.instance)
        wrong = watch.differences(self.before, after)
        self.before = after
        return wrong + watch.statements_without_message(self.instance)

    def _log(self):
        return self.instance.log.read_bytes()

    def _errors(self):
        text = self._log()[self.seen :].decode(errors="replace")
        self.seen += len(text.encode(errors="replace"))
        lines = [line for line in text.splitlines() if re.search(r" (ERROR|CRITICAL) |^Traceback", line)]
        return [json.dumps(line) for line in lines]

    def table(self):
        """Lines for people: what was answered by family, and how often each promise was looked at."""
        families = {}
        for (family, what), count in self.counts.items():
            families.setdefault(family, []).append((what, count))
        lines = [f"malformed input: {self.sent} requests"]
        for family, found in families.items():
            lines.append(f"  {family}: " + ", ".join(f"{what} {count}" for what, count in sorted(found)))
        lines += [f"  checked {count} times: {promise}" for promise, count in self.promises.items()]
        return lines
