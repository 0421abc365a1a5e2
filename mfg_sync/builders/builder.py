from odoo import api, models
from odoo.tools.safe_eval import safe_eval


class Builder(models.AbstractModel):
    """Base of all builders: from documents to the data of one kind of message.

    A new one inherits it under a new name, implements :meth:`_render`, and is named by its schema file. It runs in the
    environment of the connection's service user.
    """

    _name = "mfg.sync.builder"
    _description = "Builder of Messages"

    #: datacontenttype of what is sent; anything but JSON is made of the data by :meth:`_encode`
    _media = "application/json"
    #: as that of a handler (handlers/handler.py)
    _needs = {}

    @api.model
    def _render(self, records, flow):
        """``{record id: data}``; a record left out is not told.

        One that was deleted in the transaction that tells of it may be among them: let its MissingError pass.

        :param dict flow: see mfg.sync.flow._watch
        """
        raise NotImplementedError

    @api.model
    def _for_flow(self, records, flow):
        """Those that this connection is about (a supplier's connection: orders of that supplier). All by default."""
        return records

    @api.model
    def _documents(self, records, flow):
        """The documents to tell about where others were marked (of a shipment its invoices); may bring them about.

        Only for kinds that are told from marks: it runs in the drain, in a savepoint, as the service user.
        """
        return records

    @api.model
    def _everything(self, model, flow):
        """All records that a full run tells about; those that the synchronization does not cover are left out later.

        Archived ones are not among them: who was connected then was told, and to others years of dead records say
        nothing. A filter that speaks of ``active`` brings them in, by Odoo's own rule.

        :param str model: name of the documents' model
        """
        records = self.env[model]
        company = [("company_id", "in", [False, flow["company_id"]])] if "company_id" in records._fields else []
        return records.search([*company, *safe_eval(flow["domain"])])

    @api.model
    def _encode(self, data, endpoint):
        """The text that is sent, of what was rendered; for kinds whose ``_media`` is not JSON.

        Runs once a message, in the drain, in the transaction that commits before the first sending: what is numbered
        here leaves no gaps and makes nobody wait.

        :raises SyncError: it can't be encoded
        """
        raise NotImplementedError

    @api.model
    def _subject(self, record):
        """What the message is about, for the other side; states supersede each other by it."""
        return f"{record._name},{record.id}"

    @api.model
    def _lane(self, record):
        """(model, id) of the document whose messages are delivered in order."""
        return record._name, record.id

    @api.model
    def _compared(self, data):
        """What of the data counts when it is compared with what was told last (a moment of looking does not)."""
        return data

    # -- words of the data, the same in every kind of message

    @api.model
    def _knowing(self, flow, named):
        """The flow with how the other side names these records, from one query; other records are asked about singly.

        :param dict named: ``{entity: records}``
        """
        return {**flow, "their_ids": self.env["mfg.sync.resolver"].external_ids(flow["endpoint_id"], named)}

    @api.model
    def _their_id(self, flow, entity, record):
        known, key = flow.get("their_ids", {}), (entity, record._name, record.id)
        if key in known:
            return known[key]
        return self.env["mfg.sync.resolver"].external_id(flow["endpoint_id"], entity, record)

    @api.model
    def _reference(self, flow, entity, record, code):
        """``{"code": ours, "id": theirs}``; without id until they have told it."""
        reference = {"code": code}
        their_id = self._their_id(flow, entity, record)
        if their_id:
            reference["id"] = their_id
        return reference

    @api.model
    def _item(self, flow, product):
        return self._reference(flow, "item", product, product.default_code or f"product-{product.id}")

    @api.model
    def _time(self, value):
        """RFC 3339 of an Odoo datetime (naive UTC)."""
        return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else None
