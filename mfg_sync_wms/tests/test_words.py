from odoo.tests import TransactionCase, tagged

from odoo.addons.mfg_sync.tests.words import WordsMixin


@tagged("post_install", "-at_install", "mfg_sync")
class TestWords(WordsMixin, TransactionCase):
    ADDON = "mfg_sync_wms"
