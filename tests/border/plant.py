"""The connection mes1 of a live server, and how an application behind it talks to Odoo."""

import json
import time
import uuid
from datetime import datetime, timezone

import requests
from mfg_setup.live_instance import RpcError
from standardwebhooks import Webhook

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
#: SQL of matches ``t``: those that say more than Odoo knows, i.e. not that a document is called by its own number. That
#: much is kept of a name however its message ends (docs/decisions.md, 136)
SAYS_SOMETHING = " AND ".join(
    f"""NOT EXISTS (SELECT 1 FROM {model.replace(".", "_")} d
                    WHERE t.res_model = '{model}' AND t.entity = '{entity}' AND t.agreed_hash IS NULL
                      AND (d.id, d.name, d.company_id) = (t.res_id, t.external_id, t.company_id))"""
    for model, entity in (("mrp.production", "production"), ("stock.picking", "transfer"))
)


def wait_for(what, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return found


class Plant:
    def __init__(
        self, instance, code="mes1", kinds=("sync.test", "master.item"), groups=("base.group_user",), company=None
    ):
        """
        :param kinds: names of the kinds of messages that are live
        :param groups: XML ids, of the service user
        :param int company: whose connection it is; None: that of who makes it
        """
        self.instance, self.code, self.source = instance, code, f"urn:{code}"
        call = instance.call
        groups_field = self.groups_field()
        has = [self.ref(xmlid) for xmlid in groups]
        works_in = {"company_id": company, "company_ids": [(6, 0, [company])]} if company else {}
        user = call("res.users", "create", {
            "name": f"Service {code}", "login": f"svc_{code}", groups_field: [(6, 0, has)], **works_in})  # fmt: skip
        self.endpoint = call("mfg.sync.endpoint", "create", {
            "name": code, "code": code, "user_id": user, "in_plant": True, "first_retry": 0.2, "read_timeout": 1.0,
            "connect_timeout": 1.0, "system_ids": [(0, 0, {"name": code, "source": self.source})],
            **({"company_id": company} if company else {})})  # fmt: skip
        kinds = call("mfg.sync.message.type", "search", [("name", "in", list(kinds))])
        call("mfg.sync.flow", "create", [
            {"endpoint_id": self.endpoint, "type_id": kind, "mode": "live"} for kind in kinds])  # fmt: skip
        self.secret, self.token, self.their_secret = (
            call("mfg.sync.credential", "set_key", code, use) for use in ("in_secret", "in_token", "out_secret")
        )

    def ref(self, xmlid):
        module, _dot, name = xmlid.partition(".")
        found = self.instance.call("ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)])
        return found[0]["res_id"]

    def groups_field(self):
        return (
            "groups_id" if "groups_id" in self.instance.call("res.users", "fields_get", [], ["type"]) else "group_ids"
        )

    def pause(self):
        self.set(paused=True)

    def forget_outgoing(self):
        """Nothing that other tests changed or sent is on its way any more, rendered or not."""
        self.pause()
        lock = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s AND objid = %s"
        wait_for("the delivery to rest", lambda: not self.instance.sql(lock, [0x6D666732, self.endpoint]), 60)
        self.instance.sql("DELETE FROM mfg_sync_mark")
        self.instance.sql(
            "UPDATE mfg_sync_message SET state = 'cancelled' WHERE direction = 'out' AND state IN ('pending', 'held')"
        )
        self.set(paused=False)

    def sweep(self):
        """Have the sweep's cron run now, and wait for it; not while it runs by itself, which Odoo refuses."""
        cron = self.ref("mfg_sync.cron_sweep")

        def ran():
            try:
                self.instance.call("ir.cron", "method_direct_trigger", [cron])
            except RpcError as error:
                assert "currently being executed" in str(error), error
                return False
            return True

        wait_for("the sweep runs", ran)

    def set(self, **values):
        self.instance.call("mfg.sync.endpoint", "write", [self.endpoint], values)

    # -- in

    @property
    def address(self):
        return f"{self.instance.url}/mfg_sync/v1/{self.code}/events"

    def event(self, event_id=None, **values):
        return {"specversion": "1.0", "id": event_id or str(uuid.uuid4()), "source": self.source,
                "type": "sync.test.v1", "data": {"text": "Hello"}, **values}  # fmt: skip

    def signed(self, body, secret=None):
        now, message_id = datetime.now(timezone.utc), str(uuid.uuid4())
        return {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp())),
                "webhook-signature": Webhook(secret or self.secret).sign(message_id, now, body.decode())}  # fmt: skip

    def post(self, what, content_type=None, *, secret=None, address=None, session=requests, headers=None):
        """:param what: an event, a list of events, or bytes"""
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        media = content_type or (BATCH if isinstance(what, list) else STRUCTURED)
        headers = {"Content-Type": media, **self.signed(body, secret), **(headers or {})}
        return session.post(address or self.address, data=body, headers=headers, timeout=30)

    def row(self, **values):
        """The row of the ledger with these values."""
        where = " AND ".join(f"{name} = %s" for name in values)
        found = self.instance.sql(f"SELECT * FROM mfg_sync_message WHERE {where}", list(values.values()))
        assert len(found) <= 1
        return found[0] if found else None

    def done(self, event_id, seconds=20):
        return wait_for(
            f"{event_id} done", lambda: (row := self.row(event_id=event_id)) and row["state"] == "done" and row, seconds
        )

    # -- out

    def tell(self, receiver=None):
        """Have Odoo tell the other side of a new item. Returns the uuid of the message."""
        if receiver:
            self.set(url=receiver.url)
        return self.message_about(self.make_item())["uuid"]

    def make_item(self):
        """What is to be told; as long as nothing may be sent it is only marked."""
        code = f"ITEM-{uuid.uuid4().hex[:8]}"
        return self.instance.call("product.product", "create", {"name": "Frame", "default_code": code})

    def message_about(self, product):
        told = {"type_name": "master.item.v1", "res_model": "product.product", "res_id": product}
        return wait_for("the message about the item", lambda: self.row(endpoint_id=self.endpoint, **told))

    def reaches(self, message_uuid, state, attempts=None, seconds=30):
        def there():
            row = self.row(uuid=message_uuid)
            return row if row["state"] == state and row["attempt_count"] >= (attempts or 0) else None

        return wait_for(f"{message_uuid} {state} after {attempts or 'any'} attempts", there, seconds)

    def attempts(self, message_uuid):
        return self.instance.sql(
            """SELECT a.* FROM mfg_sync_attempt a JOIN mfg_sync_message m ON m.id = a.message_id
               WHERE m.uuid = %s ORDER BY a.id""", [message_uuid])  # fmt: skip
