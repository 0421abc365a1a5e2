"""A server where one more addon refuses inside Odoo's buttons; the plant, warehouse and customer there."""

from dataclasses import replace

import pytest
from garbage.plant import only_our_cron
from mfg_setup import server
from mfg_setup.layout import tree_hash
from mfg_setup.live_instance import LiveInstance
from mfg_setup.templates import Templates

from refusals.shop import Shop

ADDON = "mfg_refusals"


@pytest.fixture(scope="session")
def shop(templates):
    own = templates.setting.tree / "tests" / "refusals" / "addons"
    setting = replace(templates.setting, more_addons=(own,))
    template = Templates(setting, templates.databases).with_more("refuse", (ADDON,), tree_hash([own]))
    with server.instance(setting, templates.databases, template, "refuse") as running:
        instance = LiveInstance(running)
        only_our_cron(instance)
        try:
            yield Shop(instance)
        finally:
            instance.close()
