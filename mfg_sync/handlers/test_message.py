from odoo import _, api, models

from ..engine.inbound import Done


class TestMessage(models.AbstractModel):
    """A message that changes nothing: to try a connection, and to measure the engine."""

    _name = "mfg.sync.handler.test"
    _inherit = "mfg.sync.handler"
    _description = "Handler: Test Message"

    @api.model
    def apply(self, message):
        return Done(_("The test message arrived: %s", message.data.get("text") or "…"), effect=False)
