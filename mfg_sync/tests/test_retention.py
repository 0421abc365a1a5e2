from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..engine import retention
from ..engine.errors import DataError
from ..protocol.errors import Problem
from .past import PastCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestRetention(PastCase):
    """The plant keeps content for 90 days and messages for 400; what became of them stays known for ten years."""

    def test_content_goes_after_ninety_days_and_the_message_says_so(self):
        old, young = self.done("5 kg", 91), self.done("6 kg", 89)
        self.assertTrue(self.remove())
        self.assertFalse(old.payload or old.payload_pretty)
        self.assertTrue(old.content_removed_at)
        self.assertEqual((old.state, old.result_text), ("done", "5 kg was done."))
        self.assertTrue(young.payload)
        self.assertFalse(young.content_removed_at)
        counted = self.env["mfg.sync.removal"].search([("endpoint_id", "=", self.endpoint.id)])
        self.assertEqual((counted.flow_id, counted.contents, counted.messages), (self.flow, 1, 0))

    def test_the_message_goes_after_four_hundred_days_with_its_attempts(self):
        self.happen["5 kg"] = lambda _handler, message: message.touches(self.partner)
        old = self.done("5 kg", 401)
        old_id, told = old.id, old.uuid
        self.remove()
        self.assertFalse(old.exists())
        for table in ("attempt", "document"):
            self.assertFalse(self.env[f"mfg.sync.{table}"].search([("message_id", "=", old_id)]), table)
        key = self.keys()
        self.assertEqual((key.uuid, key.state, key.result_text), (told, "done", "5 kg was done."))
        self.assertEqual(key.documents, [["res.partner", self.partner.id]])
        counted = self.env["mfg.sync.removal"].search([("endpoint_id", "=", self.endpoint.id)])
        self.assertEqual((counted.contents, counted.messages), (1, 1))

    def test_of_what_was_only_tried_stays_known_that_it_changed_nothing(self):
        self.flow.mode = "shadow"
        self.done("5 kg", 401)
        self.remove()
        self.assertTrue(self.keys().no_effect)

    def test_a_document_stays_in_sync_when_its_messages_are_gone(self):
        self.happen["5 kg"] = lambda _handler, message: message.touches(self.partner)
        self.done("5 kg", 401)
        self.remove()
        status = self.env["mfg.sync.status"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.partner.id)]
        )
        self.assertEqual((status.status, status.message_id.id), ("in_sync", False))

    def test_what_is_open_stays_however_old_and_so_does_what_it_points_to(self):
        first = self.done("5 pieces", 800, report="R1")
        asked = self.arrive("6 pieces", report="R1")
        self.work()
        self.assertEqual(self.state_of(asked), ("held", "look_alike"))
        interchange = self.done("interchange", 800, lane="MO/2")
        self.happen["part"] = DataError("It names no item.")
        part = self.arrive("part", lane="MO/3")
        self.work()
        self.assertEqual(part.state, "dead")
        self.env.cr.execute("UPDATE mfg_sync_message SET parent_id = %s WHERE id = %s", [interchange.id, part.id])
        self.ago(800, asked, part)
        self.remove()
        self.assertTrue(first.payload and interchange.payload and asked.payload and part.payload)
        # a person has decided: nothing points to them any more
        asked.action_same()
        part.action_cancel("Entered by hand.")
        self.ago(800, asked, part)
        self.remove()
        self.assertFalse(first.exists())

    def test_who_decided_what_is_kept_as_long_as_the_message_is_known(self):
        message = self.arrive("5 kg")
        message.action_cancel("Booked by hand on Monday.")
        self.ago(401, message)
        self.remove()
        self.assertFalse(message.payload)
        self.assertEqual(message.decision_ids.reason, "Booked by hand on Monday.")
        self.ago(3700, message)
        self.remove()
        self.assertFalse(message.exists())

    def test_the_parts_go_before_what_held_them(self):
        interchange, part = self.done("interchange", 401), self.done("part", 300)
        self.env.cr.execute("UPDATE mfg_sync_message SET parent_id = %s WHERE id = %s", [interchange.id, part.id])
        self.remove()
        self.assertTrue(interchange.exists())
        self.ago(150, part)
        self.remove()
        self.assertEqual((interchange | part).exists(), interchange)
        self.remove()
        self.assertFalse(interchange.exists())

    def test_the_latest_state_told_stays_so_that_it_is_not_told_again(self):
        flow = self.add_flows(self.endpoint, "master.item")
        item = self.env["product.product"].create({"name": "Screw", "default_code": "SCREW"})
        self.env.cr.precommit.run()
        self.deliver(self.endpoint)
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET state = 'done', done_at = now() - interval '500 days' WHERE flow_id = %s""",
            [flow.id],
        )
        self.remove()
        told = self.env["mfg.sync.message"].search([("flow_id", "=", flow.id)])
        self.assertTrue(told.filtered("content_removed_at"))
        count = len(told)
        self.env["mfg.sync.capture"].mark("master.item", item)
        self.deliver(self.endpoint)
        self.assertEqual(self.env["mfg.sync.message"].search_count([("flow_id", "=", flow.id)]), count)

    def test_what_was_only_tried_since_does_not_let_the_latest_state_that_was_told_go(self):
        flow = self.add_flows(self.endpoint, "master.item")
        item = self.env["product.product"].create({"name": "Screw", "default_code": "SCREW"})
        self.env.cr.precommit.run()
        self.deliver(self.endpoint)
        told = self.env["mfg.sync.message"].search([("flow_id", "=", flow.id)])
        flow.mode = "shadow"
        item.name = "Screw M6"
        self.env.cr.precommit.run()
        self.deliver(self.endpoint)
        tried = self.env["mfg.sync.message"].search([("flow_id", "=", flow.id)]) - told
        self.assertTrue(tried.shadow)
        self.env.cr.execute(
            """UPDATE mfg_sync_message SET state = 'done', done_at = now() - interval '500 days' WHERE flow_id = %s""",
            [flow.id],
        )
        for _content_then_row in range(2):
            self.remove()
        self.assertTrue(told.exists())

    def test_a_killed_round_is_gone_on_with_and_counts_right(self):
        messages = [self.done(f"{number} kg", 401) for number in range(5)]
        steps = []

        def killed(run, cr, task):
            last = step(run, cr, task)
            steps.append((task["flow"], task["count"]))
            if steps.count((self.flow.id, "messages")) == 2:
                raise KeyboardInterrupt
            return last

        step = retention.Retention._step
        self.patch(retention.Retention, "_step", killed)
        # not assertRaises: Odoo's takes back with a savepoint what the round had committed
        try:
            self.remove(step=2)
            self.fail(f"It was not killed: {steps} {self.flow.id}")
        except KeyboardInterrupt:
            self.env.invalidate_all()
        left = [message for message in messages if message.exists()]
        # the step in which it was killed is taken back, the one before stays
        self.assertEqual((len(left), len(self.keys())), (3, 2))
        self.patch(retention.Retention, "_step", step)
        self.remove(step=2)
        self.assertEqual(len(self.keys()), 5)
        counted = self.env["mfg.sync.removal"].search([("endpoint_id", "=", self.endpoint.id)])
        self.assertEqual((counted.contents, counted.messages), (5, 5))

    def test_a_round_ends_when_its_time_is_over(self):
        self.done("5 kg", 401)
        self.assertFalse(self.remove(seconds=0))
        self.assertFalse(self.keys())

    def test_an_administrator_changes_how_long_it_is_kept_but_not_below_the_law(self):
        self.flow.write({"payload_days": 10, "row_days": 20})
        old = self.done("5 kg", 21)
        self.remove()
        self.assertFalse(old.exists())
        self.kind.write({"payload_days": 3650, "row_days": 3650, "legal_days": 3650})
        with self.assertRaisesRegex(ValidationError, "3650"):
            self.flow.write({"payload_days": 400, "row_days": 3650})
        self.flow.write({"payload_days": 0, "row_days": 0})
        kept = self.done("6 kg", 9000)
        self.remove()
        self.assertTrue(kept.payload)
        with self.assertRaises(ValidationError):
            self.flow.write({"payload_days": 0, "row_days": 4000})
        with self.assertRaises(ValidationError):
            self.flow.write({"payload_days": 4000, "row_days": 3700})

    def test_the_law_counts_also_where_it_came_after_the_choice(self):
        self.flow.write({"payload_days": 10, "row_days": 20})
        self.env.cr.execute("UPDATE mfg_sync_message_type SET legal_days = 3650 WHERE id = %s", [self.kind.id])
        old = self.done("5 kg", 401)
        self.remove()
        self.assertTrue(old.payload)

    def test_the_last_comparison_of_a_site_stays_with_its_message(self):
        first, last = self.done("statement", 500), self.done("statement", 450)
        statement = self.env["mfg.sync.statement"]
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.env.company.id)], limit=1)
        made = [
            statement.create(
                {
                    "endpoint_id": self.endpoint.id,
                    "system_id": self.endpoint.system_ids.id,
                    "company_id": self.env.company.id,
                    "message_id": message.id,
                    "warehouse_id": warehouse.id,
                    "as_of": message.received,
                }
            )
            for message in (first, last)
        ]
        self.remove()
        self.assertEqual([bool(each.exists()) for each in (first, last, *made)], [False, True, False, True])


@tagged("post_install", "-at_install", "mfg_sync")
class TestRemembered(PastCase):
    """A controller comes back from the scrap yard after two years and sends what is in its memory."""

    def test_the_same_message_after_two_years_is_still_a_duplicate(self):
        first = self.tell("5 kg", "e-1")
        self.work()
        message = self.env["mfg.sync.message"].search([("uuid", "=", first["uuid"])])
        self.ago(800, message)
        self.remove()
        self.assertFalse(message.exists())
        again = self.tell("5 kg", "e-1")
        self.assertEqual(again, {"index": 0, "status": "duplicate", "uuid": first["uuid"], "state": "done"})
        self.work()
        self.assertEqual(self.applied, ["5 kg"])
        self.assertFalse(self.env["mfg.sync.message"].search([("event_id", "=", "e-1")]))
        other = self.tell("6 kg", "e-1")
        self.assertEqual((other["status"], other["problem"]["status"]), ("refused", 409))
        new = self.tell("7 kg", "e-2")
        self.assertEqual(new["status"], "accepted")

    def test_the_same_fact_under_a_new_id_after_two_years_changes_nothing(self):
        self.done("5 pieces", 800, report="R1")
        self.remove()
        again = self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual((again.state, again.no_effect, self.applied), ("done", True, ["5 pieces"]))
        other = self.arrive("6 pieces", report="R1")
        self.work()
        self.assertEqual(self.state_of(other), ("held", "look_alike"))

    def test_what_looks_alike_after_two_years_is_asked_about(self):
        self.done("5 kg", 800, looks="A|5")
        self.remove()
        again = self.arrive("5 kg", looks="A|5")
        self.work()
        self.assertEqual(self.state_of(again), ("held", "look_alike"))

    def test_what_was_cancelled_told_no_fact(self):
        message = self.arrive("5 pieces", report="R1")
        message.action_cancel("Never happened.")
        self.env.cr.execute("DELETE FROM mfg_sync_decision WHERE message_id = %s", [message.id])
        self.ago(800, message)
        self.remove()
        self.assertEqual(self.keys().state, "cancelled")
        self.arrive("5 pieces", report="R1")
        self.work()
        self.assertEqual(self.applied, ["5 pieces"])

    def test_what_was_told_and_removed_is_not_told_again(self):
        self.add_flows(self.endpoint, "master.item")
        self.env.flush_all()
        row = {
            "uuid": "7b1c4bd4-6a2c-4a58-8a65-000000000001",
            "direction": "out",
            "endpoint_id": self.endpoint.id,
            "company_id": self.env.company.id,
            "flow_id": self.flow.id,
            "type_name": "master.item.v1",
            "event_id": "7b1c4bd4-6a2c-4a58-8a65-000000000001",
            "source": "urn:odoo",
            "lane": "x",
            "payload": "{}",
            "state": "done",
        }
        from ..engine import ledger

        inserted = ledger.insert(self.env.cr, [row])
        self.ago(401, self.env["mfg.sync.message"].browse(inserted.values()))
        self.remove()
        self.assertFalse(ledger.insert(self.env.cr, [row]))
        other = {**row, "uuid": "7b1c4bd4-6a2c-4a58-8a65-000000000002", "event_id": "other"}
        self.assertTrue(ledger.insert(self.env.cr, [other]))

    def test_the_sender_learns_what_became_of_a_removed_message(self):
        from ..engine.gate import Gate

        told = self.tell("5 kg", "e-1")
        self.work()
        self.ago(800, self.env["mfg.sync.message"].search([("uuid", "=", told["uuid"])]))
        self.remove()
        gate = Gate(self.env.cr)
        answer = gate.lookup({"id": self.endpoint.id}, told["uuid"])
        self.assertEqual((answer["state"], answer["result"]), ("done", "5 kg was done."))
        self.assertIn("removed", answer)
        for uuid in ("none", "7b1c4bd4-6a2c-4a58-8a65-000000000009"):
            with self.assertRaises(Problem):
                gate.lookup({"id": self.endpoint.id}, uuid)
        with self.assertRaises(Problem):
            gate.lookup({"id": self.endpoint.id + 1}, told["uuid"])

    def test_after_ten_years_it_is_forgotten_and_therefore_refused(self):
        self.done("5 kg", 3700)
        self.remove()
        self.assertFalse(self.keys())
        counted = self.env["mfg.sync.removal"].search([("endpoint_id", "=", self.endpoint.id), ("keys", ">", 0)])
        self.assertEqual(counted.keys, 1)
        refused = self.tell("5 kg", "e-9", time="2016-01-01T00:00:00Z")
        self.assertEqual((refused["status"], refused["problem"]["code"]), ("refused", "too-old"))
        self.endpoint.key_years = 50
        self.assertEqual(self.tell("5 kg", "e-9", time="2016-01-01T00:00:00Z")["status"], "accepted")

    def test_people_look_up_removed_messages_of_their_company_only(self):
        self.done("5 kg", 800)
        self.remove()
        viewer = new_test_user(self.env, "auditor", groups="mfg_sync.group_viewer")
        self.assertTrue(self.keys().with_user(viewer).result_text)
        other = self.env["res.company"].create({"name": "Plant B"})
        foreigner = new_test_user(
            self.env,
            "auditor_b",
            groups="mfg_sync.group_administrator",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for model in ("mfg.sync.key", "mfg.sync.removal"):
            self.assertFalse(self.env[model].with_user(foreigner).search([]), model)
        with self.assertRaises(AccessError):
            self.keys().with_user(viewer).unlink()
