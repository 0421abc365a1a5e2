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
