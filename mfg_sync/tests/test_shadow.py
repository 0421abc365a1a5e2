"""What comes while a synchronization is in shadow is only tried: nobody's trouble, and never applied by itself."""

from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .. import compat
from ..engine import ledger, outcomes, release
from ..engine.delivery import Delivery
from ..engine.errors import DataError, ReferenceMissing, TransientError
from ..models.message import STATUSES
from ..wizards import message_replay
from .common import SyncCase
from .orders import EngineCase
from .races import RaceCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestShadow(EngineCase):
    """The whole way in, tried out before a plant relies on it."""

    def setUp(self):
        super().setUp()
        self.flow.mode = "shadow"

    def test_shadow_changes_nothing_and_says_what_it_would_do(self):
        self.happen["issue"] = lambda handler, message: (
            (message.touches(self.partner), handler.env["res.partner"].sudo().create({"name": "half-made"}))[2:] or None
        )
        message = self.arrive("issue")
        self.work()
        self.assertEqual((message.state, message.shadow), ("done", True))
        self.assertIn("issue was done", message.result_text)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "half-made")]))
        self.assertFalse(self.env["mfg.sync.document"].search([("message_id", "=", message.id)]))

    def test_a_failure_in_shadow_blocks_nobody_and_marks_no_document(self):
        def action(_handler, message):
            message.touches(self.partner)
            raise DataError("No.")

        self.happen["issue"] = action
        tried = self.arrive("issue")
        self.work()
        self.assertEqual((tried.state, tried.shadow), ("dead", True))
        self.assertFalse(self.env["mfg.sync.status"].search([("res_model", "=", "res.partner")]))
        self.flow.mode = "live"
        live = self.arrive("next", closing=True)
        self.work()
        self.assertEqual(live.state, "done")

    def statuses(self, *messages):
        """As people see them, and as their filters find them."""
        rows = self.env["mfg.sync.message"].browse([message.id for message in messages])
        rows.invalidate_recordset()
        for message in rows:
            for status, _label in STATUSES:
                found = rows.search([("status", "=", status), ("id", "=", message.id)])
                self.assertEqual(bool(found), status == message.status, (message.status, status))
        return [message.status for message in rows]

    def test_what_fails_while_it_is_tried_asks_nobody_also_once_it_is_live(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        self.happen["7 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        rows = [self.arrive(text, text) for text in ("5 kg", "6 kg", "7 kg")]
        self.work()
        self.assertEqual([row.state for row in rows], ["done", "dead", "held"])
        self.assertEqual(self.statuses(*rows), ["tried"] * 3)
        self.assertEqual((self.endpoint.needs_you_count, self.endpoint.waiting_count), (0, 0))
        told = outcomes.find(self.env.cr, self.endpoint.id, rows[1].mapped("uuid"))[rows[1].uuid]
        self.assertNotIn("needs_person", told)
        self.flow.mode = "live"
        self.endpoint.invalidate_recordset()
        self.assertEqual(self.statuses(*rows), ["tried"] * 3)
        self.assertEqual((self.endpoint.needs_you_count, self.endpoint.waiting_count), (0, 0))
        self.assertIn("is not applied by itself", rows[2].what_to_do)
        rows[1].action_cancel("Booked by hand")
        self.assertEqual(self.statuses(*rows), ["tried", "cancelled", "tried"])
        self.sweep()
        rows[2].invalidate_recordset()
        self.assertEqual((rows[2].state, self.statuses(rows[2])), ("done", ["tried"]), "nothing waits for ever")
        self.assertEqual(rows[2].result_text, "It was only tried, and not applied: Item 7 is not known.")
        everything = self.env["mfg.sync.message.replay"].create({"why": "open"})
        self.assertEqual(everything.count, 0)

    def test_nobody_replays_what_was_only_tried_with_all_that_failed(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        self.arrive("6 kg")
        self.work()
        self.flow.mode = "live"
        for why, _label in message_replay.WHY:
            everything = self.env["mfg.sync.message.replay"].create({"why": why})
            self.assertEqual((why, everything.count), (why, 0))

    def test_what_came_while_it_was_live_is_somebodys_trouble_also_after_a_step_back(self):
        self.flow.mode = "live"
        self.happen["6 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        message = self.arrive("6 kg")
        self.work()
        self.flow.mode = "shadow"
        release.release(self.env.cr, ["item:7"])
        self.work()
        self.assertEqual((message.state, self.statuses(message)), ("held", ["waiting"]))
        self.flow.mode = "live"
        self.happen.clear()
        release.release(self.env.cr, ["item:7"])
        self.work()
        self.assertEqual((message.status, self.applied), ("done", ["6 kg"]))

    def test_a_document_of_which_all_was_only_tried_has_no_badge(self):
        self.flow.mode = "live"

        def action(_handler, message):
            message.touches(self.partner)
            raise DataError("No.")

        self.happen["6 kg"] = action
        message = self.arrive("6 kg")
        self.work()
        badge = [("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)]
        self.assertEqual(self.env["mfg.sync.status"].search(badge).status, "needs_you")
        self.flow.mode = "shadow"
        self.happen.clear()
        message.action_replay()
        self.work()
        self.assertEqual(self.statuses(message), ["tried"])
        self.sweep()
        self.assertFalse(self.env["mfg.sync.status"].search(badge))

    def test_what_waited_while_it_was_tried_is_not_applied_by_itself_once_it_is_live(self):
        """People have booked it by hand: in shadow nobody else did."""
        self.happen["6 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        self.happen["7 kg"] = TransientError("Somebody else is working on it.")
        held, retried = self.arrive("6 kg"), self.arrive("7 kg", lane="MO/2")
        self.work()
        self.assertEqual((held.state, retried.state), ("held", "pending"))
        self.flow.mode = "live"
        self.happen.clear()
        release.release(self.env.cr, ["item:7"])
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE id = %s", [retried.id])
        self.arrive("8 kg")
        self.work()
        self.assertEqual(self.applied, ["8 kg"])
        self.assertEqual(self.statuses(held, retried), ["tried", "tried"])
        self.assertEqual((held.state, retried.state), ("done", "done"))
        self.assertIn("not applied: Item 7 is not known.", held.result_text)
        held.action_apply_tried()
        self.work()
        self.assertEqual((held.status, self.applied), ("done", ["8 kg", "6 kg"]))

    def test_what_failed_while_it_was_tried_is_applied_where_a_person_replays_it_live(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        tried = self.arrive("6 kg")
        self.work()
        tried.action_replay()
        self.work()
        self.assertEqual((tried.state, tried.status), ("dead", "tried"), "it is still only tried")
        self.flow.mode = "live"
        self.happen.clear()
        tried.action_replay()
        self.work()
        self.assertEqual((tried.status, self.applied), ("done", ["6 kg"]))

    def test_a_connection_on_which_all_is_tried_says_so(self):
        self.endpoint.url = "https://mes.example/events"
        self.endpoint.flow_ids.mode = "shadow"
        self.assertEqual((self.endpoint.missing_text, self.endpoint.health), ("", "tried"))

    def test_what_was_only_tried_is_applied_for_real_once_it_is_live(self):
        operator = new_test_user(self.env, "shadow_operator", groups="mfg_sync.group_operator")
        first, second = self.arrive("5 kg", report="R1"), self.arrive("6 kg", report="R2")
        self.work()
        self.assertEqual(self.applied, ["5 kg", "6 kg"])
        tried = (first | second).with_user(operator)
        self.assertIn("nothing was changed", tried[0].what_to_do)
        with self.assertRaisesRegex(UserError, "is not live yet"):
            tried.action_apply_tried()
        told = outcomes.find(self.env.cr, self.endpoint.id, [first.uuid])[first.uuid]
        self.assertEqual((told["state"], told["tried_only"]), ("done", True))
        self.flow.mode = "live"
        third = self.arrive("7 kg", report="R3")
        self.work()
        tried.invalidate_recordset()
        self.assertIn("Apply for real", tried[0].what_to_do)
        tried.action_apply_tried()
        self.work()
        self.assertEqual(self.applied, ["5 kg", "6 kg", "7 kg", "5 kg", "6 kg"])
        self.assertEqual(self.statuses(first, second, third), ["done"] * 3)
        told = outcomes.find(self.env.cr, self.endpoint.id, [first.uuid])[first.uuid]
        self.assertNotIn("tried_only", told)
        decisions = self.env["mfg.sync.decision"].search([("message_id", "in", (first | second).ids)])
        self.assertEqual(decisions.mapped("decision"), ["apply_tried"] * 2)
        self.assertEqual(decisions.user_id, operator)
        with self.assertRaisesRegex(UserError, "was not only tried"):
            tried.action_apply_tried()
        # and it is known from now on
        again = self.arrive("5 kg", report="R1")
        self.work()
        self.assertTrue(again.no_effect)

    def test_what_was_only_tried_is_no_repetition(self):
        self.arrive("5 pieces", report="R1")
        self.work()
        self.flow.mode = "live"
        again = self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual((again.no_effect, self.applied), (False, ["5 pieces", "5 pieces"]))

    def test_what_was_tried_is_applied_for_real_where_another_synchronization_of_its_kind_is_live(self):
        """An administrator archives the one in shadow, and makes another."""
        tried = self.arrive("5 kg")
        self.work()
        self.flow.active = False
        values = {"endpoint_id": self.endpoint.id, "type_id": self.kind.id, "mode": "live"}
        self.env["mfg.sync.flow"].create(values)
        self.assertIn("Apply for real", tried.what_to_do)
        tried.action_apply_tried()
        self.work()
        self.assertEqual((tried.status, self.applied), ("done", ["5 kg", "5 kg"]))

    def test_what_failed_while_it_was_tried_keeps_no_closing_back(self):
        self.happen["6 kg"] = DataError("There are 2 kg.")
        self.arrive("6 kg", time="2026-11-23T08:00:00Z")
        self.work()
        self.flow.mode = "live"
        before = []
        self.happen["close"] = lambda handler, message: before.append(handler.open_before(message))
        closing = self.arrive("close", closing=True, time="2026-11-23T09:00:00Z")
        self.work()
        self.assertEqual((closing.state, before), ("done", [0]))

    def test_what_waited_or_failed_is_ended_however_its_synchronization_leaves_shadow(self):
        for leaves in ({"mode": "off"}, {"active": False}):
            self.flow.write({"mode": "shadow", "active": True})
            tried = self.arrive(f"6 kg {leaves}")
            self.happen[f"6 kg {leaves}"] = DataError("There are 2 kg.")
            self.work()
            self.sweep()
            self.assertEqual(self.state_of(tried), ("dead", None), "it is still in shadow")
            self.flow.write(leaves)
            self.sweep()
            tried.invalidate_recordset()
            self.assertEqual((tried.state, tried.status, tried.no_effect), ("done", "tried", True))

    def test_what_came_while_it_was_live_and_is_corrected_after_a_step_back_is_applied_once_live_again(self):
        self.flow.mode = "live"
        self.happen["500 kg"] = self.happen["5 kg"] = DataError("There are 2 kg.", "/data/text")
        wrong = self.arrive("500 kg")
        self.work()
        self.flow.mode = "shadow"
        corrected = wrong.action_correct('{"text": "5 kg", "lane": "MO/1"}', "The scale was read wrong")
        self.work()
        self.assertEqual((self.state_of(corrected), corrected.status), (("dead", None), "needs_you"))
        self.flow.mode = "live"
        self.happen.clear()
        self.sweep()
        corrected.action_replay()
        self.work()
        self.assertEqual((corrected.status, self.applied), ("done", ["5 kg"]))

    def test_what_is_corrected_in_shadow_and_then_live_is_not_applied_by_itself(self):
        self.happen["500 kg"] = DataError("There are 2 kg.", "/data/text")
        self.happen["5 kg"] = ReferenceMissing("Item 7 is not known.", "item:7", "/item")
        wrong = self.arrive("500 kg")
        self.work()
        corrected = wrong.action_correct('{"text": "5 kg", "lane": "MO/1"}', "The scale was read wrong")
        self.work()
        self.assertEqual((self.state_of(corrected), corrected.status), (("held", "reference"), "tried"))
        self.flow.mode = "live"
        self.happen.clear()
        release.release(self.env.cr, ["item:7"])
        self.work()
        self.assertEqual((corrected.state, corrected.status, self.applied), ("done", "tried", []))


@tagged("post_install", "-at_install", "mfg_sync")
class TestHowOftenItLooks(SyncCase):
    def test_a_turn_of_a_delivery_looks_once_what_others_have_changed(self):
        endpoint = self.make_endpoint("mes1", url="http://127.0.0.1:9/")
        self.env["mfg.sync.credential"].set_key("mes1", "out_secret")
        self.env["mfg.sync.capture"].event("sync.test", endpoint)
        looks, turns = [], []
        look, claim = ledger.up_to_date, Delivery._claim
        self.patch(ledger, "up_to_date", lambda cr: looks.append(1) or look(cr))
        self.patch(Delivery, "_claim", lambda *given: turns.append(1) or claim(*given))
        self.deliver(endpoint)
        self.assertTrue(turns)
        self.assertEqual(len(looks), len(turns))

    def test_the_primary_database_is_asked_and_no_replica_that_lags_behind(self):
        class Asked:
            def check_signaling(self, *given):
                return given

        self.assertEqual(compat.check_signaling(Asked(), self.env.cr), () if compat.IS_17 else (self.env.cr,))


@tagged("post_install", "-at_install", "mfg_sync")
class TestUpToDate(RaceCase):
    """A drain works and lingers in one process, while people change synchronizations in others."""

    def synchronization(self):
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            kind = env["mfg.sync.message.type"].search([("name", "=", "sync.test"), ("direction", "=", "in")])
            values = {"endpoint_id": self.endpoint_id, "type_id": kind.id, "mode": "shadow"}
            flow = env["mfg.sync.flow"].create(values)
            self.addCleanup(self.forget_flow, flow.id)
            return flow.id, kind.id

    def forget_flow(self, flow_id):
        with self.database.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mfg.sync.flow"].browse(flow_id).unlink()

    def test_what_goes_live_while_a_drain_looks_whether_it_did_is_known_and_stays_known(self):
        flow_id, type_id = self.synchronization()
        registry, looks = self.env.registry, []
        sequences = registry.cache_sequences
        self.addCleanup(sequences.update, dict(sequences))

        def looks_late(looking, *_on_19_a_cursor):
            if not looks:
                with self.database.cursor() as cr:
                    cr.execute("UPDATE mfg_sync_flow SET mode = 'live' WHERE id = %s", [flow_id])
                sequences["default"] += 1
                registry.clear_cache()
            looks.append(1)
            return looking

        with self.database.cursor() as cr, patch.object(type(registry), "check_signaling", looks_late):
            found = ledger.up_to_date(cr)["mfg.sync.flow"]._inbound()[self.endpoint_id, type_id]
        self.assertEqual((found["mode"], len(looks)), ("live", 2))
