"""Before a message fails for it, an Administrator is told which rights the service user lacks, and what needs them."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .. import compat
from ..engine.rights_checks import RightsChecks
from .common import SyncCase

STATEMENT = "Statement of stock"


@tagged("post_install", "-at_install", "mfg_sync")
class TestRights(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env.ref("stock.group_stock_user")
        cls.endpoint = cls.make_endpoint(
            "wms1", groups="base.group_user,stock.group_stock_user", kinds=("stock.statement",)
        )
        cls.user = cls.endpoint.user_id
        cls.administrator = new_test_user(cls.env, "rgt_admin", groups="mfg_sync.group_administrator")

    def check(self, endpoint=None):
        action = (endpoint or self.endpoint).with_user(self.administrator).action_check_rights()
        return self.env[action["res_model"]].with_user(self.administrator).browse(action["res_id"])

    def found(self, title):
        return self.check().line_ids.filtered(lambda line: line.title == title)

    def take_group(self):
        self.user.write({compat.user_groups_field(): [(3, self.group.id)]})

    def test_who_has_all_is_told_so(self):
        check = self.check()
        self.assertEqual((check.state, check.line_ids.mapped("title")), ("ok", ["Service user", STATEMENT]))
        self.assertIn(self.user.name, check.line_ids[0].meaning)

    def test_a_group_that_somebody_took_away_is_named_with_the_kind_that_needs_it(self):
        self.take_group()
        line = self.found(STATEMENT)
        self.assertEqual(line.state, "error")
        self.assertEqual(line.meaning, f"{self.user.name} is not in {self.group.full_name}, which “{STATEMENT}” needs.")
        self.assertIn(f"{self.user.name}: add {self.group.full_name}.", line.remedy)
        self.assertFalse(self.user.has_group("stock.group_stock_user"), "it looks, and gives nothing")

    def test_a_right_that_somebody_took_from_the_group_is_named(self):
        rights = self.env["ir.model.access"].search([("model_id.model", "=", "stock.lot")])
        rights.perm_read = False
        line = self.found(STATEMENT)
        self.assertEqual(line.state, "error")
        self.assertEqual(line.meaning, f"{self.user.name} may not read “Lot/Serial”, and “{STATEMENT}” does it.")
        self.assertIn("No group gives all of it", line.remedy)
        # of groups that no service user has it does not help either
        for xmlid in ("base.group_portal", "base.group_erp_manager"):
            rights[:1].write({"group_id": self.env.ref(xmlid).id, "perm_read": True})
            self.assertIn("No group gives all of it", self.found(STATEMENT).remedy)
        rights[:1].group_id = self.env.ref("base.group_partner_manager")
        self.assertIn(rights[0].group_id.full_name, self.found(STATEMENT).remedy)

    def test_what_is_switched_off_needs_nothing(self):
        self.endpoint.flow_ids.mode = "off"
        self.take_group()
        self.assertEqual(self.check().line_ids.mapped("title"), ["Service user"])
        self.endpoint.user_id = False
        self.assertIn("has no service user", self.found("Service user").meaning)

    def test_who_may_too_much_or_may_not_work_here_is_named(self):
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        self.user.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        self.assertIn("may not work in", self.found("Service user").meaning)
        self.user.write({compat.user_groups_field(): [(4, self.env.ref("base.group_erp_manager").id)]})
        self.assertIn("is an administrator", self.found("Service user").meaning)
        self.user.active = False
        self.assertIn("is archived", self.found("Service user").meaning)

    def test_only_an_administrator_looks_into_the_rights_of_others(self):
        form = self.env.ref("mfg_sync.endpoint_view_form")
        for group, may in (("viewer", False), ("operator", False), ("steward", False), ("administrator", True)):
            person = new_test_user(self.env, f"rgt_{group}", groups=f"mfg_sync.group_{group}")
            endpoint = self.endpoint.with_user(person)
            self.assertEqual("action_check_rights" in endpoint.get_view(form.id, "form")["arch"], may, group)
            if not may:
                with self.assertRaises(AccessError):
                    endpoint.action_check_rights()

    def test_whoever_has_the_groups_that_a_kind_names_may_do_what_it_does(self):
        checks, looked_at = RightsChecks(self.endpoint), 0
        for kind in self.env["mfg.sync.message.type"].search([]):
            groups = kind._needed_groups()
            if not groups or not kind._is_served():
                continue
            self.assertTrue(self.env[kind.handler or kind.builder]._needs, f"{kind.name}: say what it does")
            checks.user = new_test_user(
                self.env, f"rgt_{kind.name}_{kind.direction}", groups=",".join(["base.group_user", *groups])
            )
            self.assertEqual(checks._lacking(kind), [], kind.name)
            looked_at += 1
        self.assertTrue(looked_at)
