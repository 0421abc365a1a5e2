from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .. import compat
from ..engine.errors import DataError
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestCompany(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Plant B"})
        cls.foreigner = new_test_user(
            cls.env,
            "planner_b",
            groups="mfg_sync.group_administrator,stock.group_stock_manager",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )

    def models_of_ours(self):
        return [
            model
            for name, model in self.env.items()
            if name.startswith("mfg.sync.")
            and not model._abstract
            and not model._transient
            and {"company_id", "endpoint_id", "message_id"} & set(model._fields)
        ]

    def test_every_model_has_a_rule_by_company(self):
        for model in self.models_of_ours():
            rules = self.env["ir.rule"].search([("model_id.model", "=", model._name), ("groups", "=", False)])
            self.assertTrue(any("company" in (rule.domain_force or "") for rule in rules), model._name)

    def test_every_page_has_a_rule_by_who_opened_it(self):
        """Odoo keeps no page of one user from another, and some show contents or keys."""
        pages = [model for name, model in self.env.items() if name.startswith("mfg.sync.") and model._transient]
        self.assertTrue(pages)
        for model in pages:
            rules = self.env["ir.rule"].search([("model_id.model", "=", model._name), ("groups", "=", False)])
            self.assertIn("[('create_uid', '=', user.id)]", rules.mapped("domain_force"), model._name)

    def test_nobody_reads_or_changes_what_somebody_else_is_about_to_decide(self):
        self.happen["issue"] = DataError("There is no such lot.")
        message = self.arrive("issue")
        self.work()
        anna, bert = (
            new_test_user(self.env, f"page_{name}", groups="mfg_sync.group_operator") for name in ("anna", "bert")
        )
        pages = self.env["mfg.sync.message.correct"]
        page = pages.with_user(bert).create(
            {"message_id": message.id, "content": '{"text": "5 kg", "lane": "MO/1"}', "reason": "because"}
        )
        for user in (anna, self.foreigner):
            self.assertFalse(pages.with_user(user).search([("id", "=", page.id)]))
            for attempt in (lambda mine: mine.read(["content"]), lambda mine: mine.write({"content": "{}"})):
                with self.assertRaises(AccessError):
                    attempt(pages.browse(page.id).with_user(user))
        # nor does a page of one's own show what a message of another company says
        with self.assertRaises(AccessError):
            pages.with_user(self.foreigner).create({"message_id": message.id, "content": "{}"}).read(["error_text"])

    def test_every_model_is_closed_to_those_without_a_group_of_ours(self):
        worker = new_test_user(self.env, "worker", groups="base.group_user")
        for model in self.models_of_ours():
            with self.assertRaises(AccessError, msg=model._name):
                model.with_user(worker).search([])

    def test_another_company_sees_nothing(self):
        self.happen["issue"] = lambda _handler, message: message.touches(self.partner)
        self.arrive("issue")
        self.work()
        self.env["mfg.sync.credential"].set_key("mes1", "in_token")
        for name in ("endpoint", "credential", "system", "flow", "message", "attempt", "document", "status"):
            model = self.env[f"mfg.sync.{name}"]
            self.assertTrue(model.search_count([]), name)
            self.assertFalse(
                model.with_user(self.foreigner).search_count([("company_id", "=", self.env.company.id)])
                if "company_id" in model._fields
                else model.with_user(self.foreigner).search_count([]),
                name,
            )

    def test_another_companys_administrator_decides_and_configures_nothing_here(self):
        message = self.arrive("issue").with_user(self.foreigner)
        for action in (message.action_replay, lambda: message.action_cancel("mine")):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            self.endpoint.with_user(self.foreigner).write({"url": "https://thief.example"})
        with self.assertRaises(ValueError):
            self.env["mfg.sync.credential"].with_user(self.foreigner).set_key("mes1", "in_token")

    def test_another_companys_steward_says_nothing_about_what_comes_in_here(self):
        ours = {"endpoint_id": self.endpoint.id, "company_id": self.other.id}
        match = {
            **ours,
            "system_id": self.endpoint.system_ids[:1].id,
            "entity": "partner",
            "external_id": "P1",
            "res_model": "res.partner",
            "res_id": self.partner.id,
        }
        code = {"kind": "reason", "code": "BENT", "value": "other"}
        binding, value_map = (
            self.env[f"mfg.sync.{name}"].with_user(self.foreigner) for name in ("binding", "value.map")
        )
        for model, values in (
            (binding, match),
            (value_map, {**ours, **code}),
            (value_map, {**code, "endpoint_id": ours["endpoint_id"], "company_id": False}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                model.create(values)
        theirs = self.make_endpoint("mes_b", company=self.other)
        entry = value_map.create({**code, "endpoint_id": theirs.id, "company_id": self.other.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            entry.endpoint_id = self.endpoint.id

    def test_a_match_shows_no_name_that_its_maker_may_not_see(self):
        theirs = self.make_endpoint("mes_b", company=self.other)
        secret = self.env["res.partner"].create({"name": "Secret customer", "company_id": self.env.company.id})
        match = {
            "endpoint_id": theirs.id,
            "system_id": theirs.system_ids[:1].id,
            "company_id": self.other.id,
            "entity": "partner",
            "external_id": "P1",
            "res_model": "res.partner",
        }
        binding = self.env["mfg.sync.binding"].with_user(self.foreigner)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            binding.create({**match, "res_id": secret.id})
        parameter = self.env["ir.config_parameter"].search([], limit=1)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            binding.create({**match, "entity": "item", "res_model": parameter._name, "res_id": parameter.id})
        mine = binding.create({**match, "res_id": self.other.partner_id.id})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            mine.res_id = secret.id

    def test_a_service_user_reaches_only_its_own_company(self):
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.other.id)], limit=1)
        self.assertTrue(warehouse)
        self.endpoint.user_id.sudo().write(
            {compat.user_groups_field(): [(4, self.env.ref("stock.group_stock_user").id)]}
        )
        self.happen["issue"] = lambda handler, _message: (
            handler.env["stock.warehouse"].browse(warehouse.id).name and None
        )
        message = self.arrive("issue")
        self.work()
        self.assertEqual(message.state, "dead")
        self.assertIn(self.endpoint.user_id.name, message.error_text)

    def test_messages_take_the_company_of_their_connection(self):
        endpoint = self.make_endpoint("mes_b", company=self.other)
        message = self.arrive("issue", endpoint=endpoint)
        self.drain(endpoint)
        self.assertEqual((message.company_id, message.state), (self.other, "done"))
        self.assertIn(message, self.env["mfg.sync.message"].with_user(self.foreigner).search([]))

    def test_the_company_of_a_connection_is_fixed_by_its_messages(self):
        self.arrive("issue")
        with self.assertRaisesRegex(Exception, "fixed"):
            self.endpoint.company_id = self.other

    def test_the_company_of_a_connection_is_fixed_by_what_is_filed_under_it(self):
        """A match or a code of plant A would steer the stock of plant B."""

        def match(endpoint):
            record = {"res_model": "res.partner", "res_id": self.partner.id}
            known = {"endpoint_id": endpoint.id, "system_id": endpoint.system_ids.id, "entity": "partner"}
            return self.env["mfg.sync.binding"].create(
                {**known, **record, "external_id": "P1", "company_id": endpoint.company_id.id}
            )

        def code(endpoint):
            values = {"kind": "reason", "code": "BENT", "value": "Bent", "company_id": endpoint.company_id.id}
            return self.env["mfg.sync.value.map"].create({**values, "endpoint_id": endpoint.id})

        def key(endpoint):
            self.env["mfg.sync.credential"].set_key(endpoint.code, "in_token")
            return endpoint.credential_ids

        endpoint = self.env["mfg.sync.endpoint"].create({"name": "New hall", "code": "hall3"})
        endpoint.system_ids = [(0, 0, {"name": "Hall", "source": "urn:hall3"})]
        for make, what in ((match, "Match"), (code, "Mapping"), (key, "Key")):
            thing = make(endpoint)
            with self.assertRaisesRegex(UserError, f"New hall is fixed.*: {what}"):
                endpoint.company_id = self.other
            # as it was is no change
            endpoint.company_id = self.env.company
            thing.unlink()
        endpoint.company_id = self.other
        self.assertEqual(endpoint.system_ids.company_id, self.other)

    def test_a_synchronization_limited_to_a_site_keeps_its_connection_in_the_company_of_the_site(self):
        site = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        endpoint = self.env["mfg.sync.endpoint"].create({"name": "New hall", "code": "hall3"})
        flow = self.add_flows(endpoint, "sync.test", direction="in", mode="off", site_ids=[(6, 0, site.ids)])
        flow.active = False
        with self.assertRaisesRegex(ValidationError, "must belong to Plant B"), self.env.cr.savepoint():
            endpoint.company_id = self.other

    def test_systems_and_synchronizations_stay_with_their_connection(self):
        theirs = self.make_endpoint("mes_b", company=self.other)
        for ours in (self.endpoint.system_ids, self.flow):
            with self.assertRaisesRegex(UserError, "keeps its"):
                ours.endpoint_id = theirs
            ours.endpoint_id = self.endpoint


@tagged("post_install", "-at_install", "mfg_sync")
class TestServiceUser(EngineCase):
    def refused(self, user, said):
        with self.assertRaisesRegex(ValidationError, said):
            self.endpoint.user_id = user
            self.env.flush_all()

    def test_an_administrator_is_refused(self):
        self.refused(self.env.ref("base.user_admin"), "administrator")
        self.refused(new_test_user(self.env, "boss", groups="mfg_sync.group_administrator"), "administrator")
        self.refused(new_test_user(self.env, "rights", groups="base.group_erp_manager"), "administrator")

    def test_one_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Plant B"})
        user = new_test_user(
            self.env, "b", groups="base.group_user", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.refused(user, "may not work in")

    def test_one_without_the_rights_of_a_synchronization_is_refused_with_the_list(self):
        with self.assertRaisesRegex(ValidationError, "Inventory"):
            self.add_flows(self.endpoint, "stock.statement")

    def test_an_archived_one_is_refused(self):
        user = new_test_user(self.env, "gone", groups="base.group_user")
        user.active = False
        self.refused(user, "archived")

    def test_nothing_is_switched_on_without_one(self):
        endpoint = self.env["mfg.sync.endpoint"].create({"name": "New", "code": "new"})
        with self.assertRaisesRegex(ValidationError, "no service user"):
            self.add_flows(endpoint, "sync.test")

    def test_an_archived_service_user_stops_the_work(self):
        message = self.arrive("issue")
        self.endpoint.user_id.sudo().active = False
        self.work()
        self.assertEqual((message.state, self.applied), ("pending", []))
