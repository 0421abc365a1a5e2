"""One message on its way into Odoo, as a handler sees it."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from ..compat import _
from ..protocol import strict_json
from .errors import Conflict

#: so begins the wait key of what is about a document that is kept out of the synchronization
LEFT_OUT = "left_out:"


def left_out_key(document):
    """What messages about a document that is kept out wait for."""
    return f"{LEFT_OUT}{document._name},{document.id}"


@dataclass
class Inbound:
    """:ivar row: the ledger's row as a dict; :ivar flow: ``mode, quantity_mode, site_ids …`` (models/flow.py)"""

    row: dict
    kind: dict
    flow: dict
    #: documents this message is about, as (model, id); the first is the one people open
    about: list = field(default_factory=list)
    #: those it is applied together with (engine/group.py), or None
    group: object = None
    #: documents that a person keeps out of the synchronization: ``{(model, id): why}``
    left_out: dict = field(default_factory=dict)
    #: matches that were found for it: ``{(entity, their id): (model, id)}``
    bound: dict = field(default_factory=dict)
    #: sentences that its result says beside its own: what the handler left as it was
    notes: list = field(default_factory=list)

    @property
    def id(self):
        return self.row["id"]

    @property
    def system_id(self):
        return self.row["system_id"]

    @property
    def endpoint_id(self):
        return self.row["endpoint_id"]

    @property
    def company_id(self):
        return self.row["company_id"]

    @property
    def subject(self):
        return self.row["subject"]

    @property
    def tried(self):
        """Whether it is only tried: its synchronization is in shadow, or was when it came."""
        return bool(self.row["shadow"] or (self.flow and self.flow["mode"] == "shadow"))

    @property
    def occurred(self) -> datetime:
        """When it happened, naive UTC as Odoo stores it; else when it reached the ledger."""
        return self.row["occurred"] or self.row["received"]

    @cached_property
    def data(self):
        """The payload; numbers with a point are Decimals."""
        return strict_json.loads(self.row["payload"])

    @cached_property
    def attributes(self):
        return json.loads(self.row["attributes"] or "{}")

    def touches(self, *records):
        """Say which documents the message is about, also when it then fails: they show the status.

        :raises Conflict: one of them is kept out of the synchronization
        """
        for recordset in records:
            for record in recordset:
                if (record._name, record.id) not in self.about:
                    self.about.append((record._name, record.id))
                if self.left_out and "mfg_sync_left_out" in record._fields:
                    self._refuse_left_out(record)

    def _refuse_left_out(self, record):
        document, why = record._mfg_sync_left_out_by(self.left_out)
        if document:
            raise Conflict(
                _(
                    "%(document)s is not synchronized: %(why)s. Cancel the message, or press “Synchronize again” on "
                    "%(document)s, then it goes on.",
                    document=document.display_name,
                    why=why,
                ),
                wait_key=left_out_key(document),
            )

    def note(self, sentence):
        """Have the result say a sentence more; once, however often the message is tried."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def opens(self, result):
        """The record of a result becomes the document people open from the message. Returns it."""
        record = result.record
        if record:
            document = (record._name, record.id)
            self.about[:] = [document, *(other for other in self.about if other != document)]
        return record

    def look_at_ledger(self):
        """To be called before reading rows of the ledger: those applied before, together with this one, say so then."""
        if self.group:
            self.group.write_down()

    def leave(self, *lanes):
        """Rows of these lanes were moved or put in by this message: their order is looked at anew."""
        if self.group:
            self.group.left.update(lanes)


@dataclass
class Done:
    """What a handler returns.

    :ivar text: what became of it, for people ("Weld started", "5 kg of Steel lot L1 consumed")
    :ivar record: the document people open from the message
    :ivar effect: False when Odoo showed it already
    :ivar announce: wait keys that now exist, beside those of bindings (``lot:L1``)
    :ivar taken: False when the handler did not take what the message says of a state (it is not for us, or something
        else counts here): nothing happened, and no other state of its subject is out of date by it (engine/states.py)
    """

    text: str
    record: object = None
    effect: bool = True
    announce: tuple = ()
    taken: bool = True

    def __post_init__(self):
        self.effect = self.effect and self.taken
