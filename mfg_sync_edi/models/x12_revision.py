from odoo import fields, models

from odoo.addons.mfg_sync.models.capture import stable_revision


class X12Revision(models.AbstractModel):
    """Orders that a partner is told of again when they say something else, also when they go back to what they said."""

    _name = "mfg.sync.x12.revision.mixin"
    _inherit = "mfg.sync.given.mixin"
    _description = "Order with Revisions for a Partner"

    x12_told = fields.Char(string="Content told by X12", readonly=True, copy=False)
    x12_revision = fields.Integer(string="Revision told by X12", readonly=True, copy=False, default=0)

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"x12_told", "x12_revision"}

    def _x12_tell(self, kind):
        """Tell what these say, where it is not what was told last; a connection that is new hears it all the same.

        Counted on the order's own row: of two who change one order at once the later one is repeated by Odoo.
        """
        if kind not in self.env["mfg.sync.flow"]._watch():
            return
        for order in self:
            if stable_revision(*order._x12_content()) != order.x12_told:
                order._x12_count()
            self.env["mfg.sync.capture"].event(kind, order, revision=order._x12_spoken())

    def _x12_count(self):
        """It is told once more, as it is now."""
        told = stable_revision(*self._x12_content())
        # sudo: counted for whoever confirms it, or may decide that it is told again
        self.sudo().write({"x12_told": told, "x12_revision": self.x12_revision + 1})

    def _x12_spoken(self):
        """The revision; not a bare number, which messages of the time before had."""
        return f"r{self.x12_revision}"

    def _mfg_sync_next_revision(self, kind):
        if kind not in ("edi.850", "edi.855"):
            return super()._mfg_sync_next_revision(kind)
        self._x12_count()
        return self._x12_spoken()

    def _x12_content(self):
        """All that a message says of it, to be compared."""
        raise NotImplementedError
