from odoo import api, models

from ..engine import documents


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"lang", "tz"}:
            # sudo: whether a connection works in this one's name, and nothing else
            endpoints = self.env["mfg.sync.endpoint"].sudo()
            if endpoints.search([("user_id.partner_id", "in", self.ids)], limit=1):
                # what is rendered in his name stands in mfg.sync.flow's _outbound(); Odoo clears it for users only
                self.env.registry.clear_cache()
        return result


class PartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Before Odoo writes references to them: what names them is frozen, so it would be refused."""
        self.env.flush_all()
        documents.merged(self.env.cr, src_partners._name, src_partners.ids, dst_partner.id)
        self.env.invalidate_all()
        return super()._update_reference_fields(src_partners, dst_partner)
