from odoo import _, api, models

from ..engine.errors import DataError, ReferenceMissing
from ..engine.inbound import Done


class Acknowledged(models.AbstractModel):
    """The other side has taken what Odoo told it, and says how it names it: a match for the time to come."""

    _name = "mfg.sync.handler.acknowledged"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Acknowledged"

    @api.model
    def apply(self, message):
        data = message.data
        row = self._told(message, data["message"])
        if row["res_model"] not in self.env:
            raise DataError(_("Message %s was not about a document.", data["message"]), "/data/message")
        record = self.env[row["res_model"]].browse(row["res_id"]).exists()
        if not record:
            raise DataError(_("What message %s was about is not in Odoo any more.", data["message"]), "/data/message")
        message.touches(record)
        for match in data.get("ids", []):
            self._match(message, record, match)
        if data["result"] == "refused":
            raise DataError(
                _(
                    "%(document)s was refused by the other side: %(reason)s",
                    document=record.display_name,
                    reason=data.get("reason") or _("no reason given"),
                ),
                "/data/reason",
            )
        return Done(_("%s is known on the other side.", record.display_name), record)

    def _told(self, message, uuid):
        self.env.cr.execute(
            """SELECT id, res_model, res_id FROM mfg_sync_message
               WHERE uuid = %s AND endpoint_id = %s AND direction = 'out'""",
            [uuid, message.endpoint_id],
        )
        row = self.env.cr.dictfetchone()
        if not row or not row["res_id"]:
            raise ReferenceMissing(
                _("No message with the id %s was sent on this connection.", uuid),
                wait_key=f"message:{uuid}",
                pointer="/data/message",
            )
        return row

    def _match(self, message, record, match):
        """``{"entity", "id", "ours"?}``: with ours it names a part of the document (a line, an operation)."""
        entities = self.env["mfg.sync.resolver"]._entities()
        entity = match["entity"]
        if entity not in entities:
            raise DataError(
                _(
                    "%(entity)s is no kind of record; expected one of %(known)s.",
                    entity=entity,
                    known=", ".join(sorted(entities)),
                ),
                "/data/ids",
            )
        if match.get("ours"):
            record = self.find(message, entity, match["ours"], "/data/ids", **self._part_of(entity, record))
        if record._name != entities[entity]:
            raise DataError(
                _(
                    "The message was about a %(model)s, not about a %(entity)s.",
                    model=record._description,
                    entity=entity,
                ),
                "/data/ids",
            )
        self.bind(message, entity, match["id"], record)

    def _part_of(self, entity, record):
        """Narrowing of a part by its document; addons extend it (operations of an order)."""
        return {}
