import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import compat
from ..engine import lanes, release
from ..models.second_person import Verdict
from .races import ABOUT, RaceCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestLettingGo(RaceCase):
    """What a person matches or decides, while drains, the sweep and colleagues have the same messages in hand."""

    def setUp(self):
        super().setUp()
        self.lane = lanes.of_external(self.system_id, "partner", "R-1")

    def wait_for_a_match(self):
        """The first message waits for somebody to say what R-1 is."""
        with self.database.cursor() as cr:
            cr.execute(
                """UPDATE mfg_sync_message SET state = 'held', hold_reason = 'reference', system_id = %s, lane = %s,
                          wait_key = 'partner:R-1', next_attempt_at = now() AT TIME ZONE 'UTC' WHERE id = %s""",
                [self.system_id, self.lane, self.first],
            )

    def match(self, env):
        """A person says what R-1 is."""
        partner = env.ref("base.main_partner")
        env["mfg.sync.binding"].create(
            {
                "endpoint_id": self.endpoint_id,
                "system_id": self.system_id,
                "company_id": env["mfg.sync.endpoint"].browse(self.endpoint_id).company_id.id,
                "entity": "partner",
                "external_id": "R-1",
                "res_model": partner._name,
                "res_id": partner.id,
            }
        )
        return partner

    def test_who_imports_matches_does_not_meet_who_looked_at_the_message_meanwhile(self):
        self.wait_for_a_match()
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SELECT 1")
            with self.database.cursor() as sweep:
                sweep.execute(
                    "UPDATE mfg_sync_message SET next_attempt_at = next_attempt_at + interval '1 hour' WHERE id = %s",
                    [self.first],
                )
            partner = self.match(env)
        self.assertEqual(
            self.stands("state, lane", self.first), ("pending", lanes.of_record(partner._name, partner.id))
        )

    def test_a_match_that_was_taken_back_in_the_same_transaction_moves_nothing(self):
        """As when somebody tests an import: Odoo takes it back to a savepoint, and commits what is left."""
        with self.database.cursor() as cr:
            cr.execute("UPDATE mfg_sync_message SET lane = %s WHERE id = %s", [self.lane, self.first])
        with self.database.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cr.execute("SAVEPOINT import")
            self.match(env)
            cr.execute("ROLLBACK TO SAVEPOINT import")
            env.invalidate_all(flush=False)
        self.assertEqual(self.stands("lane", self.first), (self.lane,))

    def test_who_saves_a_match_is_not_kept_waiting_by_who_holds_the_message_for_long(self):
        """His match is saved; what waits for it goes on with a later sweep."""
        self.wait_for_a_match()

        def save():
            with mute_logger("odoo.sql_db", "odoo.addons.mfg_sync.engine.release"), self.database.cursor() as cr:
                self.match(api.Environment(cr, SUPERUSER_ID, {}))

        with self.database.cursor() as cr:
            cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = %s FOR UPDATE", [self.first])
            self.is_not_kept_waiting(save)
        with self.database.cursor() as cr:
            cr.execute("SELECT external_id FROM mfg_sync_binding WHERE endpoint_id = %s", [self.endpoint_id])
            self.assertEqual(cr.fetchall(), [("R-1",)])

    def test_what_waited_for_a_match_goes_on_although_somebody_holds_its_documents_status(self):
        self.wait_for_a_match()
        with self.database.cursor() as cr:
            self.told(cr)

        def save():
            with mute_logger("odoo.sql_db", "odoo.addons.mfg_sync.engine.release"), self.database.cursor() as cr:
                self.match(api.Environment(cr, SUPERUSER_ID, {}))

        with self.database.cursor() as cr:
            cr.execute("SELECT 1 FROM mfg_sync_status WHERE (res_model, res_id) = %s FOR UPDATE", [ABOUT])
            self.is_not_kept_waiting(save)
        self.assertEqual(self.stands("state", self.first), ("pending",))

    def holds_none_that_comes_after_one_he_waits_for(self, decide):
        """Whoever comes with the same ones (an acknowledgement of many) would wait for him, and he for that one."""

        def several(other):
            # they are found as they lie
            other.execute("SET LOCAL enable_indexscan = off")
            other.execute("SET LOCAL enable_bitmapscan = off")
            decide(other, [self.first, self.second])
            other.rollback()

        with self.database.cursor() as cr:
            compat.read_committed(cr)
            # from now on it lies behind the second one
            cr.execute("UPDATE mfg_sync_message SET summary = 'moved' WHERE id = %s", [self.first])
            cr.commit()  # pylint: disable=invalid-commit  # a connection of its own
            cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = %s FOR UPDATE", [self.first])
            with self.waiting(several):
                cr.execute("SELECT 1 FROM mfg_sync_message WHERE id = %s FOR UPDATE NOWAIT", [self.second])
                cr.rollback()

    def test_who_cancels_several_holds_none_that_comes_after_one_he_waits_for(self):
        self.holds_none_that_comes_after_one_he_waits_for(lambda cr, ids: release.cancel(cr, ids, "Booked by hand"))

    def test_who_replays_several_holds_none_that_comes_after_one_he_waits_for(self):
        self.holds_none_that_comes_after_one_he_waits_for(release.reopen)

    def test_of_two_who_let_a_corrected_message_go_at_once_the_second_begins_again(self):
        """Odoo repeats what he pressed, and then he is told that a colleague is asked already."""

        def press(cr):
            message = api.Environment(cr, SUPERUSER_ID, {})["mfg.sync.message"].browse(self.first)
            message._ask_second(message.env.user, Verdict(asks=True, text="It would not be applied now."), "Misread")

        with self.database.cursor() as anna, self.database.cursor() as bert, mute_logger("odoo.sql_db"):
            bert.execute("SELECT 1")
            press(anna)
            anna.commit()  # pylint: disable=invalid-commit  # as above
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                press(bert)
            bert.rollback()
        self.assertEqual(self.stands("state, hold_reason", self.first), ("held", "approval"))
