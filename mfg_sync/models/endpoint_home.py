import uuid as uuidlib

from odoo import _, api, fields, models

from .. import compat
from ..engine import setback


class EndpointHome(models.Model):
    """A database that was put back to a backup is not at home until an Administrator has looked at each connection."""

    _inherit = "mfg.sync.endpoint"

    put_back = fields.Boolean(compute="_compute_stamp_ok", string="Restored from a backup")
    id_epochs = fields.Char(
        string="Epochs of our ids",
        readonly=True,
        copy=False,
        groups="mfg_sync.group_administrator",
        help="A restored backup begins another one, and so does the confirmation of another home: what is told from "
        "then on gets ids that were never given before.",
    )

    def init(self):  # pylint: disable=missing-return  # Odoo's has no answer
        super().init()
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS mfg_sync_sweeps")

    def _compute_stamp_ok(self):  # pylint: disable=missing-return  # what is computed has no answer
        super()._compute_stamp_ok()
        behind = setback.is_put_back(self.env)
        for endpoint in self:
            # sudo: the stamp is hidden from those who may see whether it fits
            endpoint.put_back = endpoint.sudo().stamp == setback.PUT_BACK or (behind and endpoint.stamp_ok)
            endpoint.stamp_ok = endpoint.stamp_ok and not behind

    def _epochs(self):
        """Of its ids, oldest first; without any as long as it never moved."""
        return (self.id_epochs or "").split(",") if self.id_epochs else []

    def action_confirm_stamp(self):
        self._stop_if_put_back()
        # sudo: the stamp is hidden from those who may see whether it fits
        away = self.filtered(lambda endpoint: not endpoint.stamp_ok and endpoint.sudo().stamp != setback.PUT_BACK)
        result = super().action_confirm_stamp()
        # nobody knows what was told from where it was before, and how far its ids had come there
        away._begin_epoch()
        return result

    def _begin_epoch(self, begun=""):
        """What is told from now on gets ids that were never given before.

        :param str begun: what its name begins with
        """
        for endpoint in self:
            endpoint.id_epochs = ",".join([*endpoint._epochs(), begun + uuidlib.uuid4().hex[:12]])

    @api.model
    def _stop_if_put_back(self):
        """Where a backup was restored: no connection goes on by itself. Returns whether that was so."""
        if not setback.is_put_back(self.env):
            return False
        parts = self._stamp_parts()
        known = setback.known(self.env.cr.dbname, parts[2])
        # sudo: all of the database are stopped, of whatever company; nothing else is done to them
        everybody = self.sudo().with_context(active_test=False)
        # the epochs of this restore: it is looked at again until the count has caught up
        begun = f"{known['sweeps']}-"
        for endpoint in everybody.search([]):
            # what was made for another server stays so. One that waited when the backup was made begins anew as well
            waited = endpoint.stamp == setback.PUT_BACK and not "".join(endpoint._epochs()[-1:]).startswith(begun)
            if waited or endpoint.stamp == self._stamp_text(parts, endpoint.environment):
                endpoint.stamp = setback.PUT_BACK
                # now and not with the confirmation: people do their work once more while the sides are compared
                endpoint._begin_epoch(begun)
                endpoint._tell_put_back(known["when"])
        everybody._go_on_from(known)
        setback.catch_up(self.env.cr, known["sweeps"])
        return True

    def _tell_put_back(self, when):
        text = _(
            "This database was restored from a backup. What was exchanged with %(name)s between the backup and "
            "%(when)s (UTC) is unknown here, so nothing is sent or accepted. Ask them to send again what they have "
            "sent since the backup, and compare what they have received from Odoo since then with the documents. Then "
            "press “Go on after the restore” on the connection.",
            name=self.name,
            when=when.replace("T", " "),
        )
        self.env["mfg.sync.task"]._ask_administrator(self, text)

    @api.model
    def _counted(self):
        """Count a sweep.

        :return dict: how far the database is, as :func:`setback.known` says; None where it is a copy, which must not
            pass for the original, or a test's
        """
        if not compat.commits(self.env.cr):
            return None
        parts = self._stamp_parts()
        at_home = any(endpoint.stamp == self._stamp_text(parts, endpoint.environment) for endpoint in self.search([]))
        return {**self._known(), "uuid": parts[2], "sweeps": setback.count(self.env.cr)} if at_home else None

    @api.model
    def _known(self):
        """What must go on from where it was after a backup was restored.

        :return dict: of what JSON can hold
        """
        return {}

    @api.model
    def _go_on_from(self, known):
        """
        :param dict known: what :meth:`_known` said last, before the backup was restored
        """
