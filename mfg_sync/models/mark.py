from odoo import fields, models


class Mark(models.Model):
    """ "This record changed for this flow": insert-only; the drain collapses marks and renders committed state.

    Why marks: two transactions that each render what they see under REPEATABLE READ can miss each other's change for
    good; a mark of each survives, and what is rendered after both sees both.
    """

    _name = "mfg.sync.mark"
    _description = "Change to be told"
    _log_access = False

    flow_id = fields.Many2one("mfg.sync.flow", required=True, ondelete="cascade", index=True)
    endpoint_id = fields.Many2one("mfg.sync.endpoint", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    marked = fields.Datetime()
    due = fields.Datetime(help="Waits until then, or for a run of its schedule; empty: it is told at once.")
    shadow = fields.Boolean(help="Noted while its synchronization was in shadow.")
    again = fields.Boolean(help="It is told also if nothing has changed since it was told.")

    def init(self):
        # what waits for a schedule may be very much; who looks for what is due now must not pass over it
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS mfg_sync_mark_now ON mfg_sync_mark (endpoint_id, id) WHERE due IS NULL"
        )
        self.env.cr.execute("CREATE INDEX IF NOT EXISTS mfg_sync_mark_due ON mfg_sync_mark (due) WHERE due IS NOT NULL")
