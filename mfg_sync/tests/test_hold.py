from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .past import PastCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestHold(PastCase):
    """A customer sues: what was said about his order must be there when the judge asks, however old it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "it", groups="mfg_sync.group_administrator,stock.group_stock_user,base.group_partner_manager"
        )

    def place(self, **values):
        model = self.env["mfg.sync.hold"].with_user(self.administrator)
        return model.create({"reason": "Lawsuit 4711", **values})

    def test_a_connection_on_hold_loses_nothing_until_the_hold_is_lifted(self):
        old = self.done("5 kg", 800)
        hold = self.place(scope="connection", endpoint_id=self.endpoint.id)
        self.remove()
        self.assertTrue(old.payload)
        self.assertEqual(old.hold_ids, hold)
        with self.assertRaises(UserError):
            hold.action_lift("  ")
        self.env["mfg.sync.hold.lift"].with_user(self.administrator).create(
            {"hold_ids": [(6, 0, hold.ids)], "reason": "Settled."}
        ).action_decide()
        self.assertEqual(
            (hold.state, hold.lifted_by_id, hold.lifted_reason), ("lifted", self.administrator, "Settled.")
        )
        told = self.endpoint.message_ids.filtered(
            lambda message: "Lawsuit" in message.body or "Settled" in message.body
        )
        self.assertEqual(told.author_id, self.administrator.partner_id)
        self.assertEqual(len(told), 2)
        self.remove()
        self.assertFalse(old.exists())

    def test_a_hold_on_a_document_keeps_what_was_said_about_it_and_what_held_that(self):
        self.happen["about it"] = lambda _handler, message: message.touches(self.partner)
        about, other = self.done("about it", 800), self.done("about another", 800)
        interchange = self.done("interchange", 800)
        self.env.cr.execute("UPDATE mfg_sync_message SET parent_id = %s WHERE id = %s", [interchange.id, about.id])
        self.kind.document_model = "res.partner"
        self.place(scope="document", document=f"res.partner,{self.partner.id}")
        self.remove()
        self.assertTrue(about.payload and interchange.payload)
        self.assertFalse(other.exists())

    def merge(self, gone, stays):
        """As in Contacts: two are one and the same customer."""
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(self.env.ref("base.user_admin"))
        wizard.create({"dst_partner_id": stays.id, "partner_ids": [(6, 0, (gone | stays).ids)]}).action_merge()
        self.env.invalidate_all()

    def test_customers_are_merged_while_another_one_sues(self):
        one, two = self.env["res.partner"].create([{"name": "Wheels"}, {"name": "Wheels Inc"}])
        self.kind.document_model = "res.partner"
        self.place(scope="document", document=f"res.partner,{self.partner.id}")
        self.merge(one, two)
        self.assertFalse(one.exists())

    def test_what_was_said_about_a_customer_stays_held_when_he_is_merged(self):
        double, stays = self.env["res.partner"].create([{"name": "Wheels"}, {"name": "Wheels Inc"}])
        self.happen["about it"] = lambda _handler, message: message.touches(double)
        self.happen["about both"] = lambda _handler, message: message.touches(double, stays)
        removed = self.done("about it", 800)
        self.remove()
        self.assertFalse(removed.exists())
        about, both, other = self.done("about it", 800), self.done("about both", 800), self.done("about another", 800)
        self.kind.document_model = "res.partner"
        hold = self.place(scope="document", document=f"res.partner,{double.id}")
        self.merge(double, stays)
        self.assertEqual((hold.document, hold.res_id, hold.covers), (stays, stays.id, "Wheels"))
        self.remove()
        self.assertTrue(about.payload and both.payload)
        self.assertFalse(other.exists())
        self.assertEqual((about.res_id, both.res_id), (stays.id, stays.id))
        self.assertEqual(self.keys().filtered(lambda key: key.res_id).documents, [["res.partner", stays.id]])
        statuses = self.env["mfg.sync.status"].search([("res_model", "=", "res.partner")])
        self.assertEqual(statuses.mapped("res_id"), [stays.id])

    def test_their_ids_of_merged_customers_mean_the_one_that_stays(self):
        double, stays = self.env["res.partner"].create([{"name": "Wheels"}, {"name": "Wheels Inc"}])
        system = self.endpoint.system_ids
        matches = self.env["mfg.sync.binding"].create(
            [
                {
                    "endpoint_id": self.endpoint.id,
                    "system_id": system.id,
                    "company_id": self.endpoint.company_id.id,
                    "entity": "partner",
                    "external_id": f"C-{partner.id}",
                    "res_model": "res.partner",
                    "res_id": partner.id,
                }
                for partner in (double, stays)
            ]
        )
        waiting = self.arrive("about it")
        self.env.cr.execute(
            "UPDATE mfg_sync_message SET lane = %s WHERE id = %s", [f"res.partner,{double.id}", waiting.id]
        )
        self.merge(double, stays)
        self.assertEqual(matches.mapped("res_id"), [stays.id, stays.id])
        self.assertEqual(waiting.lane, f"res.partner,{stays.id}")

    def test_nothing_is_changed_where_nothing_is_named(self):
        for model in ("hold", "message", "decision", "approval"):
            records = self.env[f"mfg.sync.{model}"]
            self.assertTrue(records.write({}) and records.unlink(), model)

    def test_holds_on_single_messages_and_on_a_kind(self):
        held, other = self.done("held", 800), self.done("other", 800)
        action = held.with_user(self.administrator).action_place_hold()
        hold = self.env["mfg.sync.hold"].with_user(self.administrator).with_context(**action["context"])
        hold = hold.create({"reason": "Audit"})
        self.assertIn("held", hold.covers)
        self.remove()
        self.assertTrue(held.payload)
        self.assertFalse(other.exists())
        self.place(scope="kind", type_id=self.kind.id)
        hold.action_lift("The audit is over.")
        self.remove()
        self.assertTrue(held.payload)

    def test_what_is_remembered_is_held_too(self):
        self.done("5 kg", 3700)
        self.place(scope="kind", type_id=self.kind.id, endpoint_id=self.endpoint.id)
        # it was removed before the hold
        self.env.cr.execute("UPDATE mfg_sync_hold SET until = current_date - 1")
        self.env.invalidate_all()
        with self.own_cursors():
            from ..engine import ledger, retention

            run = retention.Retention(self.env.registry)
            for task in ledger.settled(run.registry, run._tasks):
                if task["count"] != "keys":
                    run._more(task)
        self.assertTrue(self.keys())
        self.env.cr.execute("UPDATE mfg_sync_hold SET until = NULL")
        self.env.invalidate_all()
        self.remove()
        self.assertTrue(self.keys())

    def test_a_hold_ends_by_itself_after_its_last_day(self):
        old = self.done("5 kg", 800)
        hold = self.place(scope="connection", endpoint_id=self.endpoint.id, until=date.today() + timedelta(days=1))
        self.remove()
        self.assertTrue(old.payload)
        self.env.cr.execute("UPDATE mfg_sync_hold SET until = current_date - 1")
        self.env.invalidate_all()
        self.assertEqual(hold.state, "over")
        self.assertNotIn(hold, self.env["mfg.sync.hold"].search([("state", "=", "stands")]))
        self.remove()
        self.assertFalse(old.exists())

    def test_a_hold_is_neither_changed_nor_deleted_and_only_administrators_place_one(self):
        hold = self.place(scope="connection", endpoint_id=self.endpoint.id)
        with self.assertRaises(AccessError):
            hold.reason = "Never mind"
        with self.assertRaises(AccessError):
            hold.unlink()
        steward = new_test_user(self.env, "steward", groups="mfg_sync.group_steward")
        with self.assertRaises(AccessError):
            self.env["mfg.sync.hold"].with_user(steward).create(
                {"reason": "x", "scope": "connection", "endpoint_id": self.endpoint.id}
            )
        with self.assertRaises(AccessError):
            hold.with_user(steward).action_lift("x")
        self.assertEqual(hold.with_user(steward).reason, "Lawsuit 4711")

    def test_a_hold_must_name_something_of_its_company(self):
        other = self.env["res.company"].create({"name": "Plant B"})
        for values in (
            {"scope": "connection"},
            {"scope": "kind"},
            {"scope": "document"},
            {"scope": "messages"},
            {"scope": "connection", "endpoint_id": self.endpoint.id, "company_id": other.id},
            {"scope": "connection", "endpoint_id": self.endpoint.id, "until": "2020-01-01"},
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.env["mfg.sync.hold"].create({"reason": "x", **values})

    def test_a_hold_on_a_document_is_filed_where_its_messages_are(self):
        """Filed under another company it would hold nothing, and nobody would see that."""
        other = self.env["res.company"].create({"name": "Plant B"})
        self.administrator.company_ids += other
        frame = self.env["product.product"].create({"name": "Frame", "company_id": self.env.company.id})
        working_there = {"allowed_company_ids": [other.id, self.env.company.id]}
        holds = self.env["mfg.sync.hold"].with_user(self.administrator).with_context(**working_there)
        values = {"reason": "Lawsuit", "scope": "document", "document": f"product.product,{frame.id}"}
        with self.assertRaisesRegex(ValidationError, "must belong to Plant B"), self.cr.savepoint():
            holds.create(values)
        self.assertTrue(holds.create({**values, "company_id": self.env.company.id}))
        # of one that both share, each holds what was said to it
        frame.company_id = False
        self.assertEqual(holds.create(values).company_id, other)

    def test_a_hold_is_not_placed_as_if_somebody_had_lifted_it_and_not_without_a_reason(self):
        held = {"scope": "connection", "endpoint_id": self.endpoint.id}
        lifted = {"lifted_at": "2026-11-27", "lifted_by_id": self.env.ref("base.user_admin").id, "lifted_reason": "x"}
        for name, value in lifted.items():
            with self.assertRaisesRegex(AccessError, "with its button"), self.env.cr.savepoint():
                self.place(**held, **{name: value})
        model = self.env["mfg.sync.hold"].with_user(self.administrator).with_context(default_lifted_reason="Never mind")
        with self.assertRaisesRegex(AccessError, "with its button"), self.env.cr.savepoint():
            model.create({"reason": "Lawsuit", **held})
        with self.assertRaisesRegex(ValidationError, "what the hold is for"), self.env.cr.savepoint():
            self.place(**{**held, "reason": " "})

    def test_the_system_check_names_only_holds_and_connections_of_the_readers_companies(self):
        message = self.arrive("SECRET PROJECT")
        self.place(scope="messages", message_ids=[(6, 0, message.ids)])
        self.endpoint.stamp = "production|elsewhere|x|y"
        company = self.env["res.company"].create({"name": "Plant B"})
        foreigner = new_test_user(
            self.env,
            "it_b",
            groups="mfg_sync.group_administrator",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for user, sees in ((foreigner, False), (self.administrator, True)):
            check = self.env["mfg.sync.check"].with_user(user)
            lines = check.browse(check.action_open()["res_id"]).line_ids
            said = " ".join(text for line in lines for text in (line.meaning, line.remedy) if text)
            self.assertEqual(("SECRET PROJECT" in said, "MES1" in said), (sees, sees))

    def test_a_connection_that_is_held_or_remembered_is_not_deleted(self):
        other = self.make_endpoint("mes2", kinds=())
        hold = self.place(scope="connection", endpoint_id=other.id)
        with self.assertRaisesRegex(UserError, "legal hold.*archive"):
            other.unlink()
        hold.action_lift("Settled.")
        with self.assertRaisesRegex(UserError, "legal hold.*archive"):
            other.unlink()
        self.done("5 kg", 800)
        self.remove()
        self.assertTrue(self.keys())
        with self.assertRaisesRegex(UserError, "remembered.*archive"):
            self.endpoint.unlink()
        self.assertTrue(self.keys())
        self.make_endpoint("mes3", kinds=()).unlink()
