from odoo import _, api, models
from odoo.exceptions import UserError

from odoo.addons.mfg_sync.engine.errors import TransientError
from odoo.addons.mfg_sync.engine.inbound import Done


class EffectHandler(models.AbstractModel):
    """One row for each message, and one more on its document; in trouble only after that, so that half would show."""

    _name = "mfg.sync.handler.faults.effect"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Effect of the Fault Tests"

    @api.model
    def apply(self, message):
        data, cr = message.data, self.env.cr
        lane = self.env["mfg.faults.lane"].search([("name", "=", data["lane"])])
        message.touches(lane)
        lane.applied += 1
        # now(): when the transaction began, so before it could see anything
        cr.execute(
            "INSERT INTO mfg_faults_effect (lane, number, token, begun) VALUES (%s, %s, %s, now())",
            [data["lane"], data["number"], data["token"]],
        )
        cr.execute(
            "SELECT kind FROM mfg_faults_trouble WHERE lane = %s AND number = %s", [data["lane"], data["number"]]
        )
        trouble = cr.fetchone()
        if trouble:
            self._fail(trouble[0])
        return Done(_("Counted."), lane)

    def _fail(self, kind):
        if kind == "refused":
            raise UserError(_("Odoo refuses this for now."))
        if kind == "later":
            raise TransientError(_("It will work later."))
        if kind == "constraint":
            self.env.cr.execute("INSERT INTO mfg_faults_effect (lane, number, token, begun) VALUES ('', -1, '', now())")
        raise ValueError(kind)
