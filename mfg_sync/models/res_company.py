from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang

AMOUNT = "mfg_sync_second_person_amount"


class Company(models.Model):
    _inherit = "res.company"

    mfg_sync_second_person_amount = fields.Monetary(
        string="A second person above",
        default=0.0,
        # companies are read by everybody who has a login, customers and suppliers too
        groups="base.group_user",
        help="What a person corrects in messages waits for a second person when the goods or the money that it moves "
        "are worth more than this. 0: nobody is asked.",
    )

    _sql_constraints = [
        (
            "mfg_sync_second_person_positive",
            "CHECK(mfg_sync_second_person_amount >= 0)",
            "The amount above which a second person is asked can't be below zero.",
        )
    ]

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get(AMOUNT) for vals in vals_list):
            self._mfg_sync_require_administrator()
        companies = super().create(vals_list)
        companies.filtered(AMOUNT)._mfg_sync_log_amount({})
        return companies

    def write(self, vals):
        if AMOUNT not in vals:
            return super().write(vals)
        before = {company: company[AMOUNT] for company in self}
        result = super().write(vals)
        changed = self.filtered(lambda company: company[AMOUNT] != before[company])
        if changed:
            # who may write companies may not set aside that others are asked
            self._mfg_sync_require_administrator()
            changed._mfg_sync_log_amount(before)
        return result

    def _mfg_sync_require_administrator(self):
        if not self.env.user.has_group("mfg_sync.group_administrator"):
            raise AccessError(
                _("Only an Administrator of Manufacturing Sync changes from which amount a second person is asked.")
            )

    def _mfg_sync_log_amount(self, before):
        """:param dict before: ``{company: amount}``"""
        self.env["mfg.sync.decision"]._log(
            "second_person",
            [
                {
                    "about": company.display_name,
                    "company_id": company.id,
                    "before": company._mfg_sync_spoken_amount(before.get(company, 0.0)),
                    "after": company._mfg_sync_spoken_amount(company[AMOUNT]),
                }
                for company in self
            ],
        )

    def _mfg_sync_spoken_amount(self, amount):
        if not amount:
            return _("Nobody is asked")
        return _("Above %s", formatLang(self.env, amount, currency_obj=self.currency_id))
