from datetime import date, datetime, time

import pytz

from odoo import _, api, models

from odoo.addons.mfg_sync.engine import pointers
from odoo.addons.mfg_sync.engine.errors import DataError, PermanentError
from odoo.addons.mfg_sync.models import message_type

from ..x12 import Segment, TransactionSet, X12Error, documents

NOON = time(12)


def raw(transaction):
    """A transaction set as data that a person can read, when the codec can't."""
    return {
        "set": transaction.code,
        "control": transaction.control,
        "version": transaction.version,
        "segments": [[segment.id, *map(str, segment.elements)] for segment in transaction.segments],
    }


def reread(data):
    """The transaction set of :func:`raw`."""
    segments = [Segment(words[0], tuple(words[1:]), place) for place, words in enumerate(data["segments"], start=2)]
    return TransactionSet(data["set"], data["control"], segments, version=data["version"])


class X12Handler(models.AbstractModel):
    """What handlers of X12 documents share: whose connection it is, days, and documents that could not be read."""

    _name = "mfg.sync.handler.x12"
    _inherit = "mfg.sync.handler"
    _description = "Handler: X12 Document"

    @api.model
    def _endpoint(self, message):
        """The connection, with all that X12 needs of it.

        :raises PermanentError: names what is not filled in
        """
        # sudo: configuration of the connection, which the service user need not be able to read
        endpoint = self.env["mfg.sync.endpoint"].browse(message.endpoint_id).sudo()
        lacks = endpoint._x12_lacks()
        if lacks:
            raise PermanentError(
                _(
                    "Connection %(name)s can't take X12 yet: fill in %(fields)s, then replay.",
                    name=endpoint.name,
                    fields=", ".join(lacks),
                )
            )
        return endpoint

    @api.model
    def _partner(self, message):
        """The partner whose connection it is, as the service user sees him."""
        return self._endpoint(message).partner_id.with_env(self.env)

    @api.model
    def _document(self, message):
        """The document, also of a set that could not be read when it came: ``(document, result or None)``.

        :return: with a result, the same document came before; nothing is to be done
        :raises DataError: it still can't be read
        """
        data = message.data
        if "segments" not in data:
            return data, None
        try:
            document = documents.decode(reread(data))
        except X12Error as error:
            raise DataError(_("The document can't be read: %s", error), "/data/segments") from None
        block = message_type.block(message.kind["text"])
        key = pointers.key(message.kind["name"], document, block.get("business_key"))
        return document, key and self.same_fact(message, key)

    @api.model
    def _moment(self, day, pointer):
        """Naive UTC datetime of a day, or of a day and time, of the partner: noon, in the service user's time zone."""
        try:
            local = datetime.fromisoformat(day) if "T" in day else datetime.combine(date.fromisoformat(day), NOON)
        except ValueError:
            raise DataError(
                _("%(pointer)s is %(value)s; a date is expected.", pointer=pointer, value=day), pointer
            ) from None
        zone = pytz.timezone(self.env.context.get("tz") or "UTC")
        return zone.localize(local).astimezone(pytz.utc).replace(tzinfo=None)
