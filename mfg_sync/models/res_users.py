from odoo import _, api, models
from odoo.exceptions import UserError

#: where a person is named for good: who decided, who corrected and agreed, who placed and lifted a hold
NAMED = (
    ("mfg.sync.decision", ("user_id",)),
    ("mfg.sync.approval", ("asked_by_id", "second_id")),
    ("mfg.sync.hold", ("create_uid", "lifted_by_id")),
)


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_named(self):
        """An audit without its people says that somebody decided something."""
        for model, names in NAMED:
            for name in names:
                # sudo: existence only, over all companies
                found = self.env[model].sudo().search([(name, "in", self.ids)], limit=1)[name]
                if found:
                    raise UserError(
                        _(
                            "What %(name)s decided in Manufacturing Sync is kept with the name: archive %(name)s "
                            "instead.",
                            name=found.name,
                        )
                    )
