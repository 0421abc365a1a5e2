import re

from odoo import _, api, models
from odoo.exceptions import ValidationError

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,31}")
LONGEST = 32


class EndpointCode(models.Model):
    """The code of a connection is part of the address that the other side calls."""

    _inherit = "mfg.sync.endpoint"

    @api.model_create_multi
    def create(self, vals_list):
        known = self.default_get(["code"])
        for vals in vals_list:
            self._require_code({**known, **vals}.get("code"))
        return super().create(vals_list)

    def write(self, vals):
        if "code" in vals:
            self._require_code(vals["code"])
        return super().write(vals)

    @api.model
    def _require_code(self, code):
        if not code:
            raise ValidationError(
                _("Give the connection a code: 2 to 32 small letters, digits, - and _ (it is called by it).")
            )

    @api.constrains("code")
    def _check_code(self):
        for endpoint in self:
            if not CODE.fullmatch(endpoint.code):
                raise ValidationError(
                    _("The code %s is not usable: take 2 to 32 small letters, digits, - and _.", endpoint.code)
                )

    def copy_data(self, default=None):
        """A copy is a connection of its own: without keys, systems and synchronizations, and with another code."""
        copies = super().copy_data(default=default)
        for endpoint, vals in zip(self, copies, strict=True):
            if "code" not in (default or {}):
                vals["code"] = endpoint._free_code()
            if "name" not in (default or {}):
                vals["name"] = _("%s (copy)", endpoint.name)
        return copies

    def _free_code(self):
        # sudo: codes are taken over all companies; which one has it is not shown
        everybody = self.sudo().with_context(active_test=False)
        number = 2
        while True:
            ending = f"-{number}"
            code = self.code[: LONGEST - len(ending)] + ending
            if not everybody.search_count([("code", "=", code)], limit=1):
                return code
            number += 1
