from odoo.tests import new_test_user, tagged

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestDryRun(MesCase):
    """A planner looks at what a report of the floor would do before it is replayed."""

    def try_out(self, messages):
        operator = new_test_user(self.env, "dry_planner", groups="mrp.group_mrp_user,mfg_sync.group_operator")
        self.env.flush_all()
        with self.own_cursors():
            action = messages.with_user(operator).action_dry_run()
        lines = self.env["mfg.sync.dry.run"].browse(action["res_id"]).line_ids
        return {line.message_id: line for line in lines}

    def test_an_issue_says_what_it_would_take_and_takes_nothing(self):
        order = self.make_order(5, number="MES-1")
        issue = self.accept_at(
            "mes.material.issued", 10, order="MES-1", operation="10", item="CELL", lot="C-2", quantity=5
        )
        before = self.on_hand(self.cell), order.move_raw_ids.move_line_ids.ids, order.mfg_sync_status
        line = self.try_out(issue)[issue]
        self.assertEqual(line.outcome, "done", line.text)
        self.assertIn("Would: 5 ", line.text)
        self.assertIn("5 Units of [CELL] Cell (C-2) from WH/Stock to ", line.changes)
        order.invalidate_recordset()
        self.assertEqual(before, (self.on_hand(self.cell), order.move_raw_ids.move_line_ids.ids, order.mfg_sync_status))
        self.assertEqual((issue.state, issue.attempt_count), ("pending", 0))

    def test_start_and_completion_are_tried_one_after_the_other(self):
        order = self.make_order(2, number="MES-2")
        start = self.accept_at("mes.operation.started", 0, order="MES-2", operation="10")
        end = self.accept_at("mes.operation.completed", 30, order="MES-2", operation="10", good=2)
        lines = self.try_out(start | end)
        self.assertEqual([lines[row].outcome for row in (start, end)], ["done", "done"], lines[end].text)
        self.assertIn("Assemble", lines[start].changes)
        self.assertIn("Finished", lines[end].changes)
        self.assertEqual(set(order.workorder_ids.mapped("state")) & {"progress", "done"}, set())
