import uuid
from datetime import datetime

from odoo import _, models
from odoo.exceptions import UserError


class DocumentMixin(models.AbstractModel):
    """Telling other systems again what they were told about a document, as it is now."""

    _inherit = "mfg.sync.document.mixin"

    def _mfg_sync_kinds(self):
        """Names of the kinds of messages that tell of it: those that did before; models add what always does."""
        # sudo: names only, of what was told about a document that the person may see
        told = (
            self.env["mfg.sync.message"]
            .sudo()
            ._read_group(
                [("direction", "=", "out"), ("res_model", "=", self._name), ("res_id", "=", self.id)], ["type_name"]
            )
        )
        return {type_name.rpartition(".v")[0] for (type_name,) in told}

    def _mfg_sync_may_tell(self, kind):
        """Whether what this kind of message tells is true of the document now."""
        return True

    def _mfg_sync_next_revision(self, kind):
        """What makes telling it again a message of its own; models that number their revisions count on."""
        return f"again-{uuid.uuid4().hex[:12]}"

    def _mfg_sync_tellers(self):
        """``[(kind, flow)]`` of the live synchronizations that cover it and may tell of it now."""
        self.ensure_one()
        # superuser environment: reads what was told and looks for the service users of the connections
        env = self.env(su=True)
        capture, watch = env["mfg.sync.capture"], env["mfg.sync.flow"]._watch()
        found = []
        for kind in sorted(self._mfg_sync_kinds()):
            for flow in watch.get(kind, ()) if self._mfg_sync_may_tell(kind) else ():
                records = capture._service_env(flow)[self._name].browse(self.id)
                if flow["mode"] == "live" and env[flow["builder"]]._for_flow(capture._covered(flow, records), flow):
                    found.append((kind, flow))
        return found

    def action_mfg_sync_ask_send_again(self):
        self.ensure_one()
        return self._mfg_sync_ask("mfg.sync.send.again", _("Send %s again", self.display_name))

    def action_mfg_sync_send_again(self, endpoints, reason=None):
        """Tell these connections how the document stands now, as a new message.

        :param endpoints: connections; others that cover it are told nothing
        """
        self.ensure_one()
        self._mfg_sync_require_operator()
        reason = self.env["mfg.sync.decision"]._reason(reason)
        if self.mfg_sync_left_out:
            raise UserError(_("%s is not synchronized: take that back first.", self.display_name))
        tellers = [(kind, flow) for kind, flow in self._mfg_sync_tellers() if flow["endpoint_id"] in endpoints.ids]
        if not tellers:
            raise UserError(
                _("There is nothing to send again: none of these connections is told about %s.", self.display_name)
            )
        before = self._mfg_sync_spoken_status()
        revisions = {kind: self._mfg_sync_next_revision(kind) for kind in {kind for kind, _flow in tellers}}
        self.env.flush_all()
        capture, now = self.env(su=True)["mfg.sync.capture"], datetime.utcnow()
        for kind, flow in tellers:
            capture._capture_events(flow, kind, self._name, {self.id: (revisions[kind], now)})
        names = ", ".join(sorted({endpoint.name for endpoint in endpoints}))
        self._mfg_sync_decided("send_again", before, _("To be sent again to %s.", names), reason)
