from odoo import models
from odoo.exceptions import AccessError


class FrozenMixin(models.AbstractModel):
    """Records that say what was: nobody changes or deletes one, over RPC neither. What becomes of it, buttons write."""

    _name = "mfg.sync.frozen.mixin"
    _description = "Kept as It Was Written"

    def _frozen_text(self, deleting):
        """What whoever tries to is told.

        :param bool deleting: False: he wants to change it
        """
        raise NotImplementedError

    # of nobody, as in both: Odoo writes references to merged records on empty recordsets too
    def write(self, vals):
        if self:
            raise AccessError(self._frozen_text(deleting=False))
        return super().write(vals)

    def unlink(self):
        if self:
            raise AccessError(self._frozen_text(deleting=True))
        return super().unlink()

    def _amend(self, vals):
        """Write what has become of it, once it is checked that the person may say so."""
        return super().write(vals)  # pylint: disable=super-method-mismatch  # ours refuses everybody
