"""What the steps of the story stand on: people, players, the database, and checks that say what was expected."""

import os
import time
from datetime import timezone

from value_stream.books import Books
from value_stream.odoo import Refused

SITE = "PLANT-1"
POLL = 0.05
PATIENCE = 25


class Untrue(Exception):
    """A step is not true: what was looked at, what was expected, what was found.

    :ivar step: (number, title), once it is known
    """

    def __init__(self, what, expected, found, step=None):
        super().__init__(f"{what}\n  expected: {expected}\n  found:    {found}")
        self.step = step


def expect(what, expected, found):
    if expected != found:
        raise Untrue(what, expected, found)


def expect_true(what, condition, found=None):
    if not condition:
        raise Untrue(what, "true", condition if found is None else found)


class Stage(Books):
    """:param Instance instance: with endpoints and people in its file
    :param Plan plan: the draws
    :param Company company: what was built
    :param Cast cast: the players
    """

    def __init__(self, instance, plan, company, cast):
        self.instance, self.plan, self.company, self.cast = instance, plan, company, cast
        self.db, self.admin, self.series = instance.db, instance.admin, company.series
        self.mes, self.wms, self.supplier, self.customer = cast.players.values()
        self.endpoints = {
            row["kind"]: row["id"] for row in self.db.rows("SELECT id, kind FROM mfg_sync_endpoint WHERE active")
        }

    def shuffled(self, things):
        return self.plan.dice.sample(things, len(things))

    def person(self, role):
        return self.instance.person(role)

    # -- waiting, bounded

    def wait(self, what, look, until=bool, expected="that it comes true", seconds=PATIENCE):
        """Look until what is found is as it should be; returns it."""
        deadline = time.monotonic() + seconds
        while not until(found := look()):
            if time.monotonic() > deadline:
                raise Untrue(f"{what}, within {seconds} s", expected, found)
            time.sleep(POLL)
        return found

    def becomes(self, what, expected, look, seconds=PATIENCE):
        """Look until it is what is expected."""
        return self.wait(what, look, until=lambda found: found == expected, expected=expected, seconds=seconds)

    def wait_row(self, what, query, seconds=PATIENCE, **params):
        """The first row of a query, once there is one."""
        return self.wait(what, lambda: self.db.rows(query, **params), seconds=seconds)[0]

    def quiet(self):
        """Wait until everything that can run has run: no mark, nothing pending."""
        self.becomes("what is left to do", {"marks": 0, "pending": []}, self._open)

    def _open(self):
        pending = self.db.rows(
            """SELECT direction, type_name, error_text FROM mfg_sync_message WHERE state = 'pending' ORDER BY id"""
        )
        return {"marks": self.db.value("SELECT count(*) FROM mfg_sync_mark"), "pending": pending}

    # -- the ledger

    def row(self, player, event_id):
        """The ledger's row of what a player sent."""
        found = self.db.rows(
            """SELECT * FROM mfg_sync_message
               WHERE endpoint_id = %(endpoint)s AND direction = 'in' AND event_id = %(id)s""",
            endpoint=self.endpoints[player.kind],
            id=event_id,
        )
        return found[0] if found else None

    def state(self, player, event_id):
        row = self.row(player, event_id)
        return row and (row["state"] if row["state"] != "held" else f"held: {row['hold_reason']}")

    def applied(self, player, *event_ids):
        """Wait until messages are done, here and as the other side is told when it asks; returns their rows."""
        for event_id in event_ids:
            what = f"{event_id} of {player.kind} is applied or needs somebody"
            self.wait(what, lambda event_id=event_id: self._settled(player, event_id))
            row = self.row(player, event_id)
            found = {"state": row["state"], "why": row["error_text"]}
            expect(f"{row['type_name']} {event_id} of {player.kind}", {"state": "done", "why": None}, found)
            expect(f"what {player.kind} is told of {event_id}", "done", player.do("outcome", id=event_id)["state"])
        return [self.row(player, event_id) for event_id in event_ids]

    def parts(self, interchange):
        """Wait until the transaction sets of an interchange, messages of their own, are applied; their kinds."""
        query = "SELECT type_name, state, error_text FROM mfg_sync_message WHERE parent_id = %(id)s ORDER BY id"
        found = self.wait(
            "the parts of the interchange are applied or failed",
            lambda: self.db.rows(query, id=interchange["id"]),
            until=lambda rows: rows and all(row["state"] != "pending" for row in rows),
        )
        expect("parts of the interchange that are not applied", [], [row for row in found if row["state"] != "done"])
        return [row["type_name"] for row in found]

    def _settled(self, player, event_id):
        row = self.row(player, event_id)
        return row and (row["state"] in ("done", "dead", "superseded", "cancelled") or row["needs_person"])

    def told(self, player, kind, count=1):
        """Wait until so many messages of a kind have arrived at a player; returns its journal's entries."""
        return self.wait(
            f"{count} {kind} at {player.kind}", lambda: player.arrived(kind), until=lambda found: len(found) >= count
        )

    def acknowledged(self, player, kind):
        """Wait until what arrived of a kind has been acknowledged, and the player's own ids are found in bindings."""
        arrived = {entry["id"] for entry in player.arrived(kind)}
        facts = self.wait(
            f"{player.kind} acknowledges {kind}",
            lambda: [fact for fact in player.noted("sync.acknowledged") if fact["data"]["message"] in arrived],
            until=lambda found: len(found) == len(arrived),
        )
        self.applied(player, *(fact["id"] for fact in facts))
        bound = {
            (row["entity"], row["external_id"])
            for row in self.db.rows(
                "SELECT entity, external_id FROM mfg_sync_binding WHERE endpoint_id = %(endpoint)s",
                endpoint=self.endpoints[player.kind],
            )
        }
        own = {(match["entity"], match["id"]) for fact in facts for match in fact["data"]["ids"]}
        expect(f"ids of {player.kind} for {kind} without a binding", set(), own - bound)
        return facts

    def bound(self, player, entity, ours, model, res_id):
        """Expect that a player's own id of something leads to this record."""
        external_id = player.do("names", entity=entity, ours=ours)
        row = self.wait_row(
            f"{entity} {external_id} of {player.kind} is bound",
            """SELECT res_model, res_id FROM mfg_sync_binding
               WHERE endpoint_id = %(endpoint)s AND entity = %(entity)s AND external_id = %(id)s""",
            endpoint=self.endpoints[player.kind],
            entity=entity,
            id=external_id,
        )
        expect(
            f"{entity} {external_id} of {player.kind}, {ours} of ours",
            (model, res_id),
            (row["res_model"], row["res_id"]),
        )

    def sound(self):
        """Nothing failed unseen, and every inbound row was applied by a process of Odoo's."""
        dead = self.db.rows("SELECT type_name, error_text FROM mfg_sync_message WHERE state = 'dead'")
        expect("failed messages", [], dead)
        workers = self.db.rows(
            """SELECT DISTINCT a.worker FROM mfg_sync_attempt a JOIN mfg_sync_message m ON m.id = a.message_id
               WHERE m.direction = 'in'"""
        )
        pids = {int(row["worker"].rpartition(":")[2]) for row in workers}
        expect("messages applied by the demo or a simulator", set(), pids & {os.getpid(), *self.cast.pids})
        for player in self.cast.players.values():
            entries = player.log()
            refused = [entry["why"] for entry in entries if entry["what"] == "refused"]
            expect(f"what {player.kind} refused of Odoo", [], refused)
            # busy (503) and away (0) are tried again
            answers = {entry["status"] for entry in entries if entry["what"] == "sent"}
            expect(f"what Odoo refused of {player.kind}", set(), answers - {200, 202, 503, 0})

    # -- the other sides' papers

    def document(self, kind):
        """Wait for an X12 document at the customer; its segments as that side's own reader gives them."""
        found = self.wait(
            f"{kind} at the customer",
            lambda: [entry for entry in self.customer.do("documents") if entry["kind"] == kind],
        )
        expect(f"number of {kind}", 1, len(found))
        return found[0]["segments"]

    def lots_at_wms(self, item):
        """What the warehouse was told last of an item: {lot: {"lot", "quantity", "status"}}."""
        told = [data for data in self.wms.received("stock.available") if data["item"]["code"] == item]
        sites = [site for site in told[-1]["sites"] if site["site"] == SITE] if told else []
        return {lot["lot"]: lot for site in sites for lot in site["lots"]}

    def refused(self, act):
        """What Odoo says when it refuses something a person does; that it does not is not true."""
        try:
            answer = act()
        except Refused as refusal:
            return str(refusal)
        raise Untrue("Odoo refuses", "a refusal", answer)


def milliseconds(since, until):
    """Between two moments; naive ones are UTC, as Odoo stores them."""
    aware = [moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc) for moment in (since, until)]
    return round((aware[1] - aware[0]).total_seconds() * 1000)


def lots_told(data):
    """{(item, lot): quantity} of a transfer as a message tells it."""
    return {(line["item"]["code"], lot["lot"]): lot["quantity"] for line in data["lines"] for lot in line["lots"]}
