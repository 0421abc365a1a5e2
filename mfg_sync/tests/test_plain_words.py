"""The engine's own words are for who develops: a planner never reads them."""

import re

from lxml import etree

from odoo.tests import TransactionCase, new_test_user, tagged

ENGINE = re.compile(r"\b((lane|scope|drain|schema|wait key|business key|payload)s?|jmespath)\b", re.IGNORECASE)
SPOKEN = ("string", "help", "placeholder", "confirm", "title")


@tagged("post_install", "-at_install", "mfg_sync")
class TestPlainWords(TransactionCase):
    def test_no_page_uses_a_word_of_the_engine(self):
        """As the one who may see most sees them, outside of developer mode."""
        reader = new_test_user(
            self.env,
            "plain_reader",
            groups="mfg_sync.group_administrator,base.group_system,stock.group_stock_manager",
        )
        ours = self.env["ir.model.data"].search([("module", "=like", "mfg_sync%"), ("model", "=", "ir.ui.view")])
        views = self.env["ir.ui.view"].browse(ours.mapped("res_id")).exists().filtered("model")
        self.assertGreater(len(views), 60)
        found, read = [], 0
        for view in views.filtered(lambda view: view.mode == "primary" and view.model in self.env):
            model = self.env[view.model].with_user(reader)
            arch = etree.fromstring(model.get_view(view.id, view.type)["arch"])
            read += 1
            found += [(view.name, words) for words in self.spoken(arch, model) if ENGINE.search(words)]
        self.assertGreater(read, 40)
        self.assertEqual(found, [])

    def spoken(self, node, model):
        """All words that people read on a page."""
        if not isinstance(node.tag, str) or node.get("invisible") in ("1", "True") or node.get("column_invisible"):
            return
        yield node.text or ""
        yield from (node.get(name) for name in SPOKEN if node.get(name))
        inner = model
        if node.tag == "field" and node.get("name") in model._fields:
            field = model._fields[node.get("name")]
            told = model.fields_get([field.name], ["string", "help"]).get(field.name, {})
            if node.get("string") is None and node.get("nolabel") != "1":
                yield told.get("string") or ""
            yield told.get("help") or ""
            if field.comodel_name:
                inner = self.env[field.comodel_name].with_user(model.env.user)
        for child in node:
            yield from self.spoken(child, inner)
            yield child.tail or ""
