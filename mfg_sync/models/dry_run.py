"""Where documents change: what a dry run would change is noted there (engine/dry_run.py)."""

from odoo import _, api, models

from ..engine.dry_run import watch_of


class DocumentMixin(models.AbstractModel):
    _inherit = "mfg.sync.document.mixin"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        return _noted(records, created=True)

    def write(self, vals):
        _noted(self)
        return super().write(vals)


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        return _noted(super().create(vals_list), created=True)

    def write(self, vals):
        _noted(self)
        return super().write(vals)

    def _mfg_sync_taken(self):
        """How much has been taken, in the unit of the item; what is only reserved is still there."""
        self.ensure_one()
        return self.quantity_product_uom if self.picked or self.state == "done" else 0.0


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        result = super().write(vals)
        if watch_of(self.env):
            _noted(self.move_line_ids)
        return result


class StockLot(models.Model):
    _inherit = "stock.lot"

    @api.model_create_multi
    def create(self, vals_list):
        return _noted(super().create(vals_list), created=True)


class Sequence(models.Model):
    _inherit = "ir.sequence"

    def _next_do(self):
        watch = watch_of(self.env)
        return self._mfg_sync_placeholder(watch) if watch else super()._next_do()

    def _mfg_sync_placeholder(self, watch):
        """A name for what will never exist: a number of the sequence would be missing afterwards."""
        prefix, suffix = self._get_prefix_suffix()
        return _("%(prefix)s(new %(number)s)%(suffix)s", prefix=prefix, number=watch.number(), suffix=suffix)


class SequenceDateRange(models.Model):
    _inherit = "ir.sequence.date_range"

    def _next(self):
        watch = watch_of(self.env)
        return self.sequence_id._mfg_sync_placeholder(watch) if watch else super()._next()


def _noted(records, created=False):
    watch = watch_of(records.env)
    if watch:
        watch.note(records, created)
    return records
