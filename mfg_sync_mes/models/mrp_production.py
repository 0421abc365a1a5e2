from odoo import _, fields, models
from odoo.exceptions import UserError

from odoo.addons.mfg_sync import compat

OPEN = ("confirmed", "progress", "to_close")


class MrpProduction(models.Model):
    _name = "mrp.production"
    _inherit = ["mrp.production", "mfg.sync.document.mixin", "mfg.sync.given.mixin"]

    mfg_sync_revision = fields.Integer(
        string="Releases",
        default=0,
        copy=False,
        readonly=True,
        help="How often this order was released to manufacturing execution systems.",
    )
    if compat.IS_17:
        # as 19 has them: each write on a component or a line asks the ORM for the components of its order, and by an
        # inverse without a domain it finds them in its cache; else it searches, some fifty times for each start
        all_move_raw_ids = fields.One2many("stock.move", "raw_material_production_id", "All components")
        all_move_ids = fields.One2many("stock.move", "production_id", "All finished products")
    else:
        # 19 copies an order's entries for work in progress to its backorders, and nobody without rights on journal
        # entries can then split an order
        wip_move_ids = fields.Many2many(copy=False)

    def _mfg_sync_given(self):
        return super()._mfg_sync_given() | {"mfg_sync_revision"}

    def _mfg_sync_together(self):
        return compat.family(self)

    def _mfg_sync_kinds(self):
        return super()._mfg_sync_kinds() | {"mes.order.released"}

    def _mfg_sync_may_tell(self, kind):
        if kind == "mes.order.released":
            return self.state in OPEN and self.backorder_sequence <= 1
        return super()._mfg_sync_may_tell(kind)

    def _mfg_sync_next_revision(self, kind):
        if kind != "mes.order.released":
            return super()._mfg_sync_next_revision(kind)
        self.sudo().mfg_sync_revision += 1  # sudo: counted for whoever may decide that it is told again
        return str(self.mfg_sync_revision)

    def write(self, vals):
        later = self.env.context.get("mfg_sync_dates_later")
        if later and [later[0]] == self.ids and vals.items() <= later[1].items():
            # a work order writes both when it has its own; any other date is somebody else's
            return True
        return super().write(vals)

    def button_plan(self):
        orders = self.filtered(lambda order: not order.is_planned)
        result = super().button_plan()
        orders._mfg_sync_release()
        return result

    def action_mfg_sync_release(self):
        """Tell the manufacturing execution systems about these orders, also again after a change."""
        for order in self.filtered(lambda order: order.state not in OPEN):
            raise UserError(
                _("%s is not confirmed, or finished already: only open orders are released.", order.display_name)
            )
        for order in self.filtered("mfg_sync_left_out"):
            raise UserError(
                _("%s is not synchronized, so nobody would be told: press Synchronize again first.", order.display_name)
            )
        if not self._mfg_sync_release():
            raise UserError(
                _(
                    "No connection is told about released orders, or all of these are parts of orders that were "
                    "released before."
                )
            )

    def _mfg_sync_release(self):
        """:return: the orders that are told; an order split off a released one goes on under its number, untold"""
        if "mes.order.released" not in self.env["mfg.sync.flow"]._watch():
            return self.browse()
        orders = self.filtered(lambda order: order.state in OPEN and order.backorder_sequence <= 1)
        for order in orders:
            order.sudo().mfg_sync_revision += 1  # sudo: counted for whoever releases it
            self.env["mfg.sync.capture"].event("mes.order.released", order, revision=str(order.mfg_sync_revision))
        return orders
