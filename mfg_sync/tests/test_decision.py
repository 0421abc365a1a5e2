"""Every decision of a person can be read afterwards: who, when, what, why, and how it stood before and after."""

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..engine.errors import DataError
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestDecision(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "dec_admin", groups="mfg_sync.group_administrator")

    def decided(self):
        """What the Administrator did, oldest first, as he reads it."""
        found = (
            self.env["mfg.sync.decision"]
            .with_user(self.administrator)
            .search([("user_id", "=", self.administrator.id)], order="id")
        )
        return [(row.decision, row.about, row.before, row.after) for row in found]

    def test_a_replay_says_how_the_message_stood_before_and_after(self):
        self.happen["issue"] = DataError("There is no such lot.")
        issue = self.arrive("issue")
        self.work()
        issue.with_user(self.administrator).action_replay()
        self.assertEqual(self.decided(), [("replay", "Test: issue", "Needs you: There is no such lot.", "Waiting")])

    def test_pauses_of_connection_synchronization_and_system_are_decisions(self):
        endpoint = self.endpoint.with_user(self.administrator)
        endpoint.action_pause()
        endpoint.action_pause()
        endpoint.action_resume()
        endpoint.flow_ids[0].paused = True
        endpoint.system_ids.paused = True
        self.assertEqual(
            [(decision, before, after) for decision, _about, before, after in self.decided()],
            [
                ("pause", "Working", "Paused"),
                ("resume", "Paused", "Working"),
                ("pause", "Working", "Paused"),
                ("pause", "Working", "Paused"),
            ],
        )
        self.assertEqual(
            [entry[1] for entry in self.decided()][1:],
            ["MES1", endpoint.flow_ids[0].display_name, endpoint.system_ids.display_name],
        )

    def test_ending_a_stop_and_confirming_a_home_are_decisions(self):
        self.endpoint.write({"breaker_open": True, "breaker_reason": "They refuse our key (401)."})
        endpoint = self.endpoint.with_user(self.administrator)
        endpoint.action_close_breaker()
        self.endpoint.sudo().stamp = "elsewhere"
        endpoint.action_confirm_stamp()
        self.assertEqual(
            self.decided(),
            [
                ("close_breaker", "MES1", "They refuse our key (401).", "Sending"),
                ("confirm_home", "MES1", "Not at home", "At home"),
            ],
        )

    def test_making_a_connection_one_for_test_is_a_decision_whatever_the_context_says(self):
        endpoint = self.endpoint.with_user(self.administrator).with_context(tracking_disable=True)
        endpoint.environment = "production"
        endpoint.write({"environment": "production", "name": "MES hall 1"})
        endpoint.environment = "test"
        self.assertEqual(
            self.decided(),
            [("environment", "MES1", "Test", "Production"), ("environment", "MES hall 1", "Production", "Test")],
        )

    def test_ending_a_stop_without_its_button_is_a_decision_too(self):
        self.endpoint.write({"breaker_open": True, "breaker_reason": "They refuse our key (401)."})
        endpoint = self.endpoint.with_user(self.administrator).with_context(tracking_disable=True)
        endpoint.write({"breaker_open": False, "breaker_reason": False})
        endpoint.write({"breaker_open": False})
        self.assertEqual(self.decided(), [("close_breaker", "MES1", "They refuse our key (401).", "Sending")])

    def test_what_a_code_means_is_a_decision_whatever_the_context_says(self):
        """A code that means another place sends stock there, and nobody would know since when."""
        entries = self.env["mfg.sync.value.map"].with_user(self.administrator).with_context(tracking_disable=True)
        entry = entries.create({"kind": "reason", "code": "BENT", "value": "Bent", "endpoint_id": self.endpoint.id})
        entry.value = "Scratched"
        entry.write({"value": "Scratched"})
        entry.write({"code": "BEN2", "endpoint_id": False})
        entry.unlink()
        company = self.env.company.name
        spoken = [
            f"BENT (Reason) on MES1 of {company}: Bent",
            f"BENT (Reason) on MES1 of {company}: Scratched",
            f"BEN2 (Reason) on every connection of {company}: Scratched",
            "Deleted",
        ]
        names = ["BENT (Reason)"] * 3 + ["BEN2 (Reason)"]
        self.assertEqual(self.decided(), list(zip(["mapping"] * 4, names, [False, *spoken[:3]], spoken, strict=True)))

    def test_a_code_of_every_company_is_taken_back_also_by_who_does_not_see_its_place(self):
        elsewhere = self.env["res.company"].create({"name": "Plant B"})
        place = self.env["stock.location"].create({"name": "Bin 9", "usage": "internal", "company_id": elsewhere.id})
        entry = self.env["mfg.sync.value.map"].create(
            {"kind": "location", "code": "BIN-9", "location_id": place.id, "company_id": False}
        )
        self.env.invalidate_all()
        entry.with_user(self.administrator).unlink()
        kind, about, before, after = self.decided()[0]
        self.assertEqual((kind, about, after), ("mapping", "BIN-9 (Place)", "Deleted"))
        self.assertTrue(before.endswith(": Bin 9"), before)

    def test_a_code_that_moves_to_another_company_is_told_to_both(self):
        other = self.env["res.company"].create({"name": "Plant B"})
        self.administrator.company_ids += other
        entries = self.env["mfg.sync.value.map"].with_user(self.administrator)
        entry = entries.create({"kind": "reason", "code": "BENT", "value": "Bent"})
        entry.with_context(allowed_company_ids=(self.env.company | other).ids).company_id = other
        found = self.env["mfg.sync.decision"].search([("decision", "=", "mapping"), ("before", "!=", False)])
        self.assertEqual(found.company_id, self.env.company | other)

    def test_what_steers_a_synchronization_or_a_connection_is_in_its_history(self):
        flow = self.flow.with_user(self.administrator)
        endpoint = self.endpoint.with_user(self.administrator)
        site = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        self.env["mail.tracking.value"].flush_model()
        self.env.cr.precommit.run()
        flow.write(
            {
                "domain": "[('id', '>', 5)]",
                "exception_user_id": self.administrator.id,
                "site_ids": [(6, 0, site.ids)],
                "active": False,
            }
        )
        endpoint.write({"ca_bundle": "PEM", "listening": True, "statement_limit": 50, "breaker_open": True})
        self.env.flush_all()
        self.env.cr.precommit.run()
        for record, names in (
            (flow, {"domain", "exception_user_id", "site_ids", "active"}),
            (endpoint, {"ca_bundle", "listening", "statement_limit", "breaker_open"}),
        ):
            told = record.sudo().message_ids.filtered(
                lambda message: message.author_id == self.administrator.partner_id
            )
            field = "field" if "field" in self.env["mail.tracking.value"]._fields else "field_id"
            self.assertLessEqual(names, set(told.tracking_value_ids[field].mapped("name")), record)

    def test_who_decided_approved_or_placed_a_hold_is_archived_and_not_deleted(self):
        anna, bert, carl, dora = (
            new_test_user(self.env, f"dec_{name}", groups="mfg_sync.group_administrator")
            for name in ("anna", "bert", "carl", "dora")
        )
        issue = self.arrive("issue")
        issue.with_user(anna).action_cancel("Booked by hand")
        asked = {"message_id": issue.id, "company_id": self.env.company.id, "state": "approved"}
        self.env["mfg.sync.approval"].create({**asked, "asked_by_id": bert.id, "second_id": bert.id})
        hold = (
            self.env["mfg.sync.hold"]
            .with_user(carl)
            .create({"reason": "Lawsuit", "scope": "messages", "message_ids": [(6, 0, issue.ids)]})
        )
        hold.with_user(dora).action_lift("Settled.")
        for user in (anna, bert, carl, dora):
            with self.assertRaisesRegex(UserError, f"archive {user.login}"):
                user.unlink()
            user.active = False
        self.assertEqual(issue.decision_ids.user_id, anna)
        nobody = new_test_user(self.env, "dec_nobody", groups="mfg_sync.group_administrator")
        nobody.unlink()
