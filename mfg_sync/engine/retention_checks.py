"""What the System check says about what is removed, and what is not."""

from datetime import timedelta

from odoo import _, fields

from .checks import Topic
from .holds import STANDS
from .retention import SECONDS

#: the scheduled action runs every hour; later than this something holds it up
LATE = timedelta(hours=26)


class RetentionChecks:
    def __init__(self, env):
        # sudo: the scheduled action, and counts over all companies; no message is read, and what has a name is the
        # reader's companies'
        self.env, self.cr, self.companies = env(su=True), env.cr, env.companies.ids

    def run(self):
        yield self.retention()

    def retention(self):
        topic = Topic("retention", _("Removing what is old"))
        cron = self.env.ref("mfg_sync.cron_retention", raise_if_not_found=False)
        if not cron or not cron.active:
            meaning = _("Messages and their content are kept for good; the database grows by each of them.")
            remedy = _(
                "Settings → Technical → Scheduled Actions: switch on “Manufacturing Sync: remove what is older than it "
                "is kept”."
            )
            return topic.warning(meaning, remedy)
        if cron.lastcall and cron.lastcall < fields.Datetime.now() - LATE:
            meaning = _("Nothing was looked at since %s (UTC), though what is old should go every hour.", cron.lastcall)
            return topic.warning(meaning, _("See in the server's log which scheduled action runs for so long."))
        contents, messages = self._removed_lately()
        removed = _(
            "In the last 7 days the content of %(contents)s messages went, and %(messages)s messages.",
            contents=contents,
            messages=messages,
        )
        overdue = self._overdue()
        if overdue:
            meaning = _(
                "%(removed)s Of %(names)s more has come to its end than was removed.", removed=removed, names=overdue
            )
            remedy = _(
                "Nothing, if they were only just given a shorter time: what is old goes by and by, %s seconds an hour "
                "at the least. Otherwise look for “retention” in the server's log.",
                SECONDS,
            )
            return topic.warning(meaning, remedy)
        holds = self._holds()
        if holds:
            return topic.ok(_("%(removed)s Legal holds that stand: %(holds)s.", removed=removed, holds=holds))
        return topic.ok(removed)

    def _removed_lately(self):
        self.cr.execute(
            """SELECT COALESCE(sum(contents), 0), COALESCE(sum(messages), 0) FROM mfg_sync_removal
               WHERE day > current_date - 7"""
        )
        return self.cr.fetchone()

    def _overdue(self):
        """Synchronizations with content that should have gone a week ago, whatever is on hold or pointed to aside."""
        self.cr.execute(
            """SELECT string_agg(f.name, ', ' ORDER BY f.name) FROM mfg_sync_flow f
               JOIN mfg_sync_message_type t ON t.id = f.type_id
               WHERE f.payload_days > 0 AND (
                   SELECT count(*) > 1000 FROM (
                       SELECT 1 FROM mfg_sync_message m WHERE m.flow_id = f.id AND m.content_removed_at IS NULL
                         AND m.done_at < now() AT TIME ZONE 'UTC'
                                         - (GREATEST(f.payload_days, t.legal_days) + 7) * interval '1 day'
                       LIMIT 1001) old)
                 AND f.company_id = ANY(%s)
                 AND NOT EXISTS (
                     SELECT 1 FROM mfg_sync_hold h WHERE h.company_id = f.company_id AND h.lifted_at IS NULL)""",
            [self.companies],
        )
        return self.cr.fetchone()[0]

    def _holds(self):
        # pylint: disable=sql-injection  # the condition is a constant
        self.cr.execute(
            f"""SELECT string_agg(h.covers, '; ' ORDER BY h.id) FROM mfg_sync_hold h
                WHERE {STANDS} AND h.company_id = ANY(%s)""",
            [self.companies],
        )
        return self.cr.fetchone()[0]
