"""Order in a lane, in plain Python: which rows may run, which wait behind which. Also read by tests as the rule itself.

* Rows of a lane are looked at in the order fixed at their arrival (time of occurrence, else of arrival; then id).
* A row that failed, waits for a person, waits for another try or is itself blocked blocks later rows of the same scope
  and those with an empty scope (which speak of the whole document); the rest passes.
* Early and reference-held rows step aside: they block only a row that closes the document (see docs/decisions.md).
* A row that is held behind a later one has its turn after that one. It blocks nobody before that: a count may put a
  row behind one that waits for it, and both would wait for ever.
"""

import hashlib

ASIDE = ("early", "reference")
#: bytes of a lane or wait key at the most: they are indexed, and a btree refuses entries above 2704 bytes
KEY_BYTES = 400


def of_record(model, res_id):
    return f"{model},{res_id}"


def of_external(system_id, entity, external_id):
    return bounded(f"{system_id}:{entity}:{external_id}")


def is_of_record(lane):
    """Whether it is a lane of :func:`of_record`."""
    model, _comma, res_id = lane.rpartition(",")
    return bool(model) and ":" not in model and res_id.isdecimal()


def split_external(lane):
    """``(system id, entity, external id)`` of :func:`of_external`; None for another lane."""
    system_id, _colon, rest = lane.partition(":")
    entity, colon, external_id = rest.partition(":")
    return (int(system_id), entity, external_id) if colon and system_id.isdecimal() else None


def bounded(key):
    """The key itself, or its beginning with a hash where it is too long for an index."""
    if len(key.encode()) <= KEY_BYTES:
        return key
    return f"{key[:64]}…{hashlib.sha256(key.encode()).hexdigest()}"


def blocks(earlier, later):
    """Whether an open earlier row keeps a later one of its lane from running.

    :param dict earlier: ``id, state, hold_reason, scope, closing, shadow``
    """
    if earlier.get("shadow"):
        # only tried: it has no effect that anybody could wait for, and must change nothing for those who have
        return False
    if earlier["state"] == "held" and earlier["hold_reason"] in ASIDE:
        return later["closing"]
    return earlier["scope"] == later["scope"] or not later["scope"]


def plan(rows):
    """Split the open rows of one lane, in order.

    :param list rows: dicts with ``id, state, hold_reason, blocker_id, scope, closing, due`` (due: pending and its time
        has come); ``waits_beyond`` where the blocker is open and comes after all of them
    :return: ``(runnable, blocked)``: runnable rows in order, and ``(row, blocker)`` pairs. A runnable row counts as
        done for those behind it: whoever runs them asks again when one was not (:meth:`Standing.blocker_of`)
    """
    runnable, blocked, standing = [], [], Standing(rows)
    for row in rows:
        if not (row["state"] == "pending" and row["due"]):
            standing.add(row)
            continue
        blocker = standing.blocker_of(row)
        if blocker:
            blocked.append((row, blocker))
            standing.add_behind(row, blocker)
        else:
            runnable.append(row)
    return runnable, blocked


class Standing:
    """What of a lane stands before its next row, for whoever goes through the lane in order.

    :param list rows: the open rows of the lane, in order, as :func:`plan` wants them
    :param before: those that stand already
    """

    def __init__(self, rows, before=()):
        self._of_lane, self._before = {row["id"]: row for row in rows}, list(before)
        self._places = {row["id"]: place for place, row in enumerate(rows)}

    def add(self, row):
        """The row stays open, as it is given here."""
        self._of_lane[row["id"]] = row
        self._before.append(row)

    def add_behind(self, row, blocker):
        """The row waits behind its blocker: it needs a person as long as that one does."""
        needs = blocker["state"] == "dead" or bool(blocker.get("needs_person"))
        held = {"state": "held", "hold_reason": "blocked", "blocker_id": blocker["id"], "needs_person": needs}
        self.add({**row, **held})

    def blocker_of(self, row):
        """The first that keeps the row from running; None if it may run."""
        return next((each for each in self._before if blocks(each, row) and not self._is_after(each, row)), None)

    def _is_after(self, earlier, row):
        """Whether it is held behind the row itself or behind one that comes later, also with others between."""
        passed = set()
        while earlier and earlier["hold_reason"] == "blocked" and earlier["id"] not in passed:
            if earlier.get("waits_beyond") or self._places.get(earlier["blocker_id"], -1) >= self._places[row["id"]]:
                return True
            passed.add(earlier["id"])
            earlier = self._of_lane.get(earlier["blocker_id"])
        return False
