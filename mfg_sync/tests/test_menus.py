from odoo.tests import HttpCase, tagged

from ..compat import IS_17

CLICKBOT = "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
SUCCESS = "test successful" if IS_17 else "clickbot test succeeded"


@tagged("post_install", "-at_install", "mfg_sync")
class TestMenus(HttpCase):
    """Odoo's own click bot: each menu of ours opens, in each of its views and with each of its filters."""

    # the last menu opens a form
    allow_end_on_form = True

    def test_every_menu_view_and_filter_can_be_clicked(self):
        self.env.ref("base.user_admin").write(
            {"lang": "en_US", **({} if IS_17 else {"tour_enabled": False})},
        )
        self.browser_js(
            "/web" if IS_17 else "/odoo",
            f"{CLICKBOT}.startClickEverywhere('mfg_sync.menu_root');",
            "odoo.isReady === true",
            login="admin",
            timeout=300,
            success_signal=SUCCESS,
        )
