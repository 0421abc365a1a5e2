import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.mfg_sync import compat
from odoo.addons.mfg_sync.engine import outbox, verdicts
from odoo.addons.mfg_sync.models import message_type

from .common import MesCase


@tagged("post_install", "-at_install", "mfg_sync")
class TestRelease(MesCase):
    """What the floor must know: what is made of what, and which orders it is to make."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.add_flows(cls.endpoint, "mes.order.released", "master.bom", direction="out")

    def told(self, kind):
        """Data of what was captured, checked against its own schema."""
        rows = self.captured().filtered(lambda row: row.type_name == f"{kind}.v1")
        data = [json.loads(row.payload) for row in rows]
        for entry in data:
            message_type.validator(rows.type_id.schema).validate(entry)
        return rows, data

    def acknowledge(self, row, *ids):
        return self.tell("sync.acknowledged", message=row.uuid, result="accepted", ids=list(ids))

    def test_an_order_is_told_when_it_is_planned(self):
        order = self.make_order(2)
        rows, (data,) = self.told("mes.order.released")
        self.assertEqual(
            (rows.res_id, data["order"], data["quantity"], data["revision"]), (order.id, {"code": order.name}, 2, 1)
        )
        self.assertEqual(
            [(step["operation"]["code"], step["work_center"]["code"]) for step in data["operations"]],
            [("10", "ASM"), ("20", "TST")],
        )
        self.assertEqual(
            [(part["item"]["code"], part["quantity"], part["lots"]) for part in data["components"]],
            [("CELL", 8, [{"lot": "C-1", "quantity": 8}]), ("CASE", 2, [])],
        )
        order.button_plan()
        self.assertEqual(len(self.told("mes.order.released")[0]), 1, "planned already")
        order.action_mfg_sync_release()
        self.assertEqual([entry["revision"] for entry in self.told("mes.order.released")[1]], [1, 2])

    def test_only_open_orders_are_released(self):
        order = self.env["mrp.production"].create({"product_id": self.battery.id, "product_qty": 1})
        with self.assertRaisesRegex(UserError, "not confirmed"):
            order.action_mfg_sync_release()
        self.endpoint.flow_ids.filtered(lambda flow: flow.type_id.name == "mes.order.released").mode = "off"
        order.action_confirm()
        with self.assertRaisesRegex(UserError, "No connection"):
            order.action_mfg_sync_release()
        self.assertEqual(order.mfg_sync_revision, 0)

    def test_an_order_that_is_kept_out_is_not_released_without_a_word(self):
        order = self.make_order(2)
        self.captured()
        order.action_mfg_sync_exclude("It is made by hand.")
        with self.assertRaisesRegex(UserError, "press Synchronize again first"):
            order.action_mfg_sync_release()
        order.action_mfg_sync_include()
        order.action_mfg_sync_release()
        states = self.told("mes.order.released")[0].sorted("id").mapped("state")
        self.assertEqual((states, order.mfg_sync_revision), (["cancelled", "pending"], 2))

    def test_an_order_whose_release_was_cancelled_says_that_it_was_not_told(self):
        order, _other = self.make_order(2), self.make_order(1)
        (row, told), _data = self.told("mes.order.released")
        order.action_mfg_sync_exclude("It is made by hand.")
        self.endpoint.delivery = "pull"
        self.deliver(self.endpoint)
        order.invalidate_recordset()
        self.assertEqual((row.state, order.mfg_sync_status), ("cancelled", "none"))
        action = order.action_mfg_sync_include()
        self.assertEqual(action["res_model"], "mfg.sync.send.again")
        self.assertEqual(order.mfg_sync_status, "untold")
        self.assertIn("It is made by hand.", order.mfg_sync_reason)
        self.assertEqual(self.env["mrp.production"].search([("mfg_sync_status", "=", "untold")]), order)
        # what they say about it does not make it told
        outbox.acknowledge(self.env.cr, self.endpoint.id, [{"uuid": told.uuid, "result": "done"}])
        order.action_mfg_sync_send_again(self.endpoint, "It is made on the line after all.")
        again = self.told("mes.order.released")[0][-1]
        self.env["mfg.sync.status"]._refresh_messages(again.ids)
        order.invalidate_recordset()
        self.assertEqual((again.res_id, order.mfg_sync_status), (order.id, "waiting"))
        verdicts.finish(self.env.cr, again.id, result="Delivered.")
        self.env["mfg.sync.status"]._refresh_messages(again.ids)
        order.invalidate_recordset()
        self.assertEqual(order.mfg_sync_status, "in_sync")
        self.env["mfg.sync.status"]._refresh_messages(row.ids)
        order.invalidate_recordset()
        self.assertEqual(order.mfg_sync_status, "in_sync", "what was cancelled before is told since")

    def test_what_they_answer_is_how_they_report(self):
        self.bom.code = "B-2"
        (data,) = self.told_states(self.endpoint, "master.bom")
        (bom_row,), _data = self.told("master.bom")
        self.assertEqual((data["bom"], [step["minutes"] for step in data["operations"]]), ({"code": "B-2"}, [3, 1]))
        self.assertDone(
            self.acknowledge(
                bom_row,
                {"entity": "operation", "id": "STEP-A", "ours": "10"},
                {"entity": "operation", "id": "STEP-B", "ours": "20"},
            )
        )
        order = self.make_order(2)
        (row,), _data = self.told("mes.order.released")
        self.assertDone(self.acknowledge(row, {"entity": "production", "id": "ORD-77"}))
        started = self.tell("mes.operation.started", 0, order="ORD-77", operation="STEP-B")
        self.assertDone(started)
        self.assertEqual(self.steps(order)[1].state, "progress")
        order.action_mfg_sync_release()
        again = self.told("mes.order.released")[1][-1]
        self.assertEqual(
            (again["order"], again["operations"][1]["operation"]),
            ({"code": order.name, "id": "ORD-77"}, {"code": "20", "id": "STEP-B"}),
        )

    def test_an_archived_step_keeps_its_number_on_later_orders(self):
        first, second = self.bom.operation_ids
        copy = self.bom.copy()
        other = copy.operation_ids
        # not written yet when the numbers are asked for
        second.sequence = first.sequence - 1
        self.assertEqual(
            (first | second | other)._mfg_sync_codes(),
            {first.id: "20", second.id: "10", other[0].id: "10", other[1].id: "20"},
        )
        copy.unlink()
        second.active = False
        self.assertEqual((first._mfg_sync_code(), first._mfg_sync_codes()), ("20", {first.id: "20"}))
        self.make_order(2)
        (data,) = self.told("mes.order.released")[1]
        self.assertEqual([step["operation"]["code"] for step in data["operations"]], ["20"])

    def test_their_names_for_all_of_an_order_are_asked_for_at_once(self):
        resolver, singly = type(self.env["mfg.sync.resolver"]), []
        with patch.object(resolver, "external_id", lambda _self, _endpoint, *asked: singly.append(asked)):
            self.make_order(2)
            self.assertEqual(len(self.told("mes.order.released")[0]), 1)
            self.bom.copy({"code": "B-2"})
            self.bom.product_qty = 2
            self.assertEqual(len(self.told_states(self.endpoint, "master.bom")), 2)
        self.assertEqual(singly, [])

    def test_a_changed_line_or_step_tells_the_bill_again(self):
        def told():
            return [
                (entry["components"][0]["quantity"], entry["operations"][0]["minutes"], len(entry["components"]))
                for entry in self.told_states(self.endpoint, "master.bom")
            ]

        told()
        self.bom.bom_line_ids[0].product_qty = 5
        self.assertEqual(told(), [(5, 3, 2)])
        self.bom.operation_ids[0].time_cycle_manual = 7
        self.assertEqual(told(), [(5, 7, 2)])
        self.bom.bom_line_ids[1].unlink()
        self.assertEqual(told(), [(5, 7, 1)])
        self.bom.write({"sequence": 3})
        self.assertEqual(told(), [])
        rows, _data = self.told("master.bom")
        self.assertEqual(rows[-1].state, "pending")
        self.assertEqual(set(rows[:-1].mapped("state")), {"superseded"})

    def test_a_bill_is_told_again_when_a_word_on_it_changes_elsewhere(self):
        def told(entry):
            return [entry(data) for data in self.told_states(self.endpoint, "master.bom")]

        box = self.env.ref("uom.product_uom_dozen").copy({"name": "Box"})
        self.bom.bom_line_ids[1][compat.uom_field(self.bom.bom_line_ids)] = box
        told(str)
        self.cell.default_code = "CELL-2"
        self.assertEqual(told(lambda data: [part["item"]["code"] for part in data["components"]]), [["CELL-2", "CASE"]])
        self.battery.product_tmpl_id.default_code = "BATTERY-2"
        self.assertEqual(told(lambda data: data["item"]["code"]), ["BATTERY-2"])
        box.name = "Carton"
        self.assertEqual(told(lambda data: data["components"][1]["unit"]), ["Carton"])
        self.testing.code = False
        self.testing.name = "Test bench"
        self.assertEqual(told(lambda data: data["operations"][1]["work_center"]["code"]), ["Test bench"])
        self.testing.costs_hour = 130
        self.captured()
        self.assertFalse(self.env["mfg.sync.mark"].search([("endpoint_id", "=", self.endpoint.id)]))

    def test_a_bill_by_which_nothing_is_made_any_more_is_told_once_as_such(self):
        def told():
            self.told("master.bom")
            return [(data["bom"]["code"], data.get("active", True)) for data in
                    self.told_states(self.endpoint, "master.bom")]  # fmt: skip

        self.bom.write({"sequence": 2})
        kit, unknown = self.bom.copy({"code": "KIT"}), self.bom.copy({"code": "NEVER", "active": False})
        self.assertEqual(told(), [("B-BATTERY", True), ("KIT", True)])
        kit.type = "phantom"
        unknown.write({"sequence": 9})
        self.assertEqual(told(), [("KIT", False)])
        kit.write({"sequence": 3})
        self.assertEqual(told(), [])
        unknown.unlink()
        # its bill goes with it, also where Odoo leaves it to the planner
        self.battery.product_tmpl_id.active = False
        self.bom.active = False
        self.assertEqual(told(), [("B-BATTERY", False)])
        self.battery.product_tmpl_id.active = True
        self.bom.active = True
        self.assertEqual(told(), [("B-BATTERY", True)])

    def test_the_rest_of_a_split_order_is_not_a_new_order(self):
        order = self.make_order(3, number="ORD-1")
        self.assertDone(self.tell("mes.production.reported", 10, order="ORD-1", quantity=1, lot="P-1", report="1"))
        rest = compat.family(order) - order
        rest.button_plan()
        with self.assertRaises(UserError):
            rest.action_mfg_sync_release()
        self.assertEqual(len(self.told("mes.order.released")[0]), 1)

    def test_an_unknown_operation_is_waited_for(self):
        self.make_order(2, number="ORD-1")
        unknown = self.tell("mes.operation.started", 0, order="ORD-1", operation="STEP-Z")
        self.assertHeld(unknown, "reference", "STEP-Z")
