"""The gate: from the bytes of a request to rows of the ledger. Authenticate, limit, decode, check, one INSERT, answer.

Runs on a READ COMMITTED cursor, so that a refused or repeated request can't abort anything. It reads the
configuration by SQL or cached, because the caller is no user of Odoo; nothing of a document is touched here.
"""

import logging
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from odoo import SUPERUSER_ID, api

from ..protocol import cloudevents, signature
from ..protocol.errors import Problem
from . import accept, bucket, callers, keys, ledger, outcomes, remembered, wake
from .keys import KeyMissing
from .setback import COUNT, is_home

_logger = logging.getLogger(__name__)

#: every request is checked against so many secrets and tokens, real or dummy, so that all take the same time
SLOTS = 2
MAX_BATCH = 1000
#: so far may the clocks of a plant be ahead: by a time zone that somebody forgot (14 hours at the most), not by more.
#: A state from a later day would be newer than all that is told until then, and they would change nothing
MAX_AHEAD = timedelta(days=1)


class Gate:
    def __init__(self, cr, limits=None, refused=None, remote=None):
        """
        :param dict limits: kept over the tries of one request, so that its events are counted once
        :param list refused: what of a request was refused, as it was read; for the trace of it
        :param str remote: the address of who calls
        """
        self.cr, self.limits, self.remote = cr, {} if limits is None else limits, remote
        self.refused = [] if refused is None else refused
        # superuser: configuration only (kinds, flows), through cached methods; no business record is read or written
        self.env = api.Environment(cr, SUPERUSER_ID, {})
        #: further headers of the answer
        self.headers = {}

    # -- who is it

    def authenticate(self, code, headers, body=None):
        """The row of the connection whose key the request bears, with its ``systems`` (:meth:`_systems`).

        :param body: bytes whose signature counts as proof; None where only a bearer token does (reads, binary mode)
        :raises Problem: 401, the same for every stranger; 503 when the database is not at home; 403 where the sender is
            known, and calls from elsewhere
        """
        self.cr.execute(
            f"""SELECT e.id, e.code, e.company_id, e.user_id, e.body_limit, e.listening, e.stamp, e.environment,
                      e.active, e.paused, e.in_rate, e.in_burst, e.wait_seconds, e.wait_requests,
                      e.allowed_from, {COUNT} AS sweeps,
                      EXISTS (SELECT 1 FROM mfg_sync_key k WHERE k.endpoint_id = e.id) AS has_keys,
                      ARRAY(SELECT ARRAY[key, value] FROM ir_config_parameter
                            WHERE key IN ('database.uuid', 'database.is_neutralized')) AS database,
                      ARRAY(SELECT ARRAY[c.use, c.stored] FROM mfg_sync_credential c
                            WHERE c.endpoint_id = e.id AND c.use IN ('in_secret', 'in_token')
                              AND (c.expires IS NULL OR c.expires > clock_timestamp() AT TIME ZONE 'UTC')
                            ORDER BY c.id DESC) AS credentials,
                      ARRAY(SELECT ARRAY[id::text, active::text, source] FROM mfg_sync_system s
                            WHERE s.endpoint_id = e.id) AS systems
               FROM (SELECT 1) AS always LEFT JOIN mfg_sync_endpoint e ON e.code = %(code)s""",
            # PostgreSQL takes no NUL, and a path may hold one: then it is the code of nobody
            {"code": code.replace("\x00", " ")},
        )
        endpoint = self.cr.dictfetchone()
        database = dict(endpoint.pop("database"))
        if database.get("database.is_neutralized"):
            # to everybody: a copy has no keys to know anybody by, and "wrong key" would make the sender give up
            raise not_at_home()
        # a stranger's request costs the same: so many secrets are decrypted and tried, real or dummy
        credentials = endpoint.pop("credentials")
        secrets = [_decrypt(each or _dummy(), endpoint["code"]) for each in _slots(credentials, "in_secret", None)]
        tokens = _slots(credentials, "in_token", signature.DUMMY_HASH)
        scheme, _space, token = headers.get("authorization", "").partition(" ")
        by_token = signature.verify_token(token.strip() if scheme.lower() == "bearer" else "", tokens)
        by_signature = signature.verify(body, headers, secrets) if body is not None else False
        if not (by_token or by_signature) or not endpoint["active"]:
            raise unproven()
        if not is_home(self.cr.dbname, database.get("database.uuid"), endpoint):
            raise not_at_home()
        # last: a stranger does not learn that there is a list, or who is on it
        callers.check(endpoint, self.remote)
        return endpoint

    # -- what is it

    def receive(self, endpoint, body, content_type, headers, only=None):
        """Accept what is good and say of each what became of it.

        :param only: name of the one kind of message that may be in it
        :return: ``(mode, results)``; a result has ``index, status`` (accepted, duplicate, refused), and ``uuid`` or
            ``problem``
        :raises Problem: nothing of it is kept: 400, 413, 415 not readable or too large, 429 too many in a while
        """
        if len(body) > endpoint["body_limit"]:
            raise too_large(endpoint["body_limit"])
        mode, events = cloudevents.read(body, content_type, headers)
        # as long as none of them was taken
        self.refused[:] = events
        if len(events) > MAX_BATCH:
            raise Problem(413, "too-many", "The batch is too long", f"{len(events)} events; send at most {MAX_BATCH}.")
        if endpoint.get("in_rate"):
            if endpoint["id"] not in self.limits:
                self.limits[endpoint["id"]] = bucket.take(self.cr.dbname, endpoint, len(events))
            self.headers = self.limits[endpoint["id"]]
        results = self.take(endpoint, events, only)
        self.refused[:] = [events[result["index"]] for result in results if result["status"] == "refused"]
        return mode, results

    def take(self, endpoint, events, only=None):
        """Accept what is good of events that were read; the results of :meth:`receive`."""
        results, checked = [], {}
        for index, event in enumerate(events):
            results.append({"index": index, "status": "accepted"})
            try:
                checked[index] = cloudevents.check(event)
            except Problem as problem:
                results[index].update(status="refused", problem=problem.to_dict())
        systems = self._systems(endpoint, checked.values(), only)
        rows = []
        for index, event in checked.items():
            try:
                row = self._row(endpoint, event, systems, only)
                rows.append((index, row))
                results[index]["uuid"] = row["uuid"]
            except Problem as problem:
                results[index].update(status="refused", problem=problem.to_dict())
        accept.fill_lanes(self.cr, [row for _index, row in rows])
        self._store(endpoint, rows, results)
        return results

    def _systems(self, endpoint, events, only):
        """``{source: {id, active}}``; a listening connection learns the source of the first event that it can take."""
        if not endpoint["listening"] and "systems" in endpoint:
            # read with the connection itself: a query less for each request
            return {
                source: {"id": int(row_id), "active": active == "true"}
                for row_id, active, source in endpoint["systems"]
            }
        # what is refused teaches nothing: it may be a stray message, and the system that is meant comes after it
        heard = (event for event in events if endpoint["listening"] and self._is_good(endpoint, event, only))
        first = next(heard, None)
        listens = first and self._listens(endpoint)
        self.cr.execute("SELECT source, id, active FROM mfg_sync_system WHERE endpoint_id = %s", [endpoint["id"]])
        systems = {row["source"]: row for row in self.cr.dictfetchall()}
        if listens and not systems:
            self.cr.execute(
                """INSERT INTO mfg_sync_system (name, endpoint_id, company_id, source, active, create_date, write_date)
                   VALUES (%s, %s, %s, %s, true, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                   ON CONFLICT (endpoint_id, source) DO UPDATE SET active = true RETURNING source, id, active""",
                [first["source"][:200], endpoint["id"], endpoint["company_id"], first["source"]],
            )
            row = self.cr.dictfetchone()
            systems[row["source"]] = row
        if listens and systems.get(first["source"], {}).get("active"):
            self.cr.execute("UPDATE mfg_sync_endpoint SET listening = false WHERE id = %s", [endpoint["id"]])
        return systems

    def _listens(self, endpoint):
        """Whether a connection still listens, its row locked.

        The lock makes a second first message wait, and then it finds nobody listening any more.
        """
        self.cr.execute(
            "SELECT 1 FROM mfg_sync_endpoint WHERE id = %s AND listening FOR NO KEY UPDATE", [endpoint["id"]]
        )
        return bool(self.cr.fetchone())

    def _is_good(self, endpoint, event, only):
        try:
            self._judged(endpoint, event, only)
        except Problem:
            return False
        return True

    def _row(self, endpoint, event, systems, only=None):
        system = systems.get(event["source"])
        if not system or not system["active"]:
            if endpoint["listening"] and not systems:
                # nobody was learned from it: the sender hears why
                self._judged(endpoint, event, only)
            raise Problem(
                403,
                "source",
                "This source may not send here",
                f"source {event['source'][:120]!r} is not a system of this connection; an Administrator adds it.",
            )
        kind, flow, occurred = self._judged(endpoint, event, only)
        return accept.make_row(
            kind,
            flow,
            event.get("data"),
            endpoint_id=endpoint["id"],
            system_id=system["id"],
            company_id=endpoint["company_id"],
            event_id=event["id"],
            source=event["source"],
            subject=event.get("subject"),
            occurred=occurred,
            media=event.get("datacontenttype"),
            attributes={k: v for k, v in event.items() if k not in cloudevents.CORE},
        )

    def _judged(self, endpoint, event, only):
        """``(kind, flow, when it happened as naive UTC or None)`` of an event, whoever sent it.

        :raises Problem: 403 its kind is not switched on; 422 its data or its time don't fit
        """
        name, major = cloudevents.split_type(event["type"])
        if only and name != only:
            raise Problem(422, "type", "Another kind of message is expected here", f"type {name[:80]!r}, not {only!r}.")
        try:
            kind, flow = accept.find_flow(self.env, endpoint["id"], name, major)
        except accept.SwitchedOff as off:
            raise switched_off(event["type"], off) from None
        accept.validate(kind, event.get("data"))
        occurred = event["time"] and event["time"].astimezone(timezone.utc).replace(tzinfo=None)
        if occurred and occurred < datetime.utcnow() - timedelta(days=365.25 * flow["key_years"]):
            raise too_old(flow["key_years"])
        if occurred and occurred > datetime.utcnow() + MAX_AHEAD:
            raise in_future(occurred)
        return kind, flow, occurred

    def _store(self, endpoint, rows, results):
        if not rows:
            return
        # twice in one batch: the first counts, the second is judged like any repetition
        first = {}
        for index, row in rows:
            first.setdefault((row["source"], row["event_id"]), (index, row))
        inserted = ledger.insert(self.cr, [row for _index, row in first.values()])
        removed = self._removed(endpoint, rows, inserted)
        repeated = [(index, row) for index, row in rows if row["uuid"] not in inserted]
        pairs = {(row["source"], row["event_id"]) for _index, row in repeated}
        known = {**ledger.identities(self.cr, endpoint["id"], "in", pairs - removed.keys()), **removed}
        for index, row in repeated:
            before = known.get((row["source"], row["event_id"]))
            if before and remembered.agrees(row["content_hash"], before["content_hash"]):
                results[index] = {
                    "index": index,
                    "status": "duplicate",
                    "uuid": before["uuid"],
                    "state": before["state"],
                    **({"tried_only": True} if before.get("shadow") else {}),
                }
            else:
                problem = Problem(
                    409,
                    "other-content",
                    "This id was used before with other content",
                    f"id {row['event_id'][:80]!r} is known; a new fact needs a new id.",
                )
                results[index] = {"index": index, "status": "refused", "problem": problem.to_dict()}
        if inserted:
            wake.after_commit(self.cr, endpoint["id"], "in")

    def _removed(self, endpoint, rows, inserted):
        """Of what seemed new: what came years ago and was removed since. It is taken back out of the ledger.

        Looked for after the rows went in, on a newer snapshot: a row that retention removes in this moment is then in
        the one table or the other, and never in none.

        :param dict inserted: ``{uuid: id}``; what turns out to be known leaves it
        :return: as :func:`ledger.identities`
        """
        if not inserted or not endpoint.get("has_keys", True):
            return {}
        new = {(row["source"], row["event_id"]): row["uuid"] for _index, row in rows if row["uuid"] in inserted}
        removed = remembered.identities(self.cr, endpoint["id"], "in", set(new))
        if removed:
            uuids = [new[pair] for pair in removed]
            remembered.take_back(self.cr, uuids)
            for uuid in uuids:
                del inserted[uuid]
        return removed

    # -- what became of it

    def lookup(self, endpoint, uuid):
        """:raises Problem: 404, also for messages of other connections"""
        found = outcomes.find(self.cr, endpoint["id"], [uuid])
        return found.popitem()[1] if found else self._removed_since(endpoint, uuid)

    def _removed_since(self, endpoint, uuid):
        """What became of a message that was removed: in short, and that it was.

        :raises Problem: 404
        """
        key = remembered.lookup(self.cr, endpoint["id"], uuid)
        if not key:
            raise Problem(404, "message", "There is no such message on this connection")
        answer = {
            "uuid": key["uuid"],
            "id": key["event_id"],
            "type": key["type_name"],
            "state": key["state"],
            "result": key["result_text"],
            "done": key["done_at"] and f"{key['done_at'].isoformat()}Z",
            "removed": f"{key['removed_at'].isoformat()}Z",
            "no_effect": key["no_effect"] or None,
        }
        return {name: value for name, value in answer.items() if value is not None}


def switched_off(word, off):
    """
    :param str word: the type that was named
    :param accept.SwitchedOff off: why it is not taken
    """
    if isinstance(off, accept.Unknown):
        detail = f"type {word[:120]!r}: Odoo knows no kind of message by this name. Look how it is spelled."
        return Problem(403, "type", "There is no such kind of message", detail)
    if isinstance(off, accept.NotLive):
        detail = f"type {word[:120]!r}: it is retired, or not in use yet. An administrator of Odoo can make it active."
        return Problem(403, "type", "This kind of message is not in use", detail)
    detail = f"type {word[:120]!r}: an Administrator adds it to the connection's synchronizations."
    return Problem(403, "type", "This kind of message is not switched on here", detail)


def too_old(years):
    return Problem(
        422,
        "too-old",
        "This happened too long ago",
        f"time: more than {years} years ago, and nobody can tell any more whether it was applied then. If it is new to "
        "Odoo, an Administrator enters it by hand, or lets the connection know messages again for longer.",
    )


def in_future(occurred):
    """
    :param datetime occurred: naive UTC
    """
    now = datetime.utcnow().replace(microsecond=0)
    detail = (
        f"{occurred.isoformat()}Z is more than a day after the time of this server, {now.isoformat()}Z. Set the clock "
        "and the time zone of the sender right, and send it again with the time at which it happened."
    )
    return Problem(
        422, "in-future", "This has not happened yet", f"time: {detail}", [{"pointer": "/time", "detail": detail}]
    )


def unproven():
    return Problem(
        401,
        "unproven",
        "The sender is not proven",
        "The connection, the signature or the token is not right, or the signature is older than 5 minutes.",
    )


def not_at_home():
    return Problem(
        503,
        "not-at-home",
        "This database does not take part in the synchronization",
        "It is a copy, or was moved. An Administrator confirms the connection on its new home.",
    )


def too_large(limit):
    return Problem(413, "too-large", "The request is too large", f"At most {limit} bytes; send smaller batches.")


def _slots(credentials, use, filler):
    """What is stored of the newest keys of one use, always the same number."""
    stored = [each for of, each in credentials if of == use][:SLOTS]
    return stored + [filler] * (SLOTS - len(stored))


@lru_cache(maxsize=1)
def _dummy():
    try:
        return keys.encrypt(signature.DUMMY_SECRET)
    except KeyMissing:
        return ""


def _decrypt(stored, code):
    try:
        return keys.decrypt(stored)
    except KeyMissing as error:
        # the sender learns nothing of it (a stranger's answer is the same); our people must
        if code:
            _logger.error("mfg_sync: the keys of connection %s can't be read: %s", code, error)
        return signature.DUMMY_SECRET
