"""What crossed the border in a step, from the ledger and the other sides' journals."""

from datetime import datetime

from value_stream.stage import milliseconds

LINE = "{:>4}  {:<46} {:<9} {:<9} {:>7}"
HEAD = LINE.format("step", "what crossed", "from", "to", "ms")


class Timeline:
    """:param Stage stage: with its players still alive"""

    def __init__(self, stage):
        self.stage = stage
        self.seen = {row["id"] for row in self._done()}

    def lines(self, step):
        """A line for each kind of message that reached its goal since the last call, with the slowest of them."""
        arrivals = self._arrivals()
        groups = {}
        for row in self._done():
            if row["id"] in self.seen:
                continue
            self.seen.add(row["id"])
            inbound = row["direction"] == "in"
            until = row["done_at"] if inbound else arrivals.get(row["uuid"], row["done_at"])
            what = row["type_name"].rpartition(".v")[0] + (", no change needed" if inbound and row["no_effect"] else "")
            ends = (row["kind"], "odoo") if inbound else ("odoo", row["kind"])
            groups.setdefault((what, *ends), []).append(milliseconds(row["occurred"] or row["received"], until))
        return [_line(step, what, len(times), ends, max(times)) for (what, *ends), times in groups.items()]

    def _done(self):
        return self.stage.db.rows(
            """SELECT m.id, m.uuid, m.direction, m.type_name, m.occurred, m.received, m.done_at, m.no_effect, e.kind
               FROM mfg_sync_message m JOIN mfg_sync_endpoint e ON e.id = m.endpoint_id
               WHERE m.state = 'done' ORDER BY m.done_at, m.id"""
        )

    def _arrivals(self):
        return {
            entry["id"]: datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
            for player in self.stage.cast.players.values()
            for entry in player.arrived()
            if not entry["again"]
        }


def _line(step, what, count, ends, slowest):
    return LINE.format(step, what + (f" ×{count}" if count > 1 else ""), *ends, slowest)
