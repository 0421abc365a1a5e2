"""Trying out: what a message would do is shown, and nothing of it stays."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..engine import dry_run
from ..engine.errors import DataError, Early
from ..engine.inbound import Done
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestDryRun(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = new_test_user(cls.env, "dry_operator", groups="mfg_sync.group_operator")

    def try_out(self, messages):
        """``{message: its line}`` of the page that the Operator sees."""
        self.env.flush_all()
        with self.own_cursors():
            action = messages.with_user(self.operator).action_dry_run()
        page = self.env[action["res_model"]].with_user(self.operator).browse(action["res_id"])
        return {line.message_id.with_env(self.env): line for line in page.line_ids}

    def everything(self):
        """What must be the same afterwards."""
        self.env.flush_all()
        found = []
        for query in (
            "SELECT * FROM mfg_sync_message ORDER BY id",
            "SELECT count(*) FROM mfg_sync_attempt",
            "SELECT count(*) FROM mfg_sync_decision",
            "SELECT count(*) FROM mfg_sync_status",
            "SELECT count(*) FROM mail_message",
            "SELECT count(*) FROM res_partner",
            "SELECT count(*) FROM queue_job",
        ):
            self.env.cr.execute(query)
            found.append(self.env.cr.fetchall())
        return found

    def test_nothing_stays_of_what_was_tried(self):
        asked = []

        def book(handler, message):
            env = handler.env
            asked.append((env.uid, env.context["lang"]))
            number = env["ir.sequence"].sudo().next_by_code("dry.test")
            partner = env["res.partner"].sudo().create({"name": number})
            partner.message_post(body="Booked")
            env.cr.postcommit.add(lambda: asked.append("mail sent"))
            return Done(f"{number} was made.", partner, announce=("lot:1",))

        sequence = self.env["ir.sequence"].create({"name": "Dry", "code": "dry.test", "prefix": "DRY/"})
        self.happen["issue"] = DataError("There is no such lot.")
        issue = self.arrive("issue")
        self.work()
        self.happen["issue"] = book
        before, number = self.everything(), sequence.number_next_actual
        line = self.try_out(issue)[issue]
        self.assertEqual((line.outcome, line.text), ("done", "Would: DRY/(new 1) was made."))
        self.assertEqual(self.everything(), before)
        sequence.invalidate_recordset()
        self.assertEqual(sequence.number_next_actual, number)
        # as the connection's user, in the language of who asks; what was to happen after the commit did not
        self.assertEqual(asked, [(self.endpoint.user_id.id, "en_US")])

    def test_why_it_would_fail_or_wait_is_said(self):
        self.happen["bad"] = DataError("There is no such lot.")
        self.happen["scrap"] = Early("The operation has not started.", "operation:10")
        bad, scrap, again = self.arrive("bad"), self.arrive("scrap", lane="MO/2"), self.arrive("again", lane="MO/3")
        self.happen["again"] = lambda handler, message: Done("Odoo shows it already.", effect=False)
        lines = self.try_out(bad | scrap | again)
        self.assertEqual(
            [(lines[row].outcome, lines[row].text) for row in (bad, scrap, again)],
            [
                ("failed", "There is no such lot."),
                ("wait", "The operation has not started."),
                ("no_change", "Odoo shows it already."),
            ],
        )

    def test_each_sees_what_those_before_it_in_its_order_would_have_done(self):
        started = []

        def finish(handler, message):
            if not started:
                raise Early("The operation has not started.")

        self.happen["start"] = lambda handler, message: started.append(True)
        self.happen["finish"] = finish
        finish, start = (
            self.arrive("finish", time="2026-11-23T10:00:00Z"),
            self.arrive("start", time="2026-11-23T08:00:00Z"),
        )
        self.assertEqual(self.try_out(finish)[finish].behind, "Test: start")
        started.clear()
        lines = self.try_out(finish | start)
        self.assertEqual([lines[row].outcome for row in (start, finish)], ["done", "done"])
        self.assertFalse(lines[finish].behind)

    def test_what_is_still_open_before_it_is_named(self):
        self.happen["issue"] = DataError("There is no such lot.")
        self.arrive("issue", scope="item A")
        close, other = self.arrive("close", closing=True), self.arrive("output", scope="output")
        self.work()
        lines = self.try_out(close)
        self.assertEqual((lines[close].outcome, lines[close].behind), ("done", "Test: issue"))
        # what was done can't be tried, and says so
        self.assertEqual(self.try_out(other)[other].outcome, "not_tried")

    def test_what_acts_outside_or_goes_out_is_not_tried(self):
        label, told = self.arrive("label"), self.arrive("told", lane="MO/2")
        self.env.cr.execute("UPDATE mfg_sync_message SET direction = 'out' WHERE id = %s", [told.id])
        told.invalidate_recordset()
        with patch.object(type(self.env["mfg.sync.handler.test"]), "_acts_outside", True):
            lines = self.try_out(label | told)
        self.assertEqual({line.outcome for line in lines.values()}, {"not_tried"})
        self.assertIn("outside of Odoo", lines[label].text)
        self.assertIn("goes out", lines[told].text)
        self.assertEqual(self.applied, [])

    def test_a_shadow_is_tried_as_if_it_were_live_and_what_is_switched_off_is_not(self):
        message = self.arrive("issue")
        self.flow.mode = "shadow"
        self.assertEqual(self.try_out(message)[message].outcome, "done")
        self.flow.mode = "off"
        self.assertIn("switched off", self.try_out(message)[message].text)

    def test_only_so_many_are_tried_and_only_by_an_operator(self):
        messages = self.env["mfg.sync.message"].concat(*(self.arrive(f"issue {n}", lane=f"MO/{n}") for n in range(3)))
        with patch.object(dry_run, "LIMIT", 2):
            lines = self.try_out(messages)
        self.assertEqual(len(lines), 2)
        self.assertEqual(next(iter(lines.values())).dry_run_id.left_out, 1)
        viewer = new_test_user(self.env, "dry_viewer", groups="mfg_sync.group_viewer")
        with self.assertRaises(AccessError):
            messages.with_user(viewer).action_dry_run()

    def test_a_context_over_rpc_makes_no_numbers(self):
        self.env["ir.sequence"].create({"name": "Dry", "code": "dry.test", "prefix": "DRY/"})
        forged = self.env["ir.sequence"].with_context(**{dry_run.CONTEXT: {"numbers": 1}})
        self.assertEqual(forged.next_by_code("dry.test"), "DRY/1")
