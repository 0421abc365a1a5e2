"""What the System check says about keys, copies and connections."""

from odoo import _
from odoo.exceptions import ValidationError
from odoo.tools import config

from . import keys
from .checks import Topic
from .keys import KeyMissing
from .working import is_neutralized

MAKE_KEY = """python3 -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())\""""


class ConnectionChecks:
    """The connections: may they work, and can they prove themselves?"""

    def __init__(self, env):
        # sudo: service users of the connections that the reader may see, judged as the engine would
        self.env, self.cr = env(su=True), env.cr
        self.endpoints = env["mfg.sync.endpoint"].search([]).sudo()

    def run(self):
        yield self.key()
        yield self.neutralized()
        yield self.home()
        yield from self.service_users()
        yield from self.credentials()

    def key(self):
        topic = Topic("key", _("Encryption key"))
        source = keys.key_source()
        if not source:
            remedy = _(
                "In the environment of Odoo: MFG_SYNC_KEY=<key> — or in odoo.conf, a section of its own, [mfg_sync]: "
                "key = <key>. Make one with: %s",
                MAKE_KEY,
            )
            return topic.error(_("Secrets can be neither stored nor read: nothing can be signed."), remedy)
        unreadable = self._unreadable()
        if unreadable:
            meaning = _(
                "The secrets of %s were encrypted with another key: nothing is sent there, and nothing signed is "
                "accepted.",
                ", ".join(unreadable),
            )
            remedy = _(
                "Set MFG_SYNC_KEY to the key of the machine this database comes from, or make new keys on these "
                "connections."
            )
            return topic.error(meaning, remedy)
        if source == "environment":
            return topic.ok(_("It comes from the environment (MFG_SYNC_KEY)."))
        if source == "configuration":
            return topic.ok(_("It comes from odoo.conf."))
        return topic.ok(
            _(
                "It lies in the data folder of this server, in mfg_sync/key. Keep a copy: backups of the database do "
                "not hold it, and without it secrets must be made anew."
            )
        )

    def _unreadable(self):
        self.cr.execute(
            """SELECT e.name, array_agg(c.stored)
               FROM mfg_sync_credential c JOIN mfg_sync_endpoint e ON e.id = c.endpoint_id
               WHERE c.use IN ('in_secret', 'out_secret') AND e.id = ANY(%s)
                 AND (c.expires IS NULL OR c.expires > now() AT TIME ZONE 'UTC')
               GROUP BY e.name ORDER BY e.name""",
            [self.endpoints.ids],
        )
        names = []
        for name, stored in self.cr.fetchall():
            try:
                for secret in stored:
                    keys.decrypt(secret)
            except KeyMissing:
                names.append(name)
        return names

    def neutralized(self):
        topic = Topic("neutralized", _("Copy or original"))
        if not is_neutralized(self.env):
            return topic.ok(_("This database may take part in the synchronization."))
        meaning = _("This database is a neutralized copy: it neither sends nor accepts anything.")
        return topic.warning(meaning, _("Nothing, if it is a copy. An original must never be neutralized: restore it."))

    def home(self):
        topic = Topic("home", _("Connections at home"))
        if not keys.instance_id():
            meaning = _("This server can't remember who it is, so no connection can work.")
            return topic.error(meaning, _("Make %s writable for the user Odoo runs as.", config["data_dir"]))
        back = self.endpoints.filtered("put_back")
        if back:
            meaning = _(
                "%s: this database was restored from a backup, so nothing is sent or accepted.",
                ", ".join(back.mapped("name")),
            )
            remedy = _(
                "Ask the other sides to send again what they have sent since the backup, and compare what they have "
                "received. Then open each connection and press “Go on after the restore”."
            )
            return topic.error(meaning, remedy)
        away = self.endpoints.filtered(lambda endpoint: not endpoint.stamp_ok)
        if not away:
            return topic.ok(_("This database is the one that was confirmed for each connection."))
        meaning = _(
            "%s: made for another server or database, so nothing is sent or accepted.", ", ".join(away.mapped("name"))
        )
        remedy = _("If this is the original, open each and press “Confirm home”. If it is a copy, leave it as it is.")
        return topic.error(meaning, remedy)

    def service_users(self):
        topic = Topic("service_users", _("Rights of the service users"))
        found = [finding for endpoint in self.endpoints for finding in self._service_user(topic, endpoint)]
        return found or [topic.ok(_("Each connection has what its synchronizations need, and no more."))]

    def _service_user(self, topic, endpoint):
        user = endpoint.user_id
        if not user:
            if endpoint.flow_ids.filtered(lambda flow: flow.mode != "off"):
                meaning = _("%s has no service user: nothing is applied or sent.", endpoint.name)
                yield topic.error(meaning, _("Open the connection and choose one; it must not be an administrator."))
            return
        if not user.active:
            meaning = _(
                "%(user)s, the service user of %(endpoint)s, is archived.", user=user.name, endpoint=endpoint.name
            )
            yield topic.error(meaning, _("Settings → Users: unarchive it, or choose another service user."))
        try:
            endpoint._refuse_unfit_user()
        except ValidationError as error:
            remedy = _("Settings → Users: give %s what is named, or choose another service user.", user.name)
            yield topic.error(error.args[0], remedy)

    def credentials(self):
        topic = Topic("credentials", _("Keys of the connections"))
        lacking = {endpoint: endpoint._missing_keys() for endpoint in self.endpoints}
        found = [
            topic.warning(
                _("%(endpoint)s lacks: %(keys)s.", endpoint=endpoint.name, keys=", ".join(missing)),
                _("Open the connection and make it there; give it to the other side."),
            )
            for endpoint, missing in lacking.items()
            if missing
        ]
        return found or [topic.ok(_("Each connection can prove itself where it has to."))]
