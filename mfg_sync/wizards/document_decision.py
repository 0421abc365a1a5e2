from odoo import _, api, fields, models
from odoo.exceptions import UserError


class DocumentDecision(models.AbstractModel):
    _name = "mfg.sync.document.decision"
    _description = "Decision about a Document"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Integer(required=True, readonly=True)

    def _document(self):
        self.ensure_one()
        model = self.env.get(self.res_model)
        if model is None or "mfg_sync_status" not in model._fields:
            raise UserError(_("This is not a document that is synchronized."))
        return model.browse(self.res_id)


class Exclude(models.TransientModel):
    """Asks why a document is not to be synchronized."""

    _name = "mfg.sync.exclude"
    _inherit = ["mfg.sync.document.decision", "mfg.sync.reason"]
    _description = "Do Not Synchronize a Document"

    def _decide(self, reason):
        self._document().action_mfg_sync_exclude(reason)


class SendAgain(models.TransientModel):
    """Asks which connections are told again."""

    _name = "mfg.sync.send.again"
    _inherit = "mfg.sync.document.decision"
    _description = "Send a Document Again"

    offered_ids = fields.Many2many("mfg.sync.endpoint", compute="_compute_offered_ids")
    endpoint_ids = fields.Many2many(
        "mfg.sync.endpoint",
        string="Connections",
        compute="_compute_endpoint_ids",
        store=True,
        readonly=False,
    )
    reason = fields.Char(string="Why")

    @api.depends("res_model", "res_id")
    def _compute_offered_ids(self):
        for wizard in self:
            tellers = wizard._document()._mfg_sync_tellers() if wizard.res_id else []
            wizard.offered_ids = [(6, 0, sorted({flow["endpoint_id"] for _kind, flow in tellers}))]

    @api.depends("offered_ids")
    def _compute_endpoint_ids(self):
        for wizard in self:
            wizard.endpoint_ids = wizard.offered_ids

    def action_send_again(self):
        self._document().action_mfg_sync_send_again(self.endpoint_ids, self.reason)
        return {"type": "ir.actions.act_window_close"}
