from odoo import fields, models


class Bucket(models.Model):
    """What a connection may still take, and when it may send next (engine/bucket.py, which alone writes it)."""

    _name = "mfg.sync.bucket"
    _description = "Rate of a Connection"
    _log_access = False
    _rec_name = "endpoint_id"

    endpoint_id = fields.Many2one("mfg.sync.endpoint", required=True, readonly=True, ondelete="cascade")
    direction = fields.Selection([("in", "Into Odoo"), ("out", "Out of Odoo")], required=True, readonly=True)
    tokens = fields.Float(readonly=True, help="Events that may come at once; below zero after a large batch.")
    counted = fields.Datetime(readonly=True)
    next_at = fields.Datetime(string="Next message may go", readonly=True)
    back_at = fields.Datetime(string="Other side back since", readonly=True)
    caught_up_at = fields.Datetime(readonly=True)

    _sql_constraints = [("once", "UNIQUE(endpoint_id, direction)", "A connection has one rate each way.")]

    def init(self):
        # written with each request of a limited connection: room on the page keeps the index out of it
        self.env.cr.execute("ALTER TABLE mfg_sync_bucket SET (fillfactor = 20, autovacuum_vacuum_threshold = 200)")
