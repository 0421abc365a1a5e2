"""What must hold in the end; effects are counted by SQL that never reads our tables."""

from dataclasses import dataclass, field


@dataclass
class Promise:
    """:ivar checked: how many things were looked at; :ivar broken: a text for each that is not as promised"""

    name: str
    checked: int = 0
    broken: list = field(default_factory=list)


def of_world(world, facts, orders, reference, taken):
    """All of them, of a world that has come to rest.

    :param dict facts: ``{key: Fact}`` of all that was accepted
    :param reference: what an order comes to in calm
    :param list taken: what the other side took
    """
    effects = world.sql("SELECT lane, number, token, begun FROM mfg_faults_effect ORDER BY id")
    applied = {row["name"]: row["applied"] for row in world.sql("SELECT name, applied FROM mfg_faults_lane")}
    told = {(row["lane"], row["number"]) for row in world.sql("SELECT lane, number FROM mfg_faults_told")}
    return together(
        of_effects(effects, applied, facts),
        of_orders(world.shop, orders, reference),
        of_tellings(told, taken),
        of_rows(world),
        of_badges(world),
    )


def of_effects(rows, applied, facts):
    """0 lost, 0 applied twice, 0 out of order: of the messages that leave a row each.

    :param list rows: ``lane, number, token, begun`` of each effect, in the order in which they came about
    :param dict applied: ``{lane: how many its document counts}``
    :param dict facts: ``{key: Fact}`` of all that was accepted
    """
    lost, twice, order = (Promise(name) for name in ("lost", "applied twice", "out of order"))
    found = {}
    for row in rows:
        found.setdefault((row["lane"], row["number"]), []).append(row)
    for key, fact in facts.items():
        effects = found.pop(key, [])
        lost.checked += 1
        twice.checked += 1
        if not any(row["token"] == fact.token for row in effects):
            lost.broken.append(f"{key} was accepted and has no effect")
        if len(effects) > 1:
            twice.broken.append(f"{key} has {len(effects)} effects")
    twice.broken += [f"{key} has an effect and was never accepted" for key in found]
    for lane, count in applied.items():
        expected = sum(key[0] == lane for key in facts)
        twice.checked += 1
        if count != expected:
            twice.broken.append(f"the document {lane} counts {count} messages instead of {expected}")
    _order(order, rows, facts)
    return [lost, twice, order]


def _order(promise, rows, facts):
    """Of two messages of a lane the later one is not applied in a transaction that began when both were accepted.

    One that arrives after a later one was applied can't be helped, and says so by its times.
    """
    lanes = {}
    for row in rows:
        fact = facts.get((row["lane"], row["number"]))
        if fact:
            lanes.setdefault(row["lane"], []).append((fact, row["begun"].timestamp()))
    for effects in lanes.values():
        for position, (fact, begun) in enumerate(effects):
            promise.checked += 1
            for later, _begun in effects[position + 1 :]:
                if _before(later, fact) and later.accepted < begun:
                    promise.broken.append(f"{later.key} comes before {fact.key}, was there, and was applied after it")


def _before(one, other):
    if one.when is None or other.when is None:
        return one.place < other.place
    return one.when < other.when


def of_orders(shop, orders, reference):
    """Each order came to what its reports say, neither less nor more: the same as an order made in calm."""
    lost, twice = Promise("lost"), Promise("applied twice")
    for order in orders:
        lost.checked += 10
        twice.checked += 10
        (outcome,) = shop.outcome([order])
        if outcome != reference:
            lost.broken.append(f"{order.name} came to {outcome}; in calm it comes to {reference}")
    return [lost, twice]


def of_tellings(told, taken):
    """0 lost, 0 twice, 0 out of order: of what the other side was to be told.

    The other side may take a message twice, under the same id; then the first time counts.

    :param told: ``(lane, number)`` of all that was committed
    :param taken: ``[time, id, lane, number]`` of each message, in the order in which the other side took them
    """
    lost, twice, order = (Promise(name) for name in ("lost", "applied twice", "out of order"))
    ids, first = {}, {}
    for _when, message_id, lane, number in taken:
        ids.setdefault((lane, number), set()).add(message_id)
        if (lane, number) not in first:
            first[lane, number] = len(first)
            order.checked += 1
    for key in sorted(told):
        lost.checked += 1
        if key not in ids:
            lost.broken.append(f"{key} was committed and never told")
    for key, under in ids.items():
        twice.checked += 1
        if len(under) > 1:
            twice.broken.append(f"{key} was told under {len(under)} ids")
        if key not in told:
            twice.broken.append(f"{key} was told and never committed")
    for lane, number in first:
        if number > 1 and first.get((lane, number - 1), -1) > first[lane, number]:
            order.broken.append(f"{lane}: {number} was told before {number - 1}")
    return [lost, twice, order]


def of_rows(world):
    """0 stuck: nothing is open that nobody and nothing will settle."""
    stuck = Promise("stuck")
    (found,) = world.sql("SELECT count(*) AS n FROM mfg_sync_message WHERE endpoint_id = ANY(%s)", [world.endpoints])
    stuck.checked = found["n"]
    for row in world.open_rows():
        reason = row["hold_reason"] or ("needs a person" if row["needs_person"] else "due")
        stuck.broken += [f"{row['direction']} {row['state']} ({reason}): {row['text']}"] * row["n"]
    return [stuck]


def of_badges(world):
    """0 wrong badges: each document shows its worst open message, or in sync; nobody cancels here what is told."""
    badges = Promise("wrong badges")
    rows = world.sql(
        """WITH ledger AS (
               SELECT d.res_model, d.res_id,
                      CASE WHEN bool_or(m.needs_person AND m.state IN ('pending', 'held', 'dead')) THEN 'needs_you'
                           WHEN bool_or(m.state IN ('pending', 'held', 'dead')) THEN 'waiting'
                           ELSE 'in_sync' END AS status
               FROM mfg_sync_document d JOIN mfg_sync_message m ON m.id = d.message_id
               WHERE NOT m.shadow GROUP BY 1, 2)
           SELECT COALESCE(s.res_model, l.res_model) AS model, COALESCE(s.res_id, l.res_id) AS id,
                  s.status AS shown, l.status AS due
           FROM ledger l FULL JOIN mfg_sync_status s USING (res_model, res_id)"""
    )
    badges.checked = len(rows)
    for row in rows:
        if row["shown"] != row["due"]:
            badges.broken.append(f"{row['model']},{row['id']} shows {row['shown']}, the ledger says {row['due']}")
    return [badges]


def of_people(people):
    """0 refused: what people do fails by outages and races only; an error of ours is never theirs."""
    refused = [text for person in people for text in person.refused]
    return [Promise("people refused", sum(person.asked for person in people), refused)]


def looked_at(promises):
    """The same; one of which nothing was looked at is broken, since it would not have told."""
    for promise in promises:
        if not promise.checked:
            promise.broken.append("there was nothing to look at")
    return promises


def together(*lists):
    """Promises of the same name as one, in the order in which they were first named."""
    total = {}
    for promise in (each for promises in lists for each in promises):
        known = total.setdefault(promise.name, Promise(promise.name))
        known.checked += promise.checked
        known.broken += promise.broken
    return list(total.values())
