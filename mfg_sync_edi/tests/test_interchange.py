from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.mfg_sync.engine import ledger

from ..x12 import LENIENCIES
from .common import EdiCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestInterchange(EdiCase):
    BIKE = ("2", "EA", "1300", "VP", "RC-GRAVEL-54")

    def test_a_bad_order_does_not_stop_the_good_one(self):
        row = self.take(
            self.interchange(
                self.order("PO-1", self.BIKE), ("850", "0002", ["BEG*00*SA*PO-2**20260230", "PO1*1*1*EA*1*PE*VP*X"])
            )
        )
        self.assertEqual((row.state, len(row.child_ids)), ("done", 2))
        good, bad = row.child_ids.sorted("event_id")
        self.assertEqual((good.state, good.type_name, good.event_id), ("done", "edi.850.v1", "4711/4711/0001"))
        self.assertEqual(good.res_id, self.sale("PO-1").id)
        self.assertEqual((bad.state, bad.needs_person), ("dead", True))
        self.assertIn("20260230", bad.error_text)
        self.assertIn("1 could not be read", row.result_text)
        bad.action_replay()
        self.drain(self.at_customer)
        self.assertEqual(bad.state, "dead", "what can't be read can't be read the second time either")
        self.assertIn("20260230", bad.error_text)

    def test_an_interchange_with_what_is_retired_waits_as_a_whole(self):
        kind = self.env["mfg.sync.message.type"].search([("name", "=", "edi.850"), ("direction", "=", "in")])
        kind.state = "retired"
        row = self.take(self.interchange(self.order("PO-1", self.BIKE)))
        self.assertEqual((row.state, len(row.child_ids)), ("dead", 0))
        self.assertIn("edi.850, which is retired", row.error_text)
        kind.state = "active"
        row.action_replay()
        self.drain(self.at_customer)
        self.assertEqual((row.state, row.child_ids.state), ("done", "done"))
        self.assertTrue(self.sale("PO-1"))

    def test_a_broken_set_does_not_stop_the_good_one(self):
        text = self.interchange(self.order("PO-1", self.BIKE), self.order("PO-2", self.BIKE, control="0002"))
        row = self.take(text.replace("SE*7*0002", "SE*9*0002"))
        good, bad = row.child_ids.sorted("event_id")
        self.assertEqual((good.state, bad.state), ("done", "dead"))
        self.assertIn("segments", bad.error_text)
        self.assertFalse(self.sale("PO-2"))

    def test_two_orders_that_bear_the_same_number_are_both_kept(self):
        text = self.interchange(self.order("PO-1", self.BIKE), self.order("PO-2", self.BIKE))
        row = self.take(text)
        first, second = row.child_ids.sorted("id")
        self.assertEqual((first.state, second.state), ("done", "dead"))
        self.assertIn("used twice", second.error_text)
        self.at_customer.x12_leniency_ids = self.env.ref("mfg_sync_edi.x12_leniency_repeated_control")
        row = self.take(text.replace("4711", "4712"))
        first, second = row.child_ids.sorted("id")
        self.assertEqual((first.no_effect, second.state), (True, "done"))
        self.assertTrue(self.sale("PO-2"))
        self.assertTrue(row.result_text.startswith("2 documents"), row.result_text)

    def test_one_that_stands_twice_in_an_interchange_is_taken_once(self):
        self.at_customer.x12_leniency_ids = self.env.ref("mfg_sync_edi.x12_leniency_repeated_control")
        order = self.order("PO-1", self.BIKE)
        row = self.take(self.interchange(order, order))
        self.assertEqual((len(row.child_ids), len(self.sale("PO-1"))), (1, 1))
        self.assertIn("1 came before", row.result_text)

    def test_what_somebody_else_brings_at_the_moment_is_never_passed_over(self):
        """Nothing of it was there when it was looked for; the ledger knows better."""
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        new = self.order("PO-2", self.BIKE, control="0002")
        late = self.take(self.interchange(self.order("PO-1", self.BIKE), new))
        self.assertEqual((late.state, late.hold_reason), ("held", "look_alike"))
        late.action_really_new()
        with patch.object(ledger, "identities", lambda *_args: {}):
            self.drain(self.at_customer)
        self.assertEqual((late.state, late.error_class, len(late.child_ids)), ("pending", "transient", 0))
        self.env.cr.execute("UPDATE mfg_sync_message SET next_attempt_at = received WHERE id = %s", [late.id])
        self.drain(self.at_customer)
        self.assertEqual((late.state, late.child_ids.event_id), ("done", "4711/4711/0002"))
        self.assertEqual((len(self.sale("PO-1")), len(self.sale("PO-2"))), (1, 1))

    def test_the_same_interchange_under_a_new_id_has_no_effect(self):
        text = self.interchange(self.order("PO-1", self.BIKE))
        self.take(text)
        again = self.take(text)
        self.assertEqual((again.state, again.no_effect, len(again.child_ids)), ("done", True, 0))
        self.assertEqual(len(self.sale("PO-1")), 1)

    def test_the_same_number_with_other_content_is_asked_about(self):
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        other = self.take(self.interchange(self.order("PO-2", self.BIKE)))
        self.assertEqual((other.state, other.hold_reason, other.status), ("held", "look_alike", "needs_you"))
        self.assertFalse(self.sale("PO-2"))

    def test_the_same_order_in_a_new_interchange_has_no_effect(self):
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        again = self.take(self.interchange(self.order("PO-1", self.BIKE), control=4712))
        child = again.child_ids
        self.assertEqual((again.state, child.state, child.no_effect), ("done", "done", True))
        self.assertEqual(len(self.sale("PO-1")), 1)

    def test_the_same_order_with_other_content_is_asked_about(self):
        self.take(self.interchange(self.order("PO-1", self.BIKE)))
        again = self.take(self.interchange(self.order("PO-1", ("3", *self.BIKE[1:])), control=4712))
        self.assertEqual((again.child_ids.state, again.child_ids.hold_reason), ("held", "look_alike"))

    def test_a_test_interchange_is_never_posted_in_production_nor_the_other_way(self):
        row = self.take(self.interchange(self.order("PO-1", self.BIKE), usage="P"))
        self.assertEqual(row.state, "dead")
        self.at_customer.environment = "production"
        row = self.take(self.interchange(self.order("PO-1", self.BIKE), control=4712))
        self.assertEqual((row.state, len(row.child_ids)), ("dead", 0))
        self.assertIn("ISA15", row.error_text)
        self.assertFalse(self.sale("PO-1"))
        row = self.take(self.interchange(self.order("PO-1", self.BIKE), control=4713, usage="P"))
        self.assertEqual((row.state, len(self.sale("PO-1"))), ("done", 1), row.error_text)

    def test_a_stranger_is_refused(self):
        row = self.take(self.interchange(self.order("PO-1", self.BIKE), sender="SOMEBODY"))
        self.assertEqual(row.state, "dead")
        self.assertIn("ZZ SOMEBODY", row.error_text)

    def test_a_kind_that_is_off_fails_the_interchange_and_is_taken_once_it_is_on(self):
        flow = self.at_customer.flow_ids.filtered(
            lambda flow: flow.type_id.name == "edi.850" and flow.direction == "in"
        )
        flow.mode = "off"
        row = self.take(self.interchange(self.order("PO-1", self.BIKE)))
        self.assertEqual((row.state, len(row.child_ids)), ("dead", 0))
        self.assertIn("edi.850", row.error_text)
        flow.mode = "live"
        row.action_replay()
        self.drain(self.at_customer)
        self.assertEqual((row.state, len(self.sale("PO-1"))), ("done", 1), row.error_text)

    def test_a_set_that_odoo_does_not_know_is_kept_for_a_person(self):
        row = self.take(self.interchange(("860", "0001", ["BCH*04*SA*PO-1***20260302"]), functional="PC"))
        self.assertEqual((row.state, row.child_ids.state, row.child_ids.type_name), ("done", "dead", "edi.860.v1"))
        self.assertIn("PO-1", row.child_ids.payload)

    def test_leniencies_are_refused_or_written_on_the_message(self):
        text = self.interchange(self.order("PO-1", self.BIKE)).replace("IEA*1*", "IEA*2*")
        row = self.take(text)
        self.assertEqual(row.state, "dead")
        self.assertIn(LENIENCIES["wrong_group_count"], row.error_text)
        self.at_customer.x12_leniency_ids = self.env.ref("mfg_sync_edi.x12_leniency_wrong_group_count")
        row.action_replay()
        self.drain(self.at_customer)
        self.assertEqual(row.state, "done", row.error_text)
        self.assertIn(LENIENCIES["wrong_group_count"], row.result_text)

    def test_every_leniency_of_the_codec_can_be_chosen(self):
        self.assertEqual(set(self.env["mfg.sync.x12.leniency"].search([]).mapped("code")), set(LENIENCIES))

    def test_a_rejection_of_what_we_sent_needs_a_person(self):
        accepted = self.take(
            self.interchange(("997", "0001", ["AK1*PR*1", "AK2*855*0001", "AK5*A", "AK9*A*1*1*1"]), functional="FA")
        )
        self.assertEqual((accepted.state, len(accepted.child_ids)), ("done", 0))
        rejected = self.take(
            self.interchange(
                ("997", "0001", ["AK1*PR*2", "AK2*855*0001", "AK5*R*5", "AK9*R*1*1*0"]), functional="FA", control=4712
            )
        )
        self.assertEqual((rejected.child_ids.state, rejected.child_ids.needs_person), ("dead", True))
        self.assertIn("855 0001", rejected.child_ids.error_text)
