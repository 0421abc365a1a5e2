import logging
import uuid as uuidlib
from datetime import datetime

import psycopg2.errors

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval

from ..engine import after_commit, lanes, ledger, remembered, verdicts
from ..engine.errors import PermanentError, SyncError
from ..protocol import strict_json
from .capture import ONCE

_logger = logging.getLogger(__name__)

#: these repeat the drain's transaction from a fresh look; they say nothing about the document
RACES = (psycopg2.errors.SerializationFailure, psycopg2.errors.DeadlockDetected, psycopg2.errors.LockNotAvailable)

#: end of the revision of what was only looked at: what is told once all is live must not pass for known by it
TRIED = ".tried"


class Tried(Exception):
    """Carries the rows out of the savepoint that takes back what their builder brought about."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows


class CaptureRendering(models.AbstractModel):
    """What is told of a document: rendered as the connection's service user, as a row of the ledger."""

    _inherit = "mfg.sync.capture"

    def _rendered(self, flow, kind, model, revisions, flush=False):
        """Rows of these documents; one that can't be rendered becomes a dead row, and keeps none of the others back.

        :param dict revisions: ``{record id: (revision, when)}``
        :param bool flush: whether the savepoint runs the precommit hooks; False in one of them
        """
        try:
            return self._rows_alone(flow, kind, model, revisions, flush)
        except RACES:
            # somebody else was there first: the transaction as a whole is repeated by whoever runs it
            raise
        except Exception as error:
            # what the builder may have written into the cache is gone from the database; all else was flushed before
            self.env.transaction.clear()
            # asked only now: a query for each event, and hardly ever is deleted in a transaction what was told in it
            there = set(self.env[model].browse(revisions).exists().ids)
            if not there.issuperset(revisions):
                left = {res_id: entry for res_id, entry in revisions.items() if res_id in there}
                return self._rendered(flow, kind, model, left, flush) if left else []
            if len(revisions) > 1:
                return [
                    row
                    for res_id, entry in revisions.items()
                    for row in self._rendered(flow, kind, model, {res_id: entry}, flush)
                ]
            # a failing flow never fails a user's action: it is kept, dead, where a person sees and replays it
            _log(kind, error)
            return [
                self._dead_row(flow, kind, model, res_id, revision, error)
                for res_id, (revision, _when) in revisions.items()
            ]

    def _rows_alone(self, flow, kind, model, revisions, flush):
        """Rows of these documents, made in a savepoint; parameters as of :meth:`_rendered`.

        In shadow what a builder brings about (of a shipment its invoices) is taken back once it was looked at: only
        builders of kinds that are told from marks do so, and those run with ``flush``.
        """
        cr = self.env.cr
        wanted = after_commit.noted(cr) if flush else None
        try:
            with cr.savepoint(flush=flush):
                env = self._service_env(flow)
                rows = self._rows(flow, kind, self._covered(flow, env[model].browse(revisions)), revisions)
                env.flush_all()
                if flush and flow["mode"] == "shadow":
                    raise Tried(rows)
                return rows
        except Tried as tried:
            after_commit.cut_back(cr, wanted)
            return self._about_what_stays(flow, kind, model, revisions, tried.rows)
        except Exception:
            if flush:
                after_commit.cut_back(cr, wanted)
            raise

    def _about_what_stays(self, flow, kind, model, revisions, rows):
        """Rows of documents that were made only to be looked at are about the document that was marked."""
        others = {(row["res_model"], row["res_id"]) for row in rows if row["res_model"] != model}
        gone = {document for document in others if not self.env[document[0]].browse(document[1]).exists()}
        if not gone:
            return rows
        if len(revisions) > 1:
            return [
                row
                for res_id, entry in revisions.items()
                for row in self._rows_alone(flow, kind, model, {res_id: entry}, True)
            ]
        ((res_id, (revision, _when)),) = revisions.items()
        # another end than of one that could not be rendered: that one would keep it out
        marked, result = self._common_row(flow, kind, model, res_id, f"{revision}{TRIED}.made"), []
        for row in rows:
            if (row["res_model"], row["res_id"]) not in gone:
                result.append(row)
            elif marked:
                # one for all that the marked document would have brought about
                result.append({**row, **marked, "lane": lanes.of_record(model, res_id), "document_name": None})
                marked = None
        return result

    def _service_env(self, flow):
        return api.Environment(
            self.env.cr,
            flow["user_id"],
            {"allowed_company_ids": [flow["company_id"]], "lang": flow["lang"], "tz": flow["tz"]},
        )

    @api.model
    def _covered(self, flow, records):
        """Those of the records that the flow covers (company, sites, operation types, filter) and nobody keeps out."""
        if "company_id" in records._fields:
            # sudo: to see that a record belongs to another company one must be able to look at it
            records = records.filtered(
                lambda record: not record.sudo().company_id or record.sudo().company_id.id == flow["company_id"]
            )
        left_out = self.env["mfg.sync.exclusion"]._reasons(records)
        if left_out:
            records = records.filtered(lambda record: record.id not in left_out)
        if flow["picking_type_ids"] and "picking_type_id" in records._fields:
            records = records.filtered(lambda record: record.picking_type_id.id in flow["picking_type_ids"])
        if flow["site_ids"]:
            records = records.filtered(lambda record: not (site := self._site(record)) or site.id in flow["site_ids"])
        domain = safe_eval(flow["domain"], {})
        return records.filtered_domain(domain) if domain else records

    @api.model
    def _site(self, record):
        """The warehouse a document belongs to; empty for what has none (items, partners)."""
        if "warehouse_id" in record._fields:
            return record.warehouse_id
        if "picking_type_id" in record._fields:
            return record.picking_type_id.warehouse_id
        return self.env["stock.warehouse"]

    def _rows(self, flow, kind, records, revisions):
        if not records:
            return []
        builder = records.env[flow["builder"]]
        # another synchronization of the same customer's or supplier's connection does not concern this one
        records = builder._for_flow(records, flow)
        documents = builder._documents(records, flow)
        if documents != records:
            now = datetime.utcnow()
            revisions = {document.id: (ONCE, now) for document in documents}
        rendered = builder._render(documents, flow) if documents else {}
        rows = []
        for record in documents:
            if record.id in rendered:
                revision, occurred = revisions[record.id]
                rows.append(self._row(flow, kind, builder, record, rendered[record.id], revision, occurred))
        return rows

    def _row(self, flow, kind, builder, record, data, revision, occurred):
        row = self._common_row(flow, kind, record._name, record.id, revision)
        shadow = flow["mode"] == "shadow"
        return {
            **row,
            "subject": builder._subject(record),
            "occurred": occurred.isoformat(),
            "payload": strict_json.dumps(data),
            "data_hash": strict_json.content_hash(builder._compared(data)),
            "content_hash": strict_json.content_hash(kind, data),
            "lane": lanes.of_record(*builder._lane(record)),
            "state": "done" if shadow else "pending",
            "shadow": shadow,
            "result_text": _("Shadow: not sent.") if shadow else None,
            "no_effect": shadow,
            "document_name": record.display_name,
            "summary": f"{row['summary']}: {record.display_name}",
        }

    def _dead_row(self, flow, kind, model, res_id, revision, error):
        shadow = flow["mode"] == "shadow"
        return {
            **self._common_row(flow, kind, model, res_id, revision + TRIED if shadow else revision),
            "lane": lanes.of_record(model, res_id),
            # by it a later state takes its place
            "subject": self._subject(flow, model, res_id),
            "payload": "null",
            "state": "dead",
            "shadow": shadow,
            "needs_person": True,
            "error_class": "permanent",
            "error_text": _("It could not be put into a message: %s", self._why(error)),
        }

    def _subject(self, flow, model, res_id):
        # the superuser's: the service user may be the one who can't read it
        return (
            self.env[flow["builder"]]._subject(self.env[model].browse(res_id)) if flow["pattern"] == "state" else None
        )

    def _common_row(self, flow, kind, model, res_id, revision):
        """What a message about a document has whether it could be rendered or not."""
        event_id = self._event_id(flow, model, res_id, revision)
        return {
            "uuid": event_id,
            "direction": "out",
            "endpoint_id": flow["endpoint_id"],
            "company_id": flow["company_id"],
            "flow_id": flow["id"],
            "type_id": flow["type_id"],
            "type_name": f"{kind}.v{flow['version']}",
            "event_id": event_id,
            "source": flow["source"],
            "datacontenttype": "application/json",
            "business_key": f"{kind}:{model}:{res_id}:{revision}",
            "revision": revision,
            # states of one record do not wait for each other's kinds: what fails for one may be cured by the other
            "scope": kind if flow["pattern"] == "state" else "",
            "res_model": model,
            "res_id": res_id,
            "summary": flow["title"],
            "patience_hours": flow["patience_hours"],
        }

    def _event_id(self, flow, model, res_id, revision):
        """The same document and revision is the same message, however often the hook runs, also if it failed first.

        Not so the document that gets the id of another one after a backup was restored, nor its next revision: so when
        it was made is in it, and which epoch of the connection this is (models/endpoint_home.py). What was told in an
        earlier epoch, and is in the ledger still or remembered, keeps the id it had.
        """
        fact = [flow["source"] or "", str(flow["id"]), model, str(res_id), self._made(model, res_id), revision]
        ids = [
            str(uuidlib.uuid5(uuidlib.NAMESPACE_URL, "|".join(parts)))
            for parts in ([*fact, *flow["epochs"][:count]] for count in range(len(flow["epochs"]) + 1))
        ]
        # a state is told by its mark, which is told once
        if len(ids) > 1 and flow["pattern"] != "state":
            pairs = [(flow["source"], each) for each in ids[:-1]]
            asked = self.env.cr, flow["endpoint_id"], "out", pairs
            known = {event_id for _source, event_id in {**ledger.identities(*asked), **remembered.identities(*asked)}}
            return next((each for each in ids if each in known), ids[-1])
        return ids[-1]

    def _made(self, model, res_id):
        """When a document was made, to the second; superuser: asked also of what the service user can't read."""
        document = self.env[model].browse(res_id)
        # what was loaded by SQL may have no date
        return (fields.Datetime.to_string(document.create_date) if document._log_access else None) or ""

    def _why(self, error):
        return self.env["mfg.sync.refusal"]._why(error)[:300]

    @api.model
    def _rerender(self, row):
        """Content of a message that could not be rendered when its document changed; asked when it is replayed.

        :return: the row with its content; None when it was settled by other messages (invoices of a shipment), or is
            only made to be looked at
        :raises SyncError: it still cannot, or is not to be told any more
        """
        kind = row["type_name"].rpartition(".v")[0]
        flow = self.env["mfg.sync.flow"]._outbound().get(row["flow_id"])
        if not flow:
            raise PermanentError(_("The synchronization is switched off, or its addon is not installed."))
        # what was only to be looked at stays that, also where its synchronization is live by now; and the reverse
        shadow, is_tried = row["shadow"], flow["mode"] == "shadow"
        flow = {**flow, "mode": "shadow" if shadow else "live"}
        try:
            there = self.env[row["res_model"]].browse(row["res_id"]).exists()
            revisions = {document.id: (row["revision"], datetime.utcnow()) for document in there}
            rows = self._rows_alone(flow, kind, row["res_model"], revisions, True) if revisions else []
        except RACES:
            raise
        except Exception as error:
            _log(kind, error)
            raise PermanentError(_("It could not be put into a message: %s", self._why(error))) from error
        if not rows:
            raise PermanentError(_("There is nothing to tell about this document any more."))
        told = rows[0]
        is_same = (told["res_model"], told["res_id"]) == (row["res_model"], row["res_id"])
        if is_same:
            self.env.cr.execute(
                """UPDATE mfg_sync_message
                   SET payload = %s, data_hash = %s, content_hash = %s, subject = %s, summary = %s WHERE id = %s""",
                [*(told[name] for name in ("payload", "data_hash", "content_hash", "subject", "summary")), row["id"]],
            )
        elif is_tried or not shadow:
            ledger.insert(self.env.cr, rows)
        if is_same and not shadow:
            return {**row, **{name: told[name] for name in ("payload", "subject", "datacontenttype")}}
        result = _("Shadow: not sent.")
        if not shadow:
            result = _("Told as %s.", ", ".join(other["document_name"] for other in rows))
        verdicts.finish(self.env.cr, row["id"], result=result, no_effect=True, shadow=shadow)
        return None

    @api.model
    def _encoded(self, row):
        """The row as it is sent: what is not JSON is made of the data now, once, before the first sending.

        :raises SyncError: it can't be encoded
        """
        kind = self.env["mfg.sync.message.type"]._served().get(row["type_id"])
        if not kind:
            # as it is it may be no document yet that the other side can read
            raise PermanentError(_("The addon that makes %s is not installed.", row["type_name"]))
        builder = self.env[kind["builder"]]
        if builder._media == row["datacontenttype"]:
            return row
        endpoint = self.env["mfg.sync.endpoint"].browse(row["endpoint_id"])
        try:
            with self.env.cr.savepoint(flush=False):
                text = builder._encode(strict_json.loads(row["payload"]), endpoint)
        except RACES:
            raise
        except Exception as error:
            # replayed, it is rendered anew: the document has been corrected by then
            ledger.put(self.env.cr, row["id"], payload="null", datacontenttype="application/json")
            _log(kind["name"], error)
            if isinstance(error, SyncError):
                raise
            raise PermanentError(_("It could not be put into a message: %s", str(error)[:300])) from error
        sent = {"payload": strict_json.dumps(text), "datacontenttype": builder._media}
        ledger.put(self.env.cr, row["id"], **sent)
        return {**row, **sent}


def _log(kind, error):
    """What Odoo or a rule of ours refuses is said on the message; only what nobody foresaw needs the server's log."""
    if isinstance(error, (UserError, SyncError)):
        _logger.info("mfg_sync: %s could not be rendered: %s", kind, error)
    else:
        _logger.error("mfg_sync: %s could not be rendered", kind, exc_info=error)
