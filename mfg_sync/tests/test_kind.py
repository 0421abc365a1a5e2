"""Kinds of messages: what they say binds all companies, and what came as one of them outlives its addon."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..engine.errors import DataError
from .past import PastCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestKind(PastCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "kind_admin", groups="mfg_sync.group_administrator")
        cls.head = new_test_user(cls.env, "kind_head", groups="mfg_sync.group_administrator,base.group_system")

    def addon(self):
        """The addon that the plant wants to be rid of."""
        self.kind.module = "base_import"
        found = self.env["ir.module.module"].search([("name", "=", "base_import")])
        found.state = "installed"
        return found

    def test_an_addon_is_not_uninstalled_while_its_messages_are_open(self):
        self.happen["5 kg"] = DataError("There are 2 kg.")
        issue = self.arrive("5 kg")
        self.work()
        addon = self.addon()
        with self.assertRaisesRegex(UserError, "are still open: 1 of MES1"):
            addon.button_uninstall()
        issue.action_cancel("Booked by hand")
        self.env["mfg.sync.hold"].create({"reason": "Lawsuit", "scope": "messages", "message_ids": [(6, 0, issue.ids)]})
        with self.assertRaisesRegex(UserError, "on legal hold: 1 of MES1"):
            addon.button_uninstall()
        self.assertEqual(addon.state, "installed")
        self.env["mfg.sync.hold"].search([]).action_lift("Settled.")
        addon.button_uninstall()
        self.assertEqual(addon.state, "to remove")

    def test_what_was_done_outlives_the_addon_and_nothing_more_comes_in(self):
        done = self.done("5 kg", 1)
        known = self.env["ir.model.data"].search([("model", "=", self.kind._name), ("res_id", "=", self.kind.id)])
        known.module = "an_addon"
        with mute_logger("odoo.addons.base.models.ir_model"):
            self.env["ir.model.data"]._module_data_uninstall(["an_addon"])
        self.env.invalidate_all()
        self.assertEqual((done.state, done.type_id, bool(done.payload)), ("done", self.kind, True))
        self.assertEqual(known.exists(), known, "who installs it again has the same kind")
        self.remove()
        self.assertTrue(done.payload, "it is kept as long as the kind says")
        # its code is gone with the next start
        self.env.registry.clear_cache()
        with patch.dict(self.env.registry.models):
            del self.env.registry.models["mfg.sync.handler.test"]
            self.assertIsNone(self.kind._kind("in", "sync.test"))
            self.assertFalse(self.flow._inbound())
            self.assertEqual(self.tell("6 kg", "late")["status"], "refused")
        self.env.registry.clear_cache()

    def test_what_came_before_its_kind_was_retired_is_applied_and_nothing_comes_after(self):
        before = self.arrive("5 kg")
        self.kind.state = "retired"
        self.assertEqual(self.tell("6 kg", "late")["status"], "refused")
        self.work()
        self.assertEqual((before.state, self.applied), ("done", ["5 kg"]))

    def test_what_is_held_of_a_kind_that_was_retired_since_is_corrected(self):
        self.happen["5 kg"] = DataError("There are 2 kg.")
        wrong = self.arrive("5 kg")
        self.work()
        self.kind.state = "retired"
        corrected = wrong.action_correct(wrong.payload.replace("5 kg", "2 kg"), "A slip of the pen")
        self.work()
        self.assertEqual((wrong.state, corrected.state, self.applied), ("cancelled", "done", ["2 kg"]))

    def test_a_message_that_was_of_no_kind_takes_none_of_its_name_with_it(self):
        """As a part of an interchange that came while its addon was not installed; it is replayed beside good ones."""
        strange, good = self.arrive("5 kg"), self.arrive("6 kg", "MO/2")
        self.env.cr.execute("UPDATE mfg_sync_message SET type_id = NULL WHERE id = %s", [strange.id])
        self.work()
        self.assertEqual((strange.state, good.state), ("dead", "done"))

    def test_connections_are_tried_out_with_a_kind_that_is_in_use(self):
        kind = self.env["mfg.sync.message.type"].search([("name", "=", "sync.test"), ("direction", "=", "out")])
        kind.state = "retired"
        self.endpoint.url = "https://mes.example/events"
        with self.assertRaisesRegex(UserError, "sync.test is retired"):
            self.endpoint.action_send_test()

    def test_who_names_no_version_goes_on_with_the_one_that_the_connection_takes(self):
        self.kind.sudo().copy({"version": 2})
        self.kind.state = "deprecated"
        for name in ("sync.test", "sync.test.v1"):
            self.assertEqual(self.tell("5 kg", name, type=name)["status"], "accepted")
        refused = self.tell("5 kg", "second", type="sync.test.v2")
        self.assertEqual(refused["problem"]["title"], "This kind of message is not switched on here")
        self.kind.state = "retired"
        for name in ("sync.test", "sync.test.v1"):
            refused = self.tell("5 kg", "late", type=name)
            self.assertEqual(refused["status"], "refused")
        self.assertEqual(refused["problem"]["title"], "This kind of message is not in use")

    def test_who_names_no_version_is_not_moved_to_one_that_is_tried_or_comes_later(self):
        second = self.kind.sudo().copy({"version": 2})
        self.assertEqual(self.tell("5 kg", "a", type="sync.test")["status"], "accepted")
        self.kind.state = "deprecated"
        trial = self.flow.copy({"type_id": second.id, "mode": "shadow"})
        for mode in ("shadow", "live"):
            trial.mode = mode
            self.assertEqual(
                self.tell("5 kg", "a", type="sync.test")["status"], "duplicate", "what he repeats is known"
            )
            self.assertEqual(self.tell("6 kg", mode, type="sync.test")["status"], "accepted")
        self.assertEqual((self.flow.message_count, trial.message_count), (3, 0))
        self.flow.mode = "shadow"
        self.assertEqual(self.tell("7 kg", "moved", type="sync.test")["status"], "accepted")
        self.assertEqual(trial.message_count, 1, "only what is live there counts")

    def test_who_sends_again_what_was_only_tried_hears_so(self):
        self.flow.mode = "shadow"
        self.tell("5 kg", "a")
        self.assertTrue(self.tell("5 kg", "a")["tried_only"])
        self.work()
        again = self.tell("5 kg", "a")
        self.assertEqual((again["status"], again["state"], again["tried_only"]), ("duplicate", "done", True))

    def test_who_names_no_version_means_the_lowest_active_one(self):
        second = self.kind.sudo().copy({"version": 2})
        for first, expected in (("active", 1), ("deprecated", 2), ("retired", 2)):
            self.kind.state = first
            self.assertEqual(self.kind._kind("in", "sync.test")["version"], expected)
        second.state = "deprecated"
        self.assertEqual(self.kind._kind("in", "sync.test")["version"], 2)
        self.kind.state = "deprecated"
        self.assertEqual(self.kind._kind("in", "sync.test")["version"], 1)
        self.assertEqual(self.kind._kind("in", "sync.test", 2)["version"], 2)

    def test_a_kind_that_has_messages_is_never_deleted(self):
        done = self.done("5 kg", 1)
        with self.assertRaisesRegex(UserError, "has messages"):
            self.kind.unlink()
        self.assertTrue(done.exists())

    def test_retention_follows_the_kind_of_the_message(self):
        """A synchronization of an older version of ours may have been given another kind since."""
        self.flow.write({"payload_days": 10, "row_days": 20})
        law = self.done("the law keeps it", 300)
        kept = self.env["mfg.sync.message.type"].search([("name", "=", "stock.statement")], limit=1)
        kept.write({"payload_days": 3650, "row_days": 3650, "legal_days": 3650})
        self.env.flush_all()
        self.env.cr.execute("UPDATE mfg_sync_message SET type_id = %s WHERE id = %s", [kept.id, law.id])
        other = self.done("5 kg", 300)
        self.remove()
        self.assertTrue(law.payload)
        self.assertFalse(other.exists())
        self.env.cr.execute("UPDATE mfg_sync_message SET content_removed_at = now() WHERE id = %s", [law.id])
        self.remove()
        self.assertTrue(law.exists())

    def test_a_synchronization_stays_with_its_kind_and_its_connection(self):
        flow = self.flow.with_user(self.administrator)
        other = self.env["mfg.sync.message.type"].search(
            [("direction", "=", "in"), ("id", "!=", self.kind.id)], limit=1
        )
        with self.assertRaisesRegex(UserError, "keeps its kind of message"):
            flow.type_id = other
        elsewhere = self.make_endpoint("mes2", kinds=())
        with self.assertRaisesRegex(UserError, "keeps its kind of message"):
            flow.endpoint_id = elsewhere
        # a form sends what it shows
        flow.write({"type_id": self.kind.id, "endpoint_id": self.endpoint.id, "mode": "shadow"})
        self.assertEqual(flow.mode, "shadow")

    def test_what_binds_all_companies_is_changed_only_by_who_stands_above_them(self):
        kind = self.kind.with_user(self.administrator)
        for values in ({"state": "retired"}, {"legal_days": 0}, {"schema": "{}"}):
            with self.assertRaises(AccessError):
                kind.write(values)
        kind = self.kind.with_user(self.head)
        for values in ({"legal_days": 0}, {"schema": "{}"}, {"handler": "nonsense"}, {"builder": "x"}, {"module": "x"}):
            with self.assertRaisesRegex(AccessError, "comes with its addon"):
                kind.write(values)
        kind.write({"state": "deprecated", "patience_hours": 24})
        kind.write({"state": "deprecated"})
        decision = self.env["mfg.sync.decision"].with_user(self.administrator).search([("decision", "=", "kind")])
        self.assertEqual((decision.user_id, decision.about), (self.head, self.kind.display_name))
        self.assertEqual(decision.before, "Lifecycle: Active\nPatience (h): 72.0")
        self.assertEqual(decision.after, "Lifecycle: Deprecated\nPatience (h): 24.0")
