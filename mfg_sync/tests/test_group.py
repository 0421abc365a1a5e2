import gc
import time
import weakref
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import claim, drain, numbers
from ..engine.errors import DataError, Early, TransientError
from ..engine.group import Group
from ..engine.inbound import Done
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestGroup(EngineCase):
    """Reports of a shift are applied together; nobody may be able to tell."""

    def setUp(self):
        super().setUp()
        #: how many messages each transaction tried
        self.chunks = self.count_chunks()
        # so that only what is said in a test ends a transaction, not how slow the machine is
        self.time_chunks(10)

    def leave_a_trace(self, *texts):
        """The handler makes a contact for each of these messages: an effect that can be counted."""
        for text in texts:
            self.happen[text] = lambda handler, message: (
                handler.env["res.partner"].sudo().create({"name": f"trace of {message.data['text']}"}) and None
            )

    def traces(self):
        found = self.env["res.partner"].search([("name", "like", "trace of")], order="id")
        return [name.removeprefix("trace of ") for name in found.mapped("name")]

    def test_a_shift_of_reports_takes_as_many_statements_as_a_few(self):
        def statements(count):
            for number in range(count):
                self.arrive(f"report {number}", lane=f"MO/{number % 9}", scope=f"{number}")
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.work()
            return self.env.cr.sql_log_count - before

        statements(9)
        self.assertEqual(statements(90), statements(9))
        self.assertEqual([count for count in self.chunks if count], [9, 90, 9])

    def reached(self):
        """How many messages each chunk has locked at the most, from now on."""
        limits, lock_lanes = [], claim.lock_lanes

        def noted(cr, endpoint_id, direction, lanes, limit, until):
            limits.append(limit)
            return lock_lanes(cr, endpoint_id, direction, lanes, limit, until)

        self.patch(claim, "lock_lanes", noted)
        return limits

    def limit_looks(self, first, fewest, most):
        for name, count in (("FIRST", first), ("FEWEST", fewest), ("MOST", most)):
            self.patch(drain, name, count)

    def looks_at(self, count):
        """What :meth:`reached` says until so many messages are applied."""
        for number in range(count):
            self.arrive(f"report {number}", lane=f"MO/{number}")
        limits = self.reached()
        self.work()
        self.assertEqual(len(self.applied), count)
        return limits

    def test_a_chunk_looks_at_twice_what_the_last_one_got_done(self):
        self.limit_looks(4, 2, 16)
        self.assertEqual(self.looks_at(30), [4, 8, 16, 16])

    def test_where_messages_take_long_a_chunk_looks_at_a_few(self):
        self.time_chunks(0)
        self.limit_looks(8, 2, 16)
        self.assertEqual(self.looks_at(4), [8, 2, 2, 2])

    def test_what_others_hold_does_not_hide_what_is_behind_it(self):
        self.limit_looks(2, 2, 8)
        messages = [self.arrive(f"report {number}", lane=f"MO/{number}") for number in range(3)]
        held, lock_lanes = {message.lane for message in messages[:2]}, claim.lock_lanes

        def of_others(cr, endpoint_id, direction, lanes, *bounds):
            """As if somebody else held the first two."""
            return lock_lanes(cr, endpoint_id, direction, [lane for lane in lanes if lane not in held], *bounds)

        self.patch(claim, "lock_lanes", of_others)
        self.work()
        self.assertEqual(self.applied, ["report 2"])

    def test_paused_ones_use_up_nothing_of_what_a_drain_looks_at(self):
        self.look_at(2)
        self.env["mfg.sync.system"].create(
            {"name": "Line 2", "endpoint_id": self.endpoint.id, "source": "urn:line2", "paused": True}
        )
        rows = [self.arrive(f"old {number}", scope="line 2") for number in range(3)]
        rows += [self.arrive(f"report {number}", scope="line 1") for number in range(2)]
        self.env.cr.execute(
            """UPDATE mfg_sync_message m SET system_id = s.id FROM mfg_sync_system s
               WHERE s.source = 'urn:line2' AND m.id = ANY(%s)""",
            [[row.id for row in rows[:3]]],
        )
        limits = self.reached()
        self.work()
        # a limit of its own would say that they were taken one by one
        self.assertEqual((self.applied, limits), (["report 0", "report 1"], [2]))

    def test_one_bad_report_takes_none_of_the_others_with_it(self):
        names = [f"report {number}" for number in range(20)]
        self.leave_a_trace(*names)
        self.happen["report 7"] = DataError("There is no such lot.")
        messages = [self.arrive(name, lane=f"MO/{number}") for number, name in enumerate(names)]
        self.work()
        self.assertEqual([m.event_id for m in messages if m.state != "done"], [messages[7].event_id])
        self.assertEqual((messages[7].state, messages[7].attempt_count), ("dead", 1))
        self.assertEqual(sorted(self.traces()), sorted(set(names) - {"report 7"}), "each once")

    def test_those_before_the_bad_one_are_not_tried_again_and_again(self):
        names = [f"report {number}" for number in range(30)]
        for name in names[::2]:
            self.happen[name] = DataError("There is no such lot.")
        for number, name in enumerate(names):
            self.arrive(name, lane=f"MO/{number}")
        self.work()
        # every second one is bad: a group that is tried after each would have applied the good ones over and over
        self.assertLess(len(self.applied), 2 * 15)

    def test_who_makes_a_match_does_not_let_the_rest_of_its_lane_overtake(self):
        product = self.env["product.product"].create({"name": "Frame"})
        self.env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.endpoint.id,
                "system_id": self.endpoint.system_ids.id,
                "company_id": self.env.company.id,
                "entity": "item",
                "external_id": "known",
                "res_model": "product.product",
                "res_id": product.id,
            }
        )
        self.happen["match"] = lambda handler, message: handler.bind(message, "item", "new", product)
        self.arrive("match", lane="new", time="2026-11-23T08:00:00Z")
        self.arrive("second", lane="known", time="2026-11-23T09:00:00Z")
        self.arrive("third", lane="new", time="2026-11-23T10:00:00Z")
        self.arrive("fourth", lane="known", time="2026-11-23T11:00:00Z")
        self.work()
        self.assertEqual(self.applied, ["match", "second", "third", "fourth"])

    def test_who_closes_sees_that_those_before_it_are_done(self):
        def close(handler, message):
            if handler.open_before(message):
                raise Early("Something is open.", "")

        self.happen["close"] = close
        for text in ("start", "issue"):
            self.arrive(text)
        self.arrive("close", closing=True)
        self.work()
        self.assertEqual(self.applied, ["start", "issue", "close"])
        self.assertEqual([count for count in self.chunks if count], [3])

    def test_where_the_time_ends_changes_nothing_about_who_waits_behind_whom(self):
        self.time_chunks(0)
        self.happen["scrap"] = DataError("There is no such lot.")
        self.happen["start"] = TransientError("The record is busy.")
        self.arrive("scrap", scope="scrap", time="2026-11-23T10:00:00Z")
        self.work()
        self.arrive("of another order", lane="MO/2", time="2026-11-23T08:00:00Z")
        start = self.arrive("start", scope="start", time="2026-11-23T09:00:00Z")
        finish = self.arrive("finish", time="2026-11-23T11:00:00Z")
        self.work()
        # the start stands before the scrap: it waits for its next try, and needs nobody yet
        self.assertEqual((finish.blocker_id, finish.status), (start, "waiting"))

    def test_what_acts_outside_is_alone_in_its_transaction(self):
        self.patch(type(self.env["mfg.sync.handler.test"]), "_acts_outside", True)
        for number in range(3):
            self.arrive(f"label {number}", lane=f"MO/{number}")
        self.work()
        self.assertEqual([count for count in self.chunks if count], [1, 1, 1])
        self.assertEqual(len(self.applied), 3)

    def test_what_acts_outside_does_so_once_where_the_database_refuses_it(self):
        self.patch(type(self.env["mfg.sync.handler.test"]), "_acts_outside", True)
        printed = []

        def label(handler, _message):
            printed.append("label")
            handler.env.cr.execute("INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', 'x')")

        self.happen["label"] = label
        message = self.arrive("label")
        with mute_logger("odoo.sql_db", "odoo.addons.mfg_sync.engine.chunk"):
            self.work()
        self.assertEqual((message.state, printed), ("dead", ["label"]))

    def test_after_one_that_met_others_too_often_the_rest_is_taken_together_again(self):
        self.look_at(2)

        def held(handler, _message):
            handler.env.cr.execute("DO $$ BEGIN RAISE EXCEPTION 'lock' USING ERRCODE = '55P03'; END $$")

        self.happen["issue"] = held
        issue = self.arrive("issue")
        for number in range(5):
            self.arrive(f"report {number}", lane=f"MO/{number + 2}")
        limits = self.reached()
        with mute_logger("odoo.sql_db"):
            self.work()
        self.assertEqual((issue.state, len(self.applied)), ("pending", 5))
        # three times a group of two, then these two one by one, and the other four in groups
        self.assertEqual(limits, [2] * (3 + 2 + 2))

    def test_steps_are_short_while_people_work_and_longer_when_nobody_does(self):
        self.time_chunks(0.01, quiet=False)

        def slow(handler, message):
            time.sleep(0.02)

        calendar = self.env["resource.calendar"].create({"name": "Nobody", "attendance_ids": [(5, 0, 0)], "tz": "UTC"})
        for text in ("a", "b", "c"):
            self.happen[text] = slow
            self.arrive(text)
        self.work()
        self.assertEqual([count for count in self.chunks if count], [1, 1, 1])
        self.chunks.clear()
        self.endpoint.people_calendar_id = calendar
        for text in ("a", "b", "c"):
            self.arrive(text)
        self.work()
        self.assertEqual([count for count in self.chunks if count], [3])
        self.chunks.clear()
        calendar.attendance_ids = [
            (0, 0, {"name": "All day", "dayofweek": str(day), "hour_from": 0, "hour_to": 24}) for day in range(7)
        ]
        for text in ("a", "b", "c"):
            self.arrive(text)
        self.work()
        self.assertEqual([count for count in self.chunks if count], [1, 1, 1])

    def test_looking_for_messages_takes_none_of_the_time_for_applying_them(self):
        """A ledger that is slow to answer (a bad plan, a busy disk) must not make it one message a transaction."""
        self.time_chunks(0.2)
        arrange = numbers.arrange

        def slow(env, found, limit):
            time.sleep(0.25)
            return arrange(env, found, limit)

        self.patch(numbers, "arrange", slow)
        for text in ("a", "b", "c"):
            self.arrive(text)
        self.work()
        self.assertEqual([count for count in self.chunks if count], [3])

    def test_what_was_applied_is_not_kept_in_memory(self):
        groups, run = [], Group.run

        def noted(group, due):
            groups.append(weakref.ref(group))
            return run(group, due)

        self.patch(Group, "run", noted)
        for text in ("a", "b", "c"):
            self.arrive(text)
        gc.disable()
        self.addCleanup(gc.enable)
        self.work()
        self.assertEqual((len(self.applied), len(groups)), (3, 1))
        self.assertIsNone(groups[0](), "given back without a search for circles")

    def test_what_a_group_changes_is_changed_by_the_service_user(self):
        """Also a document that he changed before: Odoo then asks who writes it to the database, and notes that one."""

        def note(handler, message):
            # sudo: the rights of contacts are not what this is about; the user stays who he is
            bench = handler.env["res.partner"].sudo().browse(self.partner.id)
            bench.write({"comment": f"{bench.comment or ''} {message.data['text']}"})

        for text in ("a", "b", "c"):
            self.happen[text] = note
            self.arrive(text)
        self.work()
        self.assertEqual([count for count in self.chunks if count], [3])
        self.env.cr.execute("SELECT write_uid FROM res_partner WHERE id = %s", [self.partner.id])
        self.assertEqual(self.env.cr.fetchone()[0], self.endpoint.user_id.id)

    def test_who_loses_a_result_is_asked_one_by_one(self):
        """A handler that merges and forgets one: nothing of the group stays, and each is applied by itself."""
        self.leave_a_trace("a", "b", "c")

        def apply_many(handler, messages):
            for message in messages:
                handler.apply(message)
            yield Done("Only one answer.")

        messages = [self.arrive(text, lane=f"MO/{text}") for text in "abc"]
        with patch.object(type(self.env["mfg.sync.handler.test"]), "apply_many", apply_many):
            self.work()
        self.assertEqual([m.state for m in messages], ["done"] * 3)
        self.assertEqual(self.traces(), ["a", "b", "c"])
