"""The other side is away for eight hours, in fast time; the office goes on. Nothing is lost, doubled or reordered."""

from bench.plant import rest

from outages.office import Office
from outages.people import Person

AWAY = {"status": 503}


def test_eight_hours_without_the_other_side(outage_instance, series, receiver, line, size, tell):
    office = Office(outage_instance, series, "away")
    # nobody is silent here, so what takes long is only slow: asked again, it would come twice
    office.set(url=line.url, read_timeout=10.0)
    office.open(size.items, size.receipts)
    office.caught_up(120)
    person = Person(office, office.items[0], 2 * size.rounds * size.each)
    # first it answers that it is ill, then nobody is there
    receiver.start(*[AWAY] * 1000)
    known, since = len(receiver.requests), office.newest_attempt()
    office.work()
    office.break_down()
    for step in range(size.steps):
        if step == 2:
            refused = len(receiver.requests) - known
            receiver.stop()
        office.work()
        office.hours_pass(8 / size.steps)
    tried = office.check_calm(since, size.steps)
    waiting = office.backlog()
    assert waiting > size.receipts * size.steps, "there is hardly anything to catch up with"
    rate = office.catch_up(line, person, size, receiver.start)
    tell(person.verdict("other side away"))
    accepted = receiver.requests[:known] + receiver.requests[known + refused :]
    office.check(accepted)
    tell(
        f"other side away: {waiting} waited, {tried} attempts in 8 hours, "
        f"then {rate:.1f}/s where answers take their time, one at a time"
    )
    tell(f"other side away: checked {dict(office.promises)}")
    office.pause()
    rest(outage_instance)
