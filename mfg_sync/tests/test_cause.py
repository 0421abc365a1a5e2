"""Many messages that stand for one reason are one line, with what ends it for all of them."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.errors import Conflict, DataError, MappingMissing, ReferenceMissing
from .orders import EngineCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestCause(EngineCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steward = new_test_user(
            cls.env, "cause_steward", groups="mfg_sync.group_steward,mfg_sync.group_operator,stock.group_stock_user"
        )

    def fail(self, error, *texts):
        """These arrive, each for an order of its own, and meet this error."""
        rows = self.env["mfg.sync.message"]
        for text in texts:
            self.happen[text] = error
            rows |= self.arrive(text, lane=f"MO/{text}")
        self.work()
        return rows

    def causes(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["mfg.sync.cause"].with_user(user or self.steward).search([("endpoint_id", "=", self.endpoint.id)])
        )

    def shown(self, action):
        return self.env["mfg.sync.message"].search(action["domain"])

    def test_one_entry_of_the_mapping_lets_all_go_on_that_use_the_unit(self):
        unknown = MappingMissing("Unit KARTON is unknown.", "map:uom:KARTON", "/data/unit")
        rows = self.fail(unknown, *(f"issue {number}" for number in range(5)))
        other = self.fail(MappingMissing("Unit PAL is unknown.", "map:uom:PAL", "/data/unit"), "issue by pallet")
        behind = self.arrive("closing", lane="MO/issue 0", closing=True)
        self.work()
        first, second = self.causes()
        self.assertEqual(
            (first.name, first.message_count, first.needs_count, first.behind_count, first.mapping_code),
            ("Unit KARTON is unknown.", 5, 5, 1, "KARTON"),
        )
        self.assertIn("Add to mapping", first.what_to_do)
        self.assertEqual((second.mapping_code, self.shown(second.action_open())), ("PAL", other))
        self.assertEqual(self.shown(first.action_open()), rows.sorted("id", reverse=True))
        action = first.action_add_mapping()
        dozen = self.env.ref("uom.product_uom_dozen")
        self.happen.clear()
        self.env["mfg.sync.value.map"].with_user(self.steward).with_context(**action["context"]).create(
            {"uom_id": dozen.id}
        )
        self.work()
        self.assertEqual({row.state for row in (*rows, behind)}, {"done"})
        self.assertEqual(self.causes().mapped("mapping_code"), ["PAL"])

    def test_sentences_that_differ_in_numbers_only_are_one_line_and_replayed_together(self):
        rows = self.env["mfg.sync.message"]
        for number in range(3):
            short = DataError(f"There are {number}.5 kg of 100 %_steel for WH/MO/0000{number}.", "/data/quantity")
            rows |= self.fail(short, f"issue {number}")
        field = self.fail(DataError("There are 2 kg of 100 %_steel for WH/MO/00001.", "/data/item"), "other field")
        like = self.fail(DataError("There are 2 kg of 100 percent steel for WH/MO/00001.", "/data/quantity"), "alike")
        found = self.causes()
        self.assertEqual(found.mapped("message_count"), [3, 1, 1])
        self.assertEqual(found[0].name, "There are … kg of … %_steel for WH/MO/….")
        self.assertEqual(self.shown(found[0].action_open()), rows.sorted("id", reverse=True))
        self.assertEqual(found[1:].message_id, field | like)
        self.assertEqual(set(found[1:].mapped("name")), set((field | like).mapped("error_text")))
        ask = found[0].action_replay()
        wizard = self.env[ask["res_model"]].with_user(self.steward).with_context(**ask["context"]).create({})
        self.assertEqual(wizard.count, 3)

    def test_a_longer_sentence_is_another_line_and_opened_apart(self):
        short = self.fail(DataError("P-100 is kept by lots."), "issue 1")
        long = self.fail(DataError("P-100-A is kept by lots."), "issue 2")
        found = self.causes()
        self.assertEqual(found.mapped("message_count"), [1, 1])
        self.assertEqual([self.shown(cause.action_open()) for cause in found], [short, long])

    def test_what_was_settled_since_the_list_was_read_is_said(self):
        row = self.fail(DataError("The order is closed."), "issue 1")
        (cause,) = self.causes()
        row.action_cancel("Booked by hand")
        self.env.flush_all()
        with self.assertRaisesRegex(UserError, "settled meanwhile"):
            cause.action_open()

    def test_what_may_still_come_by_itself_is_counted_and_what_waits_or_was_tried_is_not(self):
        waits = self.fail(ReferenceMissing("Item 7 is not known.", "item:7", "/data/item"), "issue 1", "issue 2")
        (cause,) = self.causes()
        self.assertEqual((cause.message_count, cause.needs_count, cause.match_entity), (2, 0, "item"))
        self.assertEqual(self.shown(cause.action_open()), waits.sorted("id", reverse=True))
        self.later(waits[0], hours=1)
        self.sweep()
        (cause,) = self.causes()
        self.assertEqual((cause.message_count, cause.needs_count), (2, 1))
        self.flow.mode = "shadow"
        self.fail(DataError("No."), "tried")
        self.assertEqual(self.causes().mapped("name"), ["Item 7 is not known."])

    def test_each_sees_the_causes_of_his_companies_and_who_is_no_viewer_none(self):
        self.fail(Conflict("The order is closed."), "issue 1")
        self.assertEqual(len(self.causes()), 1)
        other = self.env["res.company"].create({"name": "Another plant"})
        viewer = new_test_user(
            self.env,
            "cause_viewer",
            groups="mfg_sync.group_viewer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.assertFalse(self.causes(viewer))
        with self.assertRaises(AccessError):
            self.causes(new_test_user(self.env, "cause_employee", groups="base.group_user"))
