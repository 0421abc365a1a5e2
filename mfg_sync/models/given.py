from odoo import _, api, models
from odoo.exceptions import AccessError

from ..engine.given import INBOUND, given


class GivenMixin(models.AbstractModel):
    """Fields that say what messages told or what the other side was told: nobody writes them by hand.

    ``readonly`` is for screens only; over RPC, or by an import, a person could make the engine believe that something
    was told, confirmed or released.
    """

    _name = "mfg.sync.given.mixin"
    _description = "Fields That Only the Engine Writes"

    def _mfg_sync_given(self):
        """Names of these fields; addons that have more add theirs."""
        return set()

    def _mfg_sync_may_give(self):
        return self.env.su or given(self.env, INBOUND) is not None

    def _mfg_sync_given_text(self, labels):
        return _("%s can't be changed by hand: only messages and what is told of them change it.", labels)

    def _mfg_sync_refuse_by_hand(self, names):
        found = sorted(self._mfg_sync_given() & set(names))
        if found and not self._mfg_sync_may_give():
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in found)
            raise AccessError(self._mfg_sync_given_text(labels))

    @api.model_create_multi
    def create(self, vals_list):
        names = {name for vals in vals_list for name in vals}
        # a default comes in the context
        names |= {name.removeprefix("default_") for name in self.env.context if name.startswith("default_")}
        self._mfg_sync_refuse_by_hand(names)
        return super().create(vals_list)

    def write(self, vals):
        self._mfg_sync_refuse_by_hand(vals)
        return super().write(vals)
