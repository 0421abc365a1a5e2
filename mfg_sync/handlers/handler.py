from odoo import _, api, models

from ..engine import lanes, ledger, parts, release, repetition, twins
from ..engine.errors import DataError, PermanentError
from ..engine.given import Given
from ..protocol import strict_json


class Handler(models.AbstractModel):
    """Base of all handlers: what one kind of message does in Odoo.

    A new one inherits it under a new name, implements :meth:`apply`, and is named by its schema file. It runs in a
    savepoint in the service user's environment (``self.env``), never sudo() for business effects. It asserts its
    effect:
    Odoo's methods may answer with a wizard, with nothing, or do nothing.
    """

    _name = "mfg.sync.handler"
    _description = "Handler of Messages"
    #: whether it does what can't be rolled back (prints, mails, calls others): then it is alone in its transaction
    _acts_outside = False
    #: what the service user does with its documents, ``{model: "read write create unlink"}``; whoever presses “Check
    #: rights” is told what of it he may not. Engine records are written by the engine and are not named
    _needs = {}

    @api.model
    def apply(self, message):
        """Bring one message into Odoo.

        :param Inbound message: see engine/inbound.py
        :return: a ``Done``
        :raises SyncError: engine/errors.py; raised before anything happened or not, nothing of it stays
        """
        raise PermanentError(_("%s has no handler.", message.row["type_name"]))

    @api.model
    def apply_many(self, messages):
        """Bring messages into Odoo that are applied together; the effects must equal :meth:`apply` one by one.

        A handler that can do several at once overrides it. It may read ahead, but what it has taken from the iterator
        it must apply. If it raises, all is rolled back and taken one by one by :meth:`apply`.

        :param messages: an iterator of :class:`Inbound`, those of a lane in order
        :return: an iterator of ``Done``, one for each message in the order in which they were taken
        """
        for message in messages:
            yield self.with_context(mfg_sync_occurred=Given(message.occurred)).apply(message)

    @api.model
    def find(self, message, entity, value, pointer, **narrow):
        return self.env["mfg.sync.resolver"].find(message, entity, value, pointer, **narrow)

    @api.model
    def refuse_uncovered(self, message, document, pointer):
        """For documents of a site or an operation type, once it is said that the message touches them.

        :raises DataError: the synchronization was limited to other sites or operation types
        """
        sites, types = message.flow["site_ids"], message.flow["picking_type_ids"]
        operation = document.picking_type_id if "picking_type_id" in document._fields else None
        if sites:
            # an order is made at the site of its operation type, and may take its components from another one
            site = self.env["mfg.sync.capture"]._site(document)
            if operation is not None:
                site |= operation.warehouse_id
            text = _(
                "%(document)s belongs to the site %(own)s, which %(flow)s does not cover: its sites are %(chosen)s. "
                "Add the site there and replay, or cancel the message."
            )
            self._refuse_other(message, document, site, sites, text, pointer)
        if types and operation is not None:
            text = _(
                "%(document)s is of the operation type %(own)s, which %(flow)s does not cover: its operation types are "
                "%(chosen)s. Add the type there and replay, or cancel the message."
            )
            self._refuse_other(message, document, operation, types, text, pointer)

    def _refuse_other(self, message, document, own, chosen, text, pointer):
        # what has no site is told (capture_rendering.py), so its answer is taken
        if not own or set(own.ids) & set(chosen):
            return
        # sudo: names of what an administrator has chosen, for whoever is to mend it
        flow, others = self.env["mfg.sync.flow"].sudo().browse(message.flow["id"]), own.sudo().browse(chosen)
        names = {
            "document": document.display_name,
            "own": ", ".join(own.mapped("display_name")),
            "flow": flow.name,
            "chosen": ", ".join(others.mapped("display_name")),
        }
        raise DataError(text % names, pointer)

    @api.model
    def quantity(self, message, value, unit, product, pointer):
        return self.env["mfg.sync.resolver"].quantity(message, value, unit, product, pointer)[0]

    @api.model
    def bind(self, message, entity, external_id, record):
        """Remember their id of a record; messages that wait for it go on. What was found so is left as it is."""
        name, home = (entity, str(external_id)), (record._name, record.id)
        if not external_id or message.bound.get(name) == home:
            return
        # sudo: matches are the engine's; the service user needs no right to make them by hand
        changed = (
            self.env["mfg.sync.binding"]
            .sudo()
            ._bind(
                endpoint_id=message.endpoint_id,
                system_id=message.system_id,
                company_id=message.company_id,
                entity=entity,
                external_id=str(external_id),
                record=record,
            )
        )
        message.bound[name] = home
        if changed:
            message.leave(lanes.of_external(message.system_id, *name), lanes.of_record(*home))
        release.release(self.env.cr, [f"{entity}:{external_id}"])

    @api.model
    def agreed(self, message, kind, record, data):
        """The other side has told the state of a record that is matched with its id: it is not told the same back.

        What Odoo makes of it beside that (a field it did not take, a change of its own) is told all the same.

        :param str kind: the outbound kind of message that would tell it
        :param data: what it told, in that kind's shape
        """
        entry = self.env["mfg.sync.message.type"]._kind("out", kind)
        if not entry:
            # nothing is told back
            return
        said = strict_json.content_hash(self.env[entry["builder"]]._compared(data))
        # sudo: matches are the engine's; the service user needs no right to make them by hand
        self.env["mfg.sync.binding"].sudo()._agree(message.system_id, record, kind, said)

    @api.model
    def same_fact(self, message, key):
        """For kinds whose fact shows only when they are decoded: give the message its business key, look for the same.

        :return: a result without effect to return, or None when it is new
        :raises LookAlike: the key came before with other content
        """
        message.look_at_ledger()
        ledger.identify(self.env.cr, message.id, key)
        message.row["business_key"] = key
        return repetition.check(self.env.cr, message)

    @api.model
    def open_before(self, message, except_waiting_for=""):
        """How many messages of the same document happened before this one and are not settled.

        For what closes the document: it waits (``Early``) and comes back whenever one of them is done or cancelled.
        """
        message.look_at_ledger()
        return twins.open_before(self.env.cr, message.id, except_waiting_for)

    @api.model
    def pass_on(self, message, found):
        """Make messages of their own of what this one holds; see engine/parts.py."""
        return parts.pass_on(self.env, message, found)

    @api.model
    def refused(self, records, button, answer, text):
        """What to raise when a button of Odoo has not done what it is for; says who asked or stood in the way.

        :param records: those it was called on
        :param str button: name of the method
        :param answer: what it returned
        :param str text: what was not done, as a sentence
        :return: a ``PermanentError``
        """
        why = self.env["mfg.sync.refusal"]._of_answer(records, button, answer)
        return PermanentError(f"{text} {why} {_('Do this step by hand, then replay.')}")
