import math
from datetime import timedelta

import pytz

from odoo import _, api, fields, models
from odoo.tools.misc import format_datetime, format_time, formatLang

from ..engine import backlog
from ..engine.working import may_work

#: what is worked off sooner is no backlog worth a word
WORTH_SECONDS = 60
#: without a rate: so many messages are worth one
WORTH_COUNT = 20


class EndpointBacklog(models.Model):
    """When what has piled up will have been worked off, as a planner wants to know it."""

    _inherit = "mfg.sync.endpoint"

    backlog_text = fields.Char(compute="_compute_backlog_text", string="Piled up")

    @api.depends("paused", "breaker_open", "line_down")
    @api.depends_context("tz", "lang", "uid")
    def _compute_backlog_text(self):
        self.env.flush_all()
        due = backlog.due(self.env.cr, self.ids)
        worth = {endpoint_id for (endpoint_id, _way), count in due.items() if count >= 2}
        rates = backlog.rates(self.env.cr, worth) if worth else {}
        for endpoint in self:
            told = [
                endpoint._backlog_sentence(way, due.get((endpoint.id, way), 0), rates.get((endpoint.id, way)))
                for way in ("in", "out")
                if endpoint._is_working(way)
            ]
            endpoint.backlog_text = " ".join(filter(None, told))

    def _is_working(self, way):
        """Whether it goes on by itself: what a pause or an outage keeps is told as such, and has no end to tell."""
        # sudo: flags of the connection and its service user, for people who may see the connection
        return may_work(self.sudo(), way) and not (way == "out" and self.line_down)

    def _backlog_sentence(self, way, count, rate):
        if count < (2 if rate else WORTH_COUNT):
            return None
        number = formatLang(self.env, count, digits=0)
        if not rate:
            unknown = {
                "in": _("%s messages wait to be applied; it is not known yet how long that takes.", number),
                "out": _("%s messages wait to be sent; it is not known yet how long that takes.", number),
            }
            return unknown[way]
        seconds = count / rate
        if seconds < WORTH_SECONDS:
            return None
        when = self._about(seconds)
        known = {
            "in": _("%(count)s messages wait to be applied; caught up about %(when)s.", count=number, when=when),
            "out": _("%(count)s messages wait to be sent; caught up about %(when)s.", count=number, when=when),
        }
        return known[way]

    def _about(self, seconds):
        """The time in so many seconds, as the person's clock and language have it, no more exact than it is known."""
        zone = pytz.timezone(self.env.context.get("tz") or self.env.user.tz or "UTC")
        now = fields.Datetime.now()
        step = timedelta(minutes=1 if seconds < 900 else 5)
        then = now + timedelta(seconds=seconds)
        hour = then.replace(minute=0, second=0, microsecond=0)
        then = hour + step * math.ceil((then - hour) / step)
        days = {pytz.utc.localize(moment).astimezone(zone).date() for moment in (now, then)}
        if len(days) == 1:
            return format_time(self.env, then, tz=zone.zone, time_format="short")
        return format_datetime(self.env, then, tz=zone.zone, dt_format="short")
