"""The line is cut for eight hours, in fast time: refused, silent, and at worst with the answer on its way."""

from bench.plant import rest

from outages.office import Office
from outages.people import Person
from outages.proxy import ANSWERS_LOST, REFUSED, SILENT, THROUGH


def test_eight_hours_without_the_line(outage_instance, series, receiver, line, size, tell):
    office = Office(outage_instance, series, "line")
    office.set(url=line.url)
    office.open(size.items, size.receipts)
    office.caught_up(120)
    person = Person(office, office.items[0], 2 * size.rounds * size.each)
    known, since = len(receiver.requests), office.newest_attempt()
    line.set(ANSWERS_LOST)
    office.work()
    office.break_down()
    for step in range(size.steps):
        line.set((ANSWERS_LOST, SILENT, REFUSED)[step % 3])
        office.work()
        office.hours_pass(8 / size.steps)
    unheard = len(receiver.requests) - known
    tried = office.check_calm(since, size.steps)
    waiting = office.backlog()
    assert waiting > size.receipts * size.steps, "there is hardly anything to catch up with"
    assert all(line.counts.get(mode) for mode in (ANSWERS_LOST, SILENT)), f"not everything was tried: {line.counts}"
    rate = office.catch_up(line, person, size, lambda: line.set(THROUGH))
    tell(person.verdict("line cut"))
    office.check(receiver.requests, repeats_allowed=True)
    # the worst was tried: what had arrived without Odoo hearing of it was sent again
    assert office.promises["what comes again has the same id and bytes"] >= 2
    tell(
        f"line cut: {waiting} waited, {tried} attempts in 8 hours over {line.counts}, {unheard} arrived unheard, "
        f"then {rate:.1f}/s where answers take their time, one at a time"
    )
    tell(f"line cut: checked {dict(office.promises)}")
    office.pause()
    rest(outage_instance)
