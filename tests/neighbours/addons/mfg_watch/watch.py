from odoo import Command, api, models

#: the first connection, whose kinds all others are told of as well
FIRST = "watch"


class Watch(models.AbstractModel):
    """Connections that are told of everything, one a company."""

    _name = "mfg.watch"
    _description = "Watch the Neighbours"

    @api.model
    def _begin(self, kinds):
        """Watch every company there is, and from now on each that is made.

        :param kinds: mfg.sync.message.type to be told of
        """
        groups = self.env.ref("base.group_user")
        for kind in kinds:
            for xmlid in kind._needed_groups():
                groups |= self.env.ref(xmlid, raise_if_not_found=False) or groups
        users = self.env["res.users"].with_context(no_reset_password=True)
        groups_field = "groups_id" if "groups_id" in users._fields else "group_ids"
        user = users.create(
            {"name": "Service watch", "login": "mfg_sync_watch", groups_field: [Command.set(groups.ids)]}
        )
        partner = self.env["res.partner"].create({"name": "Everybody", "is_company": True})
        self._connect(self.env["res.company"].search([]), user, partner, kinds)

    @api.model
    def _also(self, companies):
        """Watch these companies as well, if any is watched."""
        # superuser: a test makes a company as whomever it likes, and who watches it is none of its business
        this = self.sudo().with_context(allowed_company_ids=companies.ids, tracking_disable=True)
        first = this.env["mfg.sync.endpoint"].search([("code", "=", FIRST)])
        if first and companies:
            this._connect(companies, first.user_id, first.partner_id, first.flow_ids.type_id)

    def _connect(self, companies, user, partner, kinds):
        user.write({"company_ids": [Command.link(company.id) for company in companies]})
        main = self.env.ref("base.main_company")
        endpoints = self.env["mfg.sync.endpoint"].create(
            [
                {
                    "name": f"Watch everything of {company.name}",
                    "code": FIRST if company == main else f"{FIRST}-{company.id}",
                    "company_id": company.id,
                    "user_id": user.id,
                    "in_plant": True,
                    "paused": True,
                    "partner_id": partner.id,
                    "x12_our_id": "PLANT",
                    "x12_their_id": "EVERYBODY",
                }
                for company in companies
            ]
        )
        self.env["mfg.sync.flow"].create(
            [
                {"endpoint_id": endpoint.id, "type_id": kind.id, "mode": "live"}
                for endpoint in endpoints
                for kind in kinds
            ]
        )
