from odoo import _, api, fields, models
from odoo.exceptions import RedirectWarning, UserError


class Stop(models.Model):
    """What stands in the way of a button, until somebody has checked (``mfg_refusals_checked`` in the context)."""

    _name = "mfg.refusals.stop"
    _description = "Quality Stop"

    button = fields.Char(required=True, help="mrp.workorder.button_finish")
    way = fields.Selection(
        [
            ("refuse", "Raise an error"),
            ("redirect", "Raise an error with a way out"),
            ("ask", "Open a wizard"),
            ("notify", "Show a notification"),
            ("nothing", "Do nothing"),
        ],
        required=True,
    )

    @api.model
    def _stands(self, button):
        """The stop of a button, empty when it may go on."""
        if self.env.context.get("mfg_refusals_checked"):
            return self.browse()
        return self.search([("button", "=", button)], limit=1)

    def _answer(self):
        """What the button returns instead of doing its work; some raise."""
        text = _("The torque was not checked.")
        if self.way == "refuse":
            raise UserError(text)
        if self.way == "redirect":
            raise RedirectWarning(text, self.env.ref("base.action_partner_form").id, _("Check it"))
        if self.way == "ask":
            return {
                "type": "ir.actions.act_window",
                "name": _("Check the torque"),
                "res_model": "mfg.refusals.check",
                "view_mode": "form",
                "target": "new",
            }
        if self.way == "notify":
            params = {"title": _("Stop"), "message": text, "type": "danger"}
            return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
        return True


class Check(models.TransientModel):
    _name = "mfg.refusals.check"
    _description = "Check of a Torque"

    passed = fields.Boolean()
