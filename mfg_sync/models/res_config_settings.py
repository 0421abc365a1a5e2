from odoo import _, api, fields, models

from ..engine import keys, wake
from .bulk_import import LIMIT, PRESET_LIMIT


class ResConfigSettings(models.TransientModel):
    """Settings → Manufacturing Sync: how it stands, and the ways on from there."""

    _inherit = "res.config.settings"

    mfg_sync_second_person_amount = fields.Monetary(
        related="company_id.mfg_sync_second_person_amount", readonly=False, currency_field="mfg_sync_currency_id"
    )
    mfg_sync_currency_id = fields.Many2one(related="company_id.currency_id", string="Currency of the company")
    mfg_sync_connections = fields.Char(string="Connections", readonly=True)
    mfg_sync_messages = fields.Char(string="Messages", readonly=True)
    mfg_sync_runner = fields.Char(string="Job runner", readonly=True)
    mfg_sync_key = fields.Char(string="Encryption key", readonly=True)
    mfg_sync_import_limit = fields.Integer(
        string="Largest file to import (MiB)", config_parameter=LIMIT, default=PRESET_LIMIT
    )

    @api.model
    def get_values(self):
        # as presets, because Odoo does not compute fields of settings that depend on nothing
        values = super().get_values()
        if self.env.user.has_group("mfg_sync.group_viewer"):
            values.update(self._mfg_sync_figures())
        return values

    @api.model
    def _mfg_sync_figures(self):
        endpoints = self.env["mfg.sync.endpoint"].search([])
        stopped = endpoints.filtered(lambda endpoint: endpoint.health == "stopped")
        paused = endpoints.filtered("paused")
        needs = self.env["mfg.sync.message"].search_count([("status", "=", "needs_you")])
        runner = wake.runner_answers(self.env.cr)
        key = keys.key_source()
        connections = [_("%s in all", len(endpoints))]
        connections += [_("%s stopped", len(stopped))] if stopped else []
        connections += [_("%s paused", len(paused))] if paused else []
        where = {
            "environment": _("From the environment"),
            "configuration": _("From odoo.conf"),
            "file": _("From the server's data folder; keep a copy of it"),
        }
        return {
            "mfg_sync_connections": ", ".join(connections),
            "mfg_sync_messages": _("%s need a person", needs) if needs else _("None needs a person"),
            "mfg_sync_runner": _("Works on messages at once")
            if runner
            else _("Silent: the scheduled action works on messages every minute"),
            "mfg_sync_key": where.get(key) or _("Missing: secrets can be neither stored nor read"),
        }

    def action_mfg_sync_connections(self):
        return self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.endpoint_action")

    def action_mfg_sync_messages(self):
        return self.env["ir.actions.act_window"]._for_xml_id("mfg_sync.message_action")

    def action_mfg_sync_check(self):
        return self.env["mfg.sync.check"].action_open()
