from odoo.tests import HttpCase, new_test_user, tagged

from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestNewKeyTour(SyncCase, HttpCase):
    """In the browser: a new key is shown once, in the dialog that makes it."""

    def test_a_new_token_is_shown(self):
        endpoint = self.make_endpoint("mes9")
        # people may be shown in any language; the tour reads English
        new_test_user(self.env, "admin_ada", groups="mfg_sync.group_administrator").lang = "en_US"
        page = f"/web#id={endpoint.id}&model={endpoint._name}&view_type=form"
        self.start_tour(page, "mfg_sync_new_token", login="admin_ada")
        self.assertEqual(endpoint.credential_ids.mapped("use"), ["in_token"])
