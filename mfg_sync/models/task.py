import functools

from markupsafe import escape

from odoo import _, api, fields, models

MAX_NEW = 50


class Task(models.AbstractModel):
    """Asking people: activities on connections and messages' documents, once, never a flood."""

    _name = "mfg.sync.task"
    _description = "Ask a Person"

    @api.model
    def _ask_administrator(self, endpoint, text):
        """One open task on the connection, for whoever made it or the first Administrator of its company.

        It says what stopped it last.
        """
        open_task = endpoint.activity_ids.filtered(lambda activity: activity.summary == _("Connection stopped"))
        if open_task:
            open_task.note = escape(text or "")
        else:
            endpoint.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=_("Connection stopped"),
                note=escape(text or ""),
                user_id=self._administrator(endpoint.company_id).id,
            )

    @api.model
    def _administrator(self, company):
        users = self.env["res.users"].search([("company_ids", "in", company.id), ("share", "=", False)])
        user = users.filtered(lambda user: user.has_group("mfg_sync.group_administrator"))[:1]
        return user or self.env.ref("base.user_admin", raise_if_not_found=False) or self.env.user

    @api.model
    def _is_still_asked(self, user, company):
        """A task quotes the message: who was chosen may have left since, have become a user of the portal, or work in
        another company."""
        return user.active and not user.share and company in user.company_ids

    @api.model
    def _ask_for_new(self):
        """A task on the document of each message that newly needs a person, for who the synchronization names."""
        self.env.cr.execute(
            """SELECT m.id, m.res_model, m.res_id, m.error_text, f.exception_user_id, m.company_id
               FROM mfg_sync_message m JOIN mfg_sync_flow f ON f.id = m.flow_id
               WHERE m.needs_person AND NOT m.shadow AND m.asked IS NOT TRUE AND m.res_id IS NOT NULL
                 AND f.exception_user_id IS NOT NULL AND m.hold_reason IS DISTINCT FROM 'blocked'
               ORDER BY m.id DESC LIMIT %s""",
            [MAX_NEW],
        )
        found = self.env.cr.fetchall()
        # asked once, whatever becomes of the task: who has marked it as done has seen it
        self.env.cr.execute("UPDATE mfg_sync_message SET asked = true WHERE id = ANY(%s)", [[row[0] for row in found]])
        administrator = functools.cache(self._administrator)
        for _message_id, model, res_id, text, user_id, company_id in found:
            record = self.env[model].browse(res_id).exists() if model in self.env else None
            if not record or "activity_ids" not in record._fields:
                continue
            user, company = self.env["res.users"].browse(user_id), self.env["res.company"].browse(company_id)
            if not self._is_still_asked(user, company):
                user = administrator(company)
            open_task = record.activity_ids.filtered(
                lambda activity, user=user: (
                    activity.user_id == user and activity.summary == _("Synchronization needs you")
                )
            )
            if not open_task:
                record.activity_schedule(
                    "mail.mail_activity_data_warning",
                    date_deadline=fields.Date.today(),
                    summary=_("Synchronization needs you"),
                    # HTML, and the text may quote codes of the sender
                    note=escape(text or ""),
                    user_id=user.id,
                )
