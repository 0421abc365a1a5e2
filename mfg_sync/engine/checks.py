"""What the System check says: findings, and the checks of the server around the addon.

A finding has ``code, title, state`` (``ok``, ``warning``, ``error``), ``meaning`` (what it is to the plant) and
``remedy`` (which line to add where). Nothing is changed by looking, and no secret is shown.
"""

import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import psycopg2

from odoo import _, fields, http
from odoo.tools import config

from odoo.addons.queue_job.jobrunner.runner import _channels

from . import wake
from .turn import DRAIN_SECONDS

CHANNELS = "root:4,root.mfg_sync:3,root.mfg_sync.apply:2,root.mfg_sync.deliver:2"


class Topic:
    """One thing that is looked at; its methods make findings about it."""

    def __init__(self, code, title):
        self.code, self.title = code, title

    def ok(self, meaning):
        return self._finding("ok", meaning, False)

    def warning(self, meaning, remedy):
        return self._finding("warning", meaning, remedy)

    def error(self, meaning, remedy):
        return self._finding("error", meaning, remedy)

    def _finding(self, state, meaning, remedy):
        return {"code": self.code, "title": self.title, "state": state, "meaning": meaning, "remedy": remedy}


class ServerChecks:
    """The server: is everything there that makes messages move at once?"""

    def __init__(self, env):
        # sudo: settings of the whole server, which the reader may know about but not change; only Administrators look
        self.env, self.cr = env(su=True), env.cr

    def run(self):
        yield self.server_wide()
        yield self.database_name()
        yield self.runner()
        yield self.channels()
        yield self.cron()
        yield self.time_limit()
        yield self.clock()

    def server_wide(self):
        topic = Topic("server_wide", _("Start of the server"))
        modules = _server_wide_modules()
        missing = [name for name in ("queue_job", "mfg_sync") if name not in modules]
        if not missing:
            return topic.ok(_("Requests are guarded, and work starts at once, from the first moment on."))
        meaning = _(
            "%s is loaded only when somebody opens Odoo. Until then other systems get a page of Odoo instead of "
            "“try again later”, or messages wait for the minute's round.",
            " and ".join(missing),
        )
        return topic.warning(meaning, _load_them(modules, missing))

    def database_name(self):
        topic = Topic("database_name", _("Database of the host"))
        host = urlsplit(self.env["ir.config_parameter"].get_param("web.base.url") or "").hostname or "localhost"
        ours = self.cr.dbname
        try:
            names = http.db_list(force=True, host=host)
        except psycopg2.Error:
            meaning = _("The server's list of databases can't be read.")
            return topic.warning(meaning, _("In odoo.conf, section [options]: db_name = %s", ours))
        if _names(config["db_name"]) == [ours] or names == [ours]:
            return topic.ok(_("Calls to %(host)s reach %(database)s.", host=host, database=ours))
        meaning = _(
            "%(count)s databases answer to %(host)s, so what other systems send there is refused (503).",
            count=len(names),
            host=host,
        )
        remedy = _(
            "In odoo.conf, section [options]: dbfilter = ^%(database)s$ — or, with a host name for each database: "
            "dbfilter = ^%%d$",
            database=ours,
        )
        return topic.error(meaning, remedy)

    def runner(self):
        topic = Topic("runner", _("Job runner"))
        if wake.runner_answers(self.cr):
            return topic.ok(_("Messages are worked on within a second."))
        meaning = _("Nobody works on messages at once; the scheduled action does it, about once a minute.")
        modules = _server_wide_modules()
        if "queue_job" not in modules:
            return topic.warning(meaning, _load_them(modules, ["queue_job", "mfg_sync"]))
        remedy = _(
            "Restart Odoo: the runner looks for databases when the server starts. If it stays silent, look for "
            "“queue_job.jobrunner” in the server's log."
        )
        return topic.warning(meaning, remedy)

    def channels(self):
        topic = Topic("channels", _("Room for messages"))
        channels = _channels()
        if "root.mfg_sync" in channels:
            return topic.ok(_("Messages and other jobs of Odoo do not hold each other up (%s).", channels))
        meaning = _("Messages share their workers with all other jobs of Odoo: a long report can hold up the floor.")
        if os.environ.get("ODOO_QUEUE_JOB_CHANNELS"):
            return topic.warning(meaning, _("In the environment of Odoo: ODOO_QUEUE_JOB_CHANNELS=%s", CHANNELS))
        return topic.warning(meaning, _("In odoo.conf, a section of its own, [queue_job]: channels = %s", CHANNELS))

    def cron(self):
        topic = Topic("cron", _("Scheduled action"))
        cron = self.env.ref("mfg_sync.cron_sweep", raise_if_not_found=False)
        if not cron or not cron.active:
            meaning = _("What waits for something is not looked at again, and nobody is asked.")
            remedy = _(
                "Settings → Technical → Scheduled Actions: switch on “Manufacturing Sync: look for waiting messages”."
            )
            return topic.error(meaning, remedy)
        if not config["max_cron_threads"]:
            meaning = _("This server runs no scheduled actions; another one has to.")
            remedy = _("In odoo.conf, section [options]: max_cron_threads = 1 (on one server at least).")
            return topic.warning(meaning, remedy)
        last = cron.lastcall
        if last and last < fields.Datetime.now() - timedelta(minutes=10):
            meaning = _("It ran last at %s (UTC); it should run every minute.", last)
            return topic.warning(meaning, _("See in the server's log which scheduled action runs for so long."))
        return topic.ok(_("Looks every minute for what was left behind."))

    def time_limit(self):
        topic = Topic("time_limit", _("Workers"))
        limit, workers, slots = config["limit_time_real"], config["workers"], _root_slots()
        if workers and 0 < limit <= DRAIN_SECONDS + 10:
            meaning = _(
                "A worker may be ended in the middle of its work after %(limit)s s; a round of messages takes up to "
                "%(round)s s. Nothing is lost, but it is done again and again.",
                limit=limit,
                round=DRAIN_SECONDS,
            )
            return topic.error(meaning, _("In odoo.conf, section [options]: limit_time_real = 120"))
        if workers and workers <= slots:
            meaning = _(
                "%(workers)s workers serve people and up to %(slots)s jobs at once: people may wait.",
                workers=workers,
                slots=slots,
            )
            return topic.warning(meaning, _("In odoo.conf, section [options]: workers = %s", slots + 2))
        return topic.ok(_("There are enough, and a round of messages ends well before their time limit."))

    def clock(self):
        topic = Topic("clock", _("Clock"))
        self.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        apart = abs((self.cr.fetchone()[0] - datetime.utcnow()).total_seconds())
        if apart < 2:
            return topic.ok(_("Server and database agree about the time."))
        meaning = _(
            "Server and database are %s s apart. Signatures are refused beyond 5 minutes, and times of events mislead.",
            round(apart),
        )
        remedy = _("Switch on time synchronization (chrony or systemd-timesyncd) on both machines.")
        return topic.error(meaning, remedy) if apart > 60 else topic.warning(meaning, remedy)


def _load_them(modules, missing):
    line = ",".join(dict.fromkeys([*modules, *missing]))
    return _("In odoo.conf, section [options]: server_wide_modules = %s — then restart Odoo.", line)


def _server_wide_modules():
    return _names(config["server_wide_modules"])


def _names(value):
    # a text on 17, a list on 19
    return value.split(",") if isinstance(value, str) else list(value or [])


def _root_slots():
    first = _channels().split(",")[0].strip()
    slots = first.split(":")[1] if first.startswith("root:") else "1"
    return int(slots) if slots.isdigit() else 1
