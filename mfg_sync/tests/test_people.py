"""What people see and may do: badges, reasons, decisions, mapping, matches."""

from types import SimpleNamespace

import psycopg2
from lxml import etree

from odoo import Command, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .. import compat
from ..engine import documents
from .common import SyncCase

MENUS = {
    "viewer": {"menu_needs_you", "menu_messages", "menu_endpoints"},
    "administrator": {
        "menu_needs_you",
        "menu_messages",
        "menu_endpoints",
        "menu_refused",
        "menu_check",
        "menu_systems",
    },
}


@tagged("post_install", "-at_install", "mfg_sync")
class TestPeople(SyncCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.endpoint = cls.make_endpoint("wms1", groups="stock.group_stock_user", kinds=("stock.statement",))
        cls.site = cls.env["stock.warehouse"].search([("company_id", "=", cls.env.company.id)], limit=1)
        cls.frame = cls.env["product.product"].create(compat.storable({"name": "Frame", "default_code": "PPL-FRAME"}))
        cls.people = {
            group: new_test_user(cls.env, f"ppl_{group}", groups=f"mfg_sync.group_{group}")
            for group in ("viewer", "operator", "steward", "administrator")
        }
        cls.stock_user = new_test_user(cls.env, "ppl_stock", groups="stock.group_stock_user")

    def statement(self, item="PPL-FRAME", **line):
        moment = f"2026-11-23T18:00:{getattr(self, 'counter', 0):02}Z"
        return self.apply(
            self.endpoint,
            "stock.statement",
            {"site": self.site.code, "as_of": moment, "lines": [{"item": item, "quantity": 3, **line}]},
        )

    def as_(self, group, records):
        return records.with_user(self.people[group])

    def test_a_task_quotes_what_a_sender_wrote_and_runs_none_of_it(self):
        message = self.statement(unit="KARTON")
        message.flow_id.exception_user_id = self.people["operator"]
        self.env.flush_all()
        said = 'Item <a href="https://thief.example">click</a> is not known.'
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET needs_person = true, asked = false, error_text = %s,
                      res_model = 'product.product', res_id = %s WHERE id = %s""",
            [said, self.frame.id, message.id],
        )
        self.env["mfg.sync.task"]._ask_for_new()
        self.assertNotIn("<a ", self.frame.activity_ids.note)
        self.assertIn("&lt;a href", self.frame.activity_ids.note)

    def test_who_has_left_or_works_elsewhere_is_asked_no_more_but_an_administrator_is(self):
        operator = self.people["operator"]
        message = self.statement(unit="KARTON")
        message.flow_id.exception_user_id = operator
        elsewhere = self.env["res.company"].create({"name": "Plant Elsewhere"})
        portal = [(6, 0, self.env.ref("base.group_portal").ids)]
        first = self.env["mfg.sync.task"]._administrator(self.env.company)
        self.assertTrue(first.has_group("mfg_sync.group_administrator"))
        for values, asked in (
            ({}, operator),
            ({"active": False}, first),
            ({"active": True, "company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}, first),
            ({"company_ids": [(4, self.env.company.id)]}, operator),
            ({compat.user_groups_field(): portal}, first),
        ):
            operator.write(values)
            self.frame.activity_ids.unlink()
            self.env.flush_all()
            self.env.cr.execute(
                """UPDATE mfg_sync_message SET needs_person = true, asked = false, error_text = 'KARTON is not known.',
                          res_model = 'product.product', res_id = %s WHERE id = %s""",
                [self.frame.id, message.id],
            )
            self.env["mfg.sync.task"]._ask_for_new()
            self.env["mfg.sync.task"]._ask_for_new()
            self.assertEqual(self.frame.activity_ids.user_id, asked, values)

    def test_an_unknown_unit_is_explained_once_and_the_message_goes_on(self):
        message = self.as_("steward", self.statement(unit="KARTON"))
        self.assertEqual((message.status, message.mapping_kind, message.mapping_code), ("needs_you", "uom", "KARTON"))
        self.assertIn("KARTON", message.error_text)
        self.assertIn("Add to mapping", message.what_to_do)
        # looked at again every now and then, it is pending for a moment, and still says the same
        change = "UPDATE mfg_sync_message SET state = %s, hold_reason = %s WHERE id = %s"
        self.env.cr.execute(change, ["pending", None, message.id])
        message.invalidate_recordset()
        self.assertEqual((message.status, message.mapping_code), ("needs_you", "KARTON"))
        self.env.cr.execute(change, ["held", "reference", message.id])
        message.invalidate_recordset()
        action = message.action_add_mapping()
        with Form(
            self.env[action["res_model"]].with_user(self.people["steward"]).with_context(**action["context"])
        ) as form:
            form.uom_id = self.env.ref("uom.product_uom_dozen")
        self.assertEqual((form.record.code, form.record.endpoint_id), ("KARTON", self.endpoint))
        message.invalidate_recordset()
        self.assertEqual((message.status, message.mapping_code), ("waiting", False))
        self.drain(self.endpoint)
        self.assertEqual(message.status, "done", message.error_text)
        statement = self.env["mfg.sync.statement"].search([("message_id", "=", message.id)])
        self.assertEqual(statement.variance_ids.theirs, 36)

    def test_an_unknown_item_that_was_misspelt_is_corrected_at_once(self):
        message = self.as_("operator", self.statement(item="PPL-FARME"))
        corrected = message.action_correct(message.payload.replace("FARME", "FRAME"), "A slip of the pen")
        self.drain(self.endpoint)
        corrected.invalidate_recordset()
        self.assertEqual((message.state, corrected.status), ("cancelled", "done"))

    def test_spaces_around_a_code_are_no_part_of_it(self):
        entry = self.as_("steward", self.env["mfg.sync.value.map"]).create(
            {"kind": "uom", "code": " KARTON ", "uom_id": self.env.ref("uom.product_uom_dozen").id}
        )
        self.assertEqual(entry.code, "KARTON")
        self.assertEqual(self.statement(unit="KARTON ").status, "done")
        entry.code = "BOX\t"
        self.assertEqual(self.statement(unit="BOX").status, "done")
        # an entry that was made before: it fits what comes as it did
        self.env.cr.execute("UPDATE mfg_sync_value_map SET code = ' BOX ' WHERE id = %s", [entry.id])
        entry.init()
        entry.invalidate_recordset()
        self.assertEqual(entry.code, "BOX")
        sender = SimpleNamespace(endpoint_id=self.endpoint.id, company_id=self.env.company.id)
        self.assertEqual(self.env["mfg.sync.resolver"].word(sender, "reason", " R01 ", "/reason", ("R01",)), "R01")

    def test_an_unknown_item_is_matched_with_one_of_ours(self):
        message = self.as_("steward", self.statement(item="THEIR-77"))
        self.assertEqual(
            (message.status, message.match_entity, message.match_external_id), ("waiting", "item", "THEIR-77")
        )
        self.assertIn(tools.misc.format_datetime(message.env, message.patience_until), message.what_to_do)
        self.assertTrue(message.correctable, "it may be misspelt")
        action = message.action_add_match()
        self.assertEqual(action["context"]["default_res_model"], "product.product")
        matches = self.env["mfg.sync.binding"].with_user(self.people["steward"]).with_context(**action["context"])
        with self.assertRaises(ValidationError):
            matches.create({"record": f"stock.warehouse,{self.site.id}"})
        with self.assertRaises(ValidationError):
            matches.create({})
        match = matches.create({"record": f"product.product,{self.frame.id}"})
        self.assertEqual((match.record, match.record_name), (self.frame, self.frame.display_name))
        self.drain(self.endpoint)
        message.invalidate_recordset()
        self.assertEqual(message.status, "done", message.error_text)

    def test_only_who_may_decide_decides_and_why_is_kept(self):
        message = self.statement(unit="PALETTE")
        with self.assertRaises(AccessError):
            self.as_("viewer", message).action_replay()
        asked = self.as_("operator", message).action_ask_cancel()
        wizard = self.env[asked["res_model"]].with_user(self.people["operator"]).with_context(**asked["context"])
        with self.assertRaises(UserError):
            wizard.create({"reason": "  "}).action_decide()
        wizard.create({"reason": "Counted by hand"}).action_decide()
        self.assertEqual((message.status, message.result_text), ("cancelled", "Counted by hand"))
        decision = self.as_("viewer", message).decision_ids
        self.assertEqual((decision.decision, decision.reason), ("cancel", "Counted by hand"))
        self.assertEqual(decision.user_id, self.people["operator"])

    def test_a_reason_is_text_that_people_can_read(self):
        message = self.as_("operator", self.statement(unit="PALETTE"))
        for reason in ("Counted\0by hand", "x" * 3_000_000, ["Counted by hand"], 5):
            for attempt in (message.action_cancel, message.with_context(mfg_sync_reason=reason).action_cancel):
                with self.assertRaisesRegex(UserError, "plain text of at most 1000 characters"):
                    attempt(*([] if "mfg_sync_reason" in attempt.__self__.env.context else [reason]))
        self.assertEqual(message.status, "needs_you")
        message.action_cancel(" " + "x" * 900)
        self.assertEqual(message.result_text, "x" * 900)

    def test_a_code_that_means_nothing_is_no_mapping(self):
        entries = self.as_("steward", self.env["mfg.sync.value.map"])
        for values in ({}, {"value": False}, {"value": "  "}):
            with self.assertRaises(psycopg2.errors.CheckViolation), tools.mute_logger("odoo.sql_db"):
                with self.env.cr.savepoint():
                    entries.create({"kind": "uom", "code": "KISTE", **values})
        self.assertTrue(entries.create({"kind": "reason", "code": "KISTE", "value": "Broken"}))

    def test_only_an_internal_user_is_asked(self):
        flow = self.as_("administrator", self.endpoint.flow_ids[:1])
        portal = new_test_user(self.env, "ppl_portal", groups="base.group_portal")
        with self.assertRaisesRegex(ValidationError, "ppl_portal.*no internal user"):
            flow.exception_user_id = portal
        flow.exception_user_id = self.people["operator"]

    def test_a_stock_user_sees_the_badge_and_no_message(self):
        message = self.statement(unit="SACK")
        picking_type = self.site.in_type_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "location_dest_id": self.site.lot_stock_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "move_ids": [
                    Command.create(
                        compat.move_vals(
                            self.env,
                            self.frame.name,
                            product_id=self.frame.id,
                            product_uom_qty=1,
                            location_id=self.env.ref("stock.stock_location_suppliers").id,
                            location_dest_id=self.site.lot_stock_id.id,
                        )
                    )
                ],
            }
        )
        documents.link(self.env.cr, message.id, [("stock.picking", picking.id)])
        self.env["mfg.sync.status"]._refresh_messages(message.ids)
        seen = picking.with_user(self.stock_user)
        self.assertEqual((seen.mfg_sync_status, seen.mfg_sync_message_count), ("needs_you", 1))
        self.assertIn("SACK", seen.mfg_sync_reason)
        found = self.env["stock.picking"].with_user(self.stock_user).search([("mfg_sync_status", "=", "needs_you")])
        self.assertIn(picking, found)
        with Form(seen):
            pass
        views = self.env["stock.picking"].with_user(self.stock_user).get_views([(False, compat.LIST), (False, "form")])
        self.assertIn("mfg_sync_status", views["views"][compat.LIST]["arch"])
        self.assertNotIn("action_mfg_sync_messages", views["views"]["form"]["arch"])
        with self.assertRaises(AccessError):
            message.with_user(self.stock_user).read(["summary"])
        row = self.env["mfg.sync.status"].with_user(self.stock_user).search([("res_id", "=", picking.id)], limit=1)
        self.assertIn("SACK", row.reason)
        for read in (
            lambda: row.read(["message_id"]),
            lambda: row.search([("message_id.payload", "like", "SACK")]),
            lambda: self.env["mfg.sync.lot.status"].with_user(self.stock_user).search([("message_id.payload", "=", 1)]),
        ):
            with self.assertRaises(AccessError):
                read()
        viewer = new_test_user(self.env, "ppl_both", groups="stock.group_stock_user,mfg_sync.group_viewer")
        arch = self.env["stock.picking"].with_user(viewer).get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn("action_mfg_sync_messages", arch)
        action = picking.with_user(viewer).action_mfg_sync_messages()
        self.assertEqual(self.env["mfg.sync.message"].with_user(viewer).search(action["domain"]), message)

    def test_menus_and_pages_open_for_those_they_are_for(self):
        for group, expected in MENUS.items():
            user = self.people[group]
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            shown = {name for name in expected if self.env.ref(f"mfg_sync.{name}").id in visible}
            self.assertEqual(shown, expected)
        hidden = self.env["ir.ui.menu"].with_user(self.stock_user)._visible_menu_ids()
        self.assertNotIn(self.env.ref("mfg_sync.menu_root").id, hidden)
        for refused in ("menu_refused", "menu_check"):
            visible = self.env["ir.ui.menu"].with_user(self.people["viewer"])._visible_menu_ids()
            self.assertNotIn(self.env.ref(f"mfg_sync.{refused}").id, visible)

    def test_the_demo_shows_a_connection_that_harms_nobody(self):
        tools.convert_file(self.env, "mfg_sync", "demo/demo.xml", {}, mode="init", noupdate=True)
        demo = self.env.ref("mfg_sync.demo_endpoint")
        self.assertEqual((demo.paused, demo.environment, demo.health), (True, "test", "paused"))
        self.assertEqual(set(demo.flow_ids.mapped("mode")), {"shadow"})

    def test_every_page_can_be_read_by_a_viewer(self):
        message = self.statement(unit="BUND")
        viewer = self.env(user=self.people["viewer"])
        for model, records in {
            "mfg.sync.message": message,
            "mfg.sync.endpoint": self.endpoint,
            "mfg.sync.flow": self.endpoint.flow_ids,
            "mfg.sync.value.map": None,
            "mfg.sync.binding": None,
            "mfg.sync.statement": None,
            "mfg.sync.message.type": message.type_id,
            "mfg.sync.lot.status": None,
        }.items():
            views = viewer[model].get_views([(False, compat.LIST), (False, "form"), (False, "search")])
            names = set()
            for view in views["views"].values():
                # fields of the page itself; those of lists inside it belong to other models
                found = etree.fromstring(view["arch"]).xpath("//field[not(ancestor::field)]/@name")
                names |= set(found) & set(viewer[model]._fields)
            (records or viewer[model].search([], limit=1)).with_env(viewer).read(sorted(names))
