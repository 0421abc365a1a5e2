from odoo.tests import tagged

from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestEcho(EngineCase):
    """The MES says what an item is like; Odoo takes it over, tells the WMS, and not the MES its own words."""

    BLOCK = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wms = cls.make_endpoint("wms1", kinds=())
        for endpoint in (cls.endpoint, cls.wms):
            cls.add_flows(endpoint, "master.item", direction="out")
        cls.product = cls.env["product.product"].create({"name": "Frame", "default_code": "F1", "weight": 2})
        cls.env["mfg.sync.binding"]._bind(
            endpoint_id=cls.endpoint.id,
            system_id=cls.endpoint.system_ids.id,
            company_id=cls.env.company.id,
            entity="item",
            external_id="M-1",
            record=cls.product,
        )

    def setUp(self):
        super().setUp()
        self.told()

    def told(self):
        """What each connection is told now: ``{connection: [names of the item]}``."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        last = self.env["mfg.sync.message"].search([], order="id desc", limit=1).id or 0
        for endpoint in (self.endpoint, self.wms):
            self.env["mfg.sync.capture"]._render_marks(endpoint.id, 100)
        rows = self.env["mfg.sync.message"].search(
            [("id", ">", last), ("res_model", "=", "product.product"), ("res_id", "=", self.product.id)]
        )
        return {row.endpoint_id.code: row.state for row in rows}

    def say(self, more=None, **changes):
        """The MES tells the item as it is, with these changes; Odoo does them, and some more of its own."""
        flow = next(
            flow
            for flow in self.env["mfg.sync.flow"]._watch()["master.item"]
            if flow["endpoint_id"] == self.endpoint.id
        )
        product = self.product
        data = {**self.env["mfg.sync.builder.item"]._render(product, flow)[product.id], **changes}

        def apply(handler, message):
            # sudo: the service user of the test has no rights on items
            product.with_env(handler.env).sudo().write({**changes, **(more or {})})
            handler.agreed(message, "master.item", product, data)

        self.happen["item"] = apply
        message = self.arrive("item", lane="M-1")
        self.work()
        self.assertEqual(message.state, "done", message.error_text)

    def test_who_said_it_is_not_told_it_and_the_others_are(self):
        self.say(name="Frame, welded")
        self.assertEqual(self.product.name, "Frame, welded")
        self.assertEqual(self.told(), {"wms1": "pending"})

    def test_what_odoo_makes_of_it_beside_that_is_told(self):
        self.say(name="Frame, welded", more={"weight": 3})
        self.assertEqual(self.told(), {"mes1": "pending", "wms1": "pending"})

    def test_what_people_change_afterwards_is_told_also_when_it_goes_back(self):
        self.say(name="Frame, welded")
        self.told()
        self.product.name = "Frame"
        self.assertEqual(self.told(), {"mes1": "pending", "wms1": "pending"})
        # they were told something else since they said this
        self.product.name = "Frame, welded"
        self.assertEqual(self.told(), {"mes1": "pending", "wms1": "pending"})

    def test_what_was_not_sent_yet_does_not_undo_what_they_said_since(self):
        self.product.name = "Frame, painted"
        self.assertEqual(self.told(), {"mes1": "pending", "wms1": "pending"})
        before = self.env["mfg.sync.message"].search([("endpoint_id", "=", self.endpoint.id)], order="id desc", limit=1)
        self.say(name="Frame, welded")
        self.assertEqual(self.told(), {"wms1": "pending"})
        self.assertEqual((before.state, before.result_text), ("superseded", "They have said so themselves meanwhile."))

    def test_behind_a_hub_the_others_are_told_what_one_has_said(self):
        self.endpoint.system_ids = [(0, 0, {"name": "second line", "source": "urn:line2"})]
        self.say(name="Frame, welded")
        self.assertEqual(self.told(), {"mes1": "pending", "wms1": "pending"})
