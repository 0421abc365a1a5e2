from odoo import _, models
from odoo.exceptions import UserError

from ..engine import holds


class Module(models.Model):
    _inherit = "ir.module.module"

    def button_uninstall(self):
        """What is finished outlives its addon; what is open would wait for ever, and what the law holds needs a hold.

        Asked here, before anything is changed: later Odoo keeps what it can't delete, and says so to its log only.
        """
        leaving = (self | self.downstream_dependencies()).mapped("name")
        # sudo: of kinds only their addon is read, by whoever may uninstall it
        kinds = self.env["mfg.sync.message.type"].sudo().search([("module", "in", leaving)])
        self.env["mfg.sync.hold"].flush_model()
        still_open, held = holds.left_behind(self.env.cr, kinds.ids)
        if still_open:
            text = _(
                "These addons can't be uninstalled while messages of theirs are still open: %s. See to them or cancel "
                "them first.",
                still_open,
            )
            raise UserError(text)
        if held:
            text = _(
                "These addons can't be uninstalled while messages of theirs are on legal hold: %s. Lift the holds "
                "first, with their reason.",
                held,
            )
            raise UserError(text)
        # sudo: whoever may uninstall may end what can't be told without its code
        flows = self.env["mfg.sync.flow"].sudo().with_context(active_test=False)
        flows.search([("type_id", "in", kinds.ids)])._end_runs(_("Its addon was uninstalled."))
        return super().button_uninstall()
