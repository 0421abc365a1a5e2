import itertools

from odoo.tests import tagged

from .common import SyncCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestShown(SyncCase):
    """What an item shows or is chosen by changes: whoever is told of items hears of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("mes1", groups="stock.group_stock_user")
        cls.flow = cls.add_flows(cls.endpoint, "master.item")
        cls.item = cls.env["product.product"].create({"name": "Frame", "default_code": "F1"})

    def told(self):
        return [data["item"]["code"] for data in self.told_states(self.endpoint, "master.item")]

    def test_items_are_told_when_what_they_show_is_renamed(self):
        above = self.env["product.category"].create({"name": "Frames"})
        below = above.create({"name": "Steel", "parent_id": above.id})
        unit = self.env.ref("uom.product_uom_dozen").copy({"name": "Stück"})
        items = self.env["product.product"].create(
            [
                {"name": "Frame", "default_code": "F1", "categ_id": below.id},
                {"name": "Bell", "default_code": "B1", "uom_id": unit.id},
            ]
        )
        items[0].active = False
        self.assertEqual(len(self.told()), 3)
        above.name = "Rahmen"
        (frame,) = self.told_states(self.endpoint, "master.item")
        self.assertEqual((frame["item"]["code"], frame["category"]), ("F1", "Rahmen / Steel"))
        below.parent_id = False
        (frame,) = self.told_states(self.endpoint, "master.item")
        self.assertEqual(frame["category"], "Steel")
        unit.name = "Pieces"
        (bell,) = self.told_states(self.endpoint, "master.item")
        self.assertEqual((bell["item"]["code"], bell["unit"]), ("B1", "Pieces"))

    def test_renaming_a_category_nobody_is_told_of_costs_nothing(self):
        self.flow.mode = "off"
        self.captured()
        category, capture = self.env["product.category"].browse(1), self.env["mfg.sync.capture"]
        capture.written(category, {"name"})
        with self.assertQueryCount(0):
            capture.written(category, {"name"})
        self.assertFalse(self.env.cr.precommit.data.get("mfg_sync_capture"))

    def test_an_import_that_writes_what_is_there_already_tells_nothing(self):
        category = self.item.categ_id
        self.told()
        category.write({"name": category.name, "parent_id": category.parent_id.id})
        self.item.write({"default_code": "F1", "name": "Frame"})
        self.captured()
        self.assertFalse(self.env["mfg.sync.mark"].search([("flow_id", "=", self.flow.id)]))

    def test_a_form_that_is_not_saved_tells_nothing(self):
        self.told()
        self.item.new(origin=self.item).write({"default_code": "F2"})
        self.captured()
        self.assertFalse(self.env["mfg.sync.mark"].search([("flow_id", "=", self.flow.id)]))

    def test_an_item_that_is_given_to_this_company_is_told(self):
        other = self.env["res.company"].create({"name": "Plant B"})
        self.item.company_id = other
        self.assertEqual(self.told(), [])
        self.item.company_id = self.env.company
        self.assertEqual(self.told(), ["F1"])

    def test_an_item_that_comes_under_the_filter_is_told_whatever_the_filter_speaks_of(self):
        changes = (("sale_ok", False, True), ("description", False, "<p>for the floor</p>"))
        for (field, before, after), path in itertools.product(changes, ("id", "product_tmpl_id")):
            with self.subTest(field=field, path=path):
                name = f"{field} by {path}"
                item = self.item.create({"name": name, "default_code": name, field: before})
                self.flow.domain = [("default_code", "=", name), (field, "!=", False)]
                self.assertEqual(self.told(), [])
                (item if path == "id" else item[path])[field] = after
                self.assertEqual(self.told(), [name])

    def test_what_no_filter_speaks_of_leaves_no_mark(self):
        self.told()
        self.item.write({"description": "<p>for the floor</p>", "sale_ok": False})
        self.captured()
        self.assertFalse(self.env["mfg.sync.mark"].search([("endpoint_id", "=", self.endpoint.id)]))

    def test_a_thousand_names_are_looked_for_at_once(self):
        units = self.env["uom.uom"].concat(
            *(self.env.ref("uom.product_uom_dozen").copy({"name": f"Box of {size}"}) for size in range(5))
        )
        self.item.uom_id = units[0]
        self.told()
        searched = []
        search = type(self.item)._search

        def counted(model, *args, **kw):
            searched.append(args)
            return search(model, *args, **kw)

        self.patch(type(self.item), "_search", counted)
        for unit in units:
            unit.name = f"{unit.name}, large"
        self.captured()
        self.assertEqual(len(searched), 1)
        self.assertEqual(self.told(), ["F1"])
