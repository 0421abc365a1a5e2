from odoo import _, models
from odoo.exceptions import UserError

from ..engine import dry_run


class MessageTrial(models.Model):
    """Replaying many, and trying out what messages would do."""

    _inherit = "mfg.sync.message"

    def action_ask_replay(self):
        """Say how many of these are tried again and what follows, then replay them."""
        self._require_operator()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_replay_action"),
            "context": {"default_message_ids": [(6, 0, self.ids)], "default_which": "selected"},
        }

    def action_dry_run(self):
        """Apply these as they would be applied, show what changes, and take it back."""
        self._require_operator()
        if not self:
            raise UserError(_("Nothing to try out: only messages that come into Odoo can be tried."))
        tried = self._tried()
        result = self.env["mfg.sync.dry.run"].create(
            {
                "left_out": len(self) - len(tried),
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "message_id": message_id,
                            **one.shown(),
                        },
                    )
                    for message_id, one in tried.items()
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("What would happen"),
            "res_model": result._name,
            "res_id": result.id,
            "view_mode": "form",
            "target": "new",
        }

    def _tried(self, columns=None):
        """What these would do, without effect; they stay as they are.

        What this request has done so far is not seen by the transactions in which they are tried.

        :param dict columns: of one message, in the place of those in the ledger
        :return dict: ``{message id: dry_run.Tried}``
        """
        tryer = dry_run.DryRun(self.env.registry, self.env.lang, self.env.user.tz)
        return tryer.run(self.ids, {self.id: columns} if columns else None)
