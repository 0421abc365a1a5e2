from odoo import api, fields, models


class Removal(models.Model):
    """What retention removed: a row a day and synchronization, counted in the transactions that removed it."""

    _name = "mfg.sync.removal"
    _description = "Removed by Retention"
    _order = "day desc, id desc"
    _log_access = False
    _rec_name = "day"

    day = fields.Date(readonly=True, required=True)
    company_id = fields.Many2one("res.company", readonly=True, required=True)
    endpoint_id = fields.Many2one(
        "mfg.sync.endpoint", string="Connection", readonly=True, required=True, ondelete="cascade"
    )
    flow_id = fields.Many2one("mfg.sync.flow", string="Synchronization", readonly=True, ondelete="set null")
    contents = fields.Integer(string="Contents removed", readonly=True, default=0)
    messages = fields.Integer(string="Messages removed", readonly=True, default=0)
    keys = fields.Integer(
        string="Forgotten for good", readonly=True, default=0, help="Older than they are known again."
    )

    def init(self):
        self.env.cr.execute("""CREATE UNIQUE INDEX IF NOT EXISTS mfg_sync_removal_uniq ON mfg_sync_removal
                               (day, endpoint_id, COALESCE(flow_id, 0))""")

    @api.model
    def _cron_retention(self):
        """Remove what is older than it is kept, for a bounded time; what is left is for the next call."""
        from ..engine.retention import AGAIN, Retention

        if not Retention(self.env.registry).run():
            cron = self.env.ref("mfg_sync.cron_retention", raise_if_not_found=False)
            if cron:
                cron._trigger(at=fields.Datetime.now() + AGAIN)
