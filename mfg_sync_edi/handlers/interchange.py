from odoo import _, api, models

from odoo.addons.mfg_sync.engine.errors import DataError
from odoo.addons.mfg_sync.engine.inbound import Done
from odoo.addons.mfg_sync.engine.parts import Part

from ..x12 import LENIENCIES, X12Error, documents, read
from ..x12.ack import read_acknowledgement
from .document import raw


class Interchange(models.AbstractModel):
    """An X12 interchange: checked against the connection's identity, then a message of its own for each set in it."""

    _name = "mfg.sync.handler.x12.interchange"
    _inherit = "mfg.sync.handler.x12"
    _description = "Handler: X12 Interchange"

    @api.model
    def apply(self, message):
        endpoint = self._endpoint(message)
        reading = self._decoded(message.data, endpoint)
        for interchange in reading.interchanges:
            self._check_parties(interchange, endpoint)
            self._check_usage(interchange, endpoint)
        # sender and ISA13 name an interchange; the date too, because control numbers begin again some day
        again = self.same_fact(
            message,
            "edi.x12:"
            + "+".join(
                f"{one.sender_qualifier}:{one.sender}|{int(one.control)}|{one.date}" for one in reading.interchanges
            ),
        )
        if again:
            return again
        accepted, parts = [], []
        for interchange, group, transaction in reading.transaction_sets():
            event_id = f"{int(interchange.control)}/{group.number}/{transaction.control}"
            if transaction.code == "997" and not self._rejections(transaction):
                accepted.append(event_id)
            else:
                parts.append(self._part(event_id, transaction))
        taken, failed, known = self.pass_on(message, parts)
        return Done(self._told(reading, taken, failed, known, accepted), effect=bool(taken or failed))

    def _decoded(self, text, endpoint):
        try:
            return read(text, allow=endpoint.x12_leniency_ids.mapped("code"), isolate_sets=True)
        except X12Error as error:
            hint = ""
            if error.leniency:
                hint = " " + _(
                    "If this partner always sends so, the connection can accept: %s.", LENIENCIES[error.leniency]
                )
            raise DataError(_("The interchange can't be read: %s.", error) + hint, "/data") from None

    def _check_parties(self, interchange, endpoint):
        for what, said, ours in (
            (
                _("sender"),
                (interchange.sender_qualifier, interchange.sender),
                (endpoint.x12_their_qualifier, endpoint.x12_their_id),
            ),
            (
                _("receiver"),
                (interchange.receiver_qualifier, interchange.receiver),
                (endpoint.x12_our_qualifier, endpoint.x12_our_id),
            ),
        ):
            if said != ours:
                raise DataError(
                    _(
                        "The %(what)s of the interchange is %(said)s; on this connection %(ours)s is expected.",
                        what=what,
                        said=" ".join(said),
                        ours=" ".join(ours),
                    ),
                    "/data",
                )

    def _check_usage(self, interchange, endpoint):
        if interchange.usage != endpoint.x12_usage:
            raise DataError(
                _(
                    "ISA15 of the interchange is %(said)s (P production, T test); connection %(name)s takes %(ours)s "
                    "only. Nothing of it is posted.",
                    said=interchange.usage,
                    name=endpoint.name,
                    ours=endpoint.x12_usage,
                ),
                "/data",
            )

    def _part(self, event_id, transaction):
        kind = f"edi.{transaction.code}"
        problems = transaction.errors
        if transaction.code == "997":
            return Part(
                kind,
                event_id,
                raw(transaction),
                DataError(_("The partner rejected what we sent: %s", self._rejections(transaction)), "/data"),
            )
        if not problems and transaction.code in documents.MODULES:
            try:
                return Part(kind, event_id, documents.decode(transaction))
            except X12Error as error:
                problems = [error]
        error = problems and DataError(
            _(
                "Transaction set %(code)s %(control)s can't be read: %(why)s",
                code=transaction.code,
                control=transaction.control,
                why="; ".join(map(str, problems)),
            ),
            "/data",
        )
        return Part(kind, event_id, raw(transaction), error or None)

    def _rejections(self, transaction):
        """What a 997 rejects, for people; empty when it accepts everything."""
        try:
            answer = read_acknowledgement(transaction)
        except X12Error as error:
            return _("an acknowledgement that can't be read: %s", error)
        if answer["status"] in ("accepted", "accepted_with_errors"):
            return ""
        sets = [f"{one['code']} {one['control']}" for one in answer["sets"] if one["status"] == "rejected"]
        return _("group %(group)s: %(sets)s", group=answer["group"], sets=", ".join(sets) or answer["status"])

    def _told(self, reading, taken, failed, known, accepted):
        texts = [_("%s documents taken.", taken)]
        if failed:
            texts.append(_("%s could not be read and need you.", failed))
        if known:
            texts.append(_("%s came before.", known))
        if accepted:
            texts.append(_("The partner accepted what we sent (997 %s).", ", ".join(accepted)))
        for use in reading.leniencies:
            texts.append(
                _("Accepted although not standard: %(what)s (%(why)s).", what=LENIENCIES[use.name], why=use.reason)
            )
        return " ".join(texts)
